package broker

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

const (
	// pullMessages is how many messages a reader of counts asks for at a time.
	pullMessages = 5000
	// waitAtMost is how long one request waits for a new message.
	waitAtMost = 30 * time.Second
)

// staleAfter is how long a stream may deliver nothing before its leader is asked
// whether it still can.
const staleAfter = 5 * time.Second

// nextUnlessLost returns the next message of a stream that is followed. Whenever no
// message has come for staleAfter it calls lost, and returns the error if there is
// one. Without that a consumer would wait for ever when the stream was made again or
// lost its newest messages, because the sequence that it waits for is then far ahead
// of the stream's.
func nextUnlessLost(ctx context.Context, it jetstream.MessagesContext, stale time.Duration, lost func(context.Context) error) (jetstream.Msg, error) {
	for {
		m, err := nextWithin(ctx, it, stale)
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return m, err
		}
		if err := lost(ctx); err != nil {
			return nil, err
		}
	}
}

func nextWithin(ctx context.Context, it jetstream.MessagesContext, d time.Duration) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	return it.Next(jetstream.NextContext(ctx))
}

// removeConsumer deletes a consumer that is not needed any more. If that fails,
// the server does it after a while.
func removeConsumer(ctx context.Context, js jetstream.JetStream, stream string, cons jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = js.DeleteConsumer(ctx, stream, cons.CachedInfo().Name)
}

// fetchOne waits for a message, up to a time; nil for none.
func fetchOne(ctx context.Context, cons jetstream.Consumer) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, waitAtMost)
	defer cancel()
	batch, err := cons.Fetch(1, jetstream.FetchContext(ctx))
	if err != nil {
		return nil, err
	}
	if m, ok := <-batch.Messages(); ok {
		return m, nil
	}
	if err := batch.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return nil, nil
}

// readStored hands over what a stream holds at the moment, in order, until f
// returns false. It does not wait for more.
func readStored(ctx context.Context, js jetstream.JetStream, stream string, cfg jetstream.OrderedConsumerConfig, f func(m jetstream.Msg, seq uint64) (more bool, err error)) error {
	return readAged(ctx, js, stream, cfg, func(m jetstream.Msg, seq uint64, _ time.Duration) (bool, error) { return f(m, seq) })
}

// readAged is readStored, and says how long ago a message was stored when the reading
// began, both by the clock of the server.
func readAged(ctx context.Context, js jetstream.JetStream, stream string, cfg jetstream.OrderedConsumerConfig, f func(m jetstream.Msg, seq uint64, age time.Duration) (more bool, err error)) error {
	cons, err := js.OrderedConsumer(ctx, stream, cfg)
	if err != nil {
		return err
	}
	defer removeConsumer(ctx, js, stream, cons)
	began := cons.CachedInfo()
	if began.NumPending == 0 {
		return nil
	}
	it, err := cons.Messages(jetstream.PullMaxMessages(pullMessages))
	if err != nil {
		return err
	}
	defer it.Stop()
	for {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, ok := wire.ParseReply(m.Reply())
		if !ok {
			return phrase.New("message without metadata")
		}
		more, err := f(m, meta.Seq, began.TimeStamp.Sub(time.Unix(0, meta.Stored)))
		if err != nil || !more || meta.Pending == 0 {
			return err
		}
	}
}

// pause waits, and returns the error of ctx if it ended before.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
