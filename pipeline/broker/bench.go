package broker

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

// Bench does what minyi is measured against: what the broker itself can do,
// with nothing of minyi in between. Its methods are not for concurrent use.
type Bench struct {
	c *Conn
}

// Bench returns the measurements of a connection.
func (c *Conn) Bench() *Bench { return &Bench{c} }

// Rate is an amount of work and how long it took.
type Rate struct {
	Messages uint64
	Bytes    uint64 // of payloads
	Duration time.Duration
}

// PerSecond returns messages a second, 0 where nothing was measured.
func (r Rate) PerSecond() float64 {
	if r.Duration <= 0 {
		return 0
	}
	return float64(r.Messages) / r.Duration.Seconds()
}

// Add returns both amounts in the sum of both times.
func (r Rate) Add(o Rate) Rate {
	return Rate{r.Messages + o.Messages, r.Bytes + o.Bytes, r.Duration + o.Duration}
}

// benchPending is how many messages without an answer bare publishing allows;
// the same as a [Publisher] does.
const benchPending = 4096

// Publish publishes n suggestions asynchronously and bare: no ids, no files,
// nothing repeated. The payloads come from next, with their sources. It returns
// when all are stored, or the first error.
func (b *Bench) Publish(ctx context.Context, n uint64, next func(i uint64) (payload []byte, source string)) (Rate, error) {
	pub, err := jetstream.New(b.c.nc, jetstream.WithPublishAsyncMaxPending(benchPending))
	if err != nil {
		return Rate{}, err
	}
	defer pub.CleanupPublisher()
	start := time.Now()
	r := Rate{Messages: n}
	var last jetstream.PubAckFuture
	for i := range n {
		payload, source := next(i)
		r.Bytes += uint64(len(payload))
		m := &nats.Msg{Subject: b.c.names.SuggestionsSubject + "." + source, Data: payload}
		if last, err = pub.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute)); err != nil {
			return r, fmt.Errorf("publish: %w", err)
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
	}
	select {
	case <-pub.PublishAsyncComplete():
	case <-ctx.Done():
		return r, ctx.Err()
	}
	r.Duration = time.Since(start)
	if last != nil {
		select {
		case err := <-last.Err():
			return r, fmt.Errorf("publish: %w", err)
		default:
		}
	}
	return r, nil
}

// Read reads the stream of suggestions from its beginning to its present end
// through an ordered consumer without acknowledgements, with large pulls, and
// does nothing but count: the fastest that the client library offers.
func (b *Bench) Read(ctx context.Context) (Rate, error) {
	info, err := b.c.StreamInfo(ctx)
	if err != nil {
		return Rate{}, err
	}
	var r Rate
	if info.First > info.Last {
		return r, nil
	}
	start := time.Now()
	cons, err := b.c.js.OrderedConsumer(ctx, b.c.names.Suggestions, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	if err != nil {
		return r, err
	}
	defer b.c.removeConsumer(ctx, b.c.names.Suggestions, cons)
	done := make(chan struct{})
	cc, err := cons.Consume(func(m jetstream.Msg) {
		meta, ok := parseAck(m.Reply())
		if !ok || meta.seq > info.Last || r.Duration > 0 {
			return
		}
		r.Messages++
		r.Bytes += uint64(len(m.Data()))
		if meta.seq == info.Last {
			r.Duration = time.Since(start)
			close(done)
		}
	}, jetstream.PullMaxMessages(pullMessages))
	if err != nil {
		return r, err
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
	cc.Stop()
	<-cc.Closed()
	return r, ctx.Err()
}

// Follow calls f whenever a newer frontier of a tally becomes visible to those
// who watch the bucket, until ctx ends; ready is closed when it watches.
func (b *Bench) Follow(ctx context.Context, tally string, ready chan<- struct{}, f func(frontier uint64)) error {
	cons, err := b.c.js.OrderedConsumer(ctx, b.c.bucketStream(), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{b.c.names.kvSubject(tally + "." + keyCheckpoint)}, DeliverPolicy: jetstream.DeliverNewPolicy,
	})
	if err != nil {
		return fmt.Errorf("watch checkpoint: %w", err)
	}
	defer b.c.removeConsumer(ctx, b.c.bucketStream(), cons)
	it, err := cons.Messages()
	if err != nil {
		return fmt.Errorf("watch checkpoint: %w", err)
	}
	defer it.Stop()
	close(ready)
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("watch checkpoint: %w", err)
		}
		var cp pipeline.Checkpoint
		if err := json.Unmarshal(m.Data(), &cp); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
		f(cp.Frontier)
	}
}
