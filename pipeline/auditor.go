package pipeline

import (
	"cmp"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Auditor builds an [Audit]. Give it the parts of the deltas that it wants, in any
// order, and the facts of the stream, and then call End. Not safe for concurrent use.
type Auditor struct {
	about TallyInfo
	view  View
	audit Audit

	ambiguous []Range
	agrees    bool           // in spite of that: see addUp
	wanted    map[uint64]int // stored part -> index into kept
	kept      []*keptDelta
	sum       Cells
	total     Delta // numbers only
	rejects   map[Reason][]Range
	facts     *StreamFacts
	sampled   map[int]bool // indexes into kept of what is to be counted again; nil: no sample
}

// keptDelta is a delta whose parts are being collected.
type keptDelta struct {
	Delta
	left int
}

// NewAuditor begins the audit of a view. The refs are those of all stored deltas.
// Foreign are the keys of cells that were written after the checkpoint although no
// commit is under way.
func NewAuditor(about TallyInfo, view View, refs []DeltaRef, foreign []string) *Auditor {
	c := &view.Checkpoint
	if view.Revision == 0 {
		c.Frontier = about.Spec.Base - 1
	}
	a := &Auditor{
		about: about, view: view, wanted: make(map[uint64]int), sum: make(Cells), rejects: make(map[Reason][]Range),
		audit: Audit{
			Tally: about.Spec.Tally(), Dict: about.Spec.Dict, Stream: about.Spec.Stream,
			Base: about.Spec.Base, Frontier: c.Frontier, AsOf: c.AsOf(), Cells: view.Totals.Len(),
			Numbers: Numbers{c.Stored, c.Outcomes},
			Ranges:  []AuditedRange{}, Gone: []Range{}, Faults: []Fault{}, Notes: []phrase.Text{},
		},
	}
	for _, key := range foreign {
		a.fault(Fault{Check: "cells", Cell: key, Says: phrase.Textf("was written after the last commit, by somebody else than minyi")})
	}
	a.chain(refs)
	return a
}

func (a *Auditor) fault(f Fault) {
	if len(a.audit.Faults) < maxFaults {
		a.audit.Faults = append(a.audit.Faults, f)
	}
}

func (a *Auditor) notef(format string, args ...any) {
	a.audit.Notes = append(a.audit.Notes, phrase.Textf(format, args...))
}

// Wants returns the first and the last sequence of the stored parts that the audit
// wants; zeros if it wants none.
func (a *Auditor) Wants() (from, to uint64) {
	for seq := range a.wanted {
		if from == 0 || seq < from {
			from = seq
		}
		to = max(to, seq)
	}
	return from, to
}

// AddPart takes in a stored part of a delta. A part that is not wanted is ignored.
func (a *Auditor) AddPart(seq uint64, body []byte) {
	i, ok := a.wanted[seq]
	if !ok {
		return
	}
	k := a.kept[i]
	d, err := DecodeDelta(body)
	if err != nil || d.Range != k.Range {
		r := k.Range
		a.fault(Fault{Check: "range", Range: &r, Says: phrase.Textf("its stored part %d cannot be read", seq)})
		return
	}
	k.join(d)
	if k.left--; k.left > 0 {
		return
	}
	if err := k.Check(); err != nil {
		r := k.Range
		a.fault(Fault{Check: "range", Range: &r, Says: phrase.Textf("%v", err)})
	}
	a.total.join(&Delta{Outcomes: k.Outcomes, InvalidUTF8: k.InvalidUTF8, AbsurdTime: k.AbsurdTime})
	a.sum.Merge(k.Cells)
	for reason, runs := range k.Rejects {
		a.rejects[reason] = append(a.rejects[reason], runs...)
	}
	if !a.sampled[i] {
		k.Cells = nil // the sum holds them; do not keep them twice
	}
	k.Rejects = nil
}

// SetStream takes in the facts of the stream. They must be read after the view was.
func (a *Auditor) SetStream(facts StreamFacts) { a.facts = &facts }

// Rejects returns the sequences that were rejected in the kept ranges, by reason.
// Call it after all parts were added.
func (a *Auditor) Rejects() map[Reason][]Range { return a.rejects }

// CountedRejects returns how many messages were counted as rejected, one row for
// each reason.
func (a *Auditor) CountedRejects() []Row { return a.view.Totals.By(ByReason) }

// End checks everything and returns the audit.
func (a *Auditor) End() Audit {
	for i := len(a.kept) - 1; i >= 0; i-- {
		k := a.kept[i]
		if k.left > 0 { // removed while the audit ran
			a.audit.Gone = append(a.audit.Gone, k.Range)
			continue
		}
		a.audit.Ranges = append(a.audit.Ranges, AuditedRange{
			Range: k.Range, Numbers: Numbers{k.Len(), k.Outcomes},
		})
	}
	a.agrees = a.addUp()
	slices.SortFunc(a.audit.Gone, func(x, y Range) int { return cmp.Compare(x.From, y.From) })
	if err := a.view.Checkpoint.check(a.audit.Base); err != nil && a.view.Revision != 0 {
		a.fault(Fault{Check: "checkpoint", Says: phrase.Textf("%v", err)})
	}
	a.checkRanges()
	a.checkCells()
	a.checkStream()
	a.audit.Holds = len(a.audit.Faults) == 0
	return a.audit
}
