package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect returns a broker with an empty stream of suggestions and an empty bucket.
func connect(t *testing.T) *Broker {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	names, err := broker.NewNames("", "")
	if err != nil {
		t.Fatal(err)
	}
	b, err := Connect(s, names)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if _, err := b.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: names.Suggestions, Subjects: []string{names.SuggestionsSubject + ".>"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: names.Bucket}); err != nil {
		t.Fatal(err)
	}
	return b
}

// What a measurement measures is the whole work, and the peer counts too much
// when it is killed: that is what it is there to show.
func TestBenchDoesTheWork(t *testing.T) {
	t.Parallel()
	b := connect(t)
	if got, err := b.Read(t.Context()); err != nil || got.Messages != 0 {
		t.Errorf("read %+v of an empty stream, %v", got, err)
	}
	put, err := b.Publish(t.Context(), 5000, func(i uint64) ([]byte, string) {
		return fmt.Appendf(nil, `{"text":"建议%d"}`, i), "x"
	})
	if err != nil || put.Messages != 5000 || put.PerSecond() <= 0 {
		t.Fatalf("%+v, %v", put, err)
	}
	got, err := b.Read(t.Context())
	if err != nil || got.Messages != 5000 || got.Bytes != put.Bytes || got.PerSecond() <= 0 {
		t.Errorf("read %+v of %+v, %v", got, put, err)
	}
	var deliveries atomic.Int64
	peer, err := b.Peer(t.Context(), 5000, 2, 0, func(int, []byte) { deliveries.Add(1) })
	if err != nil || peer.Messages != 5000 || peer.Counted != 5000 || deliveries.Load() < 5000 {
		t.Errorf("peer %+v, %d deliveries, %v", peer, deliveries.Load(), err)
	}
	peer, err = b.Peer(t.Context(), 5000, 2, 4, func(int, []byte) {})
	if err != nil || peer.Messages != 5000 || peer.Kills == 0 || peer.Counted <= 5000 {
		t.Errorf("killed peer %+v, %v", peer, err)
	}
}

// Follow tells every frontier that is stored after it began, in order, and ends
// with its context.
func TestBenchFollows(t *testing.T) {
	t.Parallel()
	b := connect(t)
	counts, err := b.js.KeyValue(t.Context(), b.names.Bucket)
	if err != nil {
		t.Fatal(err)
	}
	store := func(frontier uint64) {
		t.Helper()
		body, err := json.Marshal(pipeline.Checkpoint{Frontier: frontier})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := counts.Put(t.Context(), "tally.checkpoint", body); err != nil {
			t.Fatal(err)
		}
	}
	store(1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ready, done, seen := make(chan struct{}), make(chan error, 1), make(chan uint64, 10)
	go func() { done <- b.Follow(ctx, "tally", ready, func(frontier uint64) { seen <- frontier }) }()
	<-ready
	for _, want := range []uint64{10, 20} {
		store(want)
		if got := <-seen; got != want {
			t.Errorf("frontier %d, not %d", got, want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
