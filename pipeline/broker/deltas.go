package broker

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// deltas stores the deltas of one tally. It implements [pipeline.Deltas].
type deltas struct {
	c       *Conn
	tally   string
	subject string
	stream  atomic.Pointer[jetstream.Stream] // to fetch from, once it was looked up
}

func newDeltas(c *Conn, tally string) *deltas {
	return &deltas{c: c, tally: tally, subject: c.names.DeltasSubject + "." + tally}
}

// The headers of a part. From them the committer decides which bodies to fetch.
const (
	headerFrom   = "Minyi-From"
	headerTo     = "Minyi-To"
	headerPart   = "Minyi-Part" // "1/3"
	headerDigest = "Minyi-Digest"
)

// maxParts bounds what a header may claim.
const maxParts = 1 << 16

// Publish stores all parts, one after the other.
func (d *deltas) Publish(ctx context.Context, delta *pipeline.Delta) error {
	parts, digest := delta.Parts()
	for i, body := range parts {
		m := nats.NewMsg(d.subject)
		m.Data = body
		m.Header.Set(headerFrom, strconv.FormatUint(delta.From, 10))
		m.Header.Set(headerTo, strconv.FormatUint(delta.To, 10))
		m.Header.Set(headerPart, fmt.Sprintf("%d/%d", i+1, len(parts)))
		m.Header.Set(headerDigest, digest)
		// Saves space when a range is worked twice in a row; correctness does not depend on it.
		m.Header.Set(jetstream.MsgIDHeader, fmt.Sprintf("%s-%d-%d-%s-%d", d.tally, delta.From, delta.To, digest, i+1))
		if err := d.publish(ctx, m); err != nil {
			return fmt.Errorf("part %d of %d: %w", i+1, len(parts), err)
		}
	}
	return nil
}

// publish stores a part. If the broker takes it for a duplicate, the first one may
// have been deleted in between, by a recount for instance. The part is then stored
// without an id; otherwise its range would not be counted until the duplicate window
// has passed.
func (d *deltas) publish(ctx context.Context, m *nats.Msg) error {
	ack, err := d.c.js.PublishMsg(ctx, m)
	if err != nil || !ack.Duplicate {
		return err
	}
	_, there, err := wire.FromLeader(ctx, d.c.js, d.c.names.Deltas, wire.Query{Seq: ack.Sequence})
	if err != nil || there {
		return err
	}
	m.Header.Del(jetstream.MsgIDHeader)
	_, err = d.c.js.PublishMsg(ctx, m)
	return err
}

// Follow hands over references, without the bodies. The error wraps
// [pipeline.ErrGone] when what was handed over is not stored any more. A stream that
// ends before the sequence from was made again, or lost its newest messages in a
// power failure. It is then read from its beginning; otherwise none of its deltas
// would be seen until the stream had grown up to from.
func (d *deltas) Follow(ctx context.Context, from uint64, f func(pipeline.DeltaRef)) error {
	last, err := d.last(ctx)
	if err != nil {
		return err
	}
	if last+1 < from {
		from = 1
	}
	cons, err := d.c.js.OrderedConsumer(ctx, d.c.names.Deltas, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{d.subject}, HeadersOnly: true,
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: max(from, 1),
	})
	if err != nil {
		return err
	}
	defer removeConsumer(ctx, d.c.js, d.c.names.Deltas, cons)
	it, err := cons.Messages()
	if err != nil {
		return err
	}
	defer it.Stop()
	read := streamCursor{js: d.c.js, stream: d.c.names.Deltas}
	lost := func(ctx context.Context) error {
		if there, err := read.isThere(ctx); err == nil && !there {
			return fmt.Errorf("%w: delta %d of %s: it lost its newest, or was made anew", pipeline.ErrGone, read.last.Seq, read.stream)
		}
		return nil // the leader did not answer: nothing is known
	}
	for {
		m, err := nextUnlessLost(ctx, it, d.c.options.stale, lost)
		if err == nil && read.resumed(m.Reply()) {
			err = lost(ctx)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if ref, ok := parseRef(m); ok {
			meta, _ := wire.ParseReply(m.Reply())
			read.add(m.Reply(), meta)
			f(ref)
		}
	}
}

// last is the newest sequence of the stream of deltas, of any tally.
func (d *deltas) last(ctx context.Context) (uint64, error) {
	s, err := d.c.js.Stream(ctx, d.c.names.Deltas)
	if err != nil {
		return 0, fmt.Errorf("stream %s: %w", d.c.names.Deltas, err)
	}
	return s.CachedInfo().State.LastSeq, nil
}

// parseRef reads the headers of a part; false if the message is no part.
func parseRef(m jetstream.Msg) (ref pipeline.DeltaRef, ok bool) {
	meta, ok := wire.ParseReply(m.Reply())
	if !ok {
		return ref, false
	}
	h := m.Headers()
	part, parts, ok := strings.Cut(h.Get(headerPart), "/")
	if !ok {
		return ref, false
	}
	var numbers [4]uint64
	for i, s := range []string{h.Get(headerFrom), h.Get(headerTo), part, parts} {
		var err error
		if numbers[i], err = strconv.ParseUint(s, 10, 64); err != nil {
			return ref, false
		}
	}
	ref = pipeline.DeltaRef{
		Range:  pipeline.Range{From: numbers[0], To: numbers[1]},
		Digest: h.Get(headerDigest), Part: int(numbers[2]), Parts: int(numbers[3]), Seq: meta.Seq,
	}
	return ref, ref.Len() > 0 && ref.Parts <= maxParts && ref.Part >= 1 && ref.Part <= ref.Parts
}

// Fetch returns a part. A replica may not have it yet, so only the leader's answer
// makes the error [pipeline.ErrGone].
func (d *deltas) Fetch(ctx context.Context, seq uint64) ([]byte, error) {
	s := d.stream.Load()
	if s == nil {
		found, err := d.c.js.Stream(ctx, d.c.names.Deltas)
		if err != nil {
			return nil, err
		}
		s = &found
		d.stream.Store(s)
	}
	m, err := (*s).GetMsg(ctx, seq)
	if err == nil {
		return m.Data, nil
	}
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, err
	}
	raw, ok, err := wire.FromLeader(ctx, d.c.js, d.c.names.Deltas, wire.Query{Seq: seq})
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, pipeline.ErrGone
	}
	return raw.Data, nil
}
