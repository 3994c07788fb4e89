package broker

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/minyi/minyi/dict/phrase"
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
		return cp, 0, phrase.Errorf("checkpoint of %s: %w", l.tally, err)
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
	add := func(key string, value []byte) {
		m := nats.NewMsg(l.c.putSubject(l.tally + "." + key))
		m.Data = value
		batch = append(batch, m)
	}
	begin, err := json.Marshal(s.Begin)
	if err != nil {
		return nil, phrase.Errorf("encode %s of %s: %w", keyCheckpoint, l.tally, err)
	}
	end, err := json.Marshal(s.End)
	if err != nil { // of a commit in which one message is missing nothing may be stored
		return nil, phrase.Errorf("encode %s of %s: %w", keyCheckpoint, l.tally, err)
	}
	if len(s.Cells) > 0 {
		add(keyCheckpoint, begin)
	}
	for i := range s.Cells {
		c := &s.Cells[i]
		add(c.Key(), c.Append(nil))
	}
	add(keyCheckpoint, end)
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
		return 0, phrase.Errorf("store batch of %d: %w", len(batch), err)
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
		return phrase.Errorf("store spec of %s: %w", l.tally, err)
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

// putSubject returns the subject on which a value of the bucket is published. Leaf
// nodes let no key-value subject pass between JetStream domains, so with a domain
// the value goes through the API of that domain, which the server maps back.
func (c *Conn) putSubject(key string) string { return c.putSubjectOf(c.names.Bucket, key) }

// putSubjectOf is putSubject for any bucket.
func (c *Conn) putSubjectOf(bucket, key string) string {
	subject := bucketSubject(bucket, key)
	if c.js.Options().Domain != "" {
		return wire.API(c.js) + subject
	}
	return subject
}
