package broker

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
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
	cells  *pipeline.TotalsEditor // of the view
	stored int64                  // when its checkpoint was, in nanoseconds since 1970
	batch  string                 // the id of the batch that its checkpoint came in
	spec   uint64                 // revision of the spec that was read, 0 for none
	info   []byte                 // that spec
	parsed *pipeline.TallyInfo    // nil: not yet
	cursor streamCursor           // of all keys

	// Of the last cell that was read:
	newest  uint64 // its revision, 0 for none
	last    string // its key
	foreign bool   // it, or another behind the checkpoint, is not of the checkpoint's batch

	// checked is called each time that the leader was asked whether the view is what
	// is stored, with nil or why it did not answer. If it is nil, the error ends the
	// reading.
	checked func(error)
	// complete: views of which a slice is open are not wanted.
	complete bool

	received func(jetstream.Msg) jetstream.Msg // a seam of tests; nil: as it came
}

func (c *Conn) newFollower(tally string) *follower {
	return &follower{
		c: c, prefix: c.names.kvSubject(tally + "."), cells: (*pipeline.Totals)(nil).Edit(),
		cursor: streamCursor{js: c.js, stream: c.names.BucketStream},
	}
}

// viewWithin is the longest time to wait for a consistent view.
const viewWithin = 30 * time.Second

// errStale says that the messages to come cannot turn the view into what is stored.
var errStale = phrase.New("the bucket is not the one that was read")

// followView calls f with consistent views until f returns true. The totals of a view
// stay as they are; the rest is valid during the call. It begins anew with another
// follower, which the caller may make, when the bucket turns out to be another one.
func followView(ctx context.Context, make func() *follower, f func(*follower) (done bool, err error)) error {
	for {
		fo := make()
		err := fo.follow(ctx, func() (bool, error) { return f(fo) })
		if !errors.Is(err, errStale) {
			return err
		}
	}
}

// follow is followView until the bucket turns out to be another one.
func (fo *follower) follow(ctx context.Context, f func() (done bool, err error)) error {
	c := fo.c
	cons, err := fo.consumer(ctx)
	if err != nil {
		return phrase.Errorf("read counts: %w", err)
	}
	defer removeConsumer(ctx, c.js, c.names.BucketStream, cons)
	it, err := cons.Messages(jetstream.PullMaxMessages(pullMessages))
	if err != nil {
		return phrase.Errorf("read counts: %w", err)
	}
	defer it.Stop()
	pending, handed, since := cons.CachedInfo().NumPending, false, time.Now()
	for {
		// The number of pending messages is a hint: some of those that it counts may be
		// overwritten before they come. Whether the view is one, the leader says.
		if quiet := time.Since(since); !handed && (pending == 0 || quiet >= hintWait) || quiet >= checkEvery {
			done, err := fo.hand(ctx, f, &handed)
			if done || err != nil {
				return err
			}
		}
		wait := min(checkEvery, c.options.stale)
		if !handed && pending > 0 {
			wait = hintWait
		}
		m, err := nextWithin(ctx, it, wait)
		switch {
		case err == nil:
			since, handed = time.Now(), false
			if fo.received != nil {
				m = fo.received(m)
			}
			if pending, err = fo.take(ctx, m); err != nil {
				return err
			}
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return phrase.Errorf("read counts: %w", err)
		case time.Since(since) >= c.options.stale:
			since = time.Now()
			if done, err := fo.atRest(ctx, f); done || err != nil {
				return err
			}
		}
	}
}

const (
	// hintWait is how long a message that is said to be pending may take before the
	// leader is asked whether there is any.
	hintWait = 100 * time.Millisecond
	// checkEvery is how often the leader is asked whether a view of which nothing
	// changes is still what is stored.
	checkEvery = time.Second
)

// hand asks the leader whether the view is what is stored, and if so hands it over
// unless it was handed over before.
func (fo *follower) hand(ctx context.Context, f func() (bool, error), handed *bool) (done bool, err error) {
	if fo.newest > fo.view.Revision || fo.complete && fo.view.Checkpoint.Open != nil {
		return false, nil // the end of a commit, or of a fold, is to come
	}
	var newest bool
	if fo.checked != nil && !fo.c.nc.IsConnected() {
		err = nats.ErrDisconnected // at once, and not when a request is given up
	} else {
		newest, err = fo.newestRead(ctx)
	}
	if fo.checked != nil && ctx.Err() == nil {
		fo.checked(err)
	} else if err != nil {
		return false, err
	}
	if !newest || *handed {
		return false, nil
	}
	*handed = true
	fo.view.Totals = fo.cells.Totals()
	fo.view.Tail = ""
	return f()
}

// atRest finds out why nothing comes. A commit that has only begun is a view with a
// tail.
func (fo *follower) atRest(ctx context.Context, f func() (bool, error)) (done bool, err error) {
	err = fo.lost(ctx)
	switch {
	case !errors.Is(err, errTail):
		return false, err
	case fo.complete:
		return false, nil
	}
	fo.view.Tail, fo.view.Totals = fo.last, fo.cells.Totals()
	return f()
}

// errTail says that a commit has begun and its rest does not come.
var errTail = phrase.New("the end of a commit does not come")

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
		return phrase.Errorf("%w: cell %s was written after the last commit, by somebody else than minyi", pipeline.ErrConservation, fo.last)
	}
	return errTail
}

// hasTail reports whether the cells after the checkpoint are the beginning of a commit.
func (fo *follower) hasTail() bool {
	return fo.newest > fo.view.Revision && fo.view.Checkpoint.Open != nil && !fo.foreign
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
