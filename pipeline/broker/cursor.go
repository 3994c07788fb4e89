package broker

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// streamCursor is how far a stream was read, and through which consumer. A sequence
// alone does not identify a message: a broker that lost its newest messages uses
// their sequences again. A reader gets a new consumer when the broker comes back, so
// a new consumer is when to check that the last message is still there.
type streamCursor struct {
	js       jetstream.JetStream
	stream   string
	consumer string    // what the reply subjects of the last message's consumer begin with
	last     wire.Meta // of the last message; zero while there was none
}

// add records a message that was read.
func (t *streamCursor) add(reply string, meta wire.Meta) {
	if t.consumer == "" || t.resumed(reply) {
		t.consumer = wire.ConsumerOf(reply)
	}
	t.last = meta
}

// resumed reports whether a message comes from another consumer than the last one.
func (t *streamCursor) resumed(reply string) bool { return !strings.HasPrefix(reply, t.consumer) }

// isThere reports whether the leader still has the last message that was read. If
// so, it has lost nothing that was read before. If not, it need not be a loss: a
// limit of the stream, or a newer message of the same key, removes messages too.
func (t *streamCursor) isThere(ctx context.Context) (bool, error) {
	if t.last.Seq == 0 {
		return true, nil
	}
	m, ok, err := wire.FromLeader(ctx, t.js, t.stream, wire.Query{Seq: t.last.Seq})
	return ok && m.Time.UnixNano() == t.last.Stored, err
}
