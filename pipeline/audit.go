package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Audit is what a tally looks like against everything that is stored of it:
// the checkpoint, the cells, the deltas that are still kept, and the stream.
// Stored = Tagged + Untagged + Rejected + Missing has to hold in each range and
// in sum, and all four have to say the same.
type Audit struct {
	Tally    string `json:"tally"`
	Dict     string `json:"dict"`
	Stream   string `json:"stream"`
	Base     uint64 `json:"base"`     // the stream's first sequence ever
	Frontier uint64 `json:"frontier"` // counted up to here
	Last     uint64 `json:"last"`     // the stream's last sequence
	Holds    bool   `json:"holds"`    // no faults
	Numbers         // of the checkpoint

	// Ranges are those whose deltas are kept, in ascending order; Gone are the
	// counted ones of which the deltas are not kept any more.
	Ranges []AuditedRange `json:"ranges"`
	Gone   []Range        `json:"gone"`
	// GoneNumbers is what the checkpoint has beyond the kept ranges.
	GoneNumbers Numbers `json:"gone_numbers"`
	// Waiting is how many complete deltas lie behind the frontier.
	Waiting int `json:"waiting"`

	Cells    int    `json:"cells"`
	Compared string `json:"compared"` // how cells were compared with deltas, see the constants
	// Absent is how many sequences up to the frontier the stream does not hold
	// now: those that were missing when they were counted, and those that
	// expired or were deleted since.
	Absent uint64 `json:"absent"`

	Faults []Fault  `json:"faults"`
	Notes  []string `json:"notes"`
}

// How an audit compared the cells with the deltas.
const (
	// ComparedEach: every cell is the sum of the deltas.
	ComparedEach = "each"
	// ComparedAtLeast: some deltas are gone, and no cell is less than the sum
	// of those that are kept.
	ComparedAtLeast = "at_least"
	// ComparedNot: what was added cannot be told from the deltas; Notes says why.
	ComparedNot = "not"
)

// Numbers are the terms of the conservation rule.
type Numbers struct {
	Stored uint64 `json:"stored"`
	Outcomes
}

// Add returns the sum of both, term by term.
func (n Numbers) Add(o Numbers) Numbers {
	return Numbers{n.Stored + o.Stored, n.Outcomes.Add(o.Outcomes)}
}

// AuditedRange is a counted range whose delta is kept.
type AuditedRange struct {
	Range
	Numbers
	// Absent is how many of its sequences the stream does not hold now; less
	// than Missing is a fault. Nil when the stream did not say.
	Absent *uint64 `json:"absent,omitempty"`
}

// Fault is a number that contradicts another one.
type Fault struct {
	Check string `json:"check"` // what was checked: range, checkpoint, cells, deltas, stream
	Range *Range `json:"range,omitempty"`
	Cell  string `json:"cell,omitempty"` // key without the tally
	Says  string `json:"says"`
}

// maxFaults is how many faults are kept: the first ones say what happened.
const maxFaults = 1000

// StreamFacts is what the stream says of what it does not hold.
type StreamFacts struct {
	StreamInfo
	Messages uint64 // that it holds
	// Deleted are the sequences between First and Last that it does not hold,
	// ascending; Detailed: they are all there.
	Deleted  []uint64
	Detailed bool
	// MarkStored is when it stored the message of the checkpoint's mark; zero:
	// it does not hold it any more.
	MarkStored time.Time
}

// Auditor builds an [Audit]. Give it the parts of the deltas that it wants, in
// any order, and what the stream says, then End it. Not safe for concurrent use.
type Auditor struct {
	about TallyInfo
	view  View
	audit Audit

	ambiguous []Range
	wanted    map[uint64]int // stored part -> index into kept
	kept      []*keptDelta
	sum       Cells
	total     Delta // numbers only
	rejects   map[Reason][]Range
	facts     *StreamFacts
}

// keptDelta is a delta of which the parts are being collected.
type keptDelta struct {
	Delta
	left int
}

// NewAuditor begins the audit of a view. The refs are of all stored deltas;
// foreign are the keys of cells that were written after the checkpoint although
// no commit is under way.
func NewAuditor(about TallyInfo, view View, refs []DeltaRef, foreign []string) *Auditor {
	c := &view.Checkpoint
	if view.Revision == 0 {
		c.Frontier = about.Spec.Base - 1
	}
	a := &Auditor{
		about: about, view: view, wanted: make(map[uint64]int), sum: make(Cells), rejects: make(map[Reason][]Range),
		audit: Audit{
			Tally: about.Spec.Tally(), Dict: about.Spec.Dict, Stream: about.Spec.Stream,
			Base: about.Spec.Base, Frontier: c.Frontier, Cells: len(view.Cells),
			Numbers: Numbers{c.Stored, c.Outcomes},
			Ranges:  []AuditedRange{}, Gone: []Range{}, Faults: []Fault{}, Notes: []string{},
		},
	}
	for _, key := range foreign {
		a.fault(Fault{Check: "cells", Cell: key, Says: "was written after the last commit, by somebody else than minyi"})
	}
	a.chain(refs)
	return a
}

func (a *Auditor) fault(f Fault) {
	if len(a.audit.Faults) < maxFaults {
		a.audit.Faults = append(a.audit.Faults, f)
	}
}

func (a *Auditor) note(format string, args ...any) {
	a.audit.Notes = append(a.audit.Notes, fmt.Sprintf(format, args...))
}

// chain finds the deltas that were added: going back from the frontier, each
// ends where the one behind it begins. Where two different ones end at the same
// sequence, which one was added cannot be told for certain.
func (a *Auditor) chain(refs []DeltaRef) {
	byTo := a.complete(refs)
	ends := make([]uint64, 0, len(byTo))
	for to := range byTo {
		ends = append(ends, to)
	}
	slices.Sort(ends)
	for at := a.audit.Frontier; at >= a.audit.Base; {
		s := a.choose(byTo, at)
		if s == nil {
			i, _ := slices.BinarySearch(ends, at)
			from := a.audit.Base
			if i > 0 {
				from = max(from, ends[i-1]+1)
			}
			a.audit.Gone = append(a.audit.Gone, Range{from, at})
			at = from - 1
			continue
		}
		for _, seq := range s.parts {
			a.wanted[seq] = len(a.kept)
		}
		a.kept = append(a.kept, &keptDelta{Delta: Delta{Range: s.Range, Cells: make(Cells)}, left: len(s.parts)})
		at = s.From - 1
	}
	slices.Reverse(a.audit.Gone)
}

// complete returns the deltas of which all parts are stored, by their last
// sequence, and counts those that wait behind the frontier.
func (a *Auditor) complete(refs []DeltaRef) map[uint64][]*stored {
	type same struct {
		Range
		digest string
		parts  int
	}
	all := make(map[same]*stored)
	for _, ref := range refs {
		k := same{ref.Range, ref.Digest, ref.Parts}
		s := all[k]
		if s == nil {
			s = &stored{Range: ref.Range, digest: ref.Digest, parts: make([]uint64, ref.Parts), left: ref.Parts}
			all[k] = s
		}
		if s.parts[ref.Part-1] == 0 {
			s.parts[ref.Part-1] = ref.Seq
			s.left--
		}
	}
	byTo := make(map[uint64][]*stored)
	waiting := make(map[Range]bool)
	for _, s := range all {
		switch {
		case s.left > 0 || s.From < a.audit.Base:
		case s.To <= a.audit.Frontier:
			byTo[s.To] = append(byTo[s.To], s)
		case s.From > a.audit.Frontier:
			waiting[s.Range] = true
		}
	}
	a.audit.Waiting = len(waiting)
	return byTo
}

// choose returns the delta that ends at a sequence: of several one that joins
// another, else the first stored. Nil: there is none.
func (a *Auditor) choose(byTo map[uint64][]*stored, at uint64) *stored {
	all := byTo[at]
	if len(all) == 0 {
		return nil
	}
	joins := func(s *stored) bool { return s.From == a.audit.Base || len(byTo[s.From-1]) > 0 }
	best := all[0]
	for _, s := range all[1:] {
		if joins(s) != joins(best) {
			if joins(s) {
				best = s
			}
		} else if s.parts[0] < best.parts[0] {
			best = s
		}
	}
	if len(all) > 1 {
		a.ambiguous = append(a.ambiguous, best.Range)
	}
	return best
}

// Wants returns from where to where the stored parts lie that the audit wants;
// zeros when it wants none.
func (a *Auditor) Wants() (from, to uint64) {
	for seq := range a.wanted {
		if from == 0 || seq < from {
			from = seq
		}
		to = max(to, seq)
	}
	return from, to
}

// AddPart takes in a stored part of a delta; one that is not wanted is ignored.
func (a *Auditor) AddPart(seq uint64, body []byte) {
	i, ok := a.wanted[seq]
	if !ok {
		return
	}
	k := a.kept[i]
	d, err := DecodeDelta(body)
	if err != nil || d.Range != k.Range {
		r := k.Range
		a.fault(Fault{Check: "range", Range: &r, Says: fmt.Sprintf("its stored part %d cannot be read", seq)})
		return
	}
	k.join(d)
	if k.left--; k.left > 0 {
		return
	}
	if err := k.Check(); err != nil {
		r := k.Range
		a.fault(Fault{Check: "range", Range: &r, Says: err.Error()})
	}
	a.total.join(&Delta{Outcomes: k.Outcomes, InvalidUTF8: k.InvalidUTF8, AbsurdTime: k.AbsurdTime})
	a.sum.Merge(k.Cells)
	for reason, runs := range k.Rejects {
		a.rejects[reason] = append(a.rejects[reason], runs...)
	}
	k.Cells, k.Rejects = nil, nil // they are in the sums, and would be in memory a second time
}

// SetStream takes in what the stream says, which has to be asked after the view
// was read.
func (a *Auditor) SetStream(facts StreamFacts) { a.facts = &facts }

// Rejects returns the sequences that were rejected in the kept ranges, by
// reason, once all parts were added.
func (a *Auditor) Rejects() map[Reason][]Range { return a.rejects }

// CountedRejects returns how many messages were counted as rejected, a row a reason.
func (a *Auditor) CountedRejects() []Row { return a.view.Cells.By(ByReason) }

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
	slices.SortFunc(a.audit.Gone, func(x, y Range) int { return cmp.Compare(x.From, y.From) })
	if err := a.view.Checkpoint.check(a.audit.Base); err != nil && a.view.Revision != 0 {
		a.fault(Fault{Check: "checkpoint", Says: err.Error()})
	}
	a.checkRanges()
	a.checkCells()
	a.checkStream()
	a.audit.Holds = len(a.audit.Faults) == 0
	return a.audit
}
