package broker

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/settings"
)

// EnsureSuggestions makes the stream of suggestions if it is not there. One
// that is there is left as it is, or refused with [ErrUnsuited]. One that was
// named, with [Options].Stream, is never made, as it is somebody else's: the
// error wraps [ErrNoStream].
func (c *Conn) EnsureSuggestions(ctx context.Context) error {
	if c.options.Stream != "" {
		s, err := c.js.Stream(ctx, c.names.Suggestions)
		if err != nil {
			return c.streamError(c.names.Suggestions, err)
		}
		return suitsAsSource(s.CachedInfo())
	}
	info, err := c.ensure(ctx, settings.Source(c.names.Suggestions, c.names.SuggestionsSubject, c.options.Replicas, c.options.DuplicateWindow))
	if err != nil {
		return err
	}
	return suitsAsSource(info)
}

// streamError says of which stream an error is. Of one that is not there it wraps
// [ErrNoStream] and [jetstream.ErrStreamNotFound], and says what to do in place of the
// code of the API.
func (c *Conn) streamError(stream string, err error) error {
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		return phrase.Errorf("stream %s: %w", stream, err)
	}
	remedy := phrase.Textf("nats stream ls shows which there are")
	switch {
	case stream != c.names.Suggestions:
	case c.options.Stream != "":
		remedy = phrase.Textf("nats stream ls shows which there are, and without --stream minyi makes its own")
	default:
		remedy = phrase.Textf("minyi send and minyi work make it")
	}
	return AbsentStream(stream, remedy)
}

// AbsentStream returns an error that wraps [ErrNoStream] and [jetstream.ErrStreamNotFound],
// and says what to do about a stream that is not there.
func AbsentStream(stream string, remedy phrase.Text) error {
	return &absentStream{phrase.Textf("%v %s; %s", ErrNoStream, stream, remedy)}
}

// absentStream is an error that a stream is not there.
type absentStream struct{ says phrase.Text }

func (e *absentStream) Error() string { return e.says.String() }

// In says the error in a language.
func (e *absentStream) In(l phrase.Language) string { return e.says.In(l) }

func (e *absentStream) Unwrap() []error { return []error{ErrNoStream, jetstream.ErrStreamNotFound} }

func suitsAsSource(info *jetstream.StreamInfo) error {
	if why := settings.UnsuitedSource(info.Config); !why.IsZero() {
		return phrase.Errorf("%w: %s", ErrUnsuited, why)
	}
	return nil
}

// ensureLedger makes the streams of minyi's own, and refuses what is there but
// does not suit. It makes the bucket of senders too: a role may make what it needs, and as
// long as that is not there, it may make it with settings that read other streams.
func (c *Conn) ensureLedger(ctx context.Context) error {
	positions := settings.Bucket(bucketStream(c.names.Positions), bucketSubject(c.names.Positions, ">"), "how far files were sent by minyi", false, c.options.Replicas)
	if _, err := c.ensure(ctx, positions); err != nil {
		return err
	}
	for _, cfg := range c.ownStreams() {
		info, err := c.ensure(ctx, cfg)
		if err != nil {
			return err
		}
		why := c.unsuited(info.Config)
		switch {
		case why.IsZero():
		case cfg.Name == c.names.BucketStream:
			return phrase.Errorf("%w: %s %s; the bucket was made by somebody else, or on a server older than 2.12: if it is empty, remove it, and minyi makes it anew",
				ErrUnsuited, cfg.Name, why)
		default:
			return phrase.Errorf("%w: %s %s; remove it, and minyi makes it anew", ErrUnsuited, cfg.Name, why)
		}
	}
	return nil
}

// ensure returns the stream of that name, made with cfg if it is not there.
func (c *Conn) ensure(ctx context.Context, cfg jetstream.StreamConfig) (*jetstream.StreamInfo, error) {
	s, err := c.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = c.js.CreateStream(ctx, cfg)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody was faster
			s, err = c.js.Stream(ctx, cfg.Name)
		}
	}
	if err != nil {
		return nil, phrase.Errorf("stream %s: %w", cfg.Name, err)
	}
	info := s.CachedInfo()
	if n := info.Config.Replicas; n < cfg.Replicas && c.options.OnError != nil {
		c.options.OnError(phrase.Errorf("stream %s has %d replica and stays as it is; nats stream edit %s --replicas %d changes it",
			cfg.Name, n, cfg.Name, cfg.Replicas))
	}
	return info, nil
}
