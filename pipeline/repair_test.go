package pipeline

import (
	"testing"
	"testing/synctest"
	"time"
)

// The commit loop works ranges whose delta does not come: the first one after
// StallAfter, and each one that was lost together with it after a tenth of that. When a
// delta comes by itself in between, it waits for the full StallAfter again.
func TestStallIsRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 40)
		p := b.process(t, Config{RangeSize: 10, LargeRange: 10}, 0).start(t)
		p.plan(40, 20)
		b.pass(40 * time.Second)
		p.plan(40, 40)
		b.work(t, 21, 30)
		at := b.now()
		b.pass(40 * time.Second)
		if b.frontier() != 40 || len(p.repaired) != 3 {
			t.Fatalf("frontier %d, repaired %v", b.frontier(), p.repaired)
		}
		for i, want := range []liveEvent{{30 * time.Second, Range{1, 10}}, {p.repaired[0].at + 3*time.Second, Range{11, 20}}, {at + 30*time.Second, Range{31, 40}}} {
			// The loop looks every idleTick, so it may be that much late, twice where
			// it first has to see the new frontier.
			if got := p.repaired[i]; got.Range != want.Range || got.at < want.at || got.at > want.at+2*idleTick {
				t.Errorf("repaired %v at %s, want %v at %s", got.Range, got.at, want.Range, want.at)
			}
		}
		checkExact(t, "repaired", b.mem, naive(t, b.mem.messages, b.w))
	})
}

// A repair ends before the next stored delta, so that that one fits.
func TestRepairFillsTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 20)
		p := b.process(t, Config{RangeSize: 20, LargeRange: 20}, 0).start(t)
		p.plan(20, 20)
		b.work(t, 8, 20)
		b.pass(35 * time.Second)
		if len(p.repaired) != 1 || p.repaired[0].Range != (Range{1, 7}) || b.frontier() != 20 {
			t.Errorf("repaired %v, frontier %d", p.repaired, b.frontier())
		}
	})
}

// A repair that fails is reported, and tried again after StallAfter.
func TestFailedRepairIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 10)
		p := b.process(t, Config{}, 0)
		p.readFails = 1
		p.start(t)
		p.plan(10, 10)
		b.pass(65 * time.Second)
		if len(p.failures) != 1 || len(p.repaired) != 1 || p.repaired[0].at < 60*time.Second || b.frontier() != 10 {
			t.Errorf("failed %v, repaired %v, frontier %d", p.failures, p.repaired, b.frontier())
		}
	})
}

// A process that stands by also repairs, if no other process does.
func TestStandbyRepairs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 20)
		first := b.process(t, Config{}, 0).start(t)
		b.work(t, 1, 10)
		synctest.Wait()
		_ = first.end()
		began := b.now()
		second := b.process(t, Config{}, 0).start(t)
		second.plan(20, 20)
		b.pass(29 * time.Second)
		if len(second.repaired) > 0 {
			t.Errorf("repaired %v after 29 s", second.repaired)
		}
		b.pass(5 * time.Second)
		if len(second.repaired) != 1 || second.repaired[0].at-began > 30*time.Second+2*idleTick || b.frontier() != 20 {
			t.Errorf("repaired %v, frontier %d", second.repaired, b.frontier())
		}
	})
}

// A delta that was stored and then lost is computed again at once, not only after
// StallAfter.
func TestLostDeltaIsRecomputed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 20)
		p := b.process(t, Config{}, 0)
		p.commitTakes = 400 * time.Millisecond
		p.start(t)
		p.plan(20, 30)   // more is being worked, so the loop rests after the fold
		b.work(t, 1, 10) // is being folded
		synctest.Wait()
		b.work(t, 11, 20)
		b.pass(500 * time.Millisecond)
		if b.frontier() != 10 {
			t.Fatalf("frontier %d", b.frontier())
		}
		b.loseBodies() // during the rest
		b.pass(3 * time.Second)
		if len(p.repaired) != 1 || p.repaired[0].Range != (Range{11, 20}) || p.repaired[0].at > time.Second || b.frontier() != 20 {
			t.Errorf("repaired %v, frontier %d", p.repaired, b.frontier())
		}
	})
}
