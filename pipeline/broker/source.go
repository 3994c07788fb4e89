package broker

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// source reads the stream of suggestions. It implements [pipeline.Source].
type source struct {
	c      *Conn
	stream string

	// Of Wait, which one goroutine calls.
	waiting  jetstream.Consumer // nil: none
	waitNext uint64             // the sequence that it delivers next, at the earliest
}

// suggestions returns the stream of suggestions.
func (c *Conn) suggestions() *source { return &source{c: c, stream: c.names.Suggestions} }

// Source returns the stream of suggestions, to be read beside the workers. Not safe for
// concurrent use.
func (c *Conn) Source() pipeline.Source { return c.suggestions() }

// SourceOf returns a stream of suggestions by its name, such as that of an earlier
// consultation. Info and Read are safe for concurrent use.
func (c *Conn) SourceOf(stream string) pipeline.Source { return &source{c: c, stream: stream} }

// Info asks the stream's leader.
func (s *source) Info(ctx context.Context) (pipeline.StreamInfo, error) {
	st, err := s.c.js.Stream(ctx, s.stream)
	if err != nil {
		return pipeline.StreamInfo{}, s.c.streamError(s.stream, err)
	}
	return streamInfo(st.CachedInfo()), nil
}

// streamInfo translates what the pipeline needs to know of a stream.
func streamInfo(info *jetstream.StreamInfo) pipeline.StreamInfo {
	first := info.State.FirstSeq
	if info.State.Msgs == 0 {
		first = info.State.LastSeq + 1
	}
	return pipeline.StreamInfo{
		Name: info.Config.Name, Created: info.Created, Base: max(info.Config.FirstSeq, 1),
		First: first, Last: info.State.LastSeq,
	}
}

// Read hands over what is stored of the range.
func (s *source) Read(ctx context.Context, r pipeline.Range, f func(*pipeline.Message)) error {
	next, cause, err := s.c.read(ctx, s.stream, r, f)
	if err != nil || next > r.To {
		return err
	}
	// The rest was not delivered. Only the leader knows whether it is gone.
	found, ok, err := wire.FromLeader(ctx, s.c.js, s.stream, wire.Query{Seq: next, Next: ">"})
	if err != nil {
		return err
	}
	if !ok || found.Seq > r.To {
		return s.passed(ctx, r.To)
	}
	return phrase.Errorf("%w at message %d: %w", pipeline.ErrReadStopped, found.Seq, cause)
}

// passed returns an error unless the leader's stream reaches the sequence: before
// that, a message that is not there may still be to come.
func (s *source) passed(ctx context.Context, seq uint64) error {
	info, err := s.Info(ctx)
	if err != nil {
		return err
	}
	if info.Last < seq {
		return phrase.Errorf("leader of %s is at %d, before %d", info.Name, info.Last, seq)
	}
	return nil
}

// Wait returns when a message after the sequence may be there. At the live end one
// message after the other is waited for, so the consumer that delivered one waits for
// the next; it is made anew where it would have to read what others have planned.
func (s *source) Wait(ctx context.Context, after uint64) error {
	const fewer = 8 // messages that are read rather than make a consumer
	for {
		fresh := s.waiting == nil || s.waitNext > after+1 || after+1-s.waitNext > fewer
		if fresh {
			if err := s.waitFrom(ctx, after+1); err != nil {
				return phrase.Errorf("wait for messages after %d: %w", after, err)
			}
		}
		m, err := fetchOne(ctx, s.waiting)
		switch {
		case ctx.Err() != nil:
			s.stopWaiting(ctx)
			return err
		case err != nil:
			s.stopWaiting(ctx)
			if fresh {
				return err
			}
			continue // it is gone, or the server is another one
		case m == nil:
			return nil
		}
		meta, ok := wire.ParseReply(m.Reply())
		if !ok || meta.Seq > after {
			s.waitNext = meta.Seq + 1
			return nil
		}
		s.waitNext = meta.Seq + 1
	}
}

// waitFrom makes the consumer that waits.
func (s *source) waitFrom(ctx context.Context, seq uint64) (err error) {
	s.stopWaiting(ctx)
	s.waiting, err = s.c.js.CreateConsumer(ctx, s.stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: seq,
		AckPolicy: jetstream.AckNonePolicy, HeadersOnly: true, MemoryStorage: true, Replicas: 1,
		InactiveThreshold: 2 * waitAtMost,
	})
	s.waitNext = seq
	return err
}

// stopWaiting removes the consumer that waits, if there is one.
func (s *source) stopWaiting(ctx context.Context) {
	if s.waiting != nil {
		removeConsumer(ctx, s.c.js, s.stream, s.waiting)
		s.waiting = nil
	}
}

// StoredAt returns when messages were stored. A fold after a long stop asks for
// hundreds, so the questions go out together rather than one round trip after
// another.
func (s *source) StoredAt(ctx context.Context, seqs []uint64) ([]time.Time, error) {
	const together = 32
	at := make([]time.Time, len(seqs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for i, seq := range seqs {
		g.Go(func() error {
			m, ok, err := wire.FromLeader(ctx, s.c.js, s.stream, wire.Query{Seq: seq})
			if ok {
				at[i] = m.Time
			}
			return err
		})
	}
	return at, g.Wait()
}

// StreamInfo asks the leader how far the stream of suggestions is.
func (c *Conn) StreamInfo(ctx context.Context) (pipeline.StreamInfo, error) {
	return c.suggestions().Info(ctx)
}
