package pipeline

import (
	"testing"
	"testing/synctest"
	"time"
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
