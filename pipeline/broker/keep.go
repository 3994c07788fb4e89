package broker

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/settings"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// ErrRemoved means that the bucket of counts was removed under a running worker, and
// messages of the stream of suggestions are gone that were counted: they could not be
// counted again.
var ErrRemoved = phrase.New("the counts were removed")

// keepEvery is how often a worker looks whether its streams are there.
const keepEvery = 3 * time.Second

// KeepStreams looks every few seconds whether minyi's own streams are still there and
// still suit, until ctx ends; then it returns nil. A worker alone would try again for
// ever: nothing that it stores brings a stream back.
//
//   - Tasks and deltas that were removed are made anew, and made is told. That is exact:
//     ranges are planned again from the frontier, and what is stored twice counts once.
//   - The bucket of counts is made anew if the stream of suggestions still has every
//     message that it ever had, so that everything is counted again. Else the error
//     wraps [ErrRemoved].
//   - Settings that rule out exact counts are no worker's to change: the error wraps
//     [ErrUnsuited].
func (c *Conn) KeepStreams(ctx context.Context, made func(stream string)) error {
	tick := time.NewTicker(c.options.keep)
	defer tick.Stop()
	said := ""
	failed := func(err error) {
		if err.Error() != said && c.options.OnError != nil && ctx.Err() == nil {
			c.options.OnError(err)
		}
		said = err.Error()
	}
	missing := map[string]bool{} // by stream: it was not there at the last look
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := c.keepStreams(ctx, missing, made, failed); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// keepStreams looks once. What cannot be asked or made now is tried again the next time;
// failed is told why.
//
// A stream is made anew when two looks in a row do not find it. The server says "not
// found" a moment before it has moved the folder of a removed stream away (nats-server
// 2.15.2, fileStore.Delete): a stream of that name that is made in this moment loses its
// folder and cannot store a message until the server starts again.
func (c *Conn) keepStreams(ctx context.Context, missing map[string]bool, made func(stream string), failed func(error)) error {
	for _, own := range c.ownStreams() {
		s, err := c.js.Stream(ctx, own.Name)
		switch {
		case err == nil:
			delete(missing, own.Name)
			if why := c.unsuited(s.CachedInfo().Config); !why.IsZero() {
				return phrase.Errorf("%w: %s %s; nats stream edit %s sets it right, then start the workers again", ErrUnsuited, own.Name, why, own.Name)
			}
			continue
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return nil // the broker is away: the roles report it
		case !missing[own.Name]:
			missing[own.Name] = true
			continue
		}
		if own.Name == c.names.BucketStream {
			if err := c.canCountAgain(ctx); err != nil {
				return err
			}
		}
		if _, err := c.ensure(ctx, own); err != nil {
			failed(phrase.Errorf("make what was removed anew: %w", err))
			return nil
		}
		if own.Name == c.names.BucketStream {
			c.keepGeneration(ctx, c.names.Suggestions)
		}
		if s := c.signer.Load(); s != nil && own.Name == c.names.KeysStream {
			if err := s.keep(ctx); err != nil { // it is stored when the next signature is wrong
				failed(phrase.Errorf("put the workers' key back: %w", err))
			}
		}
		delete(missing, own.Name)
		made(own.Name)
	}
	return nil
}

// canCountAgain returns nil if the stream of suggestions has every message that it ever
// had, or cannot be asked, and else an error that wraps [ErrRemoved].
func (c *Conn) canCountAgain(ctx context.Context) error {
	s, err := c.js.Stream(ctx, c.names.Suggestions)
	if err != nil {
		return nil //nolint:nilerr // nothing is counted while it is away
	}
	info := s.CachedInfo()
	gone := streamInfo(info).First - max(info.Config.FirstSeq, 1) + uint64(info.State.NumDeleted)
	if gone == 0 {
		return nil
	}
	return phrase.Errorf("%w: the stream %s is not there any more, and %d messages of %s are gone that a new count would miss; restore %s from a backup, or start the workers again to count without them",
		ErrRemoved, c.names.BucketStream, gone, c.names.Suggestions, c.names.BucketStream)
}

// ownStreams returns the settings of the streams of minyi's own, as they are made.
func (c *Conn) ownStreams() []jetstream.StreamConfig {
	counts := settings.Counts(c.names.BucketStream, c.names.kvSubject(">"), c.options.Replicas)
	if c.KeptApart() {
		counts.Metadata = map[string]string{metadataAPI: wire.API(c.js)}
	}
	return []jetstream.StreamConfig{
		settings.Tasks(c.names.Tasks, c.names.TasksSubject, c.options.Replicas),
		settings.Deltas(c.names.Deltas, c.names.DeltasSubject, c.options.Replicas),
		counts,
		settings.Keys(c.names.KeysStream, bucketSubject(c.names.Keys, ">"), c.options.Replicas),
	}
}

// unsuited says why a stream of minyi's own will not do; the zero text if it will.
func (c *Conn) unsuited(cfg jetstream.StreamConfig) phrase.Text {
	if cfg.Name == c.names.BucketStream {
		return settings.UnsuitedCounts(cfg)
	}
	return settings.UnsuitedLedger(cfg)
}
