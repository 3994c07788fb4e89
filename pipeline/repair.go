package pipeline

import (
	"context"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// stalled tells whether the frontier has stood still for too long although a
// planned range lies after it: the range's task was lost, or its delta.
func (l *commitLoop) stalled() bool {
	frontier := l.progress.frontier.Load()
	if frontier != l.frontier || l.progress.planned.Load() <= frontier || l.ready() != nil {
		l.frontier, l.movedAt = frontier, time.Now()
		return false
	}
	limit := l.cfg.StallAfter
	if l.repaired.To > 0 && frontier == l.repaired.To {
		limit /= 10 // the next range was probably lost together with the repaired one
	}
	return time.Since(l.movedAt) > limit
}

// repair works the range after the frontier itself once the frontier has stalled.
// So a tally never depends on a task or on a delta that the broker lost.
func (l *commitLoop) repair(ctx context.Context) error {
	if !l.stalled() {
		return nil
	}
	r := l.gap()
	err := l.worker.work(ctx, r, true)
	l.movedAt = time.Now()
	if err == nil {
		l.repaired = r
	}
	return err
}

// sayStillAfter is how long the frontier may stand still, while more is planned, until
// the log says what the loop waits for, and says it again.
const sayStillAfter = 30 * time.Second

// standing is since when a frontier stands still.
type standing struct {
	frontier    uint64
	since, said time.Time
}

// standsStill returns an error, once every sayStillAfter, while the frontier stands still
// although more is planned. Nothing else may have failed: a broker that acknowledges a
// delta and does not deliver it makes no error. It tells apart what the loop waits for.
func (l *commitLoop) standsStill() error {
	s, now := &l.standing, time.Now()
	frontier, planned := l.progress.frontier.Load(), l.progress.planned.Load()
	if s.since.IsZero() || frontier != s.frontier || planned <= frontier {
		*s = standing{frontier, now, now}
		return nil
	}
	if now.Sub(s.said) < sayStillAfter {
		return nil
	}
	s.said = now
	waits := phrase.Textf("the delta of %v, which no worker has stored yet or the broker does not deliver (newest delivered: %d)", l.gap(), l.lastDeltaSeq)
	switch ready := l.ready(); {
	case ready != nil && !l.active:
		waits = phrase.Textf("another process to add the delta of %v", ready.Range)
	case ready != nil:
		waits = phrase.Textf("the delta of %v to be added", ready.Range)
	}
	return phrase.Errorf("counted up to %d of %d planned, and no further for %s: waits for %s", frontier, planned, now.Sub(s.since).Round(time.Second), waits)
}
