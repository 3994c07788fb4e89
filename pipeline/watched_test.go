package pipeline

import (
	"context"
	"sync/atomic"
	"testing"
)

type countingSource struct {
	Source
	messages int
}

func (s countingSource) Read(_ context.Context, _ Range, f func(*Message)) error {
	for range s.messages {
		f(&Message{})
	}
	return nil
}

// TestWatchedTellsEveryMessage: what is told adds up to what was read, the last few too, and
// every message is handed on.
func TestWatchedTellsEveryMessage(t *testing.T) {
	for _, messages := range []int{0, 1, tellEach, 2*tellEach + 3} {
		var told, times atomic.Int64
		src := Watched(countingSource{messages: messages}, func(n int) {
			told.Add(int64(n))
			times.Add(1)
		})
		got := 0
		if err := src.Read(t.Context(), Range{1, 9}, func(*Message) { got++ }); err != nil {
			t.Fatal(err)
		}
		if got != messages || told.Load() != int64(messages) || times.Load() > int64(messages/tellEach+1) {
			t.Errorf("%d messages: %d handed on, %d told in %d times", messages, got, told.Load(), times.Load())
		}
	}
}
