package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/settings"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Tallies is what is wanted of tallies, and what workers say of them: the bucket
// MINYI_TALLIES. The bucket is made when something is first stored in it. It implements
// [supervise.Store]. Safe for concurrent use.
//
//	tallies.go    the records: what is wanted
//	saying.go     what workers say
//	dicts.go      dictionaries
//	retire.go     the end of a tally
//	pointer.go    the current pointer
//	history.go    the history
type Tallies struct {
	c        *Conn
	recorded atomic.Uint64 // revision of the pointer that the history knows
	// recordAgain is when that is tried again, in nanoseconds of Unix; 0: at once.
	recordAgain atomic.Int64
	// holds is how long the word of a worker holds; 0: [supervise.SayFor]. Tests set it.
	holds time.Duration
}

var _ supervise.Store = (*Tallies)(nil)

// Tallies returns the tallies of this broker.
func (c *Conn) Tallies() *Tallies { return &Tallies{c: c} }

// Record implements [supervise.Store].
func (s *Tallies) Record(ctx context.Context, e supervise.Event) error { return s.c.Record(ctx, e) }

// WorkerOf implements [supervise.Store].
func (s *Tallies) WorkerOf(ctx context.Context, cfg pipeline.Config, spec pipeline.Spec) (*pipeline.Worker, error) {
	if spec.Stream != s.c.names.Suggestions {
		return nil, phrase.Errorf("%w: tally %s counts the stream %s, and this worker reads %s", ErrUnsuited, spec.Tally(), spec.Stream, s.c.names.Suggestions)
	}
	return s.c.WorkerOf(ctx, cfg, spec)
}

// readWanted returns the record of a tally and its revision. The error wraps [ErrNoTally] if
// there is none.
func (c *Conn) readWanted(ctx context.Context, tally string) (w supervise.Wanted, rev uint64, err error) {
	m, ok, err := wire.FromLeader(ctx, c.js, bucketStream(c.names.Tallies), wire.Query{Last: bucketSubject(c.names.Tallies, tally)})
	if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return w, 0, err
	}
	if !ok {
		return w, 0, phrase.Errorf("%w: %s: nothing is said of it in %s", ErrNoTally, tally, c.names.Tallies)
	}
	w, err = parseWanted(m.Data, tally)
	return w, m.Seq, err
}

func parseWanted(b []byte, tally string) (w supervise.Wanted, err error) {
	if err = json.Unmarshal(b, &w); err == nil && w.Tally() != tally {
		err = phrase.Errorf("its spec is that of %s", w.Tally())
	}
	if err != nil {
		return w, phrase.Errorf("record of tally %s: %w", tally, err)
	}
	return w, nil
}

// putWanted stores the record of a tally if rev is still its revision, and adds its change to
// the history. The error wraps [pipeline.ErrLost] if somebody else was faster.
func (c *Conn) putWanted(ctx context.Context, w *supervise.Wanted, rev uint64) error {
	if err := c.roomInHistory(ctx); err != nil {
		return err
	}
	w.At, w.Event = time.Now().UTC(), supervise.NewID()
	if err := c.storeWanted(ctx, *w, rev); err != nil {
		return err
	}
	return c.Record(ctx, supervise.EventOf(*w))
}

func (c *Conn) storeWanted(ctx context.Context, w supervise.Wanted, rev uint64) error {
	body, err := json.Marshal(w)
	if err != nil {
		return err
	}
	err = c.putBucket(ctx, c.names.Tallies, w.Tally(), body, func(h nats.Header) {
		h.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	})
	if wire.IsLost(err) {
		return pipeline.ErrLost
	}
	if err != nil {
		return phrase.Errorf("store what is wanted of tally %s: %w", w.Tally(), err)
	}
	return nil
}

// putBucket stores a value in one of the buckets, which is made if it is not there.
func (c *Conn) putBucket(ctx context.Context, bucket, key string, body []byte, headers func(nats.Header)) error {
	m := nats.NewMsg(c.putSubjectOf(bucket, key))
	m.Data = body
	if headers != nil {
		headers(m.Header)
	}
	_, err := c.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		if err = c.ensureBucket(ctx, bucket); err == nil {
			_, err = c.js.PublishMsg(ctx, m)
		}
	}
	return err
}

func (c *Conn) ensureBucket(ctx context.Context, bucket string) error {
	about, expiring := "minyi: what is wanted of each tally, and who counts it", true
	if bucket == c.names.Dicts {
		about, expiring = "minyi: dictionaries", false
	}
	_, err := c.ensure(ctx, settings.Bucket(bucketStream(bucket), bucketSubject(bucket, ">"), about, expiring, c.options.Replicas))
	return err
}

// Wanted returns the records of all tallies.
func (s *Tallies) Wanted(ctx context.Context) ([]supervise.Wanted, error) {
	all, _, err := s.wanted(ctx)
	return all, err
}

// wanted also returns the newest revision among the records.
func (s *Tallies) wanted(ctx context.Context) (all []supervise.Wanted, newest uint64, err error) {
	err = s.c.readBucket(ctx, s.c.names.Tallies, "*", func(key string, value []byte, seq uint64) error {
		w, err := parseWanted(value, key)
		all, newest = append(all, w), max(newest, seq)
		return err
	})
	return all, newest, err
}

// readBucket hands over the keys of a bucket that match a filter. A bucket that is not
// there is empty.
func (c *Conn) readBucket(ctx context.Context, bucket, filter string, f func(key string, value []byte, seq uint64) error) error {
	return c.readBucketAged(ctx, bucket, filter, func(key string, value []byte, seq uint64, _ time.Duration) error { return f(key, value, seq) })
}

// readBucketAged is readBucket, and says how old a value is.
func (c *Conn) readBucketAged(ctx context.Context, bucket, filter string, f func(key string, value []byte, seq uint64, age time.Duration) error) error {
	prefix := bucketSubject(bucket, "")
	err := readAged(ctx, c.js, bucketStream(bucket), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{prefix + filter}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	}, func(m jetstream.Msg, seq uint64, age time.Duration) (bool, error) {
		if len(m.Data()) == 0 || m.Headers().Get("KV-Operation") != "" { // deleted
			return true, nil
		}
		return true, f(strings.TrimPrefix(m.Subject(), prefix), m.Data(), seq, age)
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	return err
}

// followEvery is how often it is asked what is wanted. It costs one request.
const followEvery = time.Second

// FollowWanted implements [supervise.Store]. The leader is asked for the newest record;
// only if that is another one are all of them read.
func (s *Tallies) FollowWanted(ctx context.Context, changed func([]supervise.Wanted)) error {
	known, first := wire.Message{}, true
	for ctx.Err() == nil {
		m, _, err := wire.FromLeader(ctx, s.c.js, bucketStream(s.c.names.Tallies), wire.Query{Last: bucketSubject(s.c.names.Tallies, "*")})
		if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
			return ignoreEnd(ctx, err)
		}
		if first || m.Seq != known.Seq || !m.Time.Equal(known.Time) {
			all, newest, err := s.wanted(ctx)
			if err != nil {
				return ignoreEnd(ctx, err)
			}
			if newest >= m.Seq { // else a replica that lags has answered
				known, first = m, false
			}
			changed(all)
		}
		_ = pause(ctx, followEvery) // it ends early when ctx does
	}
	return nil
}

// Known implements [supervise.Store].
func (s *Tallies) Known(ctx context.Context, tally string) (supervise.Wanted, bool, error) {
	w, _, err := s.c.readWanted(ctx, tally)
	if errors.Is(err, ErrNoTally) {
		return w, false, nil
	}
	return w, err == nil, err
}

// Begin implements [supervise.Store].
func (s *Tallies) Begin(ctx context.Context, spec pipeline.Spec, packed []byte, why string) (supervise.Wanted, error) {
	w, _, err := s.c.readWanted(ctx, spec.Tally())
	if !errors.Is(err, ErrNoTally) {
		return w, err
	}
	if err := s.putDict(ctx, spec.Dict, packed, true); err != nil {
		return w, err
	}
	return s.want(ctx, spec, s.c.options.Worker, why, false)
}

// Want says that a tally is to be counted, and returns the record; one that is retired is
// begun anew. If it is counted already, nothing changes. Its dictionary must be stored.
// Errors wrap [supervise.ErrLimit].
func (s *Tallies) Want(ctx context.Context, spec pipeline.Spec, by, why string) (supervise.Wanted, error) {
	return s.want(ctx, spec, by, why, true)
}

func (s *Tallies) want(ctx context.Context, spec pipeline.Spec, by, why string, again bool) (supervise.Wanted, error) {
	for {
		w, rev, err := s.c.readWanted(ctx, spec.Tally())
		if err != nil && !errors.Is(err, ErrNoTally) {
			return w, err
		}
		if err == nil && (w.State == supervise.Counting || !again) {
			return w, s.c.Record(ctx, supervise.EventOf(w)) // whoever stored it may have died before that
		}
		if err == nil && !w.Freed {
			return w, phrase.Errorf("%w: %s, and what is stored of it is not freed yet; try again in a moment", supervise.ErrRetired, w.Tally())
		}
		all, err := s.Wanted(ctx)
		if err != nil {
			return w, err
		}
		if err := checkLimits(all, rev == 0); err != nil {
			return w, err
		}
		w = supervise.Wanted{Spec: spec, State: supervise.Counting, By: by, Why: why}
		if err := s.c.putWanted(ctx, &w, rev); !errors.Is(err, pipeline.ErrLost) {
			return w, err
		}
	}
}

// checkLimits returns an error if one more tally cannot be counted.
func checkLimits(all []supervise.Wanted, isNew bool) error {
	var counting []string
	for _, w := range all {
		if w.State == supervise.Counting {
			counting = append(counting, w.Tally())
		}
	}
	if len(counting) >= supervise.MaxCounting {
		return phrase.Errorf("%w: %d tallies are counted at a time, and each costs every worker: %s; minyi tally retire TALLY makes room",
			supervise.ErrLimit, supervise.MaxCounting, strings.Join(counting, ", "))
	}
	if isNew && len(all) >= supervise.MaxTallies {
		return phrase.Errorf("%w: %d tallies are known, retired ones too; nats kv del MINYI_TALLIES TALLY forgets one that nobody will start again",
			supervise.ErrLimit, supervise.MaxTallies)
	}
	return nil
}
