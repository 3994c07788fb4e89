package pipeline

import (
	"context"
	"time"
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
