package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// deltas stores the deltas of one tally. It implements [pipeline.Deltas].
type deltas struct {
	c       *Conn
	tally   string
	sign    *signer
	subject string
	stream  atomic.Pointer[jetstream.Stream] // to fetch from, once it was looked up
}

func newDeltas(c *Conn, tally string, sign *signer) *deltas {
	return &deltas{c: c, tally: tally, sign: sign, subject: c.names.deltasOf(tally)}
}

// deltasOf is the subject of a tally's deltas.
func (n Names) deltasOf(tally string) string { return n.DeltasSubject + "." + tally }

// The headers of a part. From them the committer decides which bodies to fetch.
const (
	headerFrom   = "Minyi-From"
	headerTo     = "Minyi-To"
	headerPart   = "Minyi-Part" // "1/3"
	headerDigest = "Minyi-Digest"
	headerBody   = "Minyi-Body" // SHA-256 of the body
)

// maxParts bounds what a header may claim.
const maxParts = 1 << 16

// Publish stores all parts, one after the other. They have no message id: whoever stored
// another message under the same id could keep them out.
func (d *deltas) Publish(ctx context.Context, delta *pipeline.Delta) error {
	parts, digest := delta.Parts()
	for i, body := range parts {
		ref := pipeline.DeltaRef{Range: delta.Range, Digest: digest, Part: i + 1, Parts: len(parts)}
		content := contentOf(body)
		m := nats.NewMsg(d.subject)
		m.Data = body
		m.Header.Set(headerFrom, strconv.FormatUint(ref.From, 10))
		m.Header.Set(headerTo, strconv.FormatUint(ref.To, 10))
		m.Header.Set(headerPart, fmt.Sprintf("%d/%d", ref.Part, ref.Parts))
		m.Header.Set(headerDigest, digest)
		m.Header.Set(headerBody, content)
		m.Header.Set(headerMAC, d.sign.sign(partFields(d.tally, ref, content)))
		if _, err := d.c.js.PublishMsg(ctx, m); err != nil {
			return phrase.Errorf("part %d of %d: %w", i+1, len(parts), err)
		}
	}
	return nil
}

// contentOf is the SHA-256 of a body.
func contentOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// Follow hands over references, without the bodies. The error wraps
// [pipeline.ErrGone] when what was handed over is not stored any more. A stream that
// ends before the sequence from was made again, or lost its newest messages in a
// power failure. It is then read from its beginning; otherwise none of its deltas
// would be seen until the stream had grown up to from. The error is errMute when the
// consumer delivers nothing although the stream has more: its server was killed, and the
// requests that waited there are gone. The client library finds that out only within a
// call of Next that is longer than two heartbeats.
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
			return phrase.Errorf("%w: delta %d of %s: it lost its newest, or was made anew", pipeline.ErrGone, read.last.Seq, read.stream)
		}
		return nil // the leader did not answer: nothing is known
	}
	behind := false // at the last look, and no message has come since
	quiet := func(ctx context.Context) error {
		if err := lost(ctx); err != nil {
			return err
		}
		newest, ok, err := wire.FromLeader(ctx, d.c.js, d.c.names.Deltas, wire.Query{Last: d.subject})
		late := err == nil && ok && newest.Seq > max(read.last.Seq, max(from, 1)-1)
		if late && behind {
			return phrase.Errorf("%w: delta %d of %s is stored, and was not delivered for %s", errMute, newest.Seq, d.c.names.Deltas, d.c.options.stale)
		}
		behind = late
		return nil
	}
	for {
		m, err := nextUnlessLost(ctx, it, d.c.options.stale, quiet)
		behind = false
		if err == nil && read.resumed(m.Reply()) {
			err = lost(ctx)
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		meta, ok := wire.ParseReply(m.Reply())
		if !ok {
			return phrase.New("delta without metadata")
		}
		read.add(m.Reply(), meta)
		ref := parseRef(m.Headers(), meta.Seq)
		if ref.Flaw == "" {
			ref.Flaw = d.sign.check(ctx, m.Headers().Get(headerMAC), partFields(d.tally, ref, m.Headers().Get(headerBody)))
		}
		f(ref)
	}
}

// errMute says that a consumer does not deliver what is stored.
var errMute = phrase.New("the consumer delivers nothing")

// last is the newest sequence of the stream of deltas, of any tally.
func (d *deltas) last(ctx context.Context) (uint64, error) {
	s, err := d.c.js.Stream(ctx, d.c.names.Deltas)
	if err != nil {
		return 0, phrase.Errorf("stream %s: %w", d.c.names.Deltas, err)
	}
	return s.CachedInfo().State.LastSeq, nil
}

// parseRef reads the headers of a part. One that no release of minyi has written has a
// flaw; whether the signature is right is not looked at.
func parseRef(h nats.Header, seq uint64) pipeline.DeltaRef {
	ref := pipeline.DeltaRef{Digest: h.Get(headerDigest), Seq: seq}
	part, parts, _ := strings.Cut(h.Get(headerPart), "/")
	var numbers [4]uint64
	for i, s := range []string{h.Get(headerFrom), h.Get(headerTo), part, parts} {
		var err error
		if numbers[i], err = strconv.ParseUint(s, 10, 64); err != nil {
			ref.Flaw = pipeline.FlawUndecodable
		}
	}
	ref.Range = pipeline.Range{From: numbers[0], To: numbers[1]}
	if ref.From == 0 || ref.Len() == 0 || numbers[3] > maxParts || numbers[2] < 1 || numbers[2] > numbers[3] {
		ref.Flaw = pipeline.FlawUndecodable
	} else {
		ref.Part, ref.Parts = int(numbers[2]), int(numbers[3])
	}
	return ref
}

// Fetch returns a part. A replica may not have it yet, so only the leader's answer
// makes the error [pipeline.ErrGone].
func (d *deltas) Fetch(ctx context.Context, seq uint64) (pipeline.StoredPart, error) {
	s := d.stream.Load()
	if s == nil {
		found, err := d.c.js.Stream(ctx, d.c.names.Deltas)
		if err != nil {
			return pipeline.StoredPart{}, err
		}
		s = &found
		d.stream.Store(s)
	}
	m, err := (*s).GetMsg(ctx, seq)
	if err == nil && m.Subject != d.subject { // the broker lost it, and gave its sequence to another tally
		return pipeline.StoredPart{}, pipeline.ErrGone
	}
	if err == nil {
		return d.part(ctx, m.Data, m.Header, seq), nil
	}
	if !errors.Is(err, jetstream.ErrMsgNotFound) {
		return pipeline.StoredPart{}, err
	}
	raw, ok, err := wire.FromLeader(ctx, d.c.js, d.c.names.Deltas, wire.Query{Seq: seq})
	if err != nil {
		return pipeline.StoredPart{}, err
	}
	if !ok || raw.Subject != d.subject {
		return pipeline.StoredPart{}, pipeline.ErrGone
	}
	header, err := nats.DecodeHeadersMsg(raw.Header)
	if err != nil {
		header = nil // as of a message without any
	}
	return d.part(ctx, raw.Data, header, seq), nil
}

// part checks the signature of a stored part: that of its headers, which name its body.
func (d *deltas) part(ctx context.Context, body []byte, h nats.Header, seq uint64) pipeline.StoredPart {
	ref := parseRef(h, seq)
	if ref.Flaw == "" {
		ref.Flaw = d.sign.check(ctx, h.Get(headerMAC), partFields(d.tally, ref, h.Get(headerBody)))
	}
	if ref.Flaw == "" && h.Get(headerBody) != contentOf(body) {
		ref.Flaw = pipeline.FlawForged
	}
	return pipeline.StoredPart{Body: body, Flaw: ref.Flaw}
}
