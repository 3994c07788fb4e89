package broker

import (
	"context"
	"errors"
	"regexp"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// Counts reads counts. Safe for concurrent use.
type Counts struct {
	c *Conn
}

// Counts returns a reader of counts. The bucket need not be there yet.
func (c *Conn) Counts() *Counts { return &Counts{c} }

// Current returns the id of the current tally. The error wraps [ErrNoTally]
// when there is none, and [ErrOtherStream] when a stream was named and the current tally
// counts another one: its numbers are no answer to the question.
func (k *Counts) Current(ctx context.Context) (string, error) {
	id, _, err := k.c.current(ctx)
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", phrase.Errorf("%w: none is current; nothing was counted yet", ErrNoTally)
	}
	if k.c.options.Stream == "" {
		return id, nil
	}
	about, err := k.TallyInfo(ctx, id)
	switch {
	case errors.Is(err, ErrNoTally): // whoever reads its counts reports it
		return id, nil
	case err != nil:
		return "", err
	}
	if err := k.c.CheckStream(about.Spec.Stream); err != nil {
		return "", phrase.Errorf("the current tally %s: %w", id, err)
	}
	return id, nil
}

// CheckStream returns an error that wraps [ErrOtherStream] and names both streams, if a
// stream was named for the connection and what is to be read counts another one.
func (c *Conn) CheckStream(counted string) error {
	if c.options.Stream == "" || c.names.Suggestions == counted {
		return nil
	}
	return phrase.Errorf("%w: it is of %s, and --stream names %s", ErrOtherStream, counted, c.names.Suggestions)
}

// Snapshot returns the counts of a tally as stored at one moment; the empty id
// is the current tally. Errors wrap [ErrNoTally], or [ErrBusy] when ctx had no
// end and no moment of rest was found in 30 s.
func (k *Counts) Snapshot(ctx context.Context, tally string) (pipeline.Counts, error) {
	limited, cancel := context.WithTimeoutCause(ctx, viewWithin, ErrBusy)
	defer cancel()
	var counts pipeline.Counts
	err := k.follow(limited, tally, nil, func(t pipeline.Counts) (bool, error) {
		counts = t
		return true, nil
	})
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), ErrBusy) {
		return pipeline.Counts{}, phrase.Errorf("%w: %w", ErrBusy, err)
	}
	return counts, err
}

// Watch calls f with the counts of a tally, at once and then whenever they have
// changed, at most once every interval, until ctx ends or f returns an error,
// which is then returned. The empty id follows the current tally: when another one
// becomes current, its counts come next. When ctx ends the result is nil. Errors wrap
// [ErrNoTally] if there is no such tally at the beginning; while the broker is away
// nothing comes.
func (k *Counts) Watch(ctx context.Context, tally string, every time.Duration, f func(pipeline.Counts) error) error {
	if _, err := k.resolve(ctx, tally); err != nil {
		return ignoreEnd(ctx, err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	board, fed := pipeline.NewBoard(), make(chan struct{})
	go func() {
		defer close(fed)
		k.Feed(ctx, board, FeedOptions{Tallies: []string{tally}, Every: min(every, feedEvery), OnError: func(of string, err error) {
			if tally == "" || tally == of {
				cancel(err)
			}
		}})
	}()
	defer func() { cancel(nil); <-fed }()
	for c := range board.Subscribe(ctx, tally, pipeline.Counts{}) {
		if err := f(c.After); err != nil {
			return err
		}
		if pause(ctx, every) != nil {
			break
		}
	}
	return ignoreEnd(ctx, context.Cause(ctx))
}

// ignoreEnd returns nil for the error of a context that has ended, else err.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// follow calls f with counts of which no slice is open, until f returns true. If
// checked is not nil, it is told each time that the leader was asked whether they are
// the newest, and a leader that does not answer ends nothing.
func (k *Counts) follow(ctx context.Context, tally string, checked func(error), f func(pipeline.Counts) (bool, error)) error {
	tally, err := k.resolve(ctx, tally)
	if err != nil {
		return err
	}
	if checked != nil {
		k.c.shared.begin(tally)
		defer k.c.shared.end(tally)
	}
	return followView(ctx, func() *follower {
		fo := k.c.newFollower(tally)
		fo.complete, fo.checked = true, checked
		return fo
	}, func(fo *follower) (bool, error) {
		info, err := fo.tallyInfo()
		if err != nil {
			return false, err
		}
		if err := fo.view.Check(info.Spec.Base); err != nil {
			return false, err
		}
		if checked != nil {
			k.c.shared.put(tally, fo.view, fo.stored)
		}
		return f(fo.view.Counts(info))
	})
}

// Checkpoint returns how far a tally is counted, without reading its cells; false
// when nothing of it is stored.
func (k *Counts) Checkpoint(ctx context.Context, tally string) (pipeline.Checkpoint, bool, error) {
	cp, rev, err := (&ledger{c: k.c, tally: tally}).Checkpoint(ctx)
	return cp, rev > 0, err
}

// Stamp returns what JSON about a tally says of it; the empty id is the current one. The
// error wraps [ErrNoTally] if there is no such tally.
func (k *Counts) Stamp(ctx context.Context, tally string) (pipeline.Stamp, error) {
	tally, err := k.resolve(ctx, tally)
	if err != nil {
		return pipeline.Stamp{}, err
	}
	info, err := k.TallyInfo(ctx, tally)
	if err != nil {
		return pipeline.Stamp{}, err
	}
	cp, _, err := k.Checkpoint(ctx, tally)
	return cp.Stamp(info.Spec), err
}

// resolve returns the id of a tally that is stored; the empty id is the current one.
func (k *Counts) resolve(ctx context.Context, tally string) (id string, err error) {
	if tally == "" {
		if tally, err = k.Current(ctx); err != nil {
			return "", err
		}
	}
	_, err = k.TallyInfo(ctx, tally)
	return tally, err
}

// TallyInfo returns what a tally is. The error wraps [ErrNoTally] if there is no
// such tally.
func (k *Counts) TallyInfo(ctx context.Context, tally string) (pipeline.TallyInfo, error) {
	l := ledger{c: k.c, tally: tally}
	var a pipeline.TallyInfo
	m, ok, err := wire.FromLeader(ctx, k.c.js, k.c.names.BucketStream, wire.Query{Last: l.key(keySpec)})
	if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return a, err
	}
	if !ok {
		return a, phrase.Errorf("%w: %s", ErrNoTally, tally)
	}
	if a, err = pipeline.ParseTallyInfo(m.Data); err != nil {
		return a, phrase.Errorf("tally %s: %w", tally, err)
	}
	return a, nil
}

var tallyPattern = regexp.MustCompile("^[0-9a-f]{12}$")

// TalliesOf returns all tallies of a stream that are stored, in the order in which they
// were begun.
func (k *Counts) TalliesOf(ctx context.Context, stream string) ([]pipeline.TallyInfo, error) {
	l := ledger{c: k.c, tally: "*"}
	var all []pipeline.TallyInfo
	err := readStored(ctx, k.c.js, k.c.names.BucketStream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{l.key(keySpec)}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	}, func(m jetstream.Msg, _ uint64) (bool, error) {
		if len(m.Data()) == 0 {
			return true, nil // removed
		}
		a, err := pipeline.ParseTallyInfo(m.Data())
		if err == nil && a.Spec.Stream == stream {
			all = append(all, a)
		}
		return true, nil // a tally of another release is none that can be read here
	})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		err = nil
	}
	return all, err
}
