// Package bench does what `minyi bench` measures minyi against: bare publishing,
// bare reading, a bare watch of a total, and the plain design with a shared
// consumer and acknowledgements. All of it uses the client library alone, so that
// a fault or a trick of minyi is in none of it. It measures nothing of minyi, and
// nothing outside `minyi bench` uses it.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// Broker does what the broker itself can do, through the client library alone. It
// uses the streams that minyi has made. Its methods are not for concurrent use.
type Broker struct {
	js    jetstream.JetStream
	names broker.Names
}

// Connect connects to a server in this process. Close the result.
func Connect(server nats.InProcessConnProvider, names broker.Names) (*Broker, error) {
	nc, err := nats.Connect("", nats.InProcessServer(server), nats.Name("minyi bench"))
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, err
	}
	return &Broker{js, names}, nil
}

// Close closes the connection.
func (b *Broker) Close() { b.js.Conn().Close() }

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

const (
	// maxPending is how many messages without an answer bare publishing allows;
	// the same as a [send.Sender] does.
	maxPending = 4096
	// pullMessages is how many messages are asked for at a time.
	pullMessages = 5000
)

// Publish publishes n suggestions asynchronously and bare: no ids, no files,
// nothing repeated. The payloads come from next, with their sources. It returns
// when all are stored, or the first error.
func (b *Broker) Publish(ctx context.Context, n uint64, next func(i uint64) (payload []byte, source string)) (Rate, error) {
	pub, err := jetstream.New(b.js.Conn(), jetstream.WithPublishAsyncMaxPending(maxPending))
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
		m := &nats.Msg{Subject: b.names.SuggestionsSubject + "." + source, Data: payload}
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
func (b *Broker) Read(ctx context.Context) (Rate, error) {
	var r Rate
	start := time.Now()
	cons, err := b.js.OrderedConsumer(ctx, b.names.Suggestions, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
	if err != nil {
		return r, err
	}
	defer b.removeConsumer(ctx, cons)
	stored := cons.CachedInfo().NumPending
	if stored == 0 {
		return r, nil
	}
	done := make(chan struct{})
	cc, err := cons.Consume(func(m jetstream.Msg) {
		if r.Messages == stored {
			return // published meanwhile
		}
		r.Messages++
		r.Bytes += uint64(len(m.Data()))
		if r.Messages == stored {
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

// removeConsumer deletes a consumer that is not needed any more. If that fails,
// the server does it after a while.
func (b *Broker) removeConsumer(ctx context.Context, cons jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = b.js.DeleteConsumer(ctx, b.names.Suggestions, cons.CachedInfo().Name)
}

// Follow calls f whenever a newer frontier of a tally becomes visible to those
// who watch the bucket, until ctx ends; ready is closed when it watches.
func (b *Broker) Follow(ctx context.Context, tally string, ready chan<- struct{}, f func(frontier uint64)) error {
	kv, err := b.js.KeyValue(ctx, b.names.Bucket)
	if err != nil {
		return fmt.Errorf("watch checkpoint: %w", err)
	}
	w, err := kv.Watch(ctx, tally+".checkpoint", jetstream.UpdatesOnly())
	if err != nil {
		return fmt.Errorf("watch checkpoint: %w", err)
	}
	defer func() { _ = w.Stop() }() // fails only when the connection is closed
	close(ready)
	for {
		select {
		case <-ctx.Done():
			return nil
		case e, more := <-w.Updates():
			if !more {
				return errors.New("watch checkpoint: the watch has ended")
			}
			if e == nil { // marks the end of what was there before
				continue
			}
			var cp pipeline.Checkpoint
			if err := json.Unmarshal(e.Value(), &cp); err != nil {
				return fmt.Errorf("checkpoint: %w", err)
			}
			f(cp.Frontier)
		}
	}
}
