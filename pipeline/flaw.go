package pipeline

import (
	"sync"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// Flaw says why a stored task or delta is not believed; "" for one that is. What is not
// believed is dropped, and its range is worked again: a range has a right delta however
// many wrong ones are stored beside it.
type Flaw string

// The flaws.
const (
	FlawUnsigned    Flaw = "unsigned"    // an older release wrote it, or somebody else
	FlawForged      Flaw = "forged"      // its signature is not that of its content under this tally's key
	FlawUndecodable Flaw = "undecodable" // it is no task, or no delta
	FlawContradicts Flaw = "contradicts" // its numbers do not add up
	FlawBeyond      Flaw = "beyond"      // its range ends after the stream does
	FlawUnmarked    Flaw = "unmarked"    // it has read messages and does not name the last one, or names one outside of its range
)

// In says the flaw in a language.
func (f Flaw) In(l phrase.Language) string {
	switch f {
	case FlawUnsigned:
		return l.Say("unsigned")
	case FlawForged:
		return l.Say("forged")
	case FlawUndecodable:
		return l.Say("undecodable")
	case FlawContradicts:
		return l.Say("contradicts")
	case FlawBeyond:
		return l.Say("beyond")
	case FlawUnmarked:
		return l.Say("unmarked")
	}
	return string(f)
}

// Flaws returns all of them.
func Flaws() []Flaw {
	return []Flaw{FlawUnsigned, FlawForged, FlawUndecodable, FlawContradicts, FlawBeyond, FlawUnmarked}
}

// What a refusal is of.
const (
	RefusedTask  = "task"
	RefusedDelta = "delta"
)

// Refused says that something stored was dropped because it is not believed.
type Refused struct {
	Tally string
	What  string // RefusedTask or RefusedDelta
	Range Range  // that it claims; zero if that cannot be read
	Seq   uint64 // in the stream of deltas; 0 for a task
	Flaw  Flaw
}

// Text names what was dropped.
func (r Refused) Text() phrase.Text {
	what := phrase.Textf("task")
	if r.What == RefusedDelta {
		what = phrase.Textf("delta")
	}
	switch {
	case r.Seq != 0 && r.Range.From != 0:
		return phrase.Textf("%s %d of %v: %s", what, r.Seq, r.Range, r.Flaw)
	case r.Seq != 0:
		return phrase.Textf("%s %d: %s", what, r.Seq, r.Flaw)
	case r.Range.From != 0:
		return phrase.Textf("%s of %v: %s", what, r.Range, r.Flaw)
	}
	return phrase.Textf("%s: %s", what, r.Flaw)
}

// String is the text in English.
func (r Refused) String() string { return r.Text().String() }

// Refusals is how much one process has dropped since it began.
type Refusals struct {
	Tasks  uint64    `json:"tasks"`
	Deltas uint64    `json:"deltas"`
	Last   string    `json:"last"` // the newest, as Refused.String says it, in English
	At     time.Time `json:"at"`
}

// refusals counts what is dropped. Safe for concurrent use.
type refusals struct {
	mu sync.Mutex
	n  Refusals
}

func (r *refusals) add(e Refused) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.What == RefusedTask {
		r.n.Tasks++
	} else {
		r.n.Deltas++
	}
	r.n.Last, r.n.At = e.String(), time.Now().UTC()
}

// get returns the numbers, nil if nothing was dropped.
func (r *refusals) get() *Refusals {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.n.At.IsZero() {
		return nil
	}
	n := r.n
	return &n
}

// orphans are ranges after the frontier whose delta will not come from anybody: it was
// refused, or it began before the frontier and was dropped, and its task is done.
type orphans []Range

// maxOrphans bounds what somebody who writes nonsense can make a committer keep. Ranges
// that are not noted are worked when the frontier has stood still for a while.
const maxOrphans = 1024

func (o *orphans) add(r Range) {
	if r.From > 0 && r.Len() > 0 && len(*o) < maxOrphans {
		*o = append(*o, r)
	}
}

// after returns the longest range that begins directly after the frontier and of which
// no delta will come; the zero Range for none.
func (o orphans) after(frontier uint64) (r Range) {
	for _, x := range o {
		if x.From <= frontier+1 && x.To > max(frontier, r.To) {
			r = Range{frontier + 1, x.To}
		}
	}
	return r
}

// dropUpTo forgets everything up to a sequence.
func (o *orphans) dropUpTo(seq uint64) {
	kept := (*o)[:0]
	for _, r := range *o {
		if r.From = max(r.From, seq+1); r.Len() > 0 {
			kept = append(kept, r)
		}
	}
	*o = kept
}
