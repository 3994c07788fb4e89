package broker

import (
	"bytes"
	"context"
	"errors"
	"math"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// manyCells is how many values are worth a connection of their own.
const manyCells = 10_000

// consumer returns the consumer that the follower reads with. Where many values are
// stored they are read before, as ranges of suggestions are: the client library takes
// a timer, several locks and six objects for each, which costs more than all the rest.
func (fo *follower) consumer(ctx context.Context) (jetstream.Consumer, error) {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: []string{fo.prefix + ">"}, DeliverPolicy: jetstream.DeliverAllPolicy}
	cons, err := fo.c.js.OrderedConsumer(ctx, fo.c.names.BucketStream, cfg)
	if err != nil || cons.CachedInfo().NumPending < fo.c.options.many || fo.received != nil {
		return cons, err
	}
	removeConsumer(ctx, fo.c.js, fo.c.names.BucketStream, cons)
	next, err := fo.readMany(ctx)
	if err != nil {
		return nil, err
	}
	cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, next
	return fo.c.js.OrderedConsumer(ctx, fo.c.names.BucketStream, cfg)
}

// readMany reads what is stored at the moment, and returns the sequence behind it. It
// may end before: whoever goes on there misses nothing, since values that were read
// and are replaced meanwhile come again, and asks as every reader with a new consumer
// does whether the last one is still there.
func (fo *follower) readMany(ctx context.Context) (next uint64, err error) {
	c := fo.c
	cfg := readerConfig(1)
	cfg.FilterSubject = fo.prefix + ">"
	cons, err := c.js.CreateConsumer(ctx, c.names.BucketStream, cfg)
	if err != nil {
		return 0, err
	}
	defer removeConsumer(ctx, c.js, c.names.BucketStream, cons)
	if cons.CachedInfo().NumPending == 0 {
		return 1, nil
	}
	on, err := c.readers.Borrow(ctx)
	if err != nil {
		return 0, err
	}
	to := &cellReceiver{fo: fo}
	next, _, err = c.readOn(ctx, on, c.names.BucketStream, cons.CachedInfo().Name, pipeline.Range{From: 1, To: math.MaxInt64}, to)
	if err != nil && !errors.Is(err, errInterrupted) {
		return 0, err
	}
	return next, nil
}

// cellReceiver adds values to the view of a follower.
type cellReceiver struct {
	fo *follower
}

func (r *cellReceiver) receive(meta wire.Meta, m *nats.Msg) error {
	r.fo.cursor.add(m.Reply, meta)
	return r.fo.add(meta, m.Subject[min(len(r.fo.prefix), len(m.Subject)):], m.Data, cellHeader{
		batch: m.Header.Get(headerBatch), gone: m.Header.Get(headerOperation) != "", replaces: m.Header.Get(jetstream.ExpectedLastSubjSeqHeader),
	})
}

func (r *cellReceiver) receiveRaw(meta wire.Meta, subject, reply, header, data []byte) error {
	if r.fo.cursor.consumer == "" {
		r.fo.cursor.consumer = wire.ConsumerOf(string(reply))
	}
	r.fo.cursor.last = meta
	return r.fo.add(meta, string(subject[min(len(r.fo.prefix), len(subject)):]), data, r.header(header))
}

// header is what a header as it came from the server says.
func (r *cellReceiver) header(header []byte) (h cellHeader) {
	_, lines, _ := bytes.Cut(header, []byte("\r\n")) // behind NATS/1.0
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte{':'})
		value = bytes.TrimSpace(value)
		switch string(name) {
		case headerBatch:
			if h.batch = r.fo.batch; string(value) != h.batch {
				h.batch = string(value)
			}
		case headerOperation:
			h.gone = len(value) > 0
		case jetstream.ExpectedLastSubjSeqHeader:
			h.replaces = string(value)
		}
	}
	return h
}
