package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// Counts reads counts. Safe for concurrent use.
type Counts struct {
	c *Conn
}

// Counts returns a reader of counts. The bucket need not be there yet.
func (c *Conn) Counts() *Counts { return &Counts{c} }

// Totals are the counts of a tally at one moment.
type Totals struct {
	pipeline.Snapshot
	Cells pipeline.Cells
	Tree  pipeline.ThemeTree
	Spec  pipeline.Spec
}

// Current returns the id of the current tally. The error wraps [ErrNoTally]
// when there is none.
func (k *Counts) Current(ctx context.Context) (string, error) {
	id, _, err := k.c.current(ctx)
	if err != nil {
		return "", err
	}
	if id == "" {
		return "", fmt.Errorf("%w: none is current; nothing was counted yet", ErrNoTally)
	}
	return id, nil
}

// Snapshot returns the counts of a tally as stored at one moment; the empty id
// is the current tally. Errors wrap [ErrNoTally], or [ErrBusy] when ctx had no
// end and no moment of rest was found in 30 s.
func (k *Counts) Snapshot(ctx context.Context, tally string) (Totals, error) {
	limited, cancel := context.WithTimeoutCause(ctx, viewWithin, ErrBusy)
	defer cancel()
	var totals Totals
	err := k.follow(limited, tally, func(t Totals) (bool, error) {
		totals = t
		return true, nil
	})
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(limited), ErrBusy) {
		return Totals{}, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return totals, err
}

// Watch calls f with the counts of a tally, at once and then whenever they have
// changed, at most once every interval, until ctx ends or f returns an error,
// which is then returned. The empty id follows the current tally: when another
// becomes current, its counts come next. The totals are f's to keep. When ctx
// ends the result is nil.
func (k *Counts) Watch(ctx context.Context, tally string, every time.Duration, f func(Totals) error) error {
	for ctx.Err() == nil {
		err := k.watchOne(ctx, tally, every, f)
		if err != nil && !errors.Is(err, errOtherCurrent) && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// errOtherCurrent ends a watch of the tally that was current.
var errOtherCurrent = errors.New("another tally is current")

func (k *Counts) watchOne(ctx context.Context, tally string, every time.Duration, f func(Totals) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	id := tally
	if id == "" {
		var err error
		if id, err = k.Current(ctx); err != nil {
			return err
		}
		moved := make(chan struct{})
		defer func() { cancel(nil); <-moved }()
		go func() {
			defer close(moved)
			k.watchCurrent(ctx, id, func() { cancel(errOtherCurrent) })
		}()
	}
	err := k.follow(ctx, id, func(t Totals) (bool, error) {
		if err := f(t); err != nil {
			return false, err
		}
		return false, pause(ctx, every)
	})
	if cause := context.Cause(ctx); errors.Is(cause, errOtherCurrent) {
		return cause
	}
	return err
}

// watchCurrent calls moved when another tally is current.
func (k *Counts) watchCurrent(ctx context.Context, tally string, moved func()) {
	for pause(ctx, time.Second) == nil {
		if id, _, err := k.c.current(ctx); err == nil && id != tally && id != "" {
			moved()
			return
		}
	}
}

// follow calls f with totals between two folds, never inside one, until f returns
// true.
func (k *Counts) follow(ctx context.Context, tally string, f func(Totals) (bool, error)) error {
	if tally == "" {
		var err error
		if tally, err = k.Current(ctx); err != nil {
			return err
		}
	}
	about, err := k.TallyInfo(ctx, tally)
	if err != nil {
		return err
	}
	return k.c.followView(ctx, tally, func(v *pipeline.View) (bool, error) {
		if v.Checkpoint.Open != nil {
			return false, nil
		}
		if err := v.Check(about.Spec.Base); err != nil {
			return false, err
		}
		return f(Totals{Snapshot: v.Snapshot(about), Cells: maps.Clone(v.Cells), Tree: about.Themes, Spec: about.Spec})
	})
}

// Checkpoint returns how far a tally is counted, without reading its cells; false
// when nothing of it is stored.
func (k *Counts) Checkpoint(ctx context.Context, tally string) (pipeline.Checkpoint, bool, error) {
	cp, rev, err := (&ledger{k.c, tally}).Checkpoint(ctx)
	return cp, rev > 0, err
}

// TallyInfo returns what a tally is. The error wraps [ErrNoTally] if there is no
// such tally.
func (k *Counts) TallyInfo(ctx context.Context, tally string) (pipeline.TallyInfo, error) {
	l := ledger{k.c, tally}
	var a pipeline.TallyInfo
	m, ok, err := wire.FromLeader(ctx, k.c.js, k.c.names.BucketStream, wire.Query{Last: l.key(keySpec)})
	if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return a, err
	}
	if !ok {
		return a, fmt.Errorf("%w: %s", ErrNoTally, tally)
	}
	if a, err = pipeline.ParseTallyInfo(m.Data); err != nil {
		return a, fmt.Errorf("tally %s: %w", tally, err)
	}
	return a, nil
}

// current returns the id of the current tally and the revision of that key.
func (c *Conn) current(ctx context.Context) (string, uint64, error) {
	m, ok, err := wire.FromLeader(ctx, c.js, c.names.BucketStream, wire.Query{Last: c.names.kvSubject(keyCurrent)})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return "", 0, fmt.Errorf("%w: there is no bucket %s", ErrNoTally, c.names.Bucket)
	}
	if err != nil || !ok {
		return "", 0, err
	}
	return string(m.Data), m.Seq, nil
}
