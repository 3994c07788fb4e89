package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// PeerRate is what a peer did.
type PeerRate struct {
	Rate           // Messages: different ones
	Counted uint64 // what its total says
	Kills   int
}

// Peer reads the first messages of the stream of suggestions, up to limit, as a
// first version of such a program does: a shared durable consumer, several
// workers, each with a batch of messages whose counts it adds to a stored
// total and then acknowledges. Every killEvery batches (0: never) the
// worker is killed between storing and acknowledging, and the broker delivers
// the batch again. Count is called for each delivery, by the workers at once.
func (b *Broker) Peer(ctx context.Context, limit uint64, workers, killEvery int, count func(worker int, payload []byte)) (PeerRate, error) {
	const batch = 500
	cons, err := b.js.CreateConsumer(ctx, b.names.Suggestions, jetstream.ConsumerConfig{
		Durable: "minyi-bench-peer", DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: peerAckWait, MaxAckPending: 20 * batch, MaxDeliver: -1,
	})
	if err != nil {
		return PeerRate{}, fmt.Errorf("make the peer's consumer: %w", err)
	}
	defer b.removeConsumer(ctx, cons)
	p := &peer{cons: cons, batch: batch, limit: limit, killEvery: killEvery, count: count, seen: make(map[uint64]bool, limit), acked: make(map[uint64]bool, limit)}
	start := time.Now()
	errs := make(chan error, workers)
	for w := range workers {
		go func() { errs <- p.work(ctx, w) }()
	}
	for range workers {
		err = errors.Join(err, <-errs)
	}
	return PeerRate{
		Rate:    Rate{Messages: uint64(len(p.seen)), Bytes: p.bytes, Duration: time.Since(start)},
		Counted: p.counted, Kills: p.kills,
	}, err
}

// peerAckWait is after what time the peer's broker delivers again: longer than
// a batch takes on a busy machine, so that only kills do it.
const peerAckWait = 3 * time.Second

// peer is the program that [Broker.Peer] runs.
type peer struct {
	cons      jetstream.Consumer
	batch     int
	limit     uint64
	killEvery int
	count     func(worker int, payload []byte)

	mu             sync.Mutex
	seen           map[uint64]bool // sequences up to limit that were counted at least once
	acked          map[uint64]bool // those that will not come again
	counted        uint64          // the stored total
	bytes          uint64
	batches, kills int
}

// work takes batches until all messages up to the limit are acknowledged.
func (p *peer) work(ctx context.Context, worker int) error {
	for !p.done() {
		batch, err := p.cons.Fetch(p.batch, jetstream.FetchMaxWait(200*time.Millisecond))
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		var got []jetstream.Msg
		for m := range batch.Messages() {
			p.count(worker, m.Data())
			got = append(got, m)
		}
		if err := batch.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("fetch: %w", err)
		}
		if p.store(got) {
			continue // killed: what it had in hand is delivered again
		}
		for _, m := range got {
			if err := m.Ack(); err != nil {
				return fmt.Errorf("acknowledge: %w", err)
			}
		}
		p.acknowledged(got)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// store adds a batch to the total, and reports whether the worker dies now.
func (p *peer) store(batch []jetstream.Msg) (killed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.counted
	for _, m := range batch {
		seq, ok := p.sequence(m)
		if !ok {
			continue
		}
		p.counted++
		if !p.seen[seq] {
			p.seen[seq] = true
			p.bytes += uint64(len(m.Data()))
		}
	}
	if p.counted == before { // nothing of what is measured
		return false
	}
	p.batches++
	if p.killEvery == 0 || p.batches%p.killEvery != 0 {
		return false
	}
	p.kills++
	return true
}

// sequence is the place of a message in the stream; false behind the limit.
func (p *peer) sequence(m jetstream.Msg) (seq uint64, ok bool) {
	meta, err := m.Metadata()
	if err != nil {
		return 0, false
	}
	return meta.Sequence.Stream, meta.Sequence.Stream <= p.limit
}

func (p *peer) acknowledged(batch []jetstream.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range batch {
		if seq, ok := p.sequence(m); ok {
			p.acked[seq] = true
		}
	}
}

// done reports whether everything was acknowledged; until then messages may be
// delivered again.
func (p *peer) done() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return uint64(len(p.acked)) >= p.limit
}
