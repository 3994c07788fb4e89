package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// foldLoop decides when a folder folds. Where several processes work on a
// tally, one of them is active and folds whatever is ready; the others stand
// by, and look only whether it does. Nobody is appointed: whoever loses a
// commit stands by, and whoever sees a delta lie for too long becomes active.
// Should two be active at once, the fence tells them apart.
type foldLoop struct {
	*folder
	counter *counter // for repairs
	alias   *alias

	active   bool
	waiting  time.Time // since when something lies there to be folded while standing by
	patience time.Duration
	moved    time.Time     // when the frontier moved, or there was nothing to wait for
	frontier uint64        // at that time
	repaired Range         // the last range that was worked because of that
	ended    time.Time     // when the last fold did
	took     time.Duration // the last fold
	looked   time.Time     // when the stored checkpoint was last seen to be the known one
}

const (
	// maxPause is the longest pause between two folds at the live end, and
	// maxPauseBehind in a backlog, where nobody waits for the single range.
	maxPause       = 200 * time.Millisecond
	maxPauseBehind = 20 * time.Second
	// quiet is how long no delta has come when a drain is complete.
	quiet = 200 * time.Millisecond
	// tick is how often a loop with nothing to do looks around.
	tick = time.Second
	// lookEvery is how often the alias is read again, and, where there is nothing
	// to fold, the checkpoint.
	lookEvery = 2 * time.Second
)

// run folds until ctx ends, and after drain is closed until everything that is
// there is folded. It returns only errors that are fatal.
func (l *foldLoop) run(ctx context.Context, drain <-chan struct{}) error {
	cp, err := l.start(ctx)
	if err != nil {
		return err
	}
	refs, unfollow := l.followFrom(ctx, cp.Deltas)
	defer func() { unfollow() }()
	retry := backoff{first: 100 * time.Millisecond, most: 5 * time.Second}
	heard := time.Now()
	for ctx.Err() == nil {
		wait := l.next(drain == nil)
		select {
		case <-ctx.Done():
			return nil
		case <-drain:
			drain = nil // a nil channel is never ready: draining from now on
			heard = time.Now()
			l.took, l.patience = 0, 0
		case ref := <-refs:
			heard = time.Now()
			l.noteAll(ref, refs)
		case <-after(wait):
		}
		err := l.turn(ctx)
		switch {
		case Fatal(err):
			return err
		case err != nil && ctx.Err() == nil:
			lost := errors.Is(err, ErrLost)
			l.tell.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: err, Lost: lost})
			if !lost {
				sleep(ctx, retry.next())
			}
		default:
			retry.reset()
		}
		if l.reread {
			unfollow()
			refs, unfollow = l.followFrom(ctx, l.heard+1)
			l.reread = false
		}
		if drain == nil && time.Since(heard) > quiet && l.ready(l.seen.frontier.Load()) == nil {
			return nil
		}
	}
	return nil
}

// start finds out where the tally stands, trying until it succeeds.
func (l *foldLoop) start(ctx context.Context) (Checkpoint, error) {
	retry := backoff{first: 100 * time.Millisecond, most: 5 * time.Second}
	for {
		cp, rev, err := l.ledger.Checkpoint(ctx)
		if err == nil {
			// With no checkpoint there is nobody to stand by for.
			l.active = rev == 0
			l.patience = jitter(l.cfg.Standby)
			l.moved = time.Now()
			if rev != 0 {
				l.reach(&cp)
				l.view.Revision = rev
			}
			if cp.Open != nil {
				l.waiting = time.Now()
			}
			return cp, nil
		}
		if Fatal(err) || ctx.Err() != nil {
			return Checkpoint{}, fatalOnly(err)
		}
		l.tell.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: err})
		sleep(ctx, retry.next())
	}
}

// followFrom is follow in a goroutine of its own, until stop is called or ctx ends.
func (l *foldLoop) followFrom(ctx context.Context, from uint64) (refs chan DeltaRef, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	refs = make(chan DeltaRef, 256)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.follow(ctx, from, refs)
	}()
	return refs, func() { cancel(); <-done }
}

// follow hands over references to deltas until ctx ends, from the sequence on.
func (l *foldLoop) follow(ctx context.Context, from uint64, refs chan<- DeltaRef) {
	retry := backoff{first: 100 * time.Millisecond, most: 5 * time.Second}
	for ctx.Err() == nil {
		err := l.deltas.Follow(ctx, from, func(ref DeltaRef) {
			select {
			case refs <- ref:
				from = ref.Seq + 1
			case <-ctx.Done():
			}
			retry.reset()
		})
		if err != nil && ctx.Err() == nil {
			l.tell.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: fmt.Errorf("follow deltas: %w", err)})
		}
		if errors.Is(err, ErrGone) {
			from = 1
		}
		sleep(ctx, retry.next())
	}
}

// noteAll takes in a reference and those that are waiting behind it.
func (l *foldLoop) noteAll(ref DeltaRef, refs <-chan DeltaRef) {
	for {
		l.note(ref)
		select {
		case ref = <-refs:
		default:
			return
		}
	}
}

// next returns how long nothing has to be done unless a delta comes.
func (l *foldLoop) next(draining bool) time.Duration {
	wait := tick
	if draining {
		wait = quiet / 4
	}
	ready := l.ready(l.seen.frontier.Load()) != nil
	if l.active && ready {
		wait = min(wait, time.Until(l.rested()))
	}
	if !l.active && !l.waiting.IsZero() {
		wait = min(wait, time.Until(l.waiting.Add(l.patience)))
	}
	return max(wait, 0)
}

// turn does what is to be done now.
func (l *foldLoop) turn(ctx context.Context) error {
	if !l.active {
		if err := l.standBy(ctx); err != nil || !l.active {
			return errors.Join(err, l.alias.check(ctx))
		}
	}
	if time.Now().Before(l.rested()) {
		return nil
	}
	start := time.Now()
	folded, err := l.step(ctx)
	if err != nil {
		if errors.Is(err, ErrLost) {
			l.yield()
		}
		return err
	}
	switch {
	case folded:
		l.ended = time.Now()
		l.took = l.ended.Sub(start)
		l.looked = l.ended
	case time.Since(l.looked) >= lookEvery:
		if err := l.look(ctx); err != nil {
			return err
		}
		l.looked = time.Now()
	}
	if err := l.alias.check(ctx); err != nil {
		return err
	}
	if l.mend.To > 0 {
		return l.mendLost(ctx, l.counter)
	}
	return l.repair(ctx)
}

// rested returns when the pause after the last fold is over. Folding takes
// processors from working, and several folds cost more than one of all their
// deltas: so it is put off while ranges are being worked, the longer the more
// there is to come, and for half as long as it takes when nothing is.
func (l *foldLoop) rested() time.Time {
	pause := min(l.took, maxPause)
	switch {
	case l.allWorked():
		pause /= 2
	case l.seen.last.Load() > l.seen.frontier.Load()+2*l.cfg.RangeSize:
		pause = min(5*l.took, maxPauseBehind)
	}
	return l.ended.Add(pause)
}

// allWorked tells whether the deltas of all ranges that are planned are there.
func (l *foldLoop) allWorked() bool {
	frontier, planned := l.seen.frontier.Load(), l.seen.planned.Load()
	for frontier < planned {
		s := l.ready(frontier)
		if s == nil {
			return false
		}
		frontier = s.To
	}
	return true
}

// yield leaves folding to the process that was faster.
func (l *foldLoop) yield() {
	l.active = false
	l.waiting = time.Now()
	l.patience = jitter(l.cfg.Standby)
}

// standBy looks whether somebody folds, and becomes active when something has
// been lying there for longer than the patience.
func (l *foldLoop) standBy(ctx context.Context) error {
	ready := l.ready(l.seen.frontier.Load()) != nil
	if ready && l.waiting.IsZero() {
		l.waiting = time.Now()
	}
	if !l.waiting.IsZero() && time.Since(l.waiting) < l.patience {
		return nil
	}
	cp, rev, err := l.ledger.Checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("look at checkpoint: %w", err)
	}
	moved := rev != l.view.Revision
	l.view.Revision, l.loaded = rev, false
	l.reach(&cp)
	due := cp.Open != nil || l.ready(cp.Frontier) != nil
	switch {
	case !due && !l.stalled():
		l.waiting = time.Time{}
	case moved: // somebody folds
		l.waiting = time.Now()
		l.patience = jitter(l.cfg.Standby)
	case !l.waiting.IsZero() || l.stalled():
		l.active = true
		l.waiting = time.Time{}
	default:
		l.waiting = time.Now()
	}
	return nil
}

// stalled tells whether the frontier has stood still for too long although
// there is something behind it.
func (l *foldLoop) stalled() bool {
	frontier := l.seen.frontier.Load()
	if frontier != l.frontier || l.seen.planned.Load() <= frontier || l.ready(frontier) != nil {
		l.frontier, l.moved = frontier, time.Now()
		return false
	}
	patience := l.cfg.StallAfter
	if frontier == l.repaired.To {
		patience /= 10 // what comes next is probably lost with it
	}
	return time.Since(l.moved) > patience
}

// repair works the range behind the frontier when no delta of it has come for
// long: its task was lost, or its delta.
func (l *foldLoop) repair(ctx context.Context) error {
	if !l.stalled() {
		return nil
	}
	r := l.gap()
	err := l.counter.work(ctx, r, true)
	l.moved = time.Now()
	if err == nil {
		l.repaired = r
	}
	return err
}
