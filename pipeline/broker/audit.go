package broker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// Limits of an audit.
const (
	// maxDeleted is how many deleted messages of a stream are listed one by one.
	maxDeleted = 2_000_000
	// settleWithin is how long to wait for the end of a commit whose beginning
	// was seen. A commit takes much less, and a person waits as long.
	settleWithin = 3 * time.Second
)

// Audit checks a tally (the empty id is the current one) against its deltas and
// its stream. A contradiction is no error but a fault in the result. Errors wrap
// [ErrNoTally], or [ErrBusy] when no moment of rest was found.
func (c *Conn) Audit(ctx context.Context, tally string) (pipeline.Audit, error) {
	a, _, err := c.auditor(ctx, tally, 0)
	if err != nil {
		return pipeline.Audit{}, err
	}
	return a.End(), nil
}

// AuditStream is Audit, and counts once more what the stream holds: at most sample of the
// ranges whose deltas are kept, or if sample is 0 everything. The classifier is asked for by
// the version of its dictionary. Read, if it is not nil, is told how many messages more were
// read, by several goroutines at once.
func (c *Conn) AuditStream(ctx context.Context, tally string, sample int, classifier func(context.Context, string) (pipeline.Classifier, error), read func(messages int)) (pipeline.Audit, error) {
	a, about, err := c.auditor(ctx, tally, sample)
	if err != nil {
		return pipeline.Audit{}, err
	}
	with, err := classifier(ctx, about.Spec.Dict)
	if err != nil {
		return pipeline.Audit{}, err
	}
	src := c.SourceOf(about.Spec.Stream)
	if read != nil {
		src = pipeline.Watched(src, read)
	}
	if err := a.Recount(ctx, src, with); err != nil {
		return pipeline.Audit{}, err
	}
	return a.End(), nil
}

// auditor collects everything stored of a tally; the empty id is the current one. Sample is
// how many ranges are to be counted again.
func (c *Conn) auditor(ctx context.Context, tally string, sample int) (*pipeline.Auditor, pipeline.TallyInfo, error) {
	var about pipeline.TallyInfo
	counts := c.Counts()
	if tally == "" {
		var err error
		if tally, err = counts.Current(ctx); err != nil {
			return nil, about, err
		}
	}
	about, err := counts.TallyInfo(ctx, tally)
	if err != nil {
		return nil, about, err
	}
	view, foreign, err := c.rawView(ctx, tally)
	if err != nil {
		return nil, about, err
	}
	refs, err := c.deltaRefs(ctx, tally)
	if err != nil {
		return nil, about, phrase.Errorf("read deltas: %w", err)
	}
	a := pipeline.NewAuditor(about, view, refs, foreign)
	if sample > 0 {
		a.Sample(sample)
	}
	if from, to := a.Wants(); to > 0 {
		if err := c.readDeltas(ctx, tally, from, to, a.AddPart); err != nil {
			return nil, about, phrase.Errorf("read deltas: %w", err)
		}
	}
	facts, err := c.streamFacts(ctx, about.Spec.Stream, view.Checkpoint.Mark)
	switch {
	case err == nil:
		a.SetStream(facts)
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, about, err
	}
	return a, about, nil
}

// rawView reads checkpoint and cells as of one moment, whether or not they add up,
// and returns the keys of cells that were written after the newest checkpoint but by
// no commit.
//
// A cell that is newer than the newest checkpoint belongs to a commit that is being
// applied, or was written by hand. The leader answers between commits: if it still
// names the same checkpoint after settleWithin, the cell was written by hand.
func (c *Conn) rawView(ctx context.Context, tally string) (pipeline.View, []string, error) {
	deadline := time.Now().Add(viewWithin)
	var unsettled time.Time
	for {
		view, newer, err := c.readView(ctx, tally)
		if errors.Is(err, errStale) && time.Now().Before(deadline) {
			continue
		}
		if err != nil {
			return pipeline.View{}, nil, err
		}
		_, rev, err := (&ledger{c: c, tally: tally}).Checkpoint(ctx)
		if err != nil {
			return pipeline.View{}, nil, err
		}
		switch {
		case rev == view.Revision && len(newer) == 0:
			return view, nil, nil
		case rev != view.Revision:
			unsettled = time.Time{}
		case unsettled.IsZero():
			unsettled = time.Now()
		case time.Since(unsettled) > settleWithin:
			return view, newer, nil
		}
		if time.Now().After(deadline) {
			return pipeline.View{}, nil, ErrBusy
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return pipeline.View{}, nil, err
		}
	}
}

// readView reads all keys of a tally once. It also returns the keys of cells that are
// newer than the checkpoint and not the tail of a commit.
func (c *Conn) readView(ctx context.Context, tally string) (pipeline.View, []string, error) {
	fo := c.newFollower(tally)
	written := make(map[string]uint64)
	err := readStored(ctx, c.js, c.names.BucketStream, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{fo.prefix + ">"}, DeliverPolicy: jetstream.DeliverAllPolicy,
	}, func(m jetstream.Msg, seq uint64) (bool, error) {
		if _, err := fo.take(ctx, m); err != nil {
			return false, err
		}
		if key := m.Subject()[len(fo.prefix):]; key != keySpec && key != keyCheckpoint {
			written[key] = seq
		}
		return true, nil
	})
	if err != nil {
		return pipeline.View{}, nil, phrase.Errorf("read counts: %w", err)
	}
	fo.view.Totals = fo.cells.Totals()
	if fo.hasTail() {
		fo.view.Tail = fo.last
		return fo.view, nil, nil
	}
	var newer []string
	for k := range fo.view.Totals.All {
		if key := k.Key(); written[key] > fo.view.Revision {
			newer = append(newer, key)
		}
	}
	return fo.view, newer, nil
}

// signedRef is a reference with its signature.
type signedRef struct {
	pipeline.DeltaRef
	mac    string
	fields []string
}

// deltaRefs returns the references to all stored parts of a tally's deltas.
func (c *Conn) deltaRefs(ctx context.Context, tally string) ([]pipeline.DeltaRef, error) {
	var signed []signedRef
	err := readStored(ctx, c.js, c.names.Deltas, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{c.names.deltasOf(tally)}, DeliverPolicy: jetstream.DeliverAllPolicy, HeadersOnly: true,
	}, func(m jetstream.Msg, seq uint64) (bool, error) {
		ref := parseRef(m.Headers(), seq)
		if ref.Flaw != "" {
			return true, nil
		}
		s := signedRef{ref, m.Headers().Get(headerMAC), partFields(tally, ref, m.Headers().Get(headerBody))}
		if s.mac == "" {
			s.Flaw = pipeline.FlawUnsigned
		}
		signed = append(signed, s)
		return true, nil
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err == nil && disagree(signed) {
		signed = c.believed(ctx, signed)
	}
	refs := make([]pipeline.DeltaRef, len(signed))
	for i, s := range signed {
		refs[i] = s.DeltaRef
	}
	return refs, err
}

// disagree tells whether two deltas that look signed end at the same sequence and differ.
func disagree(refs []signedRef) bool {
	type delta struct {
		from   uint64
		digest string
	}
	byTo := make(map[uint64]delta)
	for _, s := range refs {
		if s.Flaw != "" {
			continue
		}
		d := delta{s.From, s.Digest}
		if other, ok := byTo[s.To]; ok && other != d {
			return true
		}
		byTo[s.To] = d
	}
	return false
}

// believed returns the references whose signature is right, and those without one. Who
// audits need not have the right to read the key; then everything that looks signed
// stays.
func (c *Conn) believed(ctx context.Context, refs []signedRef) []signedRef {
	const patience = time.Second // a server does not answer to whom it lets not ask
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := c.readSigner(asked)
	if err != nil {
		return refs
	}
	return slices.DeleteFunc(refs, func(r signedRef) bool { return r.Flaw == "" && s.check(ctx, r.mac, r.fields) != "" })
}

// readDeltas hands over the stored parts of a tally's deltas between two
// sequences of the stream of deltas.
func (c *Conn) readDeltas(ctx context.Context, tally string, from, to uint64, f func(seq uint64, body []byte)) error {
	return readStored(ctx, c.js, c.names.Deltas, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{c.names.deltasOf(tally)},
		DeliverPolicy:  jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
	}, func(m jetstream.Msg, seq uint64) (bool, error) {
		if seq <= to {
			f(seq, m.Data())
		}
		return seq < to, nil
	})
}

// streamFacts asks a stream which sequences it does not hold.
func (c *Conn) streamFacts(ctx context.Context, name string, mark *pipeline.Mark) (pipeline.StreamFacts, error) {
	st, err := c.js.Stream(ctx, name)
	if err != nil {
		return pipeline.StreamFacts{}, c.streamError(name, err)
	}
	info := st.CachedInfo()
	detailed := info.State.NumDeleted <= maxDeleted
	if detailed {
		if info, err = st.Info(ctx, jetstream.WithDeletedDetails(true)); err != nil {
			return pipeline.StreamFacts{}, phrase.Errorf("stream %s: %w", name, err)
		}
	}
	facts := pipeline.StreamFacts{
		StreamInfo: streamInfo(info), Messages: info.State.Msgs,
		Deleted: info.State.Deleted, Detailed: detailed && len(info.State.Deleted) == info.State.NumDeleted,
	}
	if mark != nil {
		m, ok, err := wire.FromLeader(ctx, c.js, name, wire.Query{Seq: mark.Seq})
		if err != nil {
			return pipeline.StreamFacts{}, err
		}
		if ok {
			facts.MarkStored = m.Time
		}
	}
	return facts, nil
}
