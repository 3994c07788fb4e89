package broker

import (
	"context"
	"sync/atomic"
	"testing"
	"time"
)

// What a measurement measures is the whole work, and the peer counts too much
// when it is killed: that is what it is there to show.
func TestBenchDoesTheWork(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 2)
	all := payloads(1, 5000, 2, w)
	b := r.conn.Bench()
	put, err := b.Publish(t.Context(), 5000, func(i uint64) ([]byte, string) { return all[i], "x" })
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

// Follow tells of every frontier, and ends with its context.
func TestBenchFollows(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 2)
	worker, _ := r.run(config(w))
	r.waitFor("", r.publish(payloads(1, 10, 1, w)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ready, done := make(chan struct{}), make(chan error, 1)
	var last uint64
	go func() {
		done <- r.conn.Bench().Follow(ctx, worker.Tally(), ready, func(frontier uint64) {
			if frontier <= last {
				t.Errorf("frontier %d after %d", frontier, last)
			}
			if last = frontier; frontier == 20 {
				cancel()
			}
		})
	}()
	<-ready
	r.publish(payloads(2, 10, 1, w))
	if err := <-done; err != nil || last != 20 {
		t.Errorf("came to %d: %v", last, err)
	}
}
