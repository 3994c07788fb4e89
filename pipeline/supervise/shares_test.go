package supervise

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// waiter asks for a turn in the background, and says when it has it.
func waiter(ctx context.Context, s *Shares, tally string, has *atomic.Int32) (over chan struct{}) {
	over = make(chan struct{})
	go func() {
		done, err := s.Wait(ctx, tally)
		if err != nil {
			return
		}
		has.Add(1)
		<-over
		has.Add(-1)
		done()
	}()
	return over
}

// The current tally never waits. The others have all processors while it is idle, half of
// them while it has work, and again all a second after its last range.
func TestShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewShares(4)
		s.setCurrent("current")
		var current, others atomic.Int32
		at := waiter(t.Context(), s, "current", &current)
		var overs []chan struct{}
		for range 6 {
			overs = append(overs, waiter(t.Context(), s, "other", &others))
		}
		check := func(when string, wantCurrent, wantOthers int32) {
			t.Helper()
			synctest.Wait()
			if current.Load() != wantCurrent || others.Load() != wantOthers {
				t.Errorf("%s: %d ranges of the current tally and %d of others, not %d and %d", when, current.Load(), others.Load(), wantCurrent, wantOthers)
			}
		}
		check("while the current one works", 1, 2)
		second := waiter(t.Context(), s, "current", &current)
		check("the current one again", 2, 2)
		close(at)
		close(second)
		check("just after", 0, 2)
		time.Sleep(2 * busyFor)
		check("when it is idle", 0, 4)
		at = waiter(t.Context(), s, "current", &current)
		check("it has work again, and does not wait for the others", 1, 4)
		// Whatever ends now: the others come down to half.
		for _, over := range overs {
			close(over)
		}
		check("all others are over", 1, 0)
		close(at)
		synctest.Wait()
	})
}

// Who waits comes in the order in which they asked, and who gives up takes no turn along.
func TestSharesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewShares(1)
		var first, second, third atomic.Int32
		a := waiter(t.Context(), s, "a", &first)
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan error, 1)
		go func() {
			_, err := s.Wait(ctx, "b")
			gone <- err
		}()
		synctest.Wait()
		c := waiter(t.Context(), s, "c", &second)
		synctest.Wait()
		d := waiter(t.Context(), s, "d", &third)
		synctest.Wait()
		cancel()
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Fatalf("who gave up got %v", err)
		}
		close(a)
		synctest.Wait()
		if second.Load() != 1 || third.Load() != 0 {
			t.Errorf("c has %d turns and d %d, and c asked first", second.Load(), third.Load())
		}
		close(c)
		synctest.Wait()
		if third.Load() != 1 {
			t.Error("d waits although nobody works")
		}
		close(d)
		synctest.Wait()
	})
}
