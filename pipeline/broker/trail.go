package broker

import (
	"context"
	"strings"
)

// trail is how far a stream was read. A broker that loses its newest messages uses
// their sequences again, so a sequence alone does not say what was read there; and
// whoever reads on has a new consumer then.
type trail struct {
	c        *Conn
	stream   string
	consumer string  // what the reply subjects of the last message's consumer begin with
	last     ackMeta // of the last message; zero while there was none
}

// add notes a message that was read.
func (t *trail) add(reply string, meta ackMeta) {
	if t.consumer == "" || t.resumed(reply) {
		t.consumer = ackConsumer(reply)
	}
	t.last = meta
}

// resumed tells whether a message comes from another consumer than the last one.
func (t *trail) resumed(reply string) bool { return !strings.HasPrefix(reply, t.consumer) }

// isThere tells whether the leader still has the last message that was read: if so,
// it has lost nothing of what was read before. If not, a limit, or a newer one of
// the same key, may be the reason too.
func (t *trail) isThere(ctx context.Context) (bool, error) {
	if t.last.seq == 0 {
		return true, nil
	}
	m, ok, err := t.c.leaderGet(ctx, t.stream, leaderQuery{Seq: t.last.seq})
	return ok && m.Time.UnixNano() == t.last.stored, err
}
