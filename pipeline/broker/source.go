package broker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

// source reads the stream of suggestions. It implements [pipeline.Source].
type source struct {
	c *Conn
}

// Limits of reading.
const (
	// pullMessages is how many messages a reader asks for at a time. 5,000 read
	// a quarter faster than 500.
	pullMessages = 5000
	// readSilence is how long a reader may deliver nothing before the leader is asked.
	readSilence = time.Second
	// orphanAfter is when the server removes a reader that nobody uses.
	orphanAfter = 10 * time.Second
	// waitAtMost is how long one request waits for a new message.
	waitAtMost = 30 * time.Second
)

// Info asks the stream's leader.
func (s *source) Info(ctx context.Context) (pipeline.StreamInfo, error) {
	st, err := s.c.js.Stream(ctx, s.c.names.Suggestions)
	if err != nil {
		return pipeline.StreamInfo{}, fmt.Errorf("stream %s: %w", s.c.names.Suggestions, err)
	}
	info := st.CachedInfo()
	first := info.State.FirstSeq
	if info.State.Msgs == 0 {
		first = info.State.LastSeq + 1
	}
	return pipeline.StreamInfo{
		Name: info.Config.Name, Created: info.Created, Base: max(info.Config.FirstSeq, 1),
		First: first, Last: info.State.LastSeq,
	}, nil
}

// Read hands over what is stored of the range.
func (s *source) Read(ctx context.Context, r pipeline.Range, f func(*pipeline.Message)) error {
	next := r.From
	for next <= r.To {
		before := next
		if err := s.readSome(ctx, &next, r.To, f); err != nil {
			return err
		}
		if next > r.To {
			return nil
		}
		// The rest was not delivered. Only the leader knows whether it is gone.
		found, ok, err := s.c.leaderGet(ctx, s.c.names.Suggestions, leaderQuery{Seq: next, Next: ">"})
		if err != nil {
			return err
		}
		if !ok || found.Seq > r.To {
			return s.passed(ctx, r.To)
		}
		if next == before && found.Seq == next {
			// The reader's replica lags. Let it catch up.
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
		next = found.Seq
	}
	return nil
}

// passed returns an error unless the leader has come to the sequence: only then
// does it know what is not there.
func (s *source) passed(ctx context.Context, seq uint64) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if info.Last < seq {
		return fmt.Errorf("leader of %s is at %d, before %d", info.Name, info.Last, seq)
	}
	return nil
}

// readSome reads from *next on and moves it, until the sequence to, or until
// the reader has nothing more to deliver.
func (s *source) readSome(ctx context.Context, next *uint64, to uint64, f func(*pipeline.Message)) error {
	cons, err := s.c.js.OrderedConsumer(ctx, s.c.names.Suggestions, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: *next,
		InactiveThreshold: orphanAfter, MaxResetAttempts: 3,
	})
	if err != nil {
		return fmt.Errorf("make reader at %d: %w", *next, err)
	}
	info := cons.CachedInfo()
	defer s.c.removeConsumer(ctx, s.c.names.Suggestions, cons)
	if info.NumPending == 0 {
		return nil
	}
	r := &reading{next: *next, to: to, f: f, beat: make(chan struct{}, 1), end: make(chan struct{})}
	cc, err := cons.Consume(r.take,
		jetstream.PullMaxMessages(pullMessages),
		jetstream.StopAfter(int(min(to-*next+1, 1<<30))),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { r.fail(err) }))
	if err != nil {
		return fmt.Errorf("read from %d: %w", *next, err)
	}
	defer cc.Stop()
	silence := time.NewTicker(readSilence)
	defer silence.Stop()
	for {
		select {
		case <-ctx.Done():
			r.stop()
			return ctx.Err()
		case <-r.end:
			*next, err = r.stop()
			return err
		case <-silence.C:
			select {
			case <-r.beat:
			default: // nothing came since the last look
				*next, err = r.stop()
				return err
			}
		}
	}
}

// reading is the state of one reader. Its callback and the one who waits for it
// run in different goroutines.
type reading struct {
	to   uint64
	f    func(*pipeline.Message)
	beat chan struct{} // full: something came since the last look
	end  chan struct{} // closed when nothing more is to come

	mu      sync.Mutex
	next    uint64
	err     error
	ended   bool
	message pipeline.Message
}

// take hands one message over. Nothing is handed over after stop.
func (r *reading) take(m jetstream.Msg) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended {
		return
	}
	meta, ok := parseAck(m.Reply())
	if !ok {
		r.finish(errors.New("message without metadata"))
		return
	}
	if meta.seq > r.to {
		r.next = r.to + 1
		r.finish(nil)
		return
	}
	r.message = pipeline.Message{Seq: meta.seq, Subject: m.Subject(), Data: m.Data(), Stored: time.Unix(0, meta.stored)}
	if h := m.Headers(); h != nil {
		r.message.ContentType = h.Get("Content-Type")
	}
	r.f(&r.message)
	r.next = meta.seq + 1
	if r.next > r.to || meta.pending == 0 {
		r.finish(nil)
		return
	}
	select {
	case r.beat <- struct{}{}:
	default:
	}
}

// finish ends the reading; the lock is held.
func (r *reading) finish(err error) {
	r.ended, r.err = true, err
	close(r.end)
}

// fail ends the reading for errors that the reader does not mend by itself.
func (r *reading) fail(err error) {
	if !errors.Is(err, jetstream.ErrConnectionClosed) {
		return // the ordered consumer resets itself; silence is noticed
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.finish(err)
	}
}

// stop ends the reading and returns where it came to.
func (r *reading) stop() (next uint64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	return r.next, r.err
}

// removeConsumer deletes a consumer that is not needed any more. If that fails,
// the server does it after a while.
func (c *Conn) removeConsumer(ctx context.Context, stream string, cons jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = c.js.DeleteConsumer(ctx, stream, cons.CachedInfo().Name)
}

// Wait returns when a message after the sequence may be there.
func (s *source) Wait(ctx context.Context, after uint64) error {
	cons, err := s.c.js.CreateConsumer(ctx, s.c.names.Suggestions, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,
		AckPolicy: jetstream.AckNonePolicy, HeadersOnly: true, MemoryStorage: true, Replicas: 1,
		InactiveThreshold: 2 * waitAtMost,
	})
	if err != nil {
		return fmt.Errorf("wait for messages after %d: %w", after, err)
	}
	defer s.c.removeConsumer(ctx, s.c.names.Suggestions, cons)
	_, err = fetchOne(ctx, cons)
	return err
}

// fetchOne waits for a message, up to a time; nil for none.
func fetchOne(ctx context.Context, cons jetstream.Consumer) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, waitAtMost)
	defer cancel()
	batch, err := cons.Fetch(1, jetstream.FetchContext(ctx))
	if err != nil {
		return nil, err
	}
	if m, ok := <-batch.Messages(); ok {
		return m, nil
	}
	if err := batch.Error(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	return nil, nil
}

// StoredAt returns when a message was stored.
func (s *source) StoredAt(ctx context.Context, seq uint64) (time.Time, bool, error) {
	m, ok, err := s.c.leaderGet(ctx, s.c.names.Suggestions, leaderQuery{Seq: seq})
	return m.Time, ok, err
}
