package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What comes between two publications is not to be seen, nor are fewer messages than may be.
func TestPublishInSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		from, to := NewBoard(), NewBoard()
		put := func(n uint64) {
			cells := Cells{}
			for _, kind := range []Kind{KindTotal, KindUntagged} {
				cells[CellKey{"2022-05-01", "web", kind, All}] = Count{n, n}
			}
			c := Counts{Totals: NewTotals(cells)}
			c.Tally, c.Stored, c.Untagged, c.Frontier = "0a41c2d95e77", n, n, n
			from.Put(c)
			from.SetCurrent(c.Tally)
		}
		shown := func() uint64 {
			synctest.Wait()
			c, _ := to.Latest("")
			return c.Stored
		}
		done, begin := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			Publish(ctx, from, to, Publication{Least: 5, Every: time.Hour, Begin: begin})
		}()
		put(100)
		if n := shown(); n != 0 {
			t.Errorf("%d are published before it may begin", n)
		}
		close(begin)
		if n := shown(); n != 100 {
			t.Errorf("%d are published, want 100", n)
		}
		put(150)
		time.Sleep(59*time.Minute - time.Second) // synctest began at midnight
		if n := shown(); n != 100 {
			t.Errorf("%d are published within the hour", n)
		}
		time.Sleep(2 * time.Minute)
		if n := shown(); n != 150 {
			t.Errorf("%d are published after an hour, want 150", n)
		}
		put(152)
		time.Sleep(time.Hour)
		if n := shown(); n != 150 {
			t.Errorf("%d are published: two more are too few", n)
		}
		put(155)
		time.Sleep(time.Hour)
		if n := shown(); n != 155 {
			t.Errorf("%d are published, want 155", n)
		}
		from.Fail("", ErrReading)
		synctest.Wait()
		if _, err := to.Latest(""); err == nil {
			t.Error("the reader is not told that there may be newer counts")
		}
		cancel()
		<-done
	})
}
