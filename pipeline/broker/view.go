package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// follower builds a view of one tally from the bucket's messages, in the order in
// which they were stored.
//
// When is such a view consistent, that is, one that was stored? The last message of
// a batch is its checkpoint. A reader that reads in order and has just read the
// newest checkpoint has seen all cells up to it, unless a newer batch overwrote one
// of them before it was read. In that case there is a newer checkpoint, or that
// newer batch is just being applied and consumers may see its beginning. So the
// reader asks the leader for the newest checkpoint: the leader answers between
// batches, never inside one. If its answer is the checkpoint that was read, no
// newer batch had begun.
//
// A revision alone does not identify a checkpoint: a bucket that was deleted and
// made again, or that lost its newest messages in a power failure, uses the same
// sequences again. So the time at which the checkpoint was stored must be the same,
// too. And a reader that had read messages before they were lost holds cells that
// nothing will overwrite. A reader gets a new consumer when the broker comes back;
// at the first message from a new consumer it therefore asks whether the last
// message that it read is still stored, and reads everything again if it is not.
//
// A batch can stay incomplete for good, when the broker was interrupted and kept
// only its beginning. The first message of a batch is a checkpoint that says what
// is being added, so what is there is a view with a tail. Only time distinguishes
// it from a batch whose rest is still on its way, and nothing depends on getting
// this right: whoever commits next either finds that the rest came first, and its
// own commit fails, or comes first, and the rest is refused.
type follower struct {
	c      *Conn
	prefix string // subject of the tally's keys, with its dot
	view   pipeline.View
	stored int64        // when its checkpoint was, in nanoseconds since 1970
	batch  string       // the id of the batch that its checkpoint came in
	spec   uint64       // revision of the spec that was read, 0 for none
	cursor streamCursor // of all keys

	// Of the last cell that was read:
	newest  uint64 // its revision, 0 for none
	last    string // its key
	foreign bool   // it, or another behind the checkpoint, is not of the checkpoint's batch
}

func (c *Conn) newFollower(tally string) *follower {
	return &follower{
		c: c, prefix: c.names.kvSubject(tally + "."), view: pipeline.View{Cells: make(pipeline.Cells)},
		cursor: streamCursor{js: c.js, stream: c.names.BucketStream},
	}
}

// viewWithin is the longest time to wait for a consistent view.
const viewWithin = 30 * time.Second

// errStale says that the messages to come cannot turn the view into what is stored.
var errStale = errors.New("the bucket is not the one that was read")

// followView calls f with consistent views until f returns true. The view is
// valid during the call; what is kept of it must be copied, unless f ends it.
func (c *Conn) followView(ctx context.Context, tally string, f func(*pipeline.View) (done bool, err error)) error {
	for {
		err := c.newFollower(tally).follow(ctx, f)
		if !errors.Is(err, errStale) {
			return err
		}
	}
}

// follow is followView until the bucket turns out to be another one.
func (fo *follower) follow(ctx context.Context, f func(*pipeline.View) (done bool, err error)) error {
	c := fo.c
	cons, err := c.js.OrderedConsumer(ctx, c.names.BucketStream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{fo.prefix + ">"}, DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	defer c.removeConsumer(ctx, c.names.BucketStream, cons)
	pending := cons.CachedInfo().NumPending
	it, err := cons.Messages(jetstream.PullMaxMessages(pullMessages))
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	defer it.Stop()
	for {
		if pending == 0 {
			consistent, err := fo.consistent(ctx)
			if err != nil {
				return err
			}
			if consistent {
				if done, err := f(&fo.view); done || err != nil {
					return err
				}
			}
		}
		m, err := c.nextUnlessLost(ctx, it, fo.lost)
		if errors.Is(err, errTail) {
			v := fo.view
			v.Tail = fo.last
			if done, err := f(&v); done || err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("read counts: %w", err)
		}
		if pending, err = fo.take(ctx, m); err != nil {
			return err
		}
	}
}

// errTail says that a commit has begun and its rest does not come.
var errTail = errors.New("the end of a commit does not come")

// lost finds out why no message has come for a while. It returns errStale when the
// leader does not have what was read: the bucket was deleted and made again, or it
// lost messages, and its next sequences are below the one that the consumer waits
// for. It returns errTail when a commit has only begun. Any other cell after the
// newest checkpoint is part of no commit, so that waiting for its end would never
// end. If the leader does not answer, lost returns nil, since nothing is known.
func (fo *follower) lost(ctx context.Context) error {
	same, err := fo.newestRead(ctx)
	switch {
	case err != nil:
		return nil //nolint:nilerr // the broker is away: what comes, comes later
	case !same:
		return errStale
	case fo.newest <= fo.view.Revision:
		return nil
	}
	same, err = fo.cursor.isThere(ctx)
	switch {
	case err != nil:
		return nil //nolint:nilerr // as above
	case !same:
		return errStale
	case !fo.hasTail():
		return fmt.Errorf("%w: cell %s was written after the last commit, by somebody else than minyi", pipeline.ErrConservation, fo.last)
	}
	return errTail
}

// hasTail reports whether the cells after the checkpoint are the beginning of a commit.
func (fo *follower) hasTail() bool {
	return fo.newest > fo.view.Revision && fo.view.Checkpoint.Open != nil && !fo.foreign
}

// take adds a message to the view, and returns how many are to come.
func (fo *follower) take(ctx context.Context, m jetstream.Msg) (pending uint64, err error) {
	meta, ok := wire.ParseReply(m.Reply())
	if !ok {
		return 0, errors.New("read counts: message without metadata")
	}
	if fo.cursor.resumed(m.Reply()) {
		if there, err := fo.cursor.isThere(ctx); err != nil || !there {
			return 0, cmp.Or(err, errStale)
		}
	}
	fo.cursor.add(m.Reply(), meta)
	key := strings.TrimPrefix(m.Subject(), fo.prefix)
	gone := m.Headers().Get("KV-Operation") != ""
	switch key {
	case keySpec:
		// It is stored once and before everything else. A second one says that
		// the tally was removed from the bucket, and is counted again.
		if fo.spec != 0 && fo.spec != meta.Seq {
			clear(fo.view.Cells)
			fo.view.Checkpoint, fo.view.Revision, fo.newest, fo.foreign = pipeline.Checkpoint{}, 0, 0, false
		}
		fo.spec = meta.Seq
	case keyCheckpoint:
		var cp pipeline.Checkpoint
		fo.view.Revision, fo.stored = meta.Seq, meta.Stored
		fo.batch, fo.foreign = m.Headers().Get(headerBatch), false
		if gone {
			fo.view.Revision = 0
		} else if err := json.Unmarshal(m.Data(), &cp); err != nil {
			return 0, fmt.Errorf("checkpoint: %w", err)
		}
		fo.view.Checkpoint = cp
	default:
		if err := fo.takeCell(key, m.Data(), gone); err != nil {
			return 0, err
		}
		fo.newest, fo.last = meta.Seq, key // they come in order
		if batch := m.Headers().Get(headerBatch); batch == "" || batch != fo.batch {
			fo.foreign = true
		}
	}
	return meta.Pending, nil
}

// headerBatch is in every message of an atomic batch.
const headerBatch = "Nats-Batch-Id"

func (fo *follower) takeCell(key string, body []byte, gone bool) error {
	k, err := pipeline.ParseKey(key)
	if err != nil {
		return fmt.Errorf("key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	if gone {
		delete(fo.view.Cells, k)
		return nil
	}
	var n pipeline.Count
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("value of key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	fo.view.Cells[k] = n
	return nil
}

// consistent reports whether the view is one that was stored.
func (fo *follower) consistent(ctx context.Context) (bool, error) {
	if fo.newest > fo.view.Revision {
		return false, nil // the end of a batch is still to come
	}
	return fo.newestRead(ctx)
}

// newestRead reports whether the checkpoint that was read is the leader's newest.
func (fo *follower) newestRead(ctx context.Context) (bool, error) {
	m, ok, err := wire.FromLeader(ctx, fo.c.js, fo.c.names.BucketStream, wire.Query{Last: fo.prefix + keyCheckpoint})
	if err != nil {
		return false, err
	}
	if !ok {
		return fo.view.Revision == 0, nil
	}
	return m.Seq == fo.view.Revision && m.Time.UnixNano() == fo.stored, nil
}
