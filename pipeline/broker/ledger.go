package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// ledger holds the totals of one tally. It implements [pipeline.Ledger].
type ledger struct {
	c      *Conn
	tally  string
	loaded bool // once
}

// The keys beside the cells.
const (
	keyCurrent    = "current"
	keyCheckpoint = "checkpoint"
	keySpec       = "spec"
)

func (l *ledger) key(k string) string { return l.c.names.kvSubject(l.tally + "." + k) }

// Load returns checkpoint and cells as of one moment. The first time it waits for the
// reading that a feed of this process has begun, rather than read the bucket a second
// time beside it. Later it reads by itself: a committer that loads again has a reason to
// believe nothing that was read before (invariant 4 of [pipeline.Checkpoint]).
func (l *ledger) Load(ctx context.Context) (pipeline.View, error) {
	first := !l.loaded
	l.loaded = true
	if first {
		if view, ok := l.loadShared(ctx); ok {
			return view, nil
		}
	}
	var view pipeline.View
	err := followView(ctx, func() *follower { return l.c.newFollower(l.tally) }, func(fo *follower) (bool, error) {
		view = fo.view
		return true, nil
	})
	return view, err
}

// Checkpoint returns the newest checkpoint.
func (l *ledger) Checkpoint(ctx context.Context) (pipeline.Checkpoint, uint64, error) {
	var cp pipeline.Checkpoint
	m, ok, err := wire.FromLeader(ctx, l.c.js, l.c.names.BucketStream, wire.Query{Last: l.key(keyCheckpoint)})
	if err != nil || !ok {
		return cp, 0, err
	}
	if err := json.Unmarshal(m.Data, &cp); err != nil {
		return cp, 0, fmt.Errorf("checkpoint of %s: %w", l.tally, err)
	}
	return cp, m.Seq, nil
}

// Commit stores a slice in one atomic batch: other writers see all of it or nothing.
// Consumers, however, may see the beginning of a batch before its end, and a broker
// that is interrupted may keep the beginning alone (see follower).
func (l *ledger) Commit(ctx context.Context, s *pipeline.Slice, rev uint64) (uint64, error) {
	batch, err := l.batch(s, rev)
	if err != nil {
		return 0, err
	}
	return l.store(ctx, batch)
}

// batch returns the messages of a slice, in order.
func (l *ledger) batch(s *pipeline.Slice, rev uint64) ([]*nats.Msg, error) {
	batch := make([]*nats.Msg, 0, len(s.Cells)+2)
	var errs []error
	add := func(key string, value any) {
		m := nats.NewMsg(l.c.putSubject(l.tally + "." + key))
		var err error
		if m.Data, err = json.Marshal(value); err != nil {
			errs = append(errs, fmt.Errorf("encode %s of %s: %w", key, l.tally, err))
		}
		batch = append(batch, m)
	}
	if len(s.Cells) > 0 {
		add(keyCheckpoint, s.Begin)
	}
	for _, k := range s.Cells.Keys() {
		add(k.Key(), s.Cells[k])
	}
	add(keyCheckpoint, s.End)
	if err := errors.Join(errs...); err != nil {
		return nil, err // of a commit in which one message is missing nothing may be stored
	}
	batch[0].Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	return batch, nil
}

// store stores a batch, all or nothing, and returns where its last message is.
func (l *ledger) store(ctx context.Context, batch []*nats.Msg) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, l.c.options.Timeout)
	defer cancel()
	ack, err := jetstreamext.PublishMsgBatch(ctx, l.c.js, batch)
	if wire.IsLost(err) {
		return 0, pipeline.ErrLost
	}
	if err != nil {
		return 0, fmt.Errorf("store batch of %d: %w", len(batch), err)
	}
	return ack.Sequence, nil
}

// EnsureInfo stores what the tally is. One that is stored is replaced where it differs:
// the names of themes may, since they do not change what is counted.
func (l *ledger) EnsureInfo(ctx context.Context, a pipeline.TallyInfo) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	m, ok, err := wire.FromLeader(ctx, l.c.js, l.c.names.BucketStream, wire.Query{Last: l.key(keySpec)})
	if err != nil || ok && bytes.Equal(m.Data, body) {
		return err
	}
	if err := l.put(ctx, l.tally+"."+keySpec, body, m.Seq); err != nil && !wire.IsLost(err) {
		return fmt.Errorf("store spec of %s: %w", l.tally, err)
	}
	return nil
}

// put stores a value if rev is still the revision of its key.
func (l *ledger) put(ctx context.Context, key string, body []byte, rev uint64) error {
	m := nats.NewMsg(l.c.putSubject(key))
	m.Data = body
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	_, err := l.c.js.PublishMsg(ctx, m)
	return err
}

// Current returns the current tally, "" where the pointer names none that there is
// (somebody else than minyi wrote it), and where the stream of the tally that it names
// was made anew: nobody can go on with its counts.
func (l *ledger) Current(ctx context.Context) (string, uint64, error) {
	id, rev, err := l.c.current(ctx)
	if err == nil && id != "" && id != l.tally {
		var about pipeline.TallyInfo
		if about, err = l.c.Counts().TallyInfo(ctx, id); err == nil {
			var gone bool
			if gone, err = l.c.madeAnew(ctx, about.Spec); gone {
				return "", rev, nil
			}
		}
	}
	if rev > 0 && errors.Is(err, ErrNoTally) {
		return "", rev, nil
	}
	return id, rev, err
}

// madeAnew reports whether the stream of a spec has another generation by now.
func (c *Conn) madeAnew(ctx context.Context, spec pipeline.Spec) (bool, error) {
	if spec.Generation == "" {
		return false, nil
	}
	g, _, err := c.readGeneration(ctx, spec.Stream)
	return err == nil && g.ID != "" && g.ID != spec.Generation, err
}

// keyPromoted is what the keys begin with that remember which tallies were current.
const keyPromoted = "promoted."

// promotion is the value of such a key.
type promotion struct {
	At   time.Time `json:"at"`
	From string    `json:"from,omitempty"` // the tally that was current before
}

// Promoted tells whether this tally was ever made the current one.
func (l *ledger) Promoted(ctx context.Context) (bool, error) {
	_, ok, err := wire.FromLeader(ctx, l.c.js, l.c.names.BucketStream, wire.Query{Last: l.c.names.kvSubject(keyPromoted + l.tally)})
	return ok, err
}

// Promote makes this tally the current one, and remembers that in the same batch. The
// one that was current is remembered too: a release that did not remember made it so.
func (l *ledger) Promote(ctx context.Context, rev uint64) (uint64, error) {
	from, _, err := l.c.current(ctx)
	if err != nil && !errors.Is(err, ErrNoTally) {
		return 0, err
	}
	var batch []*nats.Msg
	remember := func(tally string, p promotion) error {
		m := nats.NewMsg(l.c.putSubject(keyPromoted + tally))
		var err error
		m.Data, err = json.Marshal(p)
		batch = append(batch, m)
		return err
	}
	now := time.Now().UTC()
	if err := remember(l.tally, promotion{At: now, From: from}); err != nil {
		return 0, err
	}
	if from != "" && from != l.tally {
		switch before, err := (&ledger{c: l.c, tally: from}).Promoted(ctx); {
		case err != nil:
			return 0, err
		case !before:
			if err := remember(from, promotion{At: now}); err != nil {
				return 0, err
			}
		}
	}
	m := nats.NewMsg(l.c.putSubject(keyCurrent))
	m.Data = []byte(l.tally)
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	return l.store(ctx, append(batch, m))
}

// putSubject returns the subject on which a value of the bucket is published. Leaf
// nodes let no key-value subject pass between JetStream domains, so with a domain
// the value goes through the API of that domain, which the server maps back.
func (c *Conn) putSubject(key string) string {
	subject := c.names.kvSubject(key)
	if c.js.Options().Domain != "" {
		return wire.API(c.js) + subject
	}
	return subject
}

// current returns the id of the current tally and the revision of the pointer; 0 where
// there is none. The error wraps [ErrNoTally] where it cannot be the id of a tally.
func (c *Conn) current(ctx context.Context) (string, uint64, error) {
	m, ok, err := wire.FromLeader(ctx, c.js, c.names.BucketStream, wire.Query{Last: c.names.kvSubject(keyCurrent)})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return "", 0, fmt.Errorf("%w: there is no bucket %s", ErrNoTally, c.names.Bucket)
	}
	if err != nil || !ok {
		return "", 0, err
	}
	id := string(m.Data)
	if !tallyPattern.MatchString(id) {
		return "", m.Seq, fmt.Errorf("%w: key %s of bucket %s does not name one; a worker puts it right", ErrNoTally, keyCurrent, c.names.Bucket)
	}
	return id, m.Seq, nil
}
