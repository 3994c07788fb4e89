package supervise

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// Config configures a [Supervisor]. Store, NewClassifier and Own are required.
type Config struct {
	Store Store
	// Own is the tally that this process was started with.
	Own Own
	// NewClassifier prepares a dictionary of another tally.
	NewClassifier func(*dict.Dictionary) (pipeline.Classifier, error)
	// Shares are the turns of all workers, the own one too; default: new ones.
	Shares *Shares
	// Pipeline is the configuration of the workers of other tallies, without what the
	// supervisor sets.
	Pipeline pipeline.Config
	// Observer returns the observer of a worker; default: silent. It is called before
	// the worker runs, and again when a tally is counted again.
	Observer func(t Tally, status func() pipeline.Status) pipeline.Observer
	// Stopped is called when a tally is not counted any more; default: nothing is.
	Stopped func(tally string)

	Worker    string // name of this process in the history
	Version   string // of the program, which workers are shown with
	Semantics string // of its classifier; default [classifier.Semantics]
	Log       *slog.Logger
}

// Own is the tally that a process was started with: by its flags, and not by what is
// wanted.
type Own struct {
	Spec       pipeline.Spec
	Classifier pipeline.Classifier
	Worker     *pipeline.Worker
}

// Tally is a tally that this process counts, or would if it could.
type Tally struct {
	ID, Dict   string
	State      WorkerStep
	Reason     string              // of a refusal
	Classifier pipeline.Classifier // nil while it is loading, and if it was refused
	Status     pipeline.Status     // zero unless it is working
}

// Supervisor runs a worker for each tally that is wanted. Safe for concurrent use; Run it
// once.
type Supervisor struct {
	cfg Config
	log *slog.Logger

	mu      sync.Mutex
	running map[string]*run
	current string
	workers map[string][]WorkerState // what all workers say, as last read
	readAt  time.Time                // of workers; zero: never
	changed chan struct{}            // closed, and another one made, when running or a state changes
	failed  error                    // what ends the process
	ownUsed bool                     // the worker of the own tally has run
	toFree  bool                     // a retired tally is still being counted by somebody

	runs  sync.WaitGroup
	begun chan struct{} // closed when it is known whether the own tally is counted
}

// New returns a supervisor. Nothing runs yet.
func New(cfg Config) *Supervisor {
	if cfg.Semantics == "" {
		cfg.Semantics = classifier.Semantics
	}
	if cfg.Shares == nil {
		cfg.Shares = NewShares(runtime.GOMAXPROCS(0))
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Observer == nil {
		cfg.Observer = func(Tally, func() pipeline.Status) pipeline.Observer { return pipeline.Silent{} }
	}
	if cfg.Stopped == nil {
		cfg.Stopped = func(string) {}
	}
	return &Supervisor{
		cfg: cfg, log: cfg.Log,
		running: make(map[string]*run), changed: make(chan struct{}), begun: make(chan struct{}),
	}
}

// Tallies returns all tallies that this process counts or would, in the order of their ids.
func (s *Supervisor) Tallies() []Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Tally, 0, len(s.running))
	for _, r := range s.running {
		out = append(out, r.tally())
	}
	slices.SortFunc(out, func(a, b Tally) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// Tally returns one of them; the empty id is the current tally. It returns false if this
// process has nothing to do with it.
func (s *Supervisor) Tally(id string) (Tally, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if id == "" {
		id = s.current
	}
	if r := s.running[id]; r != nil {
		return r.tally(), true
	}
	return Tally{}, false
}

// OwnRuns waits until it is known what is wanted of the tally that the process was started
// with, and returns false if it is retired, or ctx ended.
func (s *Supervisor) OwnRuns(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-s.begun:
	}
	_, ok := s.Tally(s.cfg.Own.Spec.Tally())
	return ok
}

// Changed returns a channel that is closed at the next change of which tallies there are,
// or of their states.
func (s *Supervisor) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// change changes what is shared, and wakes up who waits for that.
func (s *Supervisor) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Run follows what is wanted until ctx ends, and drains the workers. It returns an error
// when the worker of its own tally cannot go on, or when no worker is left of which one
// could not: an error of [pipeline.Worker.Run]. When it returns, all that it started has
// ended.
func (s *Supervisor) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.begin(ctx)
	close(s.begun)
	var around sync.WaitGroup
	around.Go(func() { s.follow(ctx) })
	around.Go(func() { s.sayAgain(ctx) })
	around.Go(func() { s.watchCurrent(ctx) })
	for ctx.Err() == nil {
		changed := s.Changed()
		if s.failure() != nil {
			stop()
			break
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
	around.Wait()
	s.runs.Wait()
	s.unsayAll(ctx)
	return s.failure()
}

func (s *Supervisor) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// begin begins to count the process's own tally, unless somebody has retired it.
func (s *Supervisor) begin(ctx context.Context) {
	own := s.cfg.Own.Spec
	limited, cancel := context.WithTimeout(ctx, beginWithin)
	defer cancel()
	w, known, err := s.cfg.Store.Known(limited, own.Tally())
	switch {
	case ctx.Err() != nil:
		return
	case err != nil:
		s.log.Warn("cannot read what is wanted of this tally; it is counted as the flags say", "tally", own.Tally(), "error", err)
	case known && w.State == Retired:
		s.log.Warn("retired: this process was started with a tally that is counted no more; minyi dict publish brings it back", "tally", own.Tally(), "by", w.By, "why", w.Why)
		return
	}
	// Its counts do not wait until it is said that it is wanted.
	s.start(ctx, Wanted{Spec: own, State: Counting, Event: w.Event})
}

// want says that the process's own tally is wanted, where nobody has said anything of it,
// and tries until it succeeds or ctx ends.
func (s *Supervisor) want(ctx context.Context) {
	own := s.cfg.Own
	wait := beginWithin
	for said := false; ctx.Err() == nil; said = true {
		packed, err := Pack(own.Classifier.Dictionary())
		if err == nil {
			_, err = s.cfg.Store.Begin(ctx, own.Spec, packed, WhyStarted)
		}
		switch {
		case err == nil || ctx.Err() != nil:
			return
		case errors.Is(err, ErrLimit):
			s.change(func() { s.failed = err })
			return
		case !said:
			s.log.Warn("cannot say that this tally is wanted; it is counted as the flags say", "tally", own.Spec.Tally(), "error", err)
		}
		sleep(ctx, wait)
		wait = min(2*wait, 10*time.Minute) // a user who may not is not told every moment
	}
}

// beginWithin is how long to wait for an answer about what is wanted at the start.
const beginWithin = 10 * time.Second

// follow starts and stops workers as it is wanted.
func (s *Supervisor) follow(ctx context.Context) {
	s.want(ctx)
	said := false
	for ctx.Err() == nil {
		err := s.cfg.Store.FollowWanted(ctx, func(all []Wanted) {
			said = false
			s.adjust(ctx, all)
		})
		if err != nil && ctx.Err() == nil && !said {
			s.log.Warn("cannot read which tallies are wanted; trying again", "error", err)
			said = true
		}
		sleep(ctx, time.Second)
	}
}

// adjust makes what runs what is wanted.
func (s *Supervisor) adjust(ctx context.Context, all []Wanted) {
	free := false
	for _, w := range all {
		s.mu.Lock()
		r := s.running[w.Tally()]
		s.mu.Unlock()
		switch {
		case w.State == Counting && r == nil:
			s.start(ctx, w)
		case w.State == Counting && r.begunFor(w):
			s.say(ctx, r)
			r.recordStart(ctx)
		case w.State == Counting && r.refused() && r.recordOf() != w.Event:
			s.end(r)
			s.start(ctx, w) // it was published again, and may be mended
		case w.State == Retired && r != nil:
			s.log.Info("retired: this tally is counted no more", "tally", w.Tally(), "by", w.By, "why", w.Why)
			s.end(r)
			s.unsay(ctx, w.Tally())
			s.cfg.Stopped(w.Tally())
			free = true
		case w.State == Retired && !w.Freed:
			free = true
		}
	}
	if free {
		s.free(ctx)
	}
}

// free removes what is stored of retired tallies, and notes whether to try again.
func (s *Supervisor) free(ctx context.Context) {
	more, err := s.cfg.Store.Free(ctx)
	if err != nil && ctx.Err() == nil {
		s.log.Warn("cannot free what is stored of a retired tally; minyi tally retire does, by a user who may", "error", err)
		more = false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.toFree = more
}

// start begins to count a tally.
func (s *Supervisor) start(ctx context.Context, w Wanted) {
	ctx, cancel := context.WithCancel(ctx)
	r := &run{supervisor: s, wanted: w, event: w.Event, cancel: cancel, done: make(chan struct{}), state: Loading}
	s.change(func() { s.running[w.Tally()] = r })
	s.runs.Go(func() {
		defer close(r.done)
		r.run(ctx)
	})
}

// end stops counting a tally, and waits for that.
func (s *Supervisor) end(r *run) {
	r.cancel()
	<-r.done
	s.change(func() { delete(s.running, r.wanted.Tally()) })
}

// fail notes that a tally cannot go on. The process ends if it is its own, or if no other
// is counted.
func (s *Supervisor) fail(r *run, err error) {
	s.change(func() {
		own := r.wanted.Tally() == s.cfg.Own.Spec.Tally()
		left := slices.ContainsFunc(slices.Collect(values(s.running)), func(o *run) bool { return o != r && o.state != Refused })
		if s.failed == nil && (own || !left) {
			s.failed = err
		}
	})
}

func values[K comparable, V any](m map[K]V) func(yield func(V) bool) {
	return func(yield func(V) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

// sleep waits, and returns early when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
