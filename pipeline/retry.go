package pipeline

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff is how long to wait before the next try: twice as long each time, and
// spread, so that many processes do not try at the same moment.
type backoff struct {
	first, most time.Duration
	current     time.Duration
}

// newBackoff returns the backoff of calls to the broker.
func newBackoff() backoff { return backoff{first: 100 * time.Millisecond, most: 5 * time.Second} }

func (b *backoff) next() time.Duration {
	b.current = min(max(2*b.current, b.first), b.most)
	return jitter(b.current)
}

func (b *backoff) reset() { b.current = 0 }

// jitter returns a random duration between three quarters and five quarters of d.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}

// sleep waits for d, and returns false if ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-after(d):
		return true
	}
}

// after is time.After. Since Go 1.23 a timer that nobody waits for any more is
// collected, so nothing has to stop it.
func after(d time.Duration) <-chan time.Time { return time.After(d) }
