package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// Worker plays all three roles for one tally: planner, range workers, committer.
// Any number of workers, in any number of processes, may work on the same tally.
type Worker struct {
	cfg      Config
	spec     Spec
	tally    string
	ports    Ports
	progress *progress
}

// NewWorker returns a worker for the tally that spec describes. The error is
// that of [Config.Validate].
func NewWorker(cfg Config, spec Spec, ports Ports) (*Worker, error) {
	cfg, err := cfg.Validate()
	if err != nil {
		return nil, phrase.Errorf("configure worker: %w", err)
	}
	w := &Worker{cfg: cfg, spec: spec, tally: spec.Tally(), ports: ports, progress: &progress{}}
	w.progress.frontier.Store(spec.Base - 1)
	return w, nil
}

// Spec returns what the tally depends on.
func (w *Worker) Spec() Spec { return w.spec }

// Tally returns the id of the tally.
func (w *Worker) Tally() string { return w.tally }

// Status tells how far the worker knows the tally to be. Safe for concurrent use.
func (w *Worker) Status() Status {
	s := Status{
		Schema: SnapshotSchema, Tally: w.tally, Dict: w.spec.Dict,
		Last: w.progress.last.Load(), Planned: w.progress.planned.Load(), Frontier: w.progress.frontier.Load(),
		Current: w.progress.current.Load(), Ready: w.progress.ready.Load() && !w.progress.draining.Load(), Draining: w.progress.draining.Load(),
	}
	if at := w.progress.asOf.Load(); at != 0 {
		s.AsOf = time.Unix(0, at).UTC()
	}
	s.Refused = w.progress.refused.get()
	if s.Last > s.Frontier {
		s.Lag = s.Last - s.Frontier
	}
	return s
}

// Run works until ctx ends. Then it stops taking tasks, finishes the ranges in
// hand or hands them back, folds the deltas that are stored, and returns nil. It
// returns an error only when it cannot go on: one that wraps [ErrConservation],
// [ErrStreamReset], [ErrSequenceReused] or [ErrStreamBehind]. Every other error is
// reported to the observer and tried again. When it returns, all goroutines that it
// started have ended.
func (w *Worker) Run(ctx context.Context) error {
	pull, stopPulling := context.WithCancel(ctx)
	hard, stopHard := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPulling()
	defer stopHard()
	defer w.progress.ready.Store(false)

	target, err := w.prepare(pull)
	if err != nil {
		return err
	}
	if pull.Err() != nil { // stopped before anything was in hand
		w.cfg.Observer.Drained(Drained{Tally: w.tally, Frontier: w.progress.frontier.Load()})
		return nil
	}
	workers, repairer, err := w.rangeWorkers()
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
	folding.Go(func() { fail(RoleFold, w.commitLoop(repairer, target).run(hard, drain)) })
	pulling.Go(func() { fail(RolePlan, w.planner().run(pull)) })
	for _, rw := range workers {
		pulling.Go(func() { fail(RoleWork, rw.run(pull, hard)) })
	}

	<-pull.Done()
	w.progress.draining.Store(true)
	stopped, finished, handedBack := time.Now(), w.progress.finished.Load(), w.progress.handedBack.Load()
	deadline := time.AfterFunc(w.cfg.DrainWithin, stopHard)
	defer deadline.Stop()
	pulling.Wait()
	close(drain)
	folding.Wait()
	w.cfg.Observer.Drained(Drained{
		Tally: w.tally, Finished: int(w.progress.finished.Load() - finished), HandedBack: int(w.progress.handedBack.Load() - handedBack),
		Frontier: w.progress.frontier.Load(), Duration: time.Since(stopped),
	})
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// prepare stores the tally's info, finds out how far the tally is, and returns the
// stream's last sequence. It tries until it succeeds or ctx ends.
func (w *Worker) prepare(ctx context.Context) (last uint64, err error) {
	retry := newBackoff()
	for ctx.Err() == nil {
		info, err := w.ports.Source.Info(ctx)
		if err == nil {
			err = w.ports.Ledger.EnsureInfo(ctx, w.info())
		}
		var cp Checkpoint
		var rev uint64
		if err == nil {
			cp, rev, err = w.ports.Ledger.Checkpoint(ctx)
		}
		if err == nil {
			w.progress.last.Store(info.Last)
			if rev != 0 {
				w.progress.setFrontier(&cp)
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

// info returns what is stored of the tally beside its counts.
func (w *Worker) info() TallyInfo {
	return TallyInfo{Spec: w.spec, Themes: NewThemeTree(w.cfg.Classifier.Dictionary())}
}

func (w *Worker) planner() *planner {
	return &planner{
		cfg: w.cfg, spec: w.spec, source: w.ports.Source, tasks: w.ports.Tasks,
		progress: w.progress, observer: w.cfg.Observer, tally: w.tally,
	}
}

// rangeWorkers returns those that take tasks, and one for the commit loop's repairs.
func (w *Worker) rangeWorkers() (workers []*rangeWorker, repairer *rangeWorker, err error) {
	for range w.cfg.Concurrency + 1 {
		t, err := NewSpecTallier(w.cfg.Classifier, w.spec)
		if err != nil {
			return nil, nil, err
		}
		workers = append(workers, &rangeWorker{
			cfg: w.cfg, source: w.ports.Source, tasks: w.ports.Tasks, deltas: w.ports.Deltas,
			tallier: t, progress: w.progress, observer: w.cfg.Observer, tally: w.tally,
		})
	}
	return workers[1:], workers[0], nil
}

func (w *Worker) committer() *committer {
	return &committer{
		cfg: w.cfg, info: w.info(), source: w.ports.Source, deltas: w.ports.Deltas, ledger: w.ports.Ledger,
		progress: w.progress, observer: w.cfg.Observer, tally: w.tally, maxCells: MaxCommit,
		pending: make(pendingDeltas),
	}
}

func (w *Worker) commitLoop(repairer *rangeWorker, target uint64) *commitLoop {
	return &commitLoop{
		committer: w.committer(), worker: repairer,
		current: &currentPointer{ledger: w.ports.Ledger, tally: w.tally, promote: w.cfg.Promote, beside: w.cfg.Beside, target: target, progress: w.progress, observer: w.cfg.Observer},
	}
}
