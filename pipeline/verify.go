package pipeline

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// A broker may lose its newest messages with the power, in each of its streams as
// many as it likes, and use their sequences again, while this process notices only
// a connection that comes back. The committer's view then still fits its own
// memory. So before every fold it asks what is stored.

// checkStored returns ErrLost unless the stored checkpoint is the one that the
// view was computed from. The fence alone cannot tell: a broker that lost its
// newest messages gives their revisions to others (invariant 3).
func (c *committer) checkStored(ctx context.Context) error {
	cp, rev, err := c.ledger.Checkpoint(ctx)
	if err != nil {
		return phrase.Errorf("look at checkpoint: %w", err)
	}
	if rev != c.view.Revision || rev != 0 && !bytes.Equal(mustMarshal(cp), mustMarshal(c.view.Checkpoint)) {
		return ErrLost
	}
	if rev == 0 {
		// Before the first commit of all nothing else tells that the broker has lost the
		// tally's info since it was stored, and cells without it are read by nobody.
		if err := c.ledger.EnsureInfo(ctx, c.info); err != nil {
			return phrase.Errorf("store info of tally: %w", err)
		}
	}
	return nil
}

// refresh reads the view again unless it is what is stored. A committer with
// nothing to fold calls it: if the broker lost the newest totals there is
// something to fold after all, and nothing else would show it.
func (c *committer) refresh(ctx context.Context) error {
	err := c.checkStored(ctx)
	if errors.Is(err, ErrLost) {
		return c.load(ctx)
	}
	return err
}

// checkStream checks that the stream still is the one that was counted, and the
// one that the deltas to be added were read from. Without this check the stream
// could lose counted messages and grow past the plan again before the planner
// looks, and the new messages at old sequences would never be counted.
func (c *committer) checkStream(ctx context.Context, added []Mark) error {
	if counted := c.view.Checkpoint.Mark; counted != nil {
		added = append([]Mark{*counted}, added...)
	}
	return c.checkMarks(ctx, added)
}

// checkMarks returns ErrSequenceReused when the stream holds another message at a
// mark than the one that was read there. A message that is gone proves nothing: it
// may have been deleted. If it was lost, the stream ends before it, and the planner
// notices that.
func (c *committer) checkMarks(ctx context.Context, marks []Mark) error {
	marks = slices.DeleteFunc(slices.Clone(marks), func(m Mark) bool { return m.Seq == 0 })
	seqs := make([]uint64, len(marks))
	for i, m := range marks {
		seqs[i] = m.Seq
	}
	stored, err := c.source.StoredAt(ctx, seqs)
	if err != nil {
		return phrase.Errorf("look at messages: %w", err)
	}
	for i, at := range stored {
		if !at.IsZero() && !at.Equal(marks[i].Stored) {
			return phrase.Errorf("%w: message %d was stored at %s, and what was read there at %s: the broker lost acknowledged messages", ErrSequenceReused, marks[i].Seq,
				at.Format(time.RFC3339Nano), marks[i].Stored.Format(time.RFC3339Nano))
		}
	}
	return nil
}
