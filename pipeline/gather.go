package pipeline

import (
	"context"
	"errors"

	"github.com/minyi/minyi/dict/phrase"
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
		var unfit *unfitError
		if errors.As(err, &unfit) {
			if !c.drop(s, unfit) {
				return g, nil
			}
			continue
		}
		if err != nil {
			return gathered{}, err
		}
		g.add(d, s.parts())
		if len(g.sum.Cells) > maxFoldCells {
			break
		}
	}
	return g, nil
}

// drop forgets a stored delta, or a copy of one of its parts, that cannot be added, and
// sees to it that its range is worked again. It returns whether another delta may be
// there that can be added.
func (c *committer) drop(s *storedDelta, why *unfitError) (more bool) {
	if why.flaw != "" {
		c.refuse(s.Range, why.seq, why.flaw)
	}
	if s.drop(why.part) {
		return true
	}
	c.pending.remove(s)
	if c.pending.ready(s.From-1) != nil {
		return true
	}
	if why.flaw == "" {
		c.recompute = s.Range
	}
	return false
}

// gatherOpen returns the deltas of an open slice, which cover r (invariant 5). If
// the broker lost them, another stored delta of r will do if it has the recorded
// digest. That digest is in the checkpoint, so a delta that has it needs no signature:
// an older release may have begun the slice. While there is none, r is to be worked again and there is nothing to
// add. If r was worked again and its delta differs, no delta can complete the
// slice any more: that is ErrConservation.
func (c *committer) gatherOpen(ctx context.Context, open *Open, r Range) (g gathered, err error) {
	d, err := c.fetchWhole(ctx, open.Deltas, r)
	switch {
	case err == nil && (open.Digest == "" || d.digest(d.Cells.Sorted()) == open.Digest):
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
		case err == nil && d.digest(d.Cells.Sorted()) == open.Digest:
			g.add(d, s.parts())
			return g, nil
		case err == nil:
			others++
		case !errors.Is(err, ErrGone):
			return g, err
		}
	}
	switch {
	case open.Digest == "" || c.recomputed == r && others > 0:
		return g, phrase.Errorf("%w: the broker lost deltas of %v of which some slices are stored, and now the stream gives others: messages were deleted", ErrConservation, r)
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

// unfitError says that a stored delta cannot be added: it is gone, or it has a flaw. It
// wraps [ErrGone]: its range needs another delta.
type unfitError struct {
	seq  uint64 // of its first part, or of the part that is unfit
	part uint64 // the same if other copies of that part may be fit; else 0
	flaw Flaw   // "": it is gone
	says phrase.Text
}

func (e *unfitError) Error() string { return e.says.String() }

// In implements [phrase.Error].
func (e *unfitError) In(l phrase.Language) string { return e.says.In(l) }

func (e *unfitError) Unwrap() error { return ErrGone }

// fetchStored reads one stored delta. It returns ErrGone if something else is
// stored at its sequences (the digest of the bytes tells), or if what is
// stored cannot have been read from the stream.
func (c *committer) fetchStored(ctx context.Context, s *storedDelta) (*Delta, error) {
	if err := c.checkEnd(ctx, s); err != nil {
		return nil, err
	}
	parts := s.parts()
	p, err := c.fetchParts(ctx, parts, s.Range)
	switch {
	case err != nil:
		return nil, err
	case p.flaw != "":
		return nil, &unfitError{p.flawed, p.flawed, p.flaw, phrase.Textf("is not believed")}
	case p.digest != s.digest:
		return nil, &unfitError{seq: parts[0], says: phrase.Textf("delta of %v was replaced", s.Range)}
	}
	if flaw := p.sum.flaw(); flaw != "" {
		return nil, &unfitError{seq: parts[0], flaw: flaw, says: phrase.Textf("is not believed")}
	}
	return p.sum, nil
}

// checkEnd returns an error if a delta ends after the stream does. The leader is asked
// only if the delta ends after what this process has seen of the stream.
func (c *committer) checkEnd(ctx context.Context, s *storedDelta) error {
	if s.To <= c.progress.last.Load() {
		return nil
	}
	info, err := c.source.Info(ctx)
	if err != nil {
		return phrase.Errorf("look at stream: %w", err)
	}
	if s.To > info.Last {
		return &unfitError{seq: s.parts()[0], flaw: FlawBeyond, says: phrase.Textf("ends after the stream")}
	}
	return nil
}

// fetchWhole reads the parts of one or more whole deltas that together cover
// exactly r, and returns their sum. It returns ErrGone if they are not stored any
// more, or if something else is: a broker that lost its newest messages gives
// their sequences to others.
func (c *committer) fetchWhole(ctx context.Context, parts []uint64, r Range) (*Delta, error) {
	p, err := c.fetchParts(ctx, parts, r)
	if err != nil {
		return nil, err
	}
	if err := p.sum.Check(); err != nil {
		return nil, phrase.Errorf("%w: %w", ErrGone, err)
	}
	return p.sum, nil
}

// fetched is what stored parts say.
type fetched struct {
	sum    *Delta
	digest string // of their bytes
	flaw   Flaw   // of the first that has one
	flawed uint64 // its sequence
}

// fetchParts reads stored parts of r.
func (c *committer) fetchParts(ctx context.Context, parts []uint64, r Range) (fetched, error) {
	var f fetched
	bodies := make([][]byte, len(parts))
	for i, seq := range parts {
		p, err := c.deltas.Fetch(ctx, seq)
		if errors.Is(err, ErrGone) {
			return f, &unfitError{seq: seq, part: seq, says: phrase.Textf("delta part %d of %v is gone", seq, r)}
		}
		if err != nil {
			return f, phrase.Errorf("fetch delta part %d of %v: %w", seq, r, err)
		}
		if p.Flaw != "" && f.flaw == "" {
			f.flaw, f.flawed = p.Flaw, seq
		}
		d, err := DecodeDelta(p.Body)
		if err != nil {
			return f, &unfitError{seq, seq, FlawUndecodable, phrase.Textf("cannot be decoded")}
		}
		if d.From < r.From || d.To > r.To {
			return f, &unfitError{seq: seq, part: seq, says: phrase.Textf("delta part %d is of %v, not within %v", seq, d.Range, r)}
		}
		if i == 0 { // most often there is no other
			d.Range, f.sum = r, d
		} else {
			f.sum.join(d)
		}
		bodies[i] = p.Body
	}
	f.sum.Rejects = nil // sequences of rejected messages stay in the deltas; the totals do not have them
	f.digest = digestOf(bodies...)
	return f, nil
}
