package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// planner cuts the stream into ranges. Any number of planners may run: a plan is a
// compare-and-set on the newest one, so ranges are contiguous and unique. A range
// that is full is planned at once. What is left at the live end is planned at most
// every PlanEvery; while many ranges are outstanding, the live end grows instead,
// so that a system that is behind works on few large ranges and not on many small
// ones.
type planner struct {
	cfg      Config
	spec     Spec
	source   Source
	tasks    Tasks
	progress *progress
	observer Observer
	tally    string

	last     Range  // the newest range that any process planned, as far as this one knows
	revision uint64 // of that plan
	known    bool   // last and revision were read

	outstanding []uint64  // ends of the ranges that were planned here and are not counted yet
	partialAt   time.Time // when the last range that was not full was planned
	behindSince time.Time // since when the stream looks shorter than the plan
}

// Limits of what is planned ahead of the frontier by one process.
const (
	maxOutstanding = 256 // ranges
	maxPartial     = 8   // ranges outstanding when another that is not full is planned
)

// run plans until ctx ends, and returns only errors that are fatal.
func (p *planner) run(ctx context.Context) error {
	retry := backoff{first: p.cfg.PlanEvery, most: 5 * time.Second}
	for ctx.Err() == nil {
		more, wait, err := p.step(ctx)
		switch {
		case errors.Is(err, ErrLost):
			// Another process plans. Let it, and look again after a while in case
			// it stops.
			p.observer.Failed(Failure{Tally: p.tally, Role: RolePlan, Err: err, Lost: true})
			sleep(ctx, jitter(p.cfg.Standby))
			continue
		case Fatal(err):
			return err
		case err != nil && ctx.Err() == nil:
			p.known = false
			p.observer.Failed(Failure{Tally: p.tally, Role: RolePlan, Err: err})
			sleep(ctx, retry.next())
			continue
		}
		retry.reset()
		switch {
		case more:
		case wait > 0:
			sleep(ctx, wait)
		default:
			if err := p.source.Wait(ctx, p.planned()); err != nil && ctx.Err() == nil {
				p.observer.Failed(Failure{Tally: p.tally, Role: RolePlan, Err: err})
				sleep(ctx, retry.next())
			}
		}
	}
	return nil
}

// planned is the last sequence that is in a range, or was counted.
func (p *planner) planned() uint64 {
	return max(p.last.To, p.spec.Base-1, p.progress.frontier.Load())
}

// step plans one range if there is one to plan, and returns whether there is more. If
// not, and wait is positive, there may be more after that time; if wait is 0, when the
// stream has grown.
func (p *planner) step(ctx context.Context) (more bool, wait time.Duration, err error) {
	// The plan is read before the stream. In the other order another process
	// could plan up to a message that was stored in between, and the stream
	// would look shorter than the plan.
	if !p.known {
		newest, err := p.tasks.Last(ctx)
		if err != nil {
			return false, 0, phrase.Errorf("look at plan: %w", err)
		}
		p.take(newest)
	}
	info, err := p.source.Info(ctx)
	if err != nil {
		return false, 0, phrase.Errorf("look at stream: %w", err)
	}
	if wait, err = p.checkStream(info); wait > 0 || err != nil {
		return false, wait, err
	}
	p.progress.setStream(info.Last, p.planned())

	r := p.next(info)
	if r.Len() == 0 {
		return false, 0, nil
	}
	if wait := p.tooEarly(r, info); wait > 0 {
		return false, wait, nil
	}
	rev, err := p.plan(ctx, r)
	if err != nil {
		p.known = false
		return false, 0, phrase.Errorf("plan %v: %w", r, err)
	}
	p.last, p.revision = r, rev
	p.outstanding = append(p.outstanding, r.To)
	if r.Len() < p.cfg.RangeSize {
		p.partialAt = time.Now()
	}
	p.progress.setStream(info.Last, p.planned())
	p.observer.RangePlanned(Planned{Tally: p.tally, Range: r, Last: info.Last})
	return r.To < info.Last, 0, nil // if it was all, waiting shows sooner than another look
}

// plan appends r to the queue. Whoever was faster may have been no planner: what is not
// believed is no reason to wait, and r still is what comes next.
func (p *planner) plan(ctx context.Context, r Range) (uint64, error) {
	const tries = 10
	for i := 1; ; i++ {
		rev, err := p.tasks.Plan(ctx, r, p.revision)
		if !errors.Is(err, ErrLost) || i == tries {
			return rev, err
		}
		newest, errLast := p.tasks.Last(ctx)
		if errLast != nil || newest.Flaw == "" {
			return rev, err
		}
		p.take(newest)
	}
}

// take takes in the newest plan. One that is not believed has a revision but says
// nothing: then this process goes on from the last plan that it knows. What others have
// planned since is planned again, and counts once.
func (p *planner) take(newest StoredTask) {
	p.revision, p.known = newest.Revision, true
	if newest.Flaw == "" {
		p.last = newest.Range
	}
}

// checkStream returns an error when the stream is not the one that was planned.
// A new leader of the stream may know less than the one before for a moment, so
// the stream has to look short for as long as Grace before it counts as a loss.
func (p *planner) checkStream(info StreamInfo) (wait time.Duration, err error) {
	if !p.spec.IsOf(info) {
		return 0, phrase.Errorf("%w: %s was created at %s, not at %s", ErrStreamReset, info.Name,
			info.Created.Format(time.RFC3339Nano), p.spec.Created.Format(time.RFC3339Nano))
	}
	if info.Last >= p.planned() || p.planned() < p.spec.Base {
		p.behindSince = time.Time{}
		return 0, nil
	}
	if p.behindSince.IsZero() {
		p.behindSince = time.Now()
	}
	if time.Since(p.behindSince) < p.cfg.Grace {
		return p.cfg.Grace / 10, nil
	}
	return 0, phrase.Errorf("%w: %s ends at %d, and was planned up to %d: the broker lost acknowledged messages", ErrStreamBehind, info.Name, info.Last, p.planned())
}

// next returns the range after the last planned one; empty when there is none.
// Sequences before the oldest message are one range, however many they are.
func (p *planner) next(info StreamInfo) Range {
	r := Range{From: p.planned() + 1, To: info.Last}
	if info.First > r.From {
		r.To = min(info.First-1, info.Last)
		return r
	}
	if size := p.size(r.Len()); r.Len() > size {
		r.To = r.From + size - 1
	}
	return r
}

// size returns how many messages a full range has when so many wait to be
// planned. A cell of a delta costs as much as some messages do, and the broker
// keeps the blocks of its store in memory for a while in which ranges end. So
// ranges are long where they have many cells, or where a long backlog waits. They
// are short near the end of a backlog, where range workers would otherwise end at
// very different times.
func (p *planner) size(waiting uint64) uint64 {
	const messagesPerCell, rangesAhead = 10, 32
	size := max(p.cfg.RangeSize, messagesPerCell*uint64(p.progress.cells.Load()), waiting/rangesAhead)
	return min(size, p.cfg.LargeRange)
}

// tooEarly returns how long to wait before r is planned.
func (p *planner) tooEarly(r Range, info StreamInfo) time.Duration {
	frontier := p.progress.frontier.Load()
	n := 0
	for n < len(p.outstanding) && p.outstanding[n] <= frontier {
		n++
	}
	p.outstanding = p.outstanding[n:]
	full := r.To < info.Last || r.Len() >= p.cfg.RangeSize
	most := maxOutstanding
	if p.progress.cells.Load() == 0 {
		most = 2 * p.cfg.Concurrency // before it is known how many cells a range has
	}
	if len(p.outstanding) >= most || !full && len(p.outstanding) >= maxPartial {
		return p.cfg.PlanEvery / 4
	}
	if full {
		return 0
	}
	return p.cfg.PlanEvery - time.Since(p.partialAt)
}
