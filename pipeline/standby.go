package pipeline

import (
	"context"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// yield leaves folding to the process that was faster. Without a pause, processes
// of equal speed would lose in turns, and read all totals again each time.
func (l *commitLoop) yield() {
	l.active = false
	l.waitForOther()
}

// waitForOther gives the active process time to fold. The patience is random, so
// that of several processes that stand by one takes over first.
func (l *commitLoop) waitForOther() {
	l.waitingSince = time.Now()
	l.patience = jitter(l.cfg.Standby)
}

// standBy looks whether another process folds. It becomes active when something
// has waited to be folded, or to be worked again, for longer than the patience, or when the frontier stands
// still, and the checkpoint has not changed since the last look.
func (l *commitLoop) standBy(ctx context.Context) error {
	if (l.ready() != nil || l.due().To > 0) && l.waitingSince.IsZero() {
		l.waitingSince = time.Now()
	}
	if !l.waitingSince.IsZero() && time.Since(l.waitingSince) < l.patience {
		return nil
	}
	cp, rev, err := l.ledger.Checkpoint(ctx)
	if err != nil {
		return phrase.Errorf("look at checkpoint: %w", err)
	}
	if rev == 0 { // nothing is counted, of a stream that may not begin at 1
		cp.Frontier = l.info.Spec.Base - 1
	}
	folds := rev != l.view.Revision
	l.view.Revision, l.loaded = rev, false
	l.setFrontier(&cp)
	due := cp.Open != nil || l.ready() != nil || l.due().To > 0
	stalled := l.stalled()
	switch {
	case !due && !stalled:
		l.waitingSince = time.Time{}
	case folds:
		l.waitForOther()
	case !l.waitingSince.IsZero() || stalled:
		l.active = true
		l.waitingSince = time.Time{}
	default: // it is due since just now
		l.waitingSince = time.Now()
	}
	return nil
}
