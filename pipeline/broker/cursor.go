package broker

import (
	"context"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// streamCursor is how far a stream was read. A broker that loses its newest messages uses
// their sequences again, so a sequence alone does not say what was read there; and
// whoever reads on has a new consumer then.
type streamCursor struct {
	js       jetstream.JetStream
	stream   string
	consumer string    // what the reply subjects of the last message's consumer begin with
	last     wire.Meta // of the last message; zero while there was none
}

// add notes a message that was read.
func (t *streamCursor) add(reply string, meta wire.Meta) {
	if t.consumer == "" || t.resumed(reply) {
		t.consumer = wire.ConsumerOf(reply)
	}
	t.last = meta
}

// resumed tells whether a message comes from another consumer than the last one.
func (t *streamCursor) resumed(reply string) bool { return !strings.HasPrefix(reply, t.consumer) }

// isThere tells whether the leader still has the last message that was read: if so,
// it has lost nothing of what was read before. If not, a limit, or a newer one of
// the same key, may be the reason too.
func (t *streamCursor) isThere(ctx context.Context) (bool, error) {
	if t.last.Seq == 0 {
		return true, nil
	}
	m, ok, err := wire.FromLeader(ctx, t.js, t.stream, wire.Query{Seq: t.last.Seq})
	return ok && m.Time.UnixNano() == t.last.Stored, err
}
