package pipeline

import (
	"github.com/minyi/minyi/dict/phrase"
)

// Delta is what one range adds to a tally. It is a pure function of the spec and of
// what the stream holds in the range. It is written as JSON, so that a person can
// look into the stream of deltas:
//
//	{"from":1,"to":100,"tagged":90,"untagged":8,"rejected":2,"missing":0,
//	 "invalid_utf8":0,"absurd_time":1,"mark":{"seq":100,"stored":"…"},
//	 "rejects":{"no_text":[[3,4]]},
//	 "days":{"2022-04-15":{"xinhua":{"theme":{"livelihood":[30,41]},…}}}}
//
// The levels of days are day, source, kind and id; the numbers are primary and any.
// The sequences in rejects are runs, both ends included, by reason.
type Delta struct {
	Range
	Outcomes
	InvalidUTF8, AbsurdTime uint64
	// Mark is the last message that was read; zero if none was.
	Mark    Mark
	Rejects map[Reason][]Range
	Cells   Cells
}

// reject notes a rejected message; sequences come in ascending order.
func (d *Delta) reject(reason Reason, seq uint64) {
	d.Rejected++
	if d.Rejects == nil {
		d.Rejects = make(map[Reason][]Range)
	}
	runs := d.Rejects[reason]
	if n := len(runs); n > 0 && runs[n-1].To+1 == seq {
		runs[n-1].To = seq
		return
	}
	d.Rejects[reason] = append(runs, Range{seq, seq})
}

// Check returns an error that wraps [ErrConservation] unless everything adds up:
// every sequence of the range has one outcome, and the cells say the same.
func (d *Delta) Check() error {
	if err := d.Outcomes.Check(d.Len()); err != nil {
		return phrase.Errorf("delta %v: %w", d.Range, err)
	}
	if err := d.Cells.check(d.Outcomes); err != nil {
		return phrase.Errorf("delta %v: %w", d.Range, err)
	}
	return nil
}

// flaw says why a stored delta cannot have been read from a stream; "" if it can.
func (d *Delta) flaw() Flaw {
	switch {
	case d.Check() != nil:
		return FlawContradicts
	case d.Mark.Seq == 0 && d.Tagged+d.Untagged+d.Rejected == 0:
		return ""
	case d.Mark.Seq < d.From || d.Mark.Seq > d.To:
		return FlawUnmarked
	}
	return ""
}

// join adds another part of the same delta, or the delta of another range. It leaves
// the range alone.
func (d *Delta) join(o *Delta) {
	d.Outcomes = d.Add(o.Outcomes)
	d.InvalidUTF8 += o.InvalidUTF8
	d.AbsurdTime += o.AbsurdTime
	if o.Mark.Seq > d.Mark.Seq {
		d.Mark = o.Mark
	}
	for reason, runs := range o.Rejects {
		if d.Rejects == nil {
			d.Rejects = make(map[Reason][]Range)
		}
		d.Rejects[reason] = append(d.Rejects[reason], runs...)
	}
	d.Cells.Merge(o.Cells)
}
