package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

// A range is read through a consumer without acknowledgements that lives as
// long as the reading. The client library's ordered consumer does the same, but
// takes several locks and resets a timer twice for each message. This reader
// knows where it ends, so it can ask for no more than it needs, and does not
// mend anything: when something is odd it stops, and is started again from
// where it came to.
const (
	// pullSize is how many messages are asked for at a time; two such requests
	// are under way.
	pullSize = 4096
	// readSilence is how long nothing may come before the leader is asked.
	readSilence = time.Second
	// orphanAfter is when the server removes a consumer that nobody uses.
	orphanAfter = 10 * time.Second
)

// read hands over what a consumer delivers of the range, and returns the
// sequence behind what it came to. That it did not come to the end says
// nothing about what is stored.
func (c *Conn) read(ctx context.Context, stream string, r pipeline.Range, f func(*pipeline.Message)) (next uint64, err error) {
	cons, err := c.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.From,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: orphanAfter,
	})
	if err != nil {
		return r.From, fmt.Errorf("make reader at %d: %w", r.From, err)
	}
	defer c.removeConsumer(ctx, stream, cons)
	if cons.CachedInfo().NumPending == 0 {
		return r.From, nil
	}
	rd := &reading{
		c: c, subject: c.api + "CONSUMER.MSG.NEXT." + stream + "." + cons.CachedInfo().Name, inbox: c.nc.NewInbox(),
		next: r.From, to: r.To, f: f, beat: make(chan struct{}, 1), end: make(chan struct{}),
	}
	sub, err := c.nc.Subscribe(rd.inbox, rd.take)
	if err != nil {
		return r.From, fmt.Errorf("read from %d: %w", r.From, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is closed
	rd.mu.Lock()
	rd.pull()
	rd.pull()
	rd.mu.Unlock()
	if err := rd.wait(ctx); err != nil {
		return r.From, err
	}
	return rd.stop()
}

// reading is the state of one reading. The callback and the one who waits for
// it run in different goroutines.
type reading struct {
	c       *Conn
	subject string // of requests for messages
	inbox   string // where they come
	to      uint64
	f       func(*pipeline.Message)
	beat    chan struct{} // full: something came since the last look
	end     chan struct{} // closed when nothing more is to come

	mu        sync.Mutex
	next      uint64
	count     uint64 // deliveries
	requested uint64 // messages asked for
	err       error
	ended     bool
	message   pipeline.Message
}

// wait returns when the reading has ended, or nothing has come for a while.
func (r *reading) wait(ctx context.Context) error {
	silence := time.NewTicker(readSilence)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			_, _ = r.stop()
			return ctx.Err()
		case <-r.end:
			return nil
		case <-silence.C:
			select {
			case <-r.beat:
			default:
				return nil
			}
		}
	}
}

// pull asks for more, but for no more than the range has. The lock is held.
func (r *reading) pull() {
	left := r.to - r.next + 1 // at most so many are still to come
	if under := r.requested - r.count; left <= under {
		return
	} else if left -= under; left > pullSize {
		left = pullSize
	}
	body, err := json.Marshal(struct {
		Batch   uint64        `json:"batch"`
		Expires time.Duration `json:"expires"`
	}{left, waitAtMost})
	if err == nil {
		err = r.c.nc.PublishRequest(r.subject, r.inbox, body)
	}
	if err != nil {
		r.finish(fmt.Errorf("ask for messages: %w", err))
		return
	}
	r.requested += left
}

// take hands one message over. Nothing is handed over after stop.
func (r *reading) take(m *nats.Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	meta, ok := parseAck(m.Reply)
	if !ok || meta.count != r.count+1 {
		// The consumer is gone, a request has ended, or something was lost on
		// the way. What came so far was in order.
		r.finish(nil)
		return
	}
	r.count++
	if meta.seq > r.to {
		r.next = r.to + 1
		r.finish(nil)
		return
	}
	r.message = pipeline.Message{Seq: meta.seq, Subject: m.Subject, Data: m.Data, Stored: time.Unix(0, meta.stored)}
	if m.Header != nil {
		r.message.ContentType = m.Header.Get("Content-Type")
	}
	r.f(&r.message)
	r.next = meta.seq + 1
	switch {
	case r.next > r.to || meta.pending == 0:
		r.finish(nil)
	case r.count%pullSize == 0:
		r.pull()
	case r.count%256 == 1:
		select {
		case r.beat <- struct{}{}:
		default:
		}
	}
}

// finish ends the reading; the lock is held.
func (r *reading) finish(err error) {
	if !r.ended {
		r.ended, r.err = true, err
		close(r.end)
	}
}

// errInterrupted is returned when the connection was closed under a reading.
var errInterrupted = errors.New("reading was interrupted")

// stop ends the reading and returns where it came to.
func (r *reading) stop() (next uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if r.err == nil && r.c.nc.IsClosed() {
		r.err = errInterrupted
	}
	return r.next, r.err
}
