package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// tasks is the queue of ranges of one tally. It implements [pipeline.Tasks].
type tasks struct {
	c        *Conn
	tally    string
	sign     *signer
	subject  string
	name     string // of the consumer
	consumer atomic.Pointer[jetstream.Consumer]
}

// ackWait is how long a worker may give no sign before its task goes to another.
const ackWait = 2 * time.Second

// maxWaiting is how many goroutines of a whole fleet may wait for a task at a time. The
// server's own limit, 512, is that of a hundred machines with five processors.
const maxWaiting = 1 << 16

// newTasks returns the queue of a tally, with its consumer.
func newTasks(ctx context.Context, c *Conn, tally string, sign *signer) (*tasks, error) {
	t := &tasks{c: c, tally: tally, sign: sign, subject: c.names.TasksSubject + "." + tally, name: "minyi-" + tally}
	return t, t.ensure(ctx)
}

// ensure makes the durable consumer that hands the tasks out, or takes the one
// that is there.
func (t *tasks) ensure(ctx context.Context) error {
	cfg := jetstream.ConsumerConfig{
		Durable: t.name, Description: "minyi: hands ranges to workers",
		FilterSubject: t.subject, DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1, MaxAckPending: 10_000,
		MaxWaiting: maxWaiting,
	}
	// The number of waiting requests cannot be changed: a consumer that an older
	// release made keeps its own.
	if there, err := t.c.js.Consumer(ctx, t.c.names.Tasks, t.name); err == nil {
		cfg.MaxWaiting = there.CachedInfo().Config.MaxWaiting
	}
	consumer, err := t.c.js.CreateOrUpdateConsumer(ctx, t.c.names.Tasks, cfg)
	if err != nil {
		return phrase.Errorf("consumer %s of %s: %w", t.name, t.c.names.Tasks, err)
	}
	t.consumer.Store(&consumer)
	return nil
}

// Last returns the newest planned range.
func (t *tasks) Last(ctx context.Context) (pipeline.StoredTask, error) {
	m, ok, err := wire.FromLeader(ctx, t.c.js, t.c.names.Tasks, wire.Query{Last: t.subject})
	if err != nil || !ok {
		return pipeline.StoredTask{}, err
	}
	header, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		header = nil // as of a message without any
	}
	r, flaw := t.read(ctx, m.Data, header)
	return pipeline.StoredTask{Range: r, Revision: m.Seq, Flaw: flaw}, nil
}

// read reads a task, and says why it is not believed.
func (t *tasks) read(ctx context.Context, body []byte, header nats.Header) (pipeline.Range, pipeline.Flaw) {
	var r pipeline.Range
	if err := json.Unmarshal(body, &r); err != nil || r.From == 0 || r.Len() == 0 {
		return pipeline.Range{}, pipeline.FlawUndecodable
	}
	return r, t.sign.check(ctx, header.Get(headerMAC), taskFields(t.tally, r))
}

// Plan appends a range if rev is still the newest revision.
func (t *tasks) Plan(ctx context.Context, r pipeline.Range, rev uint64) (uint64, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	m := nats.NewMsg(t.subject)
	m.Data = body
	m.Header.Set(headerMAC, t.sign.sign(taskFields(t.tally, r)))
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	ack, err := t.c.js.PublishMsg(ctx, m)
	if wire.IsLost(err) {
		return 0, pipeline.ErrLost
	}
	if err != nil {
		return 0, phrase.Errorf("store task: %w", err)
	}
	return ack.Sequence, nil
}

// Next waits for a task. If the consumer was removed, Next makes it again. Tasks that
// were done are then handed out once more, and the workers find them counted.
func (t *tasks) Next(ctx context.Context) (pipeline.Task, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := fetchOne(ctx, *t.consumer.Load())
		if t.removed(ctx, err) {
			if err = t.ensure(ctx); err == nil {
				continue
			}
		}
		if err != nil {
			return nil, phrase.Errorf("take task: %w", err)
		}
		if m == nil {
			continue
		}
		r, flaw := t.read(ctx, m.Data(), m.Headers())
		return &task{m, r, flaw}, nil
	}
}

// removed reports whether err means that the consumer is gone. An error that nobody
// answered means it only if the broker does not know the consumer either: a consumer
// that has no leader for the moment does exist, and must not be made again, time
// after time, by every worker.
func (t *tasks) removed(ctx context.Context, err error) bool {
	if errors.Is(err, nats.ErrNoResponders) {
		_, err = t.c.js.Consumer(ctx, t.c.names.Tasks, t.name)
		return errors.Is(err, jetstream.ErrConsumerNotFound)
	}
	return errors.Is(err, jetstream.ErrConsumerDeleted)
}

// task is a range in hand. It implements [pipeline.Task].
type task struct {
	m    jetstream.Msg
	r    pipeline.Range
	flaw pipeline.Flaw
}

// Range returns which sequences are to be worked.
func (t *task) Range() pipeline.Range { return t.r }

// Flaw returns why it is not to be worked.
func (t *task) Flaw() pipeline.Flaw { return t.flaw }

// InProgress asks for more time.
func (t *task) InProgress(context.Context) error { return t.m.InProgress() }

// Done acknowledges the task. It does not wait: a lost acknowledgement costs a
// second computation and nothing else. A task that is not believed is terminated, so
// that advisories tell of it.
func (t *task) Done(context.Context) error {
	if t.flaw != "" {
		return t.m.TermWithReason("not a task of minyi: " + string(t.flaw))
	}
	return t.m.Ack()
}

// HandBack gives the task to another worker.
func (t *task) HandBack(_ context.Context, delay time.Duration) error { return t.m.NakWithDelay(delay) }
