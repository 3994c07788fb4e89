package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/classifier"
)

// sliceSource is a stream of messages; nil ones are gone. It is read by several at a time.
type sliceSource struct {
	messages []*Message
	created  time.Time
}

func (s sliceSource) Info(context.Context) (StreamInfo, error) {
	return StreamInfo{Name: "SUGGESTIONS", Created: s.created, Base: 1, First: 1, Last: uint64(len(s.messages))}, nil
}

func (s sliceSource) Read(_ context.Context, r Range, f func(*Message)) error {
	for seq := r.From; seq <= r.To; seq++ {
		if m := s.messages[seq-1]; m != nil {
			f(m)
		}
	}
	return nil
}

func (s sliceSource) Wait(context.Context, uint64) error { return nil }

func (s sliceSource) StoredAt(context.Context, []uint64) ([]time.Time, error) { return nil, nil }

// A recount has the counts of the plainest count, up to the sequence that is asked for,
// and names what is gone.
func TestRecount(t *testing.T) {
	w := newWords(t)
	b := newMemBroker(5, 3*recountRange+100, w)
	gone := []Range{{7, 7}, {recountRange - 1, recountRange + 2}, {50_000, 50_004}}
	for _, r := range gone {
		for seq := r.From; seq <= r.To; seq++ {
			b.messages[seq-1] = nil
		}
	}
	src := sliceSource{b.messages, b.created}
	spec, err := NewSpec(StreamInfo{Name: "SUGGESTIONS", Created: b.created, Base: 1}, w, Format{})
	if err != nil {
		t.Fatal(err)
	}
	const to = 3*recountRange - 7
	var told atomic.Uint64
	var mu sync.Mutex
	goroutines := 0
	got, err := Recount(t.Context(), src, w, spec, to, func() Seen {
		mu.Lock()
		defer mu.Unlock()
		goroutines++
		return func(*Message, *Suggestion, *classifier.Result) { told.Add(1) }
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(naive(t, b.messages[:to], w), got.Counts.Totals.Cells()); diff != "" {
		t.Errorf("cells (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(gone, got.Missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	c := got.Counts
	if c.Frontier != to || c.Stored != to || c.Missing != 10 || c.Sum() != to || c.Tally != spec.Tally() {
		t.Errorf("%+v", c.Snapshot)
	}
	if told.Load() != c.Tagged+c.Untagged || goroutines == 0 {
		t.Errorf("told of %d suggestions in %d goroutines, not %d", told.Load(), goroutines, c.Tagged+c.Untagged)
	}
	other := spec
	other.Dict = fmt.Sprintf("%064d", 0)
	if _, err := Recount(t.Context(), src, w, other, to, nil); !errors.Is(err, ErrOtherDictionary) {
		t.Error(err)
	}
	if _, err := Recount(t.Context(), src, w, spec, 1_000_000, nil); !errors.Is(err, ErrStreamBehind) {
		t.Error(err)
	}
}
