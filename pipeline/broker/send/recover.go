package send

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
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
			return fmt.Errorf("%w: %w; make room in the stream %s, then send again: only what is missing will be sent",
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
	if err := s.refreshInfo(ctx); err != nil {
		return err
	}
	if last := s.info.State.LastSeq; last < before {
		return fmt.Errorf("%w: %s ends at sequence %d, %d was acknowledged; check its disk, then send again",
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

// refreshInfo asks the leader of the stream, for as long as it takes.
func (s *sending) refreshInfo(ctx context.Context) error {
	return s.patiently(ctx, func(ctx context.Context) error {
		info, err := s.stream.Info(ctx)
		if err != nil {
			return err
		}
		if !info.Created.Equal(s.info.Created) {
			return fmt.Errorf("%w: %s was deleted and made again; send again", ErrLostMessages, s.names.Suggestions)
		}
		s.info = info
		return nil
	})
}

// patiently repeats f while it fails for reasons that may pass, with growing
// pauses, until the broker has stored nothing for GiveUpAfter.
func (s *sending) patiently(ctx context.Context, f func(context.Context) error) error {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := f(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrLostMessages), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, jetstream.ErrStreamNotFound):
			return err
		}
		if err := s.giveUp(err); err != nil {
			return err
		}
		if err := pauseFor(ctx, pause); err != nil {
			return err
		}
	}
}

func pauseFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// giveUp returns an error when the broker has stored nothing for GiveUpAfter.
func (s *sending) giveUp(cause error) error {
	if silent := time.Since(s.lastGood); silent > s.cfg.GiveUpAfter {
		return fmt.Errorf("%w for %v: %w; nothing is lost, send again when it is back",
			ErrBrokerSilent, silent.Round(time.Second), cause)
	}
	return nil
}
