package pipeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// planPorts is a stream that grows and a queue of ranges, in virtual time.
type planPorts struct {
	Source
	Tasks
	Silent
	created time.Time

	mu    sync.Mutex
	last  uint64        // of the stream
	grown chan struct{} // closed and replaced when it grows
	plans []liveEvent
	lost  []time.Duration // when a planner lost
}

func newPlanPorts() *planPorts {
	return &planPorts{created: time.Now(), grown: make(chan struct{})}
}

// planner runs a planner until end is called, which returns its error.
func (p *planPorts) planner(t *testing.T, cfg Config) (pl *planner, end func() error) {
	t.Helper()
	cfg.Classifier, cfg.Observer = newWords(t), p
	spec, err := NewSpec(StreamInfo{Name: "S", Created: p.created, Base: 1}, cfg.Classifier, Format{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(cfg, spec, Ports{Source: p, Tasks: p})
	if err != nil {
		t.Fatal(err)
	}
	pl = w.planner()
	pl.progress.cells.Store(1)
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- pl.run(ctx) }()
	end = sync.OnceValue(func() error {
		cancel()
		return <-result
	})
	t.Cleanup(func() { _ = end() })
	return pl, end
}

// setLast makes the stream end there.
func (p *planPorts) setLast(last uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = last
	close(p.grown)
	p.grown = make(chan struct{})
}

func (p *planPorts) Info(context.Context) (StreamInfo, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return StreamInfo{Name: "S", Created: p.created, Base: 1, First: 1, Last: p.last}, nil
}

// Wait returns also after 5 s, as the broker's does.
func (p *planPorts) Wait(ctx context.Context, after uint64) error {
	p.mu.Lock()
	grown, there := p.grown, p.last > after
	p.mu.Unlock()
	if there {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	select {
	case <-grown:
	case <-ctx.Done():
	}
	return nil
}

// Last returns the newest plan.
func (p *planPorts) Last(context.Context) (StoredTask, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.plans) == 0 {
		return StoredTask{}, nil
	}
	return StoredTask{Range: p.plans[len(p.plans)-1].Range, Revision: uint64(len(p.plans))}, nil
}

func (p *planPorts) Plan(_ context.Context, r Range, rev uint64) (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rev != uint64(len(p.plans)) {
		return 0, ErrLost
	}
	p.plans = append(p.plans, liveEvent{time.Since(p.created), r})
	return rev + 1, nil
}

func (p *planPorts) Failed(f Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Lost {
		p.lost = append(p.lost, time.Since(p.created))
	}
}

// planned returns the plans so far, and checks that they are contiguous.
func (p *planPorts) planned(t *testing.T) []liveEvent {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	next := uint64(1)
	for _, e := range p.plans {
		if e.From != next || e.Len() == 0 {
			t.Errorf("%v was planned after sequence %d", e.Range, next-1)
		}
		next = e.To + 1
	}
	return append([]liveEvent(nil), p.plans...)
}

// At the live end a range is planned every PlanEvery, with what has come since.
func TestLiveEndIsPlannedEveryInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlanPorts()
		pl, _ := p.planner(t, Config{})
		for seq := uint64(1); seq <= 200; seq++ {
			p.setLast(seq)
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			pl.progress.frontier.Store(pl.progress.planned.Load()) // everything is counted at once
		}
		plans := p.planned(t)
		for i, e := range plans {
			if i > 0 && e.at-plans[i-1].at < 100*time.Millisecond {
				t.Errorf("planned %v at %s, and the range before at %s", e.Range, e.at, plans[i-1].at)
			}
		}
		if n := len(plans); n < 18 || n > 21 {
			t.Errorf("%d ranges in 2 s", n)
		}
	})
}

// While ranges are outstanding the live end grows: at most maxPartial small ones are
// planned, and one that is full is planned at once.
func TestLiveEndGrowsWhileRangesAreOutstanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlanPorts()
		p.planner(t, Config{RangeSize: 1000})
		for seq := uint64(1); seq <= 300; seq++ {
			p.setLast(seq)
			time.Sleep(100 * time.Millisecond)
		}
		synctest.Wait()
		if n := len(p.planned(t)); n != maxPartial {
			t.Errorf("%d ranges are planned and none is counted", n)
		}
		p.setLast(5000)
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		if plans := p.planned(t); len(plans) != maxPartial+4 || plans[maxPartial].Len() != 1000 {
			t.Errorf("planned %v", plans)
		}
	})
}

// Of two planners one plans and the other one looks now and then; when the first ends,
// the other goes on.
func TestPlannerThatLosesStandsBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlanPorts()
		first, end := p.planner(t, Config{})
		second, _ := p.planner(t, Config{})
		grow := func(from, to uint64) {
			for seq := from; seq <= to; seq++ {
				p.setLast(seq)
				time.Sleep(50 * time.Millisecond)
				synctest.Wait()
				plans := p.planned(t)
				for _, pl := range []*planner{first, second} { // everything is counted at once
					pl.progress.frontier.Store(plans[len(plans)-1].To)
				}
			}
		}
		grow(1, 200) // 10 s
		if n := len(p.lost); n == 0 || n > 40 {
			t.Errorf("lost %d times in 10 s", n)
		}
		_ = end()
		grow(201, 240)
		if plans := p.planned(t); plans[len(plans)-1].To < 235 {
			t.Errorf("nobody planned after %v", plans[len(plans)-1])
		}
	})
}

// A stream may look shorter than the plan for as long as Grace: a new leader may know
// less for a moment. After that, acknowledged messages were lost, and it is fatal.
func TestGrace(t *testing.T) {
	for _, c := range []struct {
		short time.Duration
		fatal bool
	}{{9 * time.Second, false}, {12 * time.Second, true}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlanPorts()
			_, end := p.planner(t, Config{})
			p.setLast(100)
			time.Sleep(time.Second)
			for range 3 { // one short moment does not add to the next
				p.setLast(50)
				time.Sleep(c.short)
				p.setLast(100)
				time.Sleep(10 * time.Second)
			}
			synctest.Wait()
			if err := end(); errors.Is(err, ErrStreamBehind) != c.fatal {
				t.Errorf("short for %s: %v", c.short, err)
			}
		})
	}
}
