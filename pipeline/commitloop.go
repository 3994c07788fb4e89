package pipeline

import (
	"context"
	"errors"
	"time"
)

// commitLoop decides when a committer folds. Where several processes work on a
// tally, one of them is active and folds whatever is ready. The others stand by,
// and only look whether somebody folds. Nobody is appointed: a process that loses
// a commit stands by, and a process that sees a delta wait for too long becomes
// active. Should two be active at once, the fence lets one of them commit
// (invariant 3), so this loop decides only how fast a tally moves, never what is
// counted.
//
//	commitloop.go  the loop, and what an active process does
//	standby.go     when a process stands by, and when it takes over
//	repair.go      ranges whose delta does not come
//	follow.go      the references to deltas, as they are stored
type commitLoop struct {
	*committer
	worker  *rangeWorker // works ranges whose task or delta was lost
	current *currentPointer

	active       bool
	waitingSince time.Time     // while standing by: since when something waits to be folded
	patience     time.Duration // how long it may wait before this process takes over

	movedAt  time.Time // when the frontier moved last, or there was nothing to wait for
	frontier uint64    // at that time
	repaired Range     // the last range that was worked because the frontier stood still
	standing standing  // since when, for the log

	foldEnded time.Time
	foldTook  time.Duration
	checkedAt time.Time // when the stored checkpoint was last seen to be the known one
}

const (
	// maxPause is the longest pause between two folds at the live end.
	maxPause = 200 * time.Millisecond
	// maxPauseBehind is the longest pause in a backlog, where nobody waits for a
	// single range.
	maxPauseBehind = 20 * time.Second
	// drainQuiet is how long no delta may have come before a drain is complete.
	drainQuiet = 200 * time.Millisecond
	// idleTick is how often a loop with nothing to do looks around.
	idleTick = time.Second
	// lookEvery is how often the current pointer is read, and, while there is
	// nothing to fold, the checkpoint.
	lookEvery = 2 * time.Second
)

// run folds until ctx ends. After drain is closed it goes on until every complete
// delta is folded and no other has come for drainQuiet. It returns only errors that
// are fatal.
func (l *commitLoop) run(ctx context.Context, drain <-chan struct{}) error {
	looking, stop := lookUntil(ctx, drain)
	defer stop()
	cp, err := l.start(looking)
	if err != nil || looking.Err() != nil {
		return err
	}
	refs, unfollow := l.followFrom(ctx, cp.Deltas)
	defer func() { unfollow() }()
	retry := newBackoff()
	lastRef := time.Now()
	for ctx.Err() == nil {
		wait := l.idleFor(drain == nil)
		select {
		case <-ctx.Done():
			return nil
		case <-drain:
			drain = nil // a nil channel is never ready; from now on the loop is draining
			lastRef = time.Now()
			l.foldTook, l.patience = 0, 0 // no pause, and no waiting for another process
		case ref := <-refs:
			lastRef = time.Now()
			l.noteAll(ref, refs)
		case <-after(wait):
		}
		within := ctx
		if l.ready() == nil && l.due().To == 0 {
			within = looking
		}
		err := l.turn(within)
		switch {
		case Fatal(err):
			return err
		case err != nil && within.Err() == nil:
			lost := errors.Is(err, ErrLost)
			l.observer.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: err, Lost: lost})
			if !lost {
				sleep(within, retry.next())
			}
		default:
			retry.reset()
		}
		if err := l.standsStill(); err != nil {
			l.observer.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: err})
		}
		if l.reread {
			unfollow()
			refs, unfollow = l.followFrom(ctx, l.lastDeltaSeq+1)
			l.reread = false
		}
		if drain == nil && time.Since(lastRef) > drainQuiet && l.ready() == nil {
			return nil
		}
	}
	return nil
}

// lookUntil returns a context for questions that nothing in hand depends on. It ends
// drainQuiet after the drain began, so that a broker that is away does not keep a worker
// that has nothing in hand.
func lookUntil(ctx context.Context, drain <-chan struct{}) (context.Context, context.CancelFunc) {
	looking, stop := context.WithCancel(ctx)
	go func() {
		select {
		case <-drain:
			sleep(looking, drainQuiet)
			stop()
		case <-looking.Done():
		}
	}()
	return looking, stop
}

// start finds out where the tally stands, and tries until it succeeds.
func (l *commitLoop) start(ctx context.Context) (Checkpoint, error) {
	retry := newBackoff()
	for {
		cp, rev, err := l.ledger.Checkpoint(ctx)
		if err == nil {
			// Without a checkpoint there is nobody to stand by for.
			l.active = rev == 0
			l.patience = jitter(l.cfg.Standby)
			l.movedAt = time.Now()
			if rev != 0 {
				l.setFrontier(&cp)
				l.view.Revision = rev
			}
			if cp.Open != nil {
				l.waitingSince = time.Now()
			}
			return cp, nil
		}
		if Fatal(err) || ctx.Err() != nil {
			return Checkpoint{}, fatalOnly(err)
		}
		l.observer.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: err})
		sleep(ctx, retry.next())
	}
}

// idleFor returns how long there is nothing to do unless a delta comes.
func (l *commitLoop) idleFor(draining bool) time.Duration {
	wait := idleTick
	if draining {
		wait = drainQuiet / 4
	}
	if l.active && (l.ready() != nil && !l.awaitsRecomputed() || l.due().To > 0) {
		wait = min(wait, time.Until(l.pauseEnds()))
	}
	if !l.active && !l.waitingSince.IsZero() {
		wait = min(wait, time.Until(l.waitingSince.Add(l.patience)))
	}
	return max(wait, 0)
}

// turn does what is due now.
func (l *commitLoop) turn(ctx context.Context) error {
	if !l.active {
		if err := l.standBy(ctx); err != nil || !l.active {
			return errors.Join(err, l.current.check(ctx))
		}
	}
	if time.Now().Before(l.pauseEnds()) {
		return nil
	}
	if err := l.fold(ctx); err != nil {
		return err
	}
	if err := l.current.check(ctx); err != nil {
		return err
	}
	if r := l.due(); r.To > 0 {
		return l.workAgain(ctx, l.worker, r)
	}
	return l.repair(ctx)
}

// fold takes a step of the committer. With nothing to fold, it looks every
// lookEvery whether the stored checkpoint still is the known one.
func (l *commitLoop) fold(ctx context.Context) error {
	start := time.Now()
	folded, err := l.step(ctx)
	switch {
	case errors.Is(err, ErrLost):
		l.yield()
		return err
	case err != nil:
		return err
	case folded:
		l.foldEnded = time.Now()
		l.foldTook = l.foldEnded.Sub(start)
		l.checkedAt = l.foldEnded
	case time.Since(l.checkedAt) >= lookEvery:
		if err := l.refresh(ctx); err != nil {
			return err
		}
		l.checkedAt = time.Now()
	}
	return nil
}

// pauseEnds returns when the pause after the last fold is over. Folding takes
// processors from working, and several folds cost more than one fold of all their
// deltas. So the loop pauses for as long as the fold took; for half as long when no
// range is being worked; and for five times as long in a backlog.
func (l *commitLoop) pauseEnds() time.Time {
	pause := min(l.foldTook, maxPause)
	switch {
	case l.allWorked():
		pause /= 2
	case l.progress.last.Load() > l.progress.frontier.Load()+2*l.cfg.RangeSize:
		pause = min(5*l.foldTook, maxPauseBehind)
	}
	return l.foldEnded.Add(pause)
}

// allWorked tells whether the deltas of all planned ranges are stored.
func (l *commitLoop) allWorked() bool {
	return l.pending.contiguous(l.progress.frontier.Load()) >= l.progress.planned.Load()
}
