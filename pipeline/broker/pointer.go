package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// The key `current` of COUNTS is the current pointer. Whoever moves it stores the event
// about that, in the same batch and before it, under promoted.<tally>. That is the memory
// of which tallies were current, and the outbox of the history: the history is another
// stream, and a program may die between the two. So before the pointer is moved again,
// and whenever a worker sees that it was moved, the event is added to the history unless
// it is there ([Conn.recordMove]). No move is lost, and none is recorded twice.

// keyPromoted is what the keys begin with of the newest event that made a tally current.
const keyPromoted = "promoted."

// Current returns the current tally, "" where the pointer names none that there is
// (somebody else than minyi wrote it), and where the stream of the tally that it names
// was made anew: nobody can go on with its counts.
func (l *ledger) Current(ctx context.Context) (string, uint64, error) {
	id, rev, err := l.c.current(ctx)
	if err == nil && id != "" && id != l.tally {
		var gone bool
		if gone, err = l.c.streamGone(ctx, id); gone {
			return "", rev, nil
		}
	}
	if rev > 0 && errors.Is(err, ErrNoTally) {
		return "", rev, nil
	}
	return id, rev, err
}

// streamGone reports whether the stream of a tally was made anew.
func (c *Conn) streamGone(ctx context.Context, tally string) (bool, error) {
	about, err := c.Counts().TallyInfo(ctx, tally)
	if err != nil {
		return false, err
	}
	return c.madeAnew(ctx, about.Spec)
}

// madeAnew reports whether the stream of a spec has another generation by now.
func (c *Conn) madeAnew(ctx context.Context, spec pipeline.Spec) (bool, error) {
	if spec.Generation == "" {
		return false, nil
	}
	g, _, err := c.readGeneration(ctx, spec.Stream)
	return err == nil && g.ID != "" && g.ID != spec.Generation, err
}

// Promoted tells whether this tally was ever made the current one.
func (l *ledger) Promoted(ctx context.Context) (bool, error) {
	_, ok, err := wire.FromLeader(ctx, l.c.js, l.c.names.BucketStream, wire.Query{Last: l.c.names.kvSubject(keyPromoted + l.tally)})
	return ok, err
}

// Promote makes this tally the current one, and records why.
func (l *ledger) Promote(ctx context.Context, rev uint64, change pipeline.PointerChange) (uint64, error) {
	from, _, err := l.c.current(ctx)
	if err != nil && !errors.Is(err, ErrNoTally) {
		return 0, err
	}
	e := supervise.Event{Event: supervise.Promoted, By: l.c.options.Worker, Why: supervise.WhyFlag}
	switch {
	case change == pipeline.PutBack:
		e.Event, e.Why = supervise.PutBack, supervise.WhyPutBack
	case from == "":
		e.Why = supervise.WhyFirst
	default:
		switch gone, err := l.c.streamGone(ctx, from); {
		case err != nil && !errors.Is(err, ErrNoTally):
			return 0, err
		case gone:
			e.Event, e.Why = supervise.Recreated, supervise.WhyRecreated
		}
	}
	_, moved, err := l.c.move(ctx, l.tally, rev, e)
	return moved, err
}

// MoveCurrent makes a tally the current one, if it is counted and from still is the current
// one, and records the event. The error wraps [pipeline.ErrLost] if another one is
// current, or the pointer was moved meanwhile.
func (c *Conn) MoveCurrent(ctx context.Context, from, to string, e supervise.Event) (supervise.Event, error) {
	wanted, _, err := c.readWanted(ctx, to)
	if err != nil && !errors.Is(err, ErrNoTally) {
		return e, err
	}
	if wanted.State == supervise.Retired {
		return e, phrase.Errorf("%w: %s", supervise.ErrRetired, to)
	}
	if err := c.roomInHistory(ctx); err != nil {
		return e, err
	}
	current, rev, err := c.current(ctx)
	if err != nil {
		return e, err
	}
	if current != from {
		return e, phrase.Errorf("%w: %s is current, not %s", pipeline.ErrLost, current, from)
	}
	e, rev, err = c.move(ctx, to, rev, e)
	if err != nil {
		return e, err
	}
	// Who retires a tally looks at the pointer after saying so, and who moves the pointer
	// looks at what is wanted after that: one of them takes it back.
	if wanted, _, err = c.readWanted(ctx, to); err == nil && wanted.State == supervise.Retired {
		back := supervise.Event{Event: supervise.RolledBack, By: e.By, Why: supervise.WhyBoth}
		_, _, err = c.move(ctx, from, rev, back)
		return e, errors.Join(phrase.Errorf("%w: %s, at the same moment", supervise.ErrRetired, to), err)
	}
	return e, c.Record(ctx, e)
}

// move moves the pointer to a tally if rev is still its revision, and returns the event
// as it is stored.
func (c *Conn) move(ctx context.Context, to string, rev uint64, e supervise.Event) (supervise.Event, uint64, error) {
	from, now, err := c.current(ctx)
	if err != nil && !errors.Is(err, ErrNoTally) {
		return e, 0, err
	}
	if now != rev {
		return e, 0, pipeline.ErrLost
	}
	e.ID, e.At, e.Tally, e.To = supervise.NewID(), time.Now().UTC(), to, to
	if err == nil && from != to {
		e.From = from
	}
	if about, err := c.Counts().TallyInfo(ctx, to); err == nil {
		e.Dict = about.Spec.Dict
	}
	var batch []*nats.Msg
	if from != "" && err == nil {
		if err := c.recordMove(ctx, from, rev); err != nil {
			return e, 0, err
		}
		// A release that kept no memory may have made it current.
		switch known, err := (&ledger{c: c, tally: from}).Promoted(ctx); {
		case err != nil:
			return e, 0, err
		case !known:
			batch = append(batch, c.putMessage(keyPromoted+from, supervise.Event{Event: supervise.Promoted, At: e.At, Tally: from, To: from}))
		}
	}
	pointer := nats.NewMsg(c.putSubject(keyCurrent))
	pointer.Data = []byte(to)
	pointer.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	moved, err := (&ledger{c: c, tally: to}).store(ctx, append(batch, c.putMessage(keyPromoted+to, e), pointer))
	return e, moved, err
}

// putMessage stores a value under a key of COUNTS.
func (c *Conn) putMessage(key string, value any) *nats.Msg {
	m := nats.NewMsg(c.putSubject(key))
	var err error
	if m.Data, err = json.Marshal(value); err != nil {
		panic("an event has only fields that encode: " + err.Error())
	}
	return m
}

// moveTo returns the event that made a tally current, as it is stored beside the pointer;
// false if it did not make it current at this revision of the pointer.
func (c *Conn) moveTo(ctx context.Context, tally string, rev uint64) (e supervise.Event, ok bool, err error) {
	m, ok, err := wire.FromLeader(ctx, c.js, c.names.BucketStream, wire.Query{Last: c.names.kvSubject(keyPromoted + tally)})
	if err != nil || !ok {
		return e, false, err
	}
	if err := json.Unmarshal(m.Data, &e); err != nil {
		return e, false, phrase.Errorf("key %s%s of bucket %s: %w", keyPromoted, tally, c.names.Bucket, err)
	}
	return e, e.ID != "" && m.Seq+1 == rev, nil
}

// promotion returns how a tally became the current one at a revision of the pointer, as
// far as it is known.
func (c *Conn) promotion(ctx context.Context, tally string, rev uint64) pipeline.Promotion {
	p := pipeline.Promotion{Tally: tally}
	if e, ok, err := c.moveTo(ctx, tally, rev); err == nil && ok {
		p.From, p.At, p.By, p.Why, p.Event = e.From, e.At, e.By, e.Why, string(e.Event)
	}
	return p
}

// Promotion returns which tally is current, and how it became that. The error wraps
// [ErrNoTally] when none is.
func (k *Counts) Promotion(ctx context.Context) (pipeline.Promotion, error) {
	id, rev, err := k.c.current(ctx)
	if err != nil || id == "" {
		return pipeline.Promotion{}, cmp.Or(err, ErrNoTally)
	}
	return k.c.promotion(ctx, id, rev), nil
}

// recordMove sees to it that the history says how the pointer came to name a tally.
func (c *Conn) recordMove(ctx context.Context, tally string, rev uint64) error {
	e, ok, err := c.moveTo(ctx, tally, rev)
	if err != nil {
		return err
	}
	if !ok { // an older release, or somebody with another program
		m, there, err := wire.FromLeader(ctx, c.js, c.names.BucketStream, wire.Query{Seq: rev})
		if err != nil || !there {
			return err
		}
		e = supervise.Event{
			ID: fmt.Sprintf("pointer-%d-%d", rev, m.Time.UnixNano()), Event: supervise.Moved, At: m.Time.UTC(), Tally: tally, To: tally, From: e.From,
			Why: supervise.WhyMoved,
		}
		if about, err := c.Counts().TallyInfo(ctx, tally); err == nil {
			e.Dict = about.Spec.Dict
		}
	}
	return c.Record(ctx, e)
}

// Current returns the id of the current tally, "" for none, and sees to it that the history
// says how it became that.
func (s *Tallies) Current(ctx context.Context) (string, error) {
	id, rev, err := s.c.current(ctx)
	if errors.Is(err, ErrNoTally) {
		return "", nil
	}
	if err != nil || id == "" || s.recorded.Load() == rev {
		return id, err
	}
	if wait := s.recordAgain.Load(); wait != 0 && time.Now().UnixNano() < wait {
		return id, nil
	}
	if err := s.c.recordMove(ctx, id, rev); err != nil {
		// A user who may not is told once a minute.
		s.recordAgain.Store(time.Now().Add(time.Minute).UnixNano())
		return id, err
	}
	s.recordAgain.Store(0)
	s.recorded.Store(rev)
	return id, nil
}

// current returns the id of the current tally and the revision of the pointer; 0 where
// there is none. The error wraps [ErrNoTally] where it cannot be the id of a tally.
func (c *Conn) current(ctx context.Context) (string, uint64, error) {
	m, ok, err := wire.FromLeader(ctx, c.js, c.names.BucketStream, wire.Query{Last: c.names.kvSubject(keyCurrent)})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return "", 0, phrase.Errorf("%w: there is no bucket %s; minyi work makes it", ErrNoTally, c.names.Bucket)
	}
	if err != nil || !ok {
		return "", 0, err
	}
	id := string(m.Data)
	if !tallyPattern.MatchString(id) {
		return "", m.Seq, phrase.Errorf("%w: key %s of bucket %s does not name one; a worker puts it right", ErrNoTally, keyCurrent, c.names.Bucket)
	}
	return id, m.Seq, nil
}
