package pipeline

import (
	"context"
	"errors"
	"fmt"
)

// gathered is what one fold adds.
type gathered struct {
	sum   *Delta   // nil: there is nothing to add
	parts []uint64 // the sequences of its parts in the stream of deltas
	marks []Mark   // of each delta in the sum
}

// add takes in another delta. It begins where the last one ended.
func (g *gathered) add(d *Delta, parts []uint64) {
	g.marks = append(g.marks, d.Mark)
	g.parts = append(g.parts, parts...)
	if g.sum == nil {
		g.sum = d
		return
	}
	g.sum.join(d)
	g.sum.To = d.To
}

// gather returns the deltas to be added: those of the open slice if there is one,
// else as many as follow the frontier without a gap. A delta that the broker lost
// ends the sum, and its range is noted in recompute.
func (c *committer) gather(ctx context.Context) (g gathered, err error) {
	cp := &c.view.Checkpoint
	if cp.Open != nil {
		return c.gatherOpen(ctx, cp.Open, Range{cp.Frontier + 1, cp.Open.To})
	}
	for len(g.marks) < maxFoldDeltas {
		frontier := cp.Frontier
		if g.sum != nil {
			frontier = g.sum.To
		}
		s := c.pending.ready(frontier)
		if s == nil {
			break
		}
		d, err := c.fetchStored(ctx, s)
		if errors.Is(err, ErrGone) {
			delete(c.pending, s.From)
			c.recompute = s.Range
			break
		}
		if err != nil {
			return gathered{}, err
		}
		g.add(d, s.parts)
		if len(g.sum.Cells) > maxFoldCells {
			break
		}
	}
	return g, nil
}

// gatherOpen returns the deltas of an open slice, which cover r (invariant 5). If
// the broker lost them, another stored delta of r will do if it has the recorded
// digest. While there is none, r is to be worked again and there is nothing to
// add. If r was worked again and its delta differs, no delta can complete the
// slice any more: that is ErrConservation.
func (c *committer) gatherOpen(ctx context.Context, open *Open, r Range) (g gathered, err error) {
	d, err := c.fetchWhole(ctx, open.Deltas, r)
	switch {
	case err == nil && (open.Digest == "" || d.digest(d.Cells.Keys()) == open.Digest):
		g.add(d, open.Deltas)
		return g, nil
	case err != nil && !errors.Is(err, ErrGone):
		return g, err
	}
	others := 0
	for _, s := range c.pending[r.From] {
		if !s.complete() || s.Range != r {
			continue
		}
		d, err := c.fetchStored(ctx, s)
		switch {
		case err == nil && d.digest(d.Cells.Keys()) == open.Digest:
			g.add(d, s.parts)
			return g, nil
		case err == nil:
			others++
		case !errors.Is(err, ErrGone):
			return g, err
		}
	}
	switch {
	case open.Digest == "" || c.recomputed == r && others > 0:
		return g, fmt.Errorf("%w: the broker lost deltas of %v of which some slices are stored, and now the stream gives others: messages were deleted", ErrConservation, r)
	case c.recomputed != r:
		c.recompute = r
	}
	return g, nil
}

// awaitsRecomputed reports whether nothing can be added before another delta comes: that
// of an open slice, whose range was worked again.
func (c *committer) awaitsRecomputed() bool {
	cp := &c.view.Checkpoint
	return c.loaded && cp.Open != nil && c.recomputed == Range{cp.Frontier + 1, cp.Open.To}
}

// fetchStored reads one stored delta. It returns ErrGone if something else is
// stored at its sequences: the digest of the bytes tells.
func (c *committer) fetchStored(ctx context.Context, s *storedDelta) (*Delta, error) {
	d, digest, err := c.fetchParts(ctx, s.parts, s.Range)
	if err != nil {
		return nil, err
	}
	if digest != s.digest {
		return nil, fmt.Errorf("delta of %v was replaced: %w", s.Range, ErrGone)
	}
	return d, d.Check()
}

// fetchWhole reads the parts of one or more whole deltas that together cover
// exactly r, and returns their sum. It returns ErrGone if they are not stored any
// more, or if something else is: a broker that lost its newest messages gives
// their sequences to others.
func (c *committer) fetchWhole(ctx context.Context, parts []uint64, r Range) (*Delta, error) {
	d, _, err := c.fetchParts(ctx, parts, r)
	if err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	}
	return d, nil
}

// fetchParts reads stored parts, and returns their sum and the digest of their bytes.
func (c *committer) fetchParts(ctx context.Context, parts []uint64, r Range) (sum *Delta, digest string, err error) {
	sum = &Delta{Range: r, Cells: make(Cells)}
	bodies := make([][]byte, len(parts))
	for i, seq := range parts {
		b, err := c.deltas.Fetch(ctx, seq)
		if err != nil {
			return nil, "", fmt.Errorf("fetch delta part %d of %v: %w", seq, r, err)
		}
		d, err := DecodeDelta(b)
		if err != nil {
			return nil, "", fmt.Errorf("delta part %d of %v: %w: %w", seq, r, ErrConservation, err)
		}
		if d.From < r.From || d.To > r.To {
			return nil, "", fmt.Errorf("delta part %d is of %v, not within %v: %w", seq, d.Range, r, ErrGone)
		}
		sum.join(d)
		bodies[i] = b
	}
	sum.Rejects = nil // sequences of rejected messages stay in the deltas; the totals do not have them
	return sum, digestOf(bodies...), nil
}
