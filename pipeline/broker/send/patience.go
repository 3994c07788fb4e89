package send

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
)

// refreshInfo asks the leader of the stream, for as long as it takes.
func (s *sending) refreshInfo(ctx context.Context) error {
	return s.patiently(ctx, func(ctx context.Context) error {
		info, err := s.stream.Info(ctx)
		if err != nil {
			return err
		}
		if !info.Created.Equal(s.info.Created) {
			return phrase.Errorf("%w: %s was deleted and made again; send again", ErrLostMessages, s.names.Suggestions)
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
		case errors.Is(err, ErrLostMessages), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, broker.ErrUnsuited):
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
		return phrase.Errorf("%w for %v: %w; nothing is lost, send again when it is back",
			ErrBrokerSilent, silent.Round(time.Second), cause)
	}
	return nil
}
