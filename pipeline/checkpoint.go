package pipeline

import "fmt"

// Checkpoint is how far a tally has come. It is stored with the totals, first and
// last in every commit, and everything about exactness hangs on it:
//
//  1. Ranges. The unit of counting is a range of stream sequences. Its delta is
//     a pure function of the spec and of what the stream holds in it; who
//     computes it, when and how often, does not matter.
//  2. Order. Only a delta whose first sequence is Frontier+1 is added; the
//     commit moves Frontier to its last. One at or before the frontier is
//     dropped. So every sequence is added exactly once.
//  3. Fence. A commit holds only if the checkpoint is still the one that it was
//     computed from (compare-and-set on its revision), and stores all or
//     nothing. Of two folders one loses, and has changed nothing. A broker that
//     has lost its newest messages gives revisions a second time: so before a
//     fold the stored checkpoint is compared with the one in memory.
//  4. Doubt. After an error whose outcome is unknown a folder forgets what it
//     has in memory and reads checkpoint and cells again.
//  5. Slices. A fold of more than [MaxCommit] cells takes several commits. All
//     but the last leave Frontier and the numbers alone, and record in Open
//     which stored deltas are being added and up to which cell, in the order of
//     [CellKey.Compare], they have been. Whoever comes next adds the very same
//     deltas to the remaining cells. Deltas are not deleted before the frontier
//     has passed them; if the broker has lost them, they are computed again, and
//     the same if their sum has the digest that was recorded: messages may have
//     been deleted in between. Each commit begins with such a
//     checkpoint too: should a broker that lost power, or had no room, keep only
//     the beginning of a batch, then what it kept is an open slice, up to the
//     last cell that is there. It goes on like any other, after a look at whether
//     the cells will add up.
//  6. Missing. A sequence is counted as missing only when the stream's leader
//     says that it holds nothing there and has come past it.
//  7. Conservation. Stored = Tagged + Untagged + Rejected + Missing in every
//     checkpoint and in every delta, and while no slice is open the cells add
//     up to the same numbers. It is checked at every load and every fold; a
//     violation stops the worker.
//
// Plans, acks, leases and duplicate windows are not on the list: they decide
// only how quickly and by whom ranges are worked. If a task is lost, its range
// is computed by the folder after a while; if two plans overlap, rule 2 takes
// what fits.
type Checkpoint struct {
	// Frontier is the last sequence that is counted; Base-1 at the beginning.
	Frontier uint64 `json:"frontier"`
	// Stored is the number of sequences from the stream's first ever to the frontier.
	Stored uint64 `json:"stored"`
	Outcomes
	InvalidUTF8 uint64 `json:"invalid_utf8"`
	AbsurdTime  uint64 `json:"absurd_time"`
	// Mark is the last message counted, nil while there was none. The stream has
	// to hold that very message, or none, at every fold.
	Mark *Mark `json:"mark,omitempty"`
	// Deltas is where a folder begins to read deltas: what is stored before
	// has been added or dropped.
	Deltas uint64 `json:"deltas"`
	Open   *Open  `json:"open,omitempty"`
}

// Open is a fold of which some slices are stored.
type Open struct {
	To     uint64   `json:"to"`     // the frontier when it is complete
	Deltas []uint64 `json:"deltas"` // the stored parts that are being added
	Digest string   `json:"digest"` // of their sum
	After  string   `json:"after"`  // key of the last cell they were added to
}

// check returns an error that wraps [ErrConservation] unless the numbers add up.
func (c *Checkpoint) check(base uint64) error {
	if err := c.Outcomes.Check(c.Stored); err != nil {
		return fmt.Errorf("checkpoint at %d: %w", c.Frontier, err)
	}
	if c.Frontier+1 < base || c.Frontier+1-base != c.Stored {
		return fmt.Errorf("checkpoint at %d: %w: %d stored from sequence %d on", c.Frontier, ErrConservation, c.Stored, base)
	}
	return nil
}

// Check returns an error that wraps [ErrConservation] unless checkpoint and
// cells add up. Cells are not looked at while a slice is open.
func (v *View) Check(base uint64) error {
	if v.Revision == 0 {
		if len(v.Cells) > 0 {
			return fmt.Errorf("%w: %d cells without a checkpoint", ErrConservation, len(v.Cells))
		}
		return nil
	}
	if err := v.Checkpoint.check(base); err != nil {
		return err
	}
	if v.Checkpoint.Open != nil {
		return nil
	}
	c := &v.Checkpoint
	if err := v.Cells.check(c.Outcomes); err != nil {
		return fmt.Errorf("totals at %d: %w", c.Frontier, err)
	}
	return nil
}

// add returns the checkpoint after a delta that begins behind its frontier.
func (c Checkpoint) add(d *Delta) Checkpoint {
	c.Frontier = d.To
	c.Stored += d.Len()
	c.Outcomes = c.Outcomes.Add(d.Outcomes)
	c.InvalidUTF8 += d.InvalidUTF8
	c.AbsurdTime += d.AbsurdTime
	if d.Mark.Seq != 0 {
		mark := d.Mark
		c.Mark = &mark
	}
	c.Open = nil
	return c
}

// Snapshot returns the view as the stable shape that readers get.
func (v *View) Snapshot(a TallyInfo) Snapshot {
	c := &v.Checkpoint
	frontier := c.Frontier
	if v.Revision == 0 {
		frontier = max(a.Spec.Base, 1) - 1
	}
	return Snapshot{
		Tally: a.Spec.Tally(), Dict: a.Spec.Dict, Frontier: frontier,
		Stored: c.Stored, Outcomes: c.Outcomes,
		Themes: a.Themes.Themes(v.Cells),
	}
}
