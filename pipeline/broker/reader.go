package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// A range is read through a consumer without acknowledgements that lives as long as
// the reading. The client library's ordered consumer does the same, but takes
// several locks and resets a timer twice for each message. This reader knows where
// it ends, so it asks for no more messages than it needs, and it repairs nothing:
// when a delivery is not the expected one it stops, and the caller starts it again
// where it stopped. It has a connection to itself, a [wire.ReadConn], so that
// messages are worked in the goroutine that receives them and no reading waits for
// the messages of another.
const (
	// pullSize is how many messages are asked for at a time; two such requests
	// are under way.
	pullSize = 4096
	// readSilence is how long nothing may come before the leader is asked.
	readSilence = time.Second
	// orphanAfter is when the server removes a consumer that nobody uses.
	orphanAfter = 10 * time.Second
)

// read hands over what a consumer delivers of the range, and returns the sequence
// after the last one that it is done with. If that is not the end of the range, it
// does not follow that the rest is not stored.
func (c *Conn) read(ctx context.Context, stream string, r pipeline.Range, f func(*pipeline.Message)) (next uint64, err error) {
	cons, err := c.js.CreateConsumer(ctx, stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: r.From,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: orphanAfter,
	})
	if err != nil {
		return r.From, fmt.Errorf("make reader at %d: %w", r.From, err)
	}
	defer removeConsumer(ctx, c.js, stream, cons)
	if cons.CachedInfo().NumPending == 0 {
		return r.From, nil
	}
	on, err := c.readers.Borrow()
	if err != nil {
		return r.From, err
	}
	defer c.readers.GiveBack(on)
	rd := &reading{
		nc: on.NC, subject: wire.API(c.js) + "CONSUMER.MSG.NEXT." + stream + "." + cons.CachedInfo().Name, inbox: on.NC.NewInbox(),
		next: r.From, to: r.To, f: f, beat: make(chan struct{}, 1), end: make(chan struct{}),
	}
	sub, err := on.NC.Subscribe(rd.inbox, rd.take)
	if err != nil {
		return r.From, fmt.Errorf("read from %d: %w", r.From, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is closed
	defer on.Capture(&wire.Capture{Mark: []byte("." + stream + "." + cons.CachedInfo().Name + "."), Take: rd.takeRaw})()
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
	nc      *nats.Conn
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
	subjects  map[string]string // spellings of message.Subject
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
		err = r.nc.PublishRequest(r.subject, r.inbox, body)
	}
	if err != nil {
		r.finish(fmt.Errorf("ask for messages: %w", err))
		return
	}
	r.requested += left
}

// take hands over a message that came through the client library. Nothing is
// handed over after stop.
func (r *reading) take(m *nats.Msg) {
	meta, ok := wire.ParseReply(m.Reply)
	r.hand(meta, ok, m.Data, func(to *pipeline.Message) {
		to.Subject, to.ContentType = m.Subject, m.Header.Get(contentType)
	})
}

// takeRaw hands over a message that was intercepted.
func (r *reading) takeRaw(subject, reply, header, data []byte) {
	meta, ok := wire.ParseReply(reply)
	r.hand(meta, ok, data, func(to *pipeline.Message) {
		to.Subject, to.ContentType = r.subjectOf(subject), contentTypeOf(header)
	})
}

// hand hands a message over; the rest of it is set by describe.
func (r *reading) hand(meta wire.Meta, ok bool, data []byte, describe func(*pipeline.Message)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	if !ok || meta.Count != r.count+1 {
		// The consumer is gone, a request has ended, or something was lost on
		// the way. What came so far was in order.
		r.finish(nil)
		return
	}
	r.count++
	if meta.Seq > r.to {
		r.next = r.to + 1
		r.finish(nil)
		return
	}
	r.message = pipeline.Message{Seq: meta.Seq, Data: data, Stored: time.Unix(0, meta.Stored)}
	describe(&r.message)
	r.f(&r.message)
	r.next = meta.Seq + 1
	switch {
	case r.next > r.to || meta.Pending == 0:
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
	if r.err == nil && r.nc.IsClosed() {
		r.err = errInterrupted
	}
	return r.next, r.err
}

// contentType is the header that says whether a payload is text or JSON.
const contentType = "Content-Type"

// contentTypeOf reads the content type out of a raw header; "" for none.
func contentTypeOf(header []byte) string {
	if !bytes.Contains(header, []byte(contentType)) {
		return ""
	}
	h, err := nats.DecodeHeadersMsg(header)
	if err != nil {
		return ""
	}
	return h.Get(contentType)
}

// subjectOf returns a subject as a string; there are few different ones.
func (r *reading) subjectOf(subject []byte) string {
	s, ok := r.subjects[string(subject)]
	if !ok {
		if len(r.subjects) >= 4096 {
			clear(r.subjects)
		}
		if r.subjects == nil {
			r.subjects = make(map[string]string)
		}
		s = string(subject)
		r.subjects[s] = s
	}
	return s
}
