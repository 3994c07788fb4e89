package pipeline

import (
	"github.com/minyi/minyi/dict/phrase"
)

// Checkpoint says how far a tally has come. It is stored together with the totals,
// as the first and the last value of every commit. The tally is exact because of
// these invariants; DESIGN.md says why they suffice.
//
//  1. Ranges. The unit of counting is a range of stream sequences. The delta of a
//     range is a pure function of the spec and of what the stream holds in the
//     range. Who computes it, when, and how often does not matter.
//  2. Order. Only a delta whose first sequence is Frontier+1 is added, and the
//     commit moves Frontier to the delta's last sequence. A delta that begins at
//     or before the frontier is dropped. So every sequence is added exactly once.
//  3. Fence. A commit succeeds only if the stored checkpoint still is the one that
//     it was computed from (compare-and-set on the checkpoint's revision), and it
//     stores everything or nothing. Of two committers one loses, and has changed
//     nothing. A broker that lost its newest messages gives their revisions to
//     others, so a revision alone does not identify a checkpoint: before every
//     fold the stored checkpoint is compared with the one in memory, by content.
//  4. Doubt. After an error whose outcome is unknown, a committer forgets what it
//     has in memory, and reads checkpoint and cells again.
//  5. Slices. A fold of more than [MaxCommit] cells takes several commits. All but
//     the last leave Frontier and the outcomes alone. They record in Open which
//     stored deltas are being added, and up to which cell, in the order of
//     [CellKey.Compare]. The next committer adds the very same deltas to the
//     remaining cells. Deltas are not deleted before the frontier has passed them.
//     If the broker lost them nevertheless, their range is worked again, and the
//     result fits if it has the recorded digest; it may differ, because messages
//     may have been deleted in between. Each commit also begins with such a
//     checkpoint. If a broker that lost power, or had no room, keeps only the
//     beginning of a batch, then what it kept is an open slice, up to the last
//     cell that is there. It is completed like any other open slice, after a check
//     that the completed cells will add up.
//  6. Missing. A sequence is counted as missing only when the stream's leader says
//     that it holds no message there and that it has come past it.
//  7. Conservation. Stored = Tagged + Untagged + Rejected + Missing in every
//     checkpoint and in every delta; and while no slice is open, the cells add up
//     to the same numbers. This is checked at every load and every fold. A
//     violation stops the worker.
//
// Plans, acks, leases and duplicate windows are not on this list. They decide only
// how quickly ranges are worked, and by whom. If a task is lost, the committer's
// process works its range after a while. If two plans overlap, rule 2 takes the
// deltas that fit.
type Checkpoint struct {
	// Frontier is the last sequence that is counted; Base-1 at the beginning.
	Frontier uint64 `json:"frontier"`
	// Stored is the number of sequences from the stream's first ever to the frontier.
	Stored uint64 `json:"stored"`
	Outcomes
	InvalidUTF8 uint64 `json:"invalid_utf8"`
	AbsurdTime  uint64 `json:"absurd_time"`
	// Mark is the last message that was counted; nil while there was none. At every
	// fold the stream must hold that very message at its sequence, or none.
	Mark *Mark `json:"mark,omitempty"`
	// Deltas is the sequence in the stream of deltas from which a committer begins
	// to read. Every delta that is stored before it was added or dropped.
	Deltas uint64 `json:"deltas"`
	Open   *Open  `json:"open,omitempty"`
}

// Open describes a fold that is stored in part: some of its slices are there, others
// are not yet.
type Open struct {
	To     uint64   `json:"to"`     // the frontier when the fold is complete
	Deltas []uint64 `json:"deltas"` // sequences of the stored parts that are being added
	Digest string   `json:"digest"` // of the sum of those deltas
	After  string   `json:"after"`  // key of the last cell that they were added to; "": of none yet
}

// check returns an error that wraps [ErrConservation] unless the outcomes add up
// to Stored, and Stored is the number of sequences from base to the frontier.
func (c *Checkpoint) check(base uint64) error {
	if err := c.Check(c.Stored); err != nil {
		return phrase.Errorf("checkpoint at %d: %w", c.Frontier, err)
	}
	if c.Frontier+1 < base || c.Frontier+1-base != c.Stored {
		return phrase.Errorf("checkpoint at %d: %w: %d stored from sequence %d on", c.Frontier, ErrConservation, c.Stored, base)
	}
	return nil
}

// add returns the checkpoint after a delta that begins directly after its frontier.
func (c Checkpoint) add(d *Delta) Checkpoint {
	c.Frontier = d.To
	c.Stored += d.Len()
	c.Outcomes = c.Add(d.Outcomes)
	c.InvalidUTF8 += d.InvalidUTF8
	c.AbsurdTime += d.AbsurdTime
	if d.Mark.Seq != 0 {
		mark := d.Mark
		c.Mark = &mark
	}
	c.Open = nil
	return c
}
