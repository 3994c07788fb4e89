package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// remaining returns those cells of the sum that are still to be added: all of them, or
// those after the cell that an interrupted fold has reached.
func (c *committer) remaining(sum *Delta, cells []CellCount) ([]CellCount, error) {
	cp := &c.view.Checkpoint
	if cp.Open == nil {
		return cells, nil
	}
	if last := cmp.Or(c.view.Tail, cp.Open.After); last != "" {
		after, err := ParseKey(last)
		if err != nil {
			return nil, phrase.Errorf("%w: open slice after key %q", ErrConservation, last)
		}
		n, found := slices.BinarySearchFunc(cells, after, func(c CellCount, k CellKey) int { return c.Compare(k) })
		if !found {
			return nil, phrase.Errorf("%w: the open slice ends at a cell that its deltas do not have", ErrConservation)
		}
		cells = cells[n+1:]
	}
	// Nothing has checked these cells while the slice was open. So the totals as
	// they will be are checked before anything is written.
	e := c.view.Totals.Edit()
	for i := range cells {
		e.add(&cells[i])
	}
	whole := View{Checkpoint: cp.add(sum), Revision: c.view.Revision, Totals: e.Totals()}
	if err := whole.Check(c.info.Spec.Base); err != nil {
		return nil, phrase.Errorf("open slice up to %d: %w", sum.To, err)
	}
	return cells, nil
}

// commit adds the given cells of the sum to the totals, and writes them in slices of at
// most maxCells. The argument open describes the fold, as every checkpoint but the last
// records it.
func (c *committer) commit(ctx context.Context, open Open, sum *Delta, cells []CellCount) error {
	if before := c.view.Checkpoint.Open; before != nil {
		open.After = cmp.Or(c.view.Tail, before.After)
	}
	for {
		slice := cells[:min(len(cells), c.maxCells)]
		cells = cells[len(slice):]
		s := Slice{Begin: c.view.Checkpoint, Cells: make([]CellCount, 0, len(slice))}
		begin := open
		s.Begin.Open = &begin
		totals := c.view.Totals.Edit()
		for i := range slice {
			s.Cells = append(s.Cells, CellCount{slice[i].CellKey, totals.add(&slice[i])})
		}
		if len(slice) > 0 {
			open.After = slice[len(slice)-1].Key()
		}
		if len(cells) > 0 {
			s.End = c.view.Checkpoint
			end := open
			s.End.Open = &end
		} else {
			s.End = c.view.Checkpoint.add(sum)
			s.End.Deltas = c.resumeAt(s.End.Frontier)
			if err := s.End.check(c.info.Spec.Base); err != nil {
				return err
			}
		}
		rev, err := c.ledger.Commit(ctx, &s, c.view.Revision)
		if err != nil {
			return phrase.Errorf("commit up to %d: %w", sum.To, err)
		}
		c.view.Totals = totals.Totals()
		c.view.Checkpoint, c.view.Revision, c.view.Tail = s.End, rev, ""
		if len(cells) == 0 {
			return nil
		}
	}
}

// resumeAt returns the sequence of the stream of deltas from which a committer has
// to read so that it sees every delta after the frontier. It never goes back: an
// open slice may be completed before all deltas that are stored were seen.
func (c *committer) resumeAt(frontier uint64) uint64 {
	return max(c.pending.firstSeq(frontier, c.lastDeltaSeq+1), c.view.Checkpoint.Deltas)
}
