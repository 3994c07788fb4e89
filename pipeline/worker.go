package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a worker can be told. The zero value of every field but
// Classifier is its default.
type Config struct {
	Classifier Classifier
	Format     Format
	Observer   Observer // default: Silent

	// Promote makes the tally current once it has counted what was in the
	// stream when the worker began. The first tally of all becomes current anyway.
	Promote bool

	Concurrency int           // ranges worked at once; default GOMAXPROCS
	RangeSize   uint64        // messages in a range of a backlog; default 50,000
	LargeRange  uint64        // the same where they have very many cells, or the backlog is long; default 1,000,000, or RangeSize if that is given
	PlanEvery   time.Duration // between two plans at the live end; default 100 ms
	Standby     time.Duration // how long another worker may rest before this one takes over; default 400 ms
	StallAfter  time.Duration // without progress, until a range is worked again by the folder; default 30 s
	Grace       time.Duration // how long the stream may look shorter than planned; default 10 s
	DrainWithin time.Duration // for what is in hand when the worker is stopped; default 15 s
}

// Validate fills in defaults and returns the configuration, or an error that
// names every field that is wrong.
func (c Config) Validate() (Config, error) {
	var errs []error
	if c.Classifier == nil {
		errs = append(errs, errors.New("classifier: none given"))
	}
	if c.Concurrency < 0 {
		errs = append(errs, fmt.Errorf("concurrency: %d is negative", c.Concurrency))
	}
	if c.Observer == nil {
		c.Observer = Silent{}
	}
	if c.Concurrency == 0 {
		c.Concurrency = runtime.GOMAXPROCS(0)
	}
	if c.LargeRange == 0 {
		c.LargeRange = cmp.Or(c.RangeSize, 1_000_000)
	}
	if c.RangeSize == 0 {
		c.RangeSize = 50_000
	}
	if c.LargeRange < c.RangeSize {
		errs = append(errs, fmt.Errorf("large range: %d is less than the range size %d", c.LargeRange, c.RangeSize))
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"plan every", &c.PlanEvery, 100 * time.Millisecond},
		{"standby", &c.Standby, 400 * time.Millisecond},
		{"stall after", &c.StallAfter, 30 * time.Second},
		{"grace", &c.Grace, 10 * time.Second},
		{"drain within", &c.DrainWithin, 15 * time.Second},
	} {
		if *d.value < 0 {
			errs = append(errs, fmt.Errorf("%s: %s is negative", d.name, *d.value))
		}
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	return c, errors.Join(errs...)
}

// Worker plays all three roles for one tally. Any number of them, in any
// number of processes, may work on the same one.
type Worker struct {
	cfg   Config
	spec  Spec
	tally string
	ports Ports
	seen  *progress
}

// progress is what the roles of a process let each other know.
type progress struct {
	last, planned, frontier atomic.Uint64
	current, ready          atomic.Bool
	finished, handedBack    atomic.Int64 // ranges, from the beginning
	cells                   atomic.Int64 // of the range that was worked last
}

// heard notes how far the stream and the plan are.
func (p *progress) heard(last, planned uint64) {
	p.last.Store(last)
	p.planned.Store(planned)
	p.ready.Store(true)
}

// NewWorker returns a worker for the tally that spec describes. The error is
// that of [Config.Validate].
func NewWorker(cfg Config, spec Spec, ports Ports) (*Worker, error) {
	cfg, err := cfg.Validate()
	if err != nil {
		return nil, fmt.Errorf("configure worker: %w", err)
	}
	w := &Worker{cfg: cfg, spec: spec, tally: spec.Tally(), ports: ports, seen: &progress{}}
	w.seen.frontier.Store(spec.Base - 1)
	return w, nil
}

// Tally returns the id of the tally.
func (w *Worker) Tally() string { return w.tally }

// Status tells how far the worker knows the tally to be. Safe for concurrent use.
func (w *Worker) Status() Status {
	s := Status{
		Tally: w.tally, Dict: w.spec.Dict,
		Last: w.seen.last.Load(), Planned: w.seen.planned.Load(), Frontier: w.seen.frontier.Load(),
		Current: w.seen.current.Load(), Ready: w.seen.ready.Load(),
	}
	if s.Last > s.Frontier {
		s.Lag = s.Last - s.Frontier
	}
	return s
}

// Run works until ctx ends. Then it stops taking tasks, finishes what it has in
// hand or gives it back, folds what is there, and returns nil. It returns an
// error only when it cannot go on: one that wraps [ErrConservation],
// [ErrStreamReset], [ErrSequenceReused] or [ErrStreamBehind]. Everything else is reported to the
// observer and tried again. When it returns, all that it started has ended.
func (w *Worker) Run(ctx context.Context) error {
	pull, stopPulling := context.WithCancel(ctx)
	hard, stopHard := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPulling()
	defer stopHard()
	defer w.seen.ready.Store(false)

	target, err := w.introduce(pull)
	if err != nil {
		return err
	}
	if pull.Err() != nil { // stopped before anything was in hand
		w.cfg.Observer.Drained(Drained{Tally: w.tally, Frontier: w.seen.frontier.Load()})
		return nil
	}
	counters, repairer, err := w.counters()
	if err != nil {
		return err
	}
	var failed atomic.Pointer[error] // the first fatal one
	fail := func(role Role, err error) {
		if err != nil {
			w.cfg.Observer.Failed(Failure{Tally: w.tally, Role: role, Err: err, Fatal: true})
			failed.CompareAndSwap(nil, &err)
			stopPulling()
			stopHard()
		}
	}
	var pulling, folding sync.WaitGroup
	drain := make(chan struct{})
	folding.Go(func() { fail(RoleFold, w.foldLoop(repairer, target).run(hard, drain)) })
	pulling.Go(func() { fail(RolePlan, w.planner().run(pull)) })
	for _, c := range counters {
		pulling.Go(func() { fail(RoleWork, c.run(pull, hard)) })
	}

	<-pull.Done()
	stopped, finished, handedBack := time.Now(), w.seen.finished.Load(), w.seen.handedBack.Load()
	deadline := time.AfterFunc(w.cfg.DrainWithin, stopHard)
	defer deadline.Stop()
	pulling.Wait()
	close(drain)
	folding.Wait()
	w.cfg.Observer.Drained(Drained{
		Tally: w.tally, Finished: int(w.seen.finished.Load() - finished), HandedBack: int(w.seen.handedBack.Load() - handedBack),
		Frontier: w.seen.frontier.Load(), Duration: time.Since(stopped),
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// introduce stores what the tally is, finds out how far it is, and returns the
// stream's last sequence, trying until it succeeds or ctx ends.
func (w *Worker) introduce(ctx context.Context) (last uint64, err error) {
	retry := backoff{first: 100 * time.Millisecond, most: 5 * time.Second}
	for ctx.Err() == nil {
		info, err := w.ports.Source.Info(ctx)
		if err == nil {
			err = w.ports.Ledger.EnsureInfo(ctx, w.about())
		}
		var cp Checkpoint
		var rev uint64
		if err == nil {
			cp, rev, err = w.ports.Ledger.Checkpoint(ctx)
		}
		if err == nil {
			w.seen.last.Store(info.Last)
			if rev != 0 {
				w.seen.frontier.Store(cp.Frontier)
			}
			return info.Last, nil
		}
		if Fatal(err) {
			return 0, err
		}
		if ctx.Err() == nil {
			w.cfg.Observer.Failed(Failure{Tally: w.tally, Role: RolePlan, Err: err})
			sleep(ctx, retry.next())
		}
	}
	return 0, nil
}

// about is what the tally is.
func (w *Worker) about() TallyInfo {
	return TallyInfo{Spec: w.spec, Themes: NewThemeTree(w.cfg.Classifier.Dictionary())}
}

func (w *Worker) planner() *planner {
	return &planner{
		cfg: w.cfg, spec: w.spec, source: w.ports.Source, tasks: w.ports.Tasks,
		seen: w.seen, tell: w.cfg.Observer, tally: w.tally,
	}
}

// counters returns those that take tasks, and one for repairs.
func (w *Worker) counters() (counters []*counter, repairer *counter, err error) {
	for range w.cfg.Concurrency + 1 {
		t, err := NewTallier(w.cfg.Classifier, w.spec.Format)
		if err != nil {
			return nil, nil, err
		}
		counters = append(counters, &counter{
			cfg: w.cfg, source: w.ports.Source, tasks: w.ports.Tasks, deltas: w.ports.Deltas,
			tallier: t, seen: w.seen, tell: w.cfg.Observer, tally: w.tally,
		})
	}
	return counters[1:], counters[0], nil
}

func (w *Worker) folder() *folder {
	return &folder{
		cfg: w.cfg, about: w.about(), source: w.ports.Source, deltas: w.ports.Deltas, ledger: w.ports.Ledger,
		seen: w.seen, tell: w.cfg.Observer, tally: w.tally, slice: MaxCommit,
	}
}

func (w *Worker) foldLoop(repairer *counter, target uint64) *foldLoop {
	return &foldLoop{
		folder: w.folder(), counter: repairer,
		alias: &alias{ledger: w.ports.Ledger, tally: w.tally, promote: w.cfg.Promote, target: target, seen: w.seen},
	}
}

// Fatal tells whether an error is one that [Worker.Run] returns: what is stored
// contradicts itself, and going on would make things worse.
func Fatal(err error) bool {
	return errors.Is(err, ErrConservation) || errors.Is(err, ErrStreamReset) ||
		errors.Is(err, ErrSequenceReused) || errors.Is(err, ErrStreamBehind)
}

// fatalOnly returns err if it is fatal, else nil.
func fatalOnly(err error) error {
	if Fatal(err) {
		return err
	}
	return nil
}

// backoff is how long to wait before the next try: twice as long each time,
// and spread, so that many processes do not try at once.
type backoff struct {
	first, most time.Duration
	current     time.Duration
}

func (b *backoff) next() time.Duration {
	b.current = min(max(2*b.current, b.first), b.most)
	return jitter(b.current)
}

func (b *backoff) reset() { b.current = 0 }

// jitter returns between three quarters and five quarters of d.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}

// sleep waits for d, and returns false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-after(d):
		return true
	}
}

// after is time.After; since Go 1.23 a timer that nobody waits for any more is
// collected.
func after(d time.Duration) <-chan time.Time { return time.After(d) }
