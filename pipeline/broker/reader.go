package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
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
	// pullBytes is how many bytes one request asks for at most. A server keeps what
	// a client is too slow to take, 64 MB of it by default, and then cuts the
	// connection. A request ends before the message that would exceed the bound, and
	// with a status that says so; but without one when the bound is met to the byte,
	// and the reading then stops after a silence. So it is a prime number, which
	// messages of one size never add up to.
	pullBytes = 4_194_301
	// readSilence is how long nothing may come before the leader is asked.
	readSilence = time.Second
	// orphanAfter is when the server removes a consumer that nobody uses.
	orphanAfter = 10 * time.Second
)

// read hands over what a consumer delivers of the range, and returns the sequence
// after the last one that it is done with. If that is not the end of the range, it
// does not follow that the rest is not stored; cause then says why no more came.
func (c *Conn) read(ctx context.Context, stream string, r pipeline.Range, f func(*pipeline.Message)) (next uint64, cause, err error) {
	cons, err := c.js.CreateConsumer(ctx, stream, readerConfig(r.From))
	if err != nil {
		return r.From, nil, phrase.Errorf("make reader at %d: %w", r.From, err)
	}
	defer removeConsumer(ctx, c.js, stream, cons)
	if cons.CachedInfo().NumPending == 0 {
		return r.From, errNothingPending, nil
	}
	on, err := c.readers.Borrow(ctx)
	if err != nil {
		return r.From, nil, err
	}
	return c.readOn(ctx, on, stream, cons.CachedInfo().Name, r, &messageReceiver{f: f})
}

// readerConfig is the consumer that reads from a sequence on.
func readerConfig(from uint64) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: orphanAfter,
	}
}

// TryReader makes a consumer such as every reading of a range has, and removes it. The
// error is the one that a worker would get.
func (c *Conn) TryReader(ctx context.Context, stream string) error {
	cons, err := c.js.CreateConsumer(ctx, stream, readerConfig(1))
	if err == nil {
		removeConsumer(ctx, c.js, stream, cons)
	}
	return err
}

// readOn is read with a consumer and a connection, which it gives back.
func (c *Conn) readOn(ctx context.Context, on *wire.ReadConn, stream, consumer string, r pipeline.Range, to receiver) (next uint64, cause, err error) {
	defer func() {
		if errors.Is(cause, errSilence) {
			c.readers.Discard(on)
		} else {
			c.readers.GiveBack(on)
		}
	}()
	select {
	case <-on.Faults(): //nolint:errcheck // it is of an earlier reading
	default:
	}
	rd := &reading{
		nc: on.NC, subject: wire.API(wire.Of(c.js, stream)) + "CONSUMER.MSG.NEXT." + stream + "." + consumer, inbox: on.NC.NewInbox(),
		next: r.From, to: r.To, receiver: to, end: make(chan struct{}),
	}
	sub, err := on.NC.Subscribe(rd.inbox, rd.take)
	if err != nil {
		return r.From, nil, phrase.Errorf("read from %d: %w", r.From, err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is closed
	defer on.Capture(&wire.Capture{Mark: []byte("." + stream + "." + consumer + "."), Take: rd.takeRaw})()
	rd.mu.Lock()
	rd.pull()
	rd.mu.Unlock()
	if err := rd.wait(ctx, on); err != nil {
		return r.From, nil, err
	}
	return rd.stop()
}

// Why a reading ended before the end of its range, beside errors of the connection
// and what the server says.
var (
	errNothingPending = phrase.New("the consumer found nothing to deliver; its replica may lag")
	errNothingMore    = phrase.New("the consumer had nothing more to deliver; its replica may lag")
	errOutOfOrder     = phrase.New("a delivery was lost on the way")
	errSilence        = phrase.Errorf("nothing came for %s", readSilence)
)

// reading is the state of one reading. The callback and the one who waits for
// it run in different goroutines.
type reading struct {
	nc      *nats.Conn
	subject string // of requests for messages
	inbox   string // where they come
	to      uint64
	receiver
	end chan struct{} // closed when nothing more is to come

	mu        sync.Mutex
	next      uint64
	count     uint64 // deliveries
	requested uint64 // messages asked for; those of requests that ended without them are taken off
	err       error
	cause     error // why it ended before the end of the range
	ended     bool
}

// receiver takes what a reading delivers, one message at a time, which is its own for
// the time of the call. Its error ends the reading.
type receiver interface {
	receive(meta wire.Meta, m *nats.Msg) error                            // through the client library
	receiveRaw(meta wire.Meta, subject, reply, header, data []byte) error // intercepted
}

// wait returns when the reading has ended, the connection failed, or nothing has come
// for a while. A long message on a slow connection comes in many pieces, so what
// counts is bytes.
func (r *reading) wait(ctx context.Context, on *wire.ReadConn) error {
	silence := time.NewTicker(readSilence)
	defer silence.Stop()
	before := on.Received()
	for {
		select {
		case <-ctx.Done():
			_, _, _ = r.stop()
			return ctx.Err()
		case <-r.end:
			return nil
		case err := <-on.Faults():
			r.interrupt(err)
			return nil
		case <-silence.C:
			came := on.Received() + r.delivered() // the first stays 0 behind another dialer
			if came == before {
				r.interrupt(errSilence)
				return nil
			}
			before = came
		}
	}
}

// delivered returns how many messages have come.
func (r *reading) delivered() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// interrupt ends the reading because of what happened around it.
func (r *reading) interrupt(cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.finish(cause)
}

// pull keeps two requests under way, as far as the range has messages for them. The
// lock is held.
func (r *reading) pull() {
	for {
		left := r.to - r.next + 1 // at most so many are still to come
		under := r.requested - r.count
		if r.ended || left <= under || under > pullSize {
			return
		}
		r.request(pullRequest{Batch: min(left-under, pullSize), Bytes: pullBytes, Expires: waitAtMost})
	}
}

// request asks for messages. The lock is held.
func (r *reading) request(request pullRequest) {
	body, err := json.Marshal(request)
	if err == nil {
		err = r.nc.PublishRequest(r.subject, r.inbox, body)
	}
	if err != nil {
		r.err = phrase.Errorf("ask for messages: %w", err)
		r.finish(nil)
		return
	}
	r.requested += request.Batch
}

// pullRequest is the body of a request for messages.
type pullRequest struct {
	Batch   uint64        `json:"batch"`
	Bytes   int           `json:"max_bytes,omitempty"`
	Expires time.Duration `json:"expires"`
}

// status takes in a status, by which the server ends a request. The reading goes on
// only if the request ended because the next message was too long for it. When no
// other request is under way, that message is asked for alone and without a bound.
func (r *reading) status(h nats.Header) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	what := h.Get("Description")
	if what == "Batch Completed" { // with bytes to spare
		return
	}
	left, err := strconv.ParseUint(h.Get("Nats-Pending-Messages"), 10, 64)
	if what != "Message Size Exceeds MaxBytes" || err != nil || left > r.requested-r.count {
		if what == "" {
			what = nats.ErrNoResponders.Error() // 503: the consumer is gone
		}
		r.finish(phrase.Errorf("the server ended it: %s", what))
		return
	}
	r.requested -= left
	if r.requested == r.count {
		r.request(pullRequest{Batch: 1, Expires: waitAtMost})
	}
}

// take hands over a message that came through the client library. Nothing is
// handed over after stop.
func (r *reading) take(m *nats.Msg) {
	meta, ok := wire.ParseReply(m.Reply)
	if !ok && len(m.Data) == 0 && m.Header.Get("Status") != "" {
		r.status(m.Header)
		return
	}
	r.hand(meta, ok, func() error { return r.receive(meta, m) })
}

// takeRaw hands over a message that was intercepted.
func (r *reading) takeRaw(subject, reply, header, data []byte) {
	meta, ok := wire.ParseReply(reply)
	r.hand(meta, ok, func() error { return r.receiveRaw(meta, subject, reply, header, data) })
}

// hand hands a message over.
func (r *reading) hand(meta wire.Meta, ok bool, over func() error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	if !ok || meta.Count != r.count+1 {
		r.finish(errOutOfOrder) // what came so far was in order
		return
	}
	r.count++
	if meta.Seq > r.to {
		r.next = r.to + 1
		r.finish(nil)
		return
	}
	if err := over(); err != nil {
		r.err = err
		r.finish(nil)
		return
	}
	r.next = meta.Seq + 1
	switch {
	case r.next > r.to || meta.Pending == 0:
		r.finish(errNothingMore)
	case r.requested-r.count <= pullSize:
		r.pull()
	}
}

// finish ends the reading; the lock is held.
func (r *reading) finish(cause error) {
	if !r.ended {
		r.ended, r.cause = true, cause
		close(r.end)
	}
}

// errInterrupted is returned when the connection was closed under a reading.
var errInterrupted = phrase.New("reading was interrupted")

// stop ends the reading and returns where it came to, and why it came no further.
func (r *reading) stop() (next uint64, cause, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	if r.err == nil && r.nc.IsClosed() {
		r.err = errInterrupted
	}
	return r.next, r.cause, r.err
}
