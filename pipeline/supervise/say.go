package supervise

import (
	"context"
	"strings"
	"time"
)

// say stores what this process does with a tally. If that fails, it is said again soon.
//
// Nothing is said of a tally that has no record: a user who may not store one may not say
// anything either.
func (s *Supervisor) say(ctx context.Context, r *run) {
	s.mu.Lock()
	known := r.event != ""
	state := WorkerState{
		State: r.state, Reason: r.reason, Rate: r.rate,
		Version: s.cfg.Version, Semantic: s.cfg.Semantics, At: time.Now().UTC(),
	}
	s.mu.Unlock()
	if !known {
		return
	}
	if err := s.cfg.Store.Say(ctx, r.wanted.Tally(), state); err != nil && ctx.Err() == nil {
		s.log.Debug("say what is counted", "tally", r.wanted.Tally(), "error", err)
	}
}

// unsay removes what this process said of a tally. If that fails, it expires.
func (s *Supervisor) unsay(ctx context.Context, tally string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = s.cfg.Store.Unsay(ctx, tally)
}

func (s *Supervisor) unsayAll(ctx context.Context) {
	var said []string
	s.mu.Lock()
	for tally, r := range s.running {
		if r.event != "" {
			said = append(said, tally)
		}
	}
	s.mu.Unlock()
	for _, tally := range said {
		s.unsay(ctx, tally)
	}
}

// record adds an event to the history, in the name of this process.
func (s *Supervisor) record(ctx context.Context, e Event) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), beginWithin)
	defer cancel()
	e.At, e.By = time.Now().UTC(), s.cfg.Worker
	if err := s.cfg.Store.Record(ctx, e); err != nil {
		s.log.Warn("add to the history", "event", e.Event, "tally", e.Tally, "error", err)
	}
}

// sayAgain says every few seconds what this process does, until ctx ends, and measures how
// fast its tallies move.
func (s *Supervisor) sayAgain(ctx context.Context) {
	for {
		sleep(ctx, SayEvery)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		runs := make([]*run, 0, len(s.running))
		for _, r := range s.running {
			r.measure(time.Now())
			runs = append(runs, r)
		}
		s.mu.Unlock()
		for _, r := range runs {
			s.say(ctx, r)
		}
		workers, err := s.cfg.Store.Workers(ctx)
		again := false
		if err == nil {
			s.change(func() { s.workers, s.readAt, again = workers, time.Now(), s.toFree })
		}
		if again {
			s.free(ctx)
		}
	}
}

// measure updates the rate at which the frontier moves.
func (r *run) measure(now time.Time) {
	if r.worker == nil {
		r.rate = 0
		return
	}
	frontier := r.worker.Status().Frontier
	if !r.measuredAt.IsZero() && frontier >= r.frontier {
		r.rate = float64(frontier-r.frontier) / now.Sub(r.measuredAt).Seconds()
	}
	r.measuredAt, r.frontier = now, frontier
}

// watchCurrent asks every second which tally is current, until ctx ends.
func (s *Supervisor) watchCurrent(ctx context.Context) {
	for ctx.Err() == nil {
		current, err := s.cfg.Store.Current(ctx)
		if err == nil || current != "" {
			s.cfg.Shares.setCurrent(current)
			s.mu.Lock()
			other := s.current != current
			s.mu.Unlock()
			if other {
				s.change(func() { s.current = current })
			}
		}
		if err != nil && ctx.Err() == nil {
			s.log.Debug("look which tally is current", "error", err)
		}
		sleep(ctx, time.Second)
	}
}

// Counted says who counts the current tally.
type Counted struct {
	Current string
	// Here tells whether this process counts it.
	Here bool
	// Workers is how many say that they do; -1: not known yet.
	Workers int
	// Reasons are why workers refuse it.
	Reasons []string
}

// Nobody tells whether it is known that no worker counts the current tally.
func (c Counted) Nobody() bool { return c.Current != "" && !c.Here && c.Workers == 0 }

// Counted says who counts the current tally, as far as workers say. Those of releases that
// do not say are not seen.
func (s *Supervisor) Counted() Counted {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := Counted{Current: s.current, Workers: -1}
	if r := s.running[s.current]; r != nil {
		c.Here = r.state != Refused
	}
	if s.readAt.IsZero() {
		return c
	}
	c.Workers = 0
	for _, w := range s.workers[s.current] {
		if w.State == Refused {
			c.Reasons = append(c.Reasons, w.Worker+": "+w.Reason)
		} else {
			c.Workers++
		}
	}
	return c
}

// oneLine returns an error as one line that fits into the history.
func oneLine(err error) string {
	s := strings.Join(strings.Fields(err.Error()), " ")
	if len(s) > MaxWhy {
		s = strings.ToValidUTF8(s[:MaxWhy], "")
	}
	return s
}
