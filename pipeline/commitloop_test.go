package pipeline

import (
	"errors"
	"slices"
	"strings"
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

// Without a checkpoint there is nobody to stand by for: the first delta is folded at
// once.
func TestFirstProcessFoldsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 10)
		p := b.process(t, Config{}, 0).start(t)
		b.pass(10 * time.Second)
		b.work(t, 1, 10)
		synctest.Wait()
		if len(p.folded) != 1 || p.folded[0].at != 10*time.Second {
			t.Errorf("folded %v, and a delta came at 10 s", p.folded)
		}
	})
}

// While one process folds, another one stands by: it neither folds nor reads totals,
// however long it looks.
func TestStandsByWhileAnotherFolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 101)
		active := b.process(t, Config{}, 0)
		active.commitTakes = 60 * time.Millisecond
		active.start(t)
		b.work(t, 1, 1)
		b.pass(time.Second)
		other := b.process(t, Config{}, 0).start(t)
		for seq := uint64(2); seq <= 101; seq++ {
			b.work(t, seq, seq)
			b.pass(jitter(100 * time.Millisecond)) // not in step with the looks of the other one
		}
		b.pass(time.Second)
		if len(other.folded) > 0 || other.loads > 0 || len(other.failures) > 0 {
			t.Errorf("the other process folded %v, loaded %d times, failed %v", other.folded, other.loads, other.failures)
		}
		if other.checkpoints < 10 || b.frontier() != 101 || len(active.failures) > 0 {
			t.Errorf("%d looks, frontier %d, failures %v", other.checkpoints, b.frontier(), active.failures)
		}
	})
}

// When the active process ends, the other one takes over after its patience, which is
// random within its bounds, so that of many processes one comes first.
func TestTakesOverAfterPatience(t *testing.T) {
	waits := make(map[time.Duration]bool)
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			b := newLiveBroker(t, 20)
			first := b.process(t, Config{}, 0).start(t)
			b.work(t, 1, 10)
			synctest.Wait()
			second := b.process(t, Config{}, 0).start(t)
			b.pass(5 * time.Second) // it has seen the newest checkpoint
			if err := first.end(); err != nil {
				t.Fatal(err)
			}
			stored := b.now()
			b.work(t, 11, 20)
			b.pass(5 * time.Second)
			if len(second.folded) != 1 {
				t.Fatalf("folded %v", second.folded)
			}
			wait := second.folded[0].at - stored
			if wait < least || wait > most {
				t.Errorf("took over after %s, not within %s and %s", wait, least, most)
			}
			waits[wait] = true
		})
	}
	if len(waits) < 10 {
		t.Errorf("20 processes had %d different patiences", len(waits))
	}
}

// A commit that another process made since the last look shows that somebody folds,
// so the patience begins again. If that process then died, this one takes over when
// the second patience ends.
func TestPatienceBeginsAnewAfterACommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 30)
		first := b.process(t, Config{}, 0).start(t)
		b.work(t, 1, 10)
		synctest.Wait()
		second := b.process(t, Config{}, 0).start(t)
		b.pass(5500 * time.Millisecond) // half-way between two looks
		b.work(t, 11, 20)               // the first folds it
		synctest.Wait()
		_ = first.end()
		stored := b.now()
		b.work(t, 21, 30)
		b.pass(5 * time.Second)
		if len(second.folded) != 1 {
			t.Fatalf("folded %v", second.folded)
		}
		if wait := second.folded[0].at - stored; wait < 2*least || wait > 2*most {
			t.Errorf("took over after %s, not within %s and %s", wait, 2*least, 2*most)
		}
	})
}

// Of two active processes one loses the commit. It says so, and stands by from then
// on, although both are equally fast.
func TestLoserStandsBy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 50)
		var ps []*liveProcess
		for range 2 {
			p := b.process(t, Config{}, 0)
			p.commitTakes = 50 * time.Millisecond
			ps = append(ps, p.start(t))
		}
		for seq := uint64(1); seq <= 50; seq++ {
			b.work(t, seq, seq)
			b.pass(120 * time.Millisecond)
		}
		b.pass(time.Second)
		winner, loser := ps[0], ps[1]
		if len(loser.folded) > 0 {
			winner, loser = loser, winner
		}
		if len(loser.folded) > 0 || len(winner.failures) > 0 || b.frontier() != 50 {
			t.Errorf("frontier %d; folded %v, failed %v; folded %v, failed %v", b.frontier(), winner.folded, winner.failures, loser.folded, loser.failures)
		}
		if len(loser.failures) != 1 || !loser.failures[0].Lost || loser.loads != 1 {
			t.Errorf("the loser failed %v, and loaded %d times", loser.failures, loser.loads)
		}
	})
}

// A fold whose first slice is stored is completed by another process, although no
// delta comes any more; also when the broker lost the deltas of the slice, so that
// nothing but the checkpoint says that there is something to do.
func TestOpenSliceIsTakenOver(t *testing.T) {
	for name, lost := range map[string]bool{"deltas are there": false, "deltas are lost": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLiveBroker(t, 20)
				first := b.process(t, Config{}, 0)
				first.loop.maxCells, first.commits = 4, 1
				first.start(t)
				b.work(t, 1, 20)
				b.pass(100 * time.Millisecond)
				_ = first.end()
				if b.mem.cp.Open == nil {
					t.Fatal("no slice is open: the test tests nothing")
				}
				if lost {
					b.mem.deltas = nil
				}
				began := b.now()
				second := b.process(t, Config{}, 0).start(t)
				b.pass(5 * time.Second)
				if len(second.folded) != 1 || second.folded[0].at-began < least || second.folded[0].at-began > most {
					t.Fatalf("folded %v, and it began at %s", second.folded, began)
				}
				if lost != (len(second.repaired) == 1) {
					t.Errorf("worked again: %v", second.repaired)
				}
				checkExact(t, "taken over", b.mem, naive(t, b.mem.messages, b.w))
			})
		})
	}
}

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

// A loop whose frontier stands still while more is planned says every sayStillAfter what
// it waits for, active or standing by, although nothing has failed. Once it moves, or
// where nothing more is planned, it says nothing.
func TestStandingStillIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 40)
		active := b.process(t, Config{RangeSize: 10, LargeRange: 10, StallAfter: time.Hour}, 0).start(t)
		b.work(t, 1, 10)
		synctest.Wait()
		other := b.process(t, Config{RangeSize: 10, LargeRange: 10, StallAfter: time.Hour}, 0).start(t)
		b.pass(5 * time.Minute) // nothing more is planned
		for _, p := range []*liveProcess{active, other} {
			if len(p.failures) > 0 {
				t.Errorf("said %v, and all is counted", p.failures)
			}
			p.plan(40, 40)
		}
		b.pass(65 * time.Second)
		const want = "counted up to 10 of 40 planned, and no further for 30s: waits for the delta of [11,20], which no worker has stored yet or the broker does not deliver (newest delivered: "
		for _, p := range []*liveProcess{active, other} {
			if len(p.failures) != 2 || !strings.HasPrefix(p.failures[0].Err.Error(), want) || !p.failures[0].Noted() {
				t.Errorf("said %v, want twice %q", p.failures, want)
			}
		}
		b.work(t, 11, 40)
		b.pass(2 * time.Minute)
		if b.frontier() != 40 || len(active.failures) != 2 {
			t.Errorf("frontier %d, said %v", b.frontier(), active.failures)
		}
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
		failed := slices.DeleteFunc(p.failures, func(f Failure) bool { return !errors.Is(f.Err, errFault) }) // that it stands still is said beside
		if len(failed) != 1 || len(p.repaired) != 1 || p.repaired[0].at < 60*time.Second || b.frontier() != 10 {
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

// A broker that is away does not keep a worker that has nothing in hand, whether it looks
// at the checkpoint just now or has never seen it.
func TestDrainWithoutABroker(t *testing.T) {
	for _, begun := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			b := newLiveBroker(t, 10)
			p := b.process(t, Config{}, 0)
			p.away = !begun
			p.start(t)
			if begun {
				b.work(t, 1, 10)
				b.pass(time.Second)
				p.mu.Lock()
				p.away = true
				p.mu.Unlock()
			}
			b.pass(4 * time.Second)
			stopped := b.now()
			close(p.drain)
			b.pass(20 * time.Second)
			if took := p.ended - stopped; p.ended == 0 || took > 3*drainQuiet {
				t.Errorf("begun %v: drained after %s", begun, took)
			}
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

// The first tally takes the current pointer at once; a later one if Promote is set,
// when it has counted what was there when it began.
func TestPromotion(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  string
		promote bool
		want    [3]bool // is current: at first, before the target, at the target
	}{
		{"first tally", "", false, [3]bool{true, true, true}},
		{"later tally", "older", false, [3]bool{}},
		{"later tally, to be promoted", "older", true, [3]bool{false, false, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLiveBroker(t, 20)
				b.setPointer(c.before, 1)
				p := b.process(t, Config{Promote: c.promote}, 20).start(t)
				var got [3]bool
				b.pass(time.Second)
				got[0] = b.pointer() == p.loop.tally
				b.work(t, 1, 10)
				b.pass(5 * time.Second)
				got[1] = b.pointer() == p.loop.tally
				b.work(t, 11, 20)
				synctest.Wait() // at once, not at the next look
				got[2] = b.pointer() == p.loop.tally
				if got != c.want {
					t.Errorf("current: %v, want %v", got, c.want)
				}
			})
		})
	}
}

// A pointer that the broker lost is put back at the next look. One that a person
// moved stays.
func TestPointerIsPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 10)
		b.setPointer("", 5)
		p := b.process(t, Config{Promote: true}, 0).start(t)
		b.pass(lookEvery + idleTick)
		mine := p.loop.tally
		if b.pointer() != mine {
			t.Fatalf("%q is current", b.pointer())
		}
		for _, older := range []string{"", "older"} {
			b.setPointer(older, 3)
			b.pass(lookEvery + idleTick)
			if b.pointer() != mine {
				t.Errorf("lost, and %q is current", b.pointer())
			}
			b.setPointer(mine, 6)
			b.pass(lookEvery + idleTick)
		}
		b.setPointer("another", 9)
		b.pass(time.Minute)
		if b.pointer() != "another" {
			t.Errorf("a person made another tally current, and now it is %q", b.pointer())
		}
	})
}

// Jitter stays within a quarter of its duration, and spreads; a backoff doubles up to
// its limit, and starts again after a success.
func TestBackoff(t *testing.T) {
	values := make(map[time.Duration]bool)
	for range 1000 {
		d := jitter(400 * time.Millisecond)
		if d < least || d > most {
			t.Fatalf("jitter of 400 ms is %s", d)
		}
		values[d] = true
	}
	if len(values) < 500 {
		t.Errorf("1000 values of jitter are %d different ones", len(values))
	}
	b := newBackoff()
	for _, ms := range []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000} {
		if d := b.next(); d < ms*time.Millisecond*3/4 || d > ms*time.Millisecond*5/4 {
			t.Errorf("waits %s, want about %d ms", d, ms)
		}
	}
	b.reset()
	if d := b.next(); d > 125*time.Millisecond {
		t.Errorf("waits %s after a success", d)
	}
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

// While an open slice waits for the delta of a range that was worked again, another
// delta behind the frontier is no reason to look all the time.
func TestAnOpenSliceThatWaitsIsNoHotLoop(t *testing.T) {
	l := &commitLoop{committer: &committer{progress: &progress{}, pending: make(pendingDeltas), loaded: true}, active: true}
	l.view = View{Revision: 1, Checkpoint: Checkpoint{Open: &Open{To: 10}}}
	l.cfg.RangeSize = 1
	l.pending.add(DeltaRef{Range: Range{1, 5}, Digest: "d", Part: 1, Parts: 1, Seq: 3})
	if l.ready() == nil {
		t.Fatal("the delta is not ready")
	}
	l.recomputed = Range{1, 10}
	if wait := l.idleFor(false); wait != idleTick {
		t.Errorf("waits %v, want %v", wait, idleTick)
	}
	l.recomputed = Range{}
	if wait := l.idleFor(false); wait != 0 {
		t.Errorf("waits %v although there is something to do", wait)
	}
}

// A stream that began long ago has no lag of what came before it was made.
func TestLagOfAStreamThatDoesNotBeginAtOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 10)
		p := b.process(t, Config{}, 0)
		p.loop.info.Spec.Base = 1001
		p.loop.progress.frontier.Store(1000)
		if err := p.loop.standBy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := p.loop.progress.frontier.Load(); got != 1000 {
			t.Errorf("nothing is counted of a stream that begins at 1001, and the frontier is %d", got)
		}
	})
}
