package pipeline

import (
	"slices"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// StreamFacts is what the stream says about the messages that it does not hold.
type StreamFacts struct {
	StreamInfo
	Messages uint64 // that it holds
	// Deleted are the sequences between First and Last that the stream does not
	// hold, in ascending order. Detailed: the list is complete.
	Deleted  []uint64
	Detailed bool
	// MarkStored is when the stream stored the message of the checkpoint's mark;
	// zero if it does not hold that message any more.
	MarkStored time.Time
}

// checkStream compares the tally with the stream. The stream must be the one that
// was counted, it must reach as far, and it must not hold what was counted as
// missing.
func (a *Auditor) checkStream() {
	s := a.facts
	if s == nil {
		a.fault(Fault{Check: "stream", Says: phrase.Textf("%s is not there any more: the counts stand, and cannot be checked against it", a.about.Spec.Stream)})
		return
	}
	a.audit.Last = s.Last
	if !a.about.Spec.IsOf(s.StreamInfo) {
		a.fault(Fault{Check: "stream", Says: phrase.Textf("%s was created at %s, and counted was one created at %s",
			s.Name, s.Created.UTC().Format(time.RFC3339), a.about.Spec.Created.UTC().Format(time.RFC3339))})
		return
	}
	if s.Last < a.audit.Frontier {
		a.fault(Fault{Check: "stream", Says: phrase.Textf("%s ends at %d, and was counted up to %d: the broker lost messages it had acknowledged",
			s.Name, s.Last, a.audit.Frontier)})
	}
	if m := a.view.Checkpoint.Mark; m != nil && !s.MarkStored.IsZero() && !s.MarkStored.Equal(m.Stored) {
		a.fault(Fault{Check: "stream", Says: phrase.Textf("message %d was stored at %s, and counted was one stored at %s: its sequence was used again",
			m.Seq, s.MarkStored.UTC().Format(time.RFC3339Nano), m.Stored.UTC().Format(time.RFC3339Nano))})
	}
	if !s.Detailed {
		// This counts all sequences up to Last. Some may lie after the frontier, so
		// it is the most that can be absent up to the frontier.
		a.audit.Absent = s.Last + 1 - a.audit.Base - s.Messages
		a.notef("%s lacks too many messages to list them: missing is checked in sum only", s.Name)
	} else {
		a.audit.Absent = s.absent(Range{a.audit.Base, a.audit.Frontier})
		for i := range a.audit.Ranges {
			r := &a.audit.Ranges[i]
			n := s.absent(r.Range)
			r.Absent = &n
			if r.Missing > n {
				at := r.Range
				a.fault(Fault{Check: "stream", Range: &at, Says: phrase.Textf(
					"%d counted as missing, and only %d of its messages are not in the stream", r.Missing, n)})
			}
		}
	}
	if a.audit.Missing > a.audit.Absent {
		a.fault(Fault{Check: "stream", Says: phrase.Textf("%d counted as missing, and only %d messages up to the frontier are not in the stream",
			a.audit.Missing, a.audit.Absent)})
	}
}

// absent returns how many sequences of the range are not in the stream.
func (s *StreamFacts) absent(r Range) uint64 {
	n := Range{r.From, min(r.To, max(s.First, 1)-1)}.Len()
	n += Range{max(r.From, s.Last+1), r.To}.Len()
	i, _ := slices.BinarySearch(s.Deleted, r.From)
	j, _ := slices.BinarySearch(s.Deleted, r.To+1)
	return n + uint64(max(j-i, 0))
}
