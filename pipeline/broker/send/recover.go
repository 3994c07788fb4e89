package send

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// recover is called when the message at the head of the queue failed. It waits for
// the outstanding answers, looks in the stream for the messages of which it is not
// known whether they were stored, and sends those that are not there again.
func (s *sending) recover(ctx context.Context) error {
	if err := s.await(); err != nil {
		return err
	}
	var open []*outgoing
	var last error
	for _, o := range s.queue {
		if o.settled {
			continue
		}
		switch faultOf(o.err) {
		case faultRefuse:
			s.refuseTooLarge(o, o.err)
		case faultFull:
			return phrase.Errorf("%w: %w; make room in the stream %s, then send again: only what is missing will be sent",
				ErrStreamFull, o.err, s.names.Suggestions)
		case faultFatal:
			return o.err
		default:
			open, last = append(open, o), o.err
		}
	}
	s.pop()
	if len(open) == 0 {
		return nil
	}
	if err := s.giveUp(last); err != nil {
		return err
	}
	if err := pauseFor(ctx, min(10*time.Millisecond<<s.failures, 2*time.Second)); err != nil {
		return err
	}
	s.failures = min(s.failures+1, 10)
	if err := s.findStored(ctx, open); err != nil {
		return err
	}
	s.pop()
	for _, o := range s.queue {
		if !o.settled {
			if err := s.publish(o); err != nil {
				return err
			}
		}
	}
	return nil
}

// await waits until every message of the queue has an answer or an error. The
// client ends each wait after AckWait.
func (s *sending) await() error {
	for _, o := range s.queue {
		if o.settled || o.err != nil {
			continue
		}
		select {
		case ack := <-o.ok:
			if err := s.acked(o, ack); err != nil {
				return err
			}
		case o.err = <-o.failed:
		}
	}
	return nil
}

// drain waits for the outstanding answers and repeats nothing. It drops errors: the
// record stays without an outcome, and the next run finds it.
func (s *sending) drain() {
	_ = s.await()
	s.pop()
}

// findStored reads the stream from the lowest floor of the messages on, and gives
// those that are there an outcome (invariant 3 of sending).
func (s *sending) findStored(ctx context.Context, open []*outgoing) error {
	before := s.tip
	if err := s.passInFlight(ctx, open[0].msg.Subject); err != nil {
		return err
	}
	if err := s.refreshInfo(ctx); err != nil {
		return err
	}
	if last := s.info.State.LastSeq; last < before {
		return phrase.Errorf("%w: %s ends at sequence %d, %d was acknowledged; check its disk, then send again",
			ErrLostMessages, s.names.Suggestions, last, before)
	}
	missing := make(map[idKey]*outgoing, len(open))
	floor := open[0].floor
	for _, o := range open {
		missing[o.key] = o
		floor = min(floor, o.floor)
	}
	return s.readIDs(ctx, max(floor+1, s.info.State.FirstSeq), s.info.State.LastSeq, func(seq uint64, key idKey) {
		if o := missing[key]; o != nil && !o.settled {
			o.settled = true
			s.report.Sent++
			if seq > s.base {
				s.own++
			}
		}
	})
}

// neverLast is a last sequence that no stream has. It is below 2^53, so that no
// reader of JSON on the way rounds it.
const neverLast = 1 << 52

// passInFlight returns when the stream has dealt with every message that was
// sent before. A message without an answer may still wait in the client's buffer
// or in the stream's queue, and be stored after the leader has named its last
// sequence: then it would not be found, and would be sent a second time. So a
// question goes the same way behind it: a message that the stream has to refuse,
// as it asks for a last sequence that the stream never has. Its refusal comes when
// all before it are dealt with; nothing is stored. (On several replicas the leader
// refuses it when all before it are proposed, a moment before they are stored.)
func (s *sending) passInFlight(ctx context.Context, subject string) error {
	return s.patiently(ctx, func(ctx context.Context) error {
		_, err := s.js.PublishMsg(ctx, nats.NewMsg(subject), jetstream.WithExpectLastSequence(neverLast))
		switch {
		case wire.IsLost(err):
			return nil
		case err == nil:
			return phrase.Errorf("%w: %s took a message that asks for sequence %d as its last", broker.ErrUnsuited, s.names.Suggestions, neverLast)
		}
		return err
	})
}
