package pipeline

import (
	"testing"
	"testing/synctest"
	"time"
)

// These tests run the commit loop in virtual time. Each states one rule of it; all
// durations are exact but for the jitter that the loop adds itself.

const (
	least = 300 * time.Millisecond // of the patience: three quarters of Standby
	most  = 500 * time.Millisecond // five quarters
)

// With nothing to fold, the active process looks at the checkpoint every lookEvery.
// It notices that the broker lost totals, and folds the deltas again.
func TestIdleLookFindsLostTotals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 30)
		p := b.process(t, Config{}, 0).start(t)
		b.work(t, 1, 10)
		synctest.Wait()
		b.mu.Lock()
		before := b.mem.totals()
		b.mu.Unlock()
		b.work(t, 11, 20)
		b.pass(100 * time.Millisecond)
		b.work(t, 21, 30)
		b.pass(10 * time.Second)

		looks := p.checkpoints
		b.pass(60 * time.Second)
		if n := p.checkpoints - looks; n < 20 || n > 30 { // every lookEvery, plus at most a tick
			t.Errorf("%d looks in a minute", n)
		}
		b.mu.Lock()
		b.mem.restore(before)
		b.mu.Unlock()
		lost := b.now()
		b.pass(3500 * time.Millisecond)
		if n := len(p.folded); b.frontier() != 30 || n < 4 || p.folded[n-1].at-lost > lookEvery+idleTick {
			t.Errorf("frontier %d, lost at %s, folded %v", b.frontier(), lost, p.folded)
		}
		checkExact(t, "folded again", b.mem, naive(t, b.mem.messages, b.w))
	})
}

// After a fold the loop rests: as long as the fold took at the live end, half as long
// when no range is being worked, five times as long in a backlog, each with its limit.
func TestRestAfterFold(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name          string
		took          time.Duration
		last, planned uint64
		want          time.Duration
	}{
		{"live end", 100 * ms, 30, 30, 100 * ms},
		{"live end, limit", 3000 * ms, 30, 30, 200 * ms},
		{"all worked", 100 * ms, 20, 20, 50 * ms},
		{"all worked, limit", 3000 * ms, 20, 20, 100 * ms},
		{"backlog", 100 * ms, 1000, 100, 500 * ms},
		{"backlog, limit", 10_000 * ms, 1000, 100, 20_000 * ms},
		{"backlog, all worked", 100 * ms, 1000, 20, 50 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLiveBroker(t, 20)
				p := b.process(t, Config{RangeSize: 10, LargeRange: 10}, 0)
				p.commitTakes = c.took
				p.start(t)
				p.plan(c.last, c.planned)
				b.work(t, 1, 10)
				synctest.Wait()
				fetched := len(p.fetches)
				b.work(t, 11, 20) // while the first is being committed
				b.pass(2*c.took + 30*time.Second)
				if len(p.committed) != 2 || len(p.fetches) <= fetched {
					t.Fatalf("committed %v", p.committed)
				}
				if rest := p.fetches[fetched] - p.committed[0]; rest != c.want {
					t.Errorf("rested for %s, want %s", rest, c.want)
				}
			})
		})
	}
}

// A drain is complete when nothing is left to fold and no delta has come for
// drainQuiet.
func TestDrainOfTheCommitLoop(t *testing.T) {
	const late = 150 * time.Millisecond
	for _, c := range []struct {
		name    string
		standby bool // another process folded before, and may live
		delta   bool // one comes a moment before drainQuiet has passed
	}{{"nothing", false, false}, {"late delta", false, true}, {"standing by", true, true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLiveBroker(t, 20)
				first := b.process(t, Config{}, 0).start(t)
				b.work(t, 1, 10)
				synctest.Wait()
				p := first
				if c.standby {
					p = b.process(t, Config{}, 0).start(t)
					_ = first.end()
				}
				b.pass(5 * time.Second)
				stopped, want := b.now(), uint64(10)
				close(p.drain)
				if c.delta {
					b.pass(late)
					b.work(t, 11, 20)
					stopped, want = b.now(), 20
				}
				b.pass(5 * time.Second)
				// It looks every quarter of drainQuiet.
				if took := p.ended - stopped; took <= drainQuiet || took > drainQuiet*3/2 {
					t.Errorf("drained after %s", took)
				}
				if b.frontier() != want {
					t.Errorf("drained at %d of %d", b.frontier(), want)
				}
			})
		})
	}
}

// While it drains, the loop neither rests after a fold nor waits for another process.
func TestDrainDoesNotRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 20)
		p := b.process(t, Config{RangeSize: 10, LargeRange: 10}, 0)
		p.commitTakes = 3 * time.Second
		p.start(t)
		p.plan(1000, 1000) // a backlog: it would rest for 15 s
		b.work(t, 1, 10)
		synctest.Wait()
		b.work(t, 11, 20)
		b.pass(4 * time.Second) // it rests
		if b.frontier() != 10 {
			t.Fatalf("frontier %d", b.frontier())
		}
		stopped := b.now()
		close(p.drain)
		b.pass(10 * time.Second)
		if b.frontier() != 20 || p.ended == 0 || p.ended-stopped > 4*time.Second {
			t.Errorf("frontier %d, ended at %s, stopped at %s", b.frontier(), p.ended, stopped)
		}
	})
}

// A drain does not end while something is left to fold, however long the broker
// refuses it.
func TestDrainFoldsWhatIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 10)
		p := b.process(t, Config{}, 0)
		p.commitFails = 8 // about 16 s with the backoff
		p.start(t)
		b.work(t, 1, 10)
		synctest.Wait()
		close(p.drain)
		b.pass(30 * time.Second)
		if b.frontier() != 10 || p.ended < 10*time.Second || len(p.failures) != 8 {
			t.Errorf("frontier %d, ended at %s, failed %v", b.frontier(), p.ended, p.failures)
		}
	})
}

// A commit loop that cannot follow deltas tries again where it was; when deltas were
// lost, from the first.
func TestFollowsAgainFromTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 20)
		p := b.process(t, Config{}, 0).start(t)
		b.work(t, 1, 10)
		synctest.Wait()
		b.mu.Lock()
		b.mem.lost++
		b.mem.deltas = nil
		b.mu.Unlock()
		b.work(t, 11, 20) // takes the sequences of the lost ones
		b.pass(5 * time.Second)
		if n := len(p.follows); n != 2 || p.follows[1] != 1 || b.frontier() != 20 {
			t.Errorf("followed from %v, frontier %d", p.follows, b.frontier())
		}
	})
}

// Several processes come and go while deltas come. Every sequence is folded by exactly
// one of them.
func TestManyProcessesInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 200)
		var ps []*liveProcess
		for seq := uint64(1); seq <= 200; seq += 5 {
			if seq%20 == 1 {
				p := b.process(t, Config{}, 0)
				p.commitTakes = 10 * time.Millisecond
				ps = append(ps, p.start(t))
				if len(ps) > 3 {
					_ = ps[len(ps)-3].end()
				}
			}
			b.work(t, seq, seq+4)
			b.pass(50 * time.Millisecond)
		}
		b.pass(5 * time.Second)
		checkExact(t, "many", b.mem, naive(t, b.mem.messages, b.w))
		sum := uint64(0)
		for _, p := range ps {
			for _, e := range p.folded {
				sum += e.Len()
			}
		}
		if sum != 200 {
			t.Errorf("%d sequences were folded, not 200", sum)
		}
	})
}
