package broker

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// RejectQuery says which rejected messages are asked for.
type RejectQuery struct {
	Tally  string          // "": the current one
	Reason pipeline.Reason // "": every one
	Limit  int             // at most so many; 0: all
}

// RejectList says how many rejected messages there are.
type RejectList struct {
	Tally   string          `json:"tally"`
	Format  pipeline.Format `json:"-"`
	Reasons []pipeline.Row  `json:"reasons"`
	Listed  int             `json:"listed"`
	// Matching is how many the query asks for, Listed or not.
	Matching uint64 `json:"matching"`
	// Rescanned is how many messages were read and decoded again, since the
	// deltas of their ranges are no longer kept.
	Rescanned uint64 `json:"rescanned"`
}

// Rejects hands over the rejected messages of a tally in the order of the
// stream, each with the message, nil if it is gone, and returns how many there
// are.
//
// The deltas hold the sequences of what was rejected, and the messages are read back
// one by one. Where deltas are no longer kept, and the checkpoint says that something
// was rejected in their ranges, the stream is read and decoded again until the limit
// is reached; that gives the same rejects. Errors wrap [ErrNoTally] or [ErrBusy], or
// are f's.
func (c *Conn) Rejects(ctx context.Context, q RejectQuery, f func(pipeline.Reject, *pipeline.Message) error) (RejectList, error) {
	a, about, err := c.auditor(ctx, q.Tally, 0)
	if err != nil {
		return RejectList{}, err
	}
	known, audit := a.Rejects(), a.End()
	list := RejectList{Tally: audit.Tally, Format: about.Spec.Format, Reasons: a.CountedRejects()}
	for _, row := range list.Reasons {
		if q.Reason == "" || row.ID == string(q.Reason) {
			list.Matching += row.Any
		}
	}
	decoder, err := pipeline.NewSpecDecoder(about.Spec)
	if err != nil {
		return list, err
	}
	stream, err := c.js.Stream(ctx, about.Spec.Stream)
	if err != nil {
		return list, c.streamError(about.Spec.Stream, err)
	}
	r := &rejects{c: c, query: q, stream: stream, decoder: decoder}
	r.addKnown(known)
	for _, gone := range audit.Gone {
		if audit.GoneNumbers.Rejected == 0 || q.Limit > 0 && len(r.found) >= q.Limit && r.found[q.Limit-1].Seq < gone.From {
			break
		}
		if err := r.rescan(ctx, gone); err != nil {
			return list, err
		}
	}
	list.Rescanned = r.rescanned
	for _, found := range r.found[:r.limit()] {
		m, err := r.readBack(ctx, &found)
		if err == nil {
			err = f(found, m)
		}
		if err != nil {
			return list, err
		}
		list.Listed++
	}
	return list, nil
}

// rejects is the state of one query. Found is in the order of the stream.
type rejects struct {
	c         *Conn
	query     RejectQuery
	stream    jetstream.Stream
	decoder   *pipeline.Decoder
	found     []pipeline.Reject
	rescanned uint64
}

func (r *rejects) limit() int {
	if r.query.Limit > 0 {
		return min(r.query.Limit, len(r.found))
	}
	return len(r.found)
}

func (r *rejects) wants(reason pipeline.Reason) bool {
	return r.query.Reason == "" || r.query.Reason == reason
}

func (r *rejects) sort() {
	slices.SortFunc(r.found, func(x, y pipeline.Reject) int { return cmp.Compare(x.Seq, y.Seq) })
}

// addKnown takes in the sequences that the deltas name.
func (r *rejects) addKnown(known map[pipeline.Reason][]pipeline.Range) {
	for reason, runs := range known {
		if !r.wants(reason) {
			continue
		}
		slices.SortFunc(runs, func(x, y pipeline.Range) int { return cmp.Compare(x.From, y.From) })
		n := 0 // of this reason; more than the limit of one of them are never listed
		for _, run := range runs {
			for seq := run.From; seq <= run.To && (r.query.Limit == 0 || n < r.query.Limit); seq++ {
				r.found = append(r.found, pipeline.Reject{Seq: seq, Reason: reason})
				n++
			}
		}
	}
	r.sort()
}

// errEnough ends a rescan.
var errEnough = phrase.New("enough")

// rescan decodes a range again, until the limit is reached.
func (r *rejects) rescan(ctx context.Context, within pipeline.Range) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var s pipeline.Suggestion
	n := 0
	src := &source{c: r.c, stream: r.stream.CachedInfo().Config.Name}
	info, err := src.Info(ctx)
	if err != nil {
		return err
	}
	within.To = min(within.To, info.Last)
	err = pipeline.ReadThrough(ctx, src, within, func(m *pipeline.Message) {
		if r.query.Limit > 0 && n >= r.query.Limit {
			cancel(errEnough)
			return
		}
		r.rescanned++
		if reason := r.decoder.Decode(m, &s); reason != "" && r.wants(reason) {
			r.found = append(r.found, pipeline.Reject{Seq: m.Seq, Reason: reason})
			n++
		}
	}, func(int, error) {})
	r.sort()
	if err != nil && errors.Is(context.Cause(ctx), errEnough) {
		return nil
	}
	return err
}

// readBack completes a reject from the message, and returns that; nil if it is
// gone.
func (r *rejects) readBack(ctx context.Context, found *pipeline.Reject) (*pipeline.Message, error) {
	m, err := r.c.getMessage(ctx, r.stream, found.Seq)
	if errors.Is(err, pipeline.ErrGone) {
		found.Gone = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s pipeline.Suggestion
	r.decoder.Decode(m, &s)
	found.Day, found.Source, found.Bytes, found.Stored = s.Day, s.Source, len(m.Data), m.Stored.UTC()
	return m, nil
}

// Message returns a message of a stream; the empty name is the stream of
// suggestions. The error wraps [pipeline.ErrGone] when it is not stored.
func (c *Conn) Message(ctx context.Context, stream string, seq uint64) (*pipeline.Message, error) {
	if stream == "" {
		stream = c.names.Suggestions
	}
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return nil, c.streamError(stream, err)
	}
	return c.getMessage(ctx, s, seq)
}

// getMessage asks any replica, as far as the stream allows it, and the leader for what a
// replica does not have: one that lags says "not found" of what is there.
func (c *Conn) getMessage(ctx context.Context, s jetstream.Stream, seq uint64) (*pipeline.Message, error) {
	name := s.CachedInfo().Config.Name
	m, err := s.GetMsg(ctx, seq)
	if err == nil {
		out := &pipeline.Message{Seq: m.Sequence, Subject: m.Subject, Data: m.Data, Stored: m.Time}
		describe(out, m.Header)
		return out, nil
	}
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		var at wire.Message
		var ok bool
		if at, ok, err = wire.FromLeader(ctx, c.js, name, wire.Query{Seq: seq}); ok {
			out := &pipeline.Message{Seq: at.Seq, Subject: at.Subject, Data: at.Data, Stored: at.Time}
			describeRaw(out, at.Header)
			return out, nil
		}
		err = cmp.Or(err, pipeline.ErrGone)
	}
	return nil, phrase.Errorf("message %d of %s: %w", seq, name, err)
}
