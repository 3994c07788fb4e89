package broker

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// StoredDict is a dictionary in the bucket MINYI_DICTS.
type StoredDict struct {
	Dict   string    `json:"dict"` // its version
	Bytes  int       `json:"bytes"`
	Stored time.Time `json:"stored"`
}

// Dict implements [supervise.Store].
func (s *Tallies) Dict(ctx context.Context, version string) ([]byte, error) {
	m, ok, err := wire.FromLeader(ctx, s.c.js, bucketStream(s.c.names.Dicts), wire.Query{Last: bucketSubject(s.c.names.Dicts, version)})
	if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return nil, err
	}
	if !ok || len(m.Data) == 0 {
		return nil, phrase.Errorf("%w: %s is not in %s", supervise.ErrNoDict, version, s.c.names.Dicts)
	}
	return m.Data, nil
}

// Dicts lists what is stored, the oldest first.
func (s *Tallies) Dicts(ctx context.Context) ([]StoredDict, error) {
	all := []StoredDict{}
	prefix := bucketSubject(s.c.names.Dicts, "")
	err := readStored(ctx, s.c.js, bucketStream(s.c.names.Dicts), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{prefix + "*"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	}, func(m jetstream.Msg, _ uint64) (bool, error) {
		meta, err := m.Metadata()
		if err == nil && len(m.Data()) > 0 {
			all = append(all, StoredDict{strings.TrimPrefix(m.Subject(), prefix), len(m.Data()), meta.Timestamp.UTC()})
		}
		return true, err
	})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		err = nil
	}
	return all, err
}

// PublishDict stores a dictionary as [supervise.Pack] made it, and says that its tally is
// to be counted: that of the current tally's spec with this dictionary in place of its
// own. The same content is the same version, and the same tally. Errors wrap
// [ErrNoTally] when none is current, and [supervise.ErrLimit].
func (s *Tallies) PublishDict(ctx context.Context, version string, packed []byte, by, why string) (supervise.Wanted, error) {
	current, err := s.c.Counts().Current(ctx)
	if err != nil {
		return supervise.Wanted{}, err
	}
	about, err := s.c.Counts().TallyInfo(ctx, current)
	if err != nil {
		return supervise.Wanted{}, err
	}
	if gone, err := s.c.MadeAnew(ctx, about.Spec); err != nil || gone {
		if gone {
			err = phrase.Errorf("%w: that of the current tally %s; start a worker first", pipeline.ErrStreamReset, current)
		}
		return supervise.Wanted{}, err
	}
	if err := s.putDict(ctx, version, packed, false); err != nil {
		return supervise.Wanted{}, err
	}
	spec := about.Spec
	spec.Dict = version
	return s.Want(ctx, spec, by, why)
}

// putDict stores a dictionary. One that is there is replaced where names or examples differ,
// which do not belong to its version, unless it is to be kept.
func (s *Tallies) putDict(ctx context.Context, version string, packed []byte, keep bool) error {
	there, err := s.Dict(ctx, version)
	if err == nil && (keep || bytes.Equal(there, packed)) {
		return nil
	}
	const envelope = 512 // subject and headers
	if most := s.c.nc.MaxPayload(); int64(len(packed)+envelope) > most {
		return phrase.Errorf("%w: dictionary %s has %d bytes, packed, and the server takes messages of %d bytes (max_payload)",
			supervise.ErrLimit, version, len(packed)+envelope, most)
	}
	if err := s.makeRoom(ctx); err != nil {
		return err
	}
	if err := s.c.putBucket(ctx, s.c.names.Dicts, version, packed, nil); err != nil {
		return phrase.Errorf("store dictionary %s: %w", version, err)
	}
	return nil
}

// measureKey is where the measure of a version is. It has two tokens, so that no measure is
// taken for a dictionary.
func measureKey(version string) string { return version + ".measure" }

// Measure returns the newest measure of a dictionary, as it was stored; nil if there is none.
func (s *Tallies) Measure(ctx context.Context, version string) ([]byte, error) {
	m, ok, err := wire.FromLeader(ctx, s.c.js, bucketStream(s.c.names.Dicts), wire.Query{Last: bucketSubject(s.c.names.Dicts, measureKey(version))})
	if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return nil, err
	}
	if !ok || len(m.Data) == 0 {
		return nil, nil
	}
	return m.Data, nil
}

// PutMeasure stores a measure of a dictionary in place of an older one, and adds that to the
// history. The same bytes change nothing.
func (s *Tallies) PutMeasure(ctx context.Context, version string, measure []byte, by, why string) error {
	there, err := s.Measure(ctx, version)
	if err != nil || bytes.Equal(there, measure) {
		return err
	}
	if err := s.c.putBucket(ctx, s.c.names.Dicts, measureKey(version), measure, nil); err != nil {
		return phrase.Errorf("store the measure of dictionary %s: %w", version, err)
	}
	return s.c.Record(ctx, supervise.Event{ID: supervise.NewID(), Event: supervise.Measured, Dict: version, At: time.Now().UTC(), By: by, Why: why})
}

// makeRoom removes the oldest dictionaries that no tally needs which is counted, until
// there is room for another one.
func (s *Tallies) makeRoom(ctx context.Context) error {
	dicts, err := s.Dicts(ctx)
	if err != nil || len(dicts) < supervise.MaxDicts {
		return err
	}
	wanted, err := s.Wanted(ctx)
	if err != nil {
		return err
	}
	slices.SortFunc(dicts, func(a, b StoredDict) int { return a.Stored.Compare(b.Stored) })
	tooMany := len(dicts) - supervise.MaxDicts + 1
	for _, d := range dicts {
		if tooMany == 0 {
			break
		}
		if slices.ContainsFunc(wanted, func(w supervise.Wanted) bool { return w.Spec.Dict == d.Dict && w.State == supervise.Counting }) {
			continue // there are fewer of those than dictionaries
		}
		tooMany--
		for _, key := range []string{d.Dict, measureKey(d.Dict)} {
			if err := s.c.purge(ctx, bucketStream(s.c.names.Dicts), bucketSubject(s.c.names.Dicts, key)); err != nil {
				return phrase.Errorf("make room among %d dictionaries: %w", len(dicts), err)
			}
		}
	}
	return nil
}

// purge removes what a stream has under a subject.
func (c *Conn) purge(ctx context.Context, stream, subject string) error {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	return s.Purge(ctx, jetstream.WithPurgeSubject(subject))
}
