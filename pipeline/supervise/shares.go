package supervise

import (
	"context"
	"sync"
	"time"
)

// Shares divides the processors of a process among its tallies. The current tally never
// waits. All others together work as many ranges at once as there are processors while
// the current one has nothing to do, and half as many while it has: so its live end keeps
// its latency, and they are not starved. Among themselves they take turns in the order in
// which they ask.
//
// It implements [pipeline.Turns], and is safe for concurrent use.
type Shares struct {
	processors int

	mu      sync.Mutex
	current string
	busy    time.Time // when a range of the current tally was worked last
	working int       // ranges of the current tally
	taken   int       // ranges of the others
	queue   []chan struct{}
}

// busyFor is how long after a range the current tally counts as having work. At the live
// end it has a range every 100 ms.
const busyFor = time.Second

// NewShares returns the shares of a process with so many processors.
func NewShares(processors int) *Shares { return &Shares{processors: max(processors, 1)} }

// setCurrent says which tally never waits.
func (s *Shares) setCurrent(tally string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = tally
	s.admit()
}

// most is how many ranges may be worked at once of tallies that are not current.
func (s *Shares) most() int {
	if s.working > 0 || time.Since(s.busy) < busyFor {
		return max(s.processors/2, 1)
	}
	return s.processors
}

// admit lets in those that wait, as far as there is room.
func (s *Shares) admit() {
	for len(s.queue) > 0 && s.taken < s.most() {
		s.taken++
		close(s.queue[0])
		s.queue = s.queue[1:]
	}
}

// Wait implements [pipeline.Turns].
func (s *Shares) Wait(ctx context.Context, tally string) (over func(), err error) {
	s.mu.Lock()
	if tally == s.current {
		s.working++
		s.mu.Unlock()
		return s.overCurrent, nil
	}
	turn := make(chan struct{})
	s.queue = append(s.queue, turn)
	s.admit()
	s.mu.Unlock()
	look := time.NewTicker(busyFor) // the current tally may have become idle
	defer look.Stop()
	for {
		select {
		case <-turn:
			return s.over, nil
		case <-look.C:
			s.mu.Lock()
			s.admit()
			s.mu.Unlock()
		case <-ctx.Done():
			return nil, s.leave(ctx, turn)
		}
	}
}

// leave gives up waiting.
func (s *Shares) leave(ctx context.Context, turn chan struct{}) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, c := range s.queue {
		if c == turn {
			s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
			return ctx.Err()
		}
	}
	s.taken-- // it was let in at the same moment
	s.admit()
	return ctx.Err()
}

func (s *Shares) overCurrent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.working--
	s.busy = time.Now()
	s.admit()
}

func (s *Shares) over() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.admit()
}
