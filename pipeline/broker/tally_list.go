package broker

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// ListedTally is a tally as `minyi tally list` shows it. Its JSON shape is stable.
type ListedTally struct {
	Tally   string          `json:"tally"`
	Dict    string          `json:"dict"`
	State   supervise.State `json:"state"`
	Current bool            `json:"current"`
	// Frontier is the last sequence that is counted, Last the stream's last one, and Lag
	// what is between them; of a retired tally they are 0.
	Frontier uint64 `json:"frontier"`
	Last     uint64 `json:"last"`
	Lag      uint64 `json:"lag"`
	// AsOf is when the newest message that is counted was stored; zero: none is.
	AsOf time.Time `json:"as_of,omitzero"`
	// Rate is how many messages a second it moves by, as the workers last measured; ETA in
	// how many seconds it has caught up at that rate, -1 if it does not move.
	Rate    int64                   `json:"rate"`
	ETA     int64                   `json:"eta_s"`
	Workers int                     `json:"workers"` // that count it, or load its dictionary
	Refused []supervise.Refusal     `json:"refused"`
	Wanted  supervise.Wanted        `json:"-"` // the zero value where nobody has said anything
	Info    *pipeline.TallyInfo     `json:"-"` // nil: nothing is counted yet
	Move    *supervise.Event        `json:"-"` // of the current tally: how it became that
	States  []supervise.WorkerState `json:"-"`
}

// List returns all tallies that are wanted, retired, or stored: the current one first,
// then those that are counted, the newest first, then retired ones.
func (s *Tallies) List(ctx context.Context) ([]ListedTally, error) {
	wanted, err := s.Wanted(ctx)
	if err != nil {
		return nil, err
	}
	workers, err := s.Workers(ctx)
	if err != nil {
		return nil, err
	}
	stored, err := s.stored(ctx)
	if err != nil {
		return nil, err
	}
	current, rev, err := s.c.current(ctx)
	if err != nil && !errors.Is(err, ErrNoTally) {
		return nil, err
	}
	stream, err := s.c.StreamInfo(ctx)
	if err != nil {
		return nil, err
	}
	list := []ListedTally{}
	for _, w := range wanted {
		list = append(list, ListedTally{Tally: w.Tally(), Dict: w.Spec.Dict, State: w.State, Wanted: w})
	}
	for tally, info := range stored {
		i := slices.IndexFunc(list, func(t ListedTally) bool { return t.Tally == tally })
		if i < 0 {
			i, list = len(list), append(list, ListedTally{Tally: tally, Dict: info.Spec.Dict, State: supervise.Counting})
		}
		list[i].Info = &info
	}
	for i := range list {
		t := &list[i]
		t.Current, t.States = t.Tally == current, workers[t.Tally]
		t.says()
		if t.State == supervise.Retired {
			continue
		}
		if err := s.measure(ctx, t, stream); err != nil {
			return nil, err
		}
		if t.Current {
			if e, ok, err := s.c.moveTo(ctx, current, rev); err == nil && ok {
				t.Move = &e
			}
		}
	}
	slices.SortFunc(list, func(a, b ListedTally) int {
		return cmp.Or(-compareBool(a.Current, b.Current), strings.Compare(string(a.State), string(b.State)), -a.Wanted.At.Compare(b.Wanted.At), strings.Compare(a.Tally, b.Tally))
	})
	return list, nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// says sums up what workers say.
func (t *ListedTally) says() {
	t.Refused = []supervise.Refusal{}
	for _, w := range t.States {
		if w.State == supervise.Refused {
			t.Refused = append(t.Refused, supervise.Refusal{Worker: w.Worker, Reason: w.Reason})
			continue
		}
		t.Workers++
		t.Rate = max(t.Rate, int64(w.Rate+0.5))
	}
}

// measure finds out how far a tally is.
func (s *Tallies) measure(ctx context.Context, t *ListedTally, stream pipeline.StreamInfo) error {
	cp, _, err := s.c.Counts().Checkpoint(ctx, t.Tally)
	if err != nil && !wire.HasCode(err, 10059) {
		return err
	}
	t.Frontier, t.Last, t.AsOf = cp.Frontier, max(stream.Last, cp.Frontier), cp.AsOf()
	t.Lag = t.Last - t.Frontier
	switch {
	case t.Lag == 0:
	case t.Rate > 0:
		t.ETA = int64(t.Lag)/t.Rate + 1
	default:
		t.ETA = -1
	}
	return nil
}

// stored are the tallies of which something is stored, by their ids.
func (s *Tallies) stored(ctx context.Context) (map[string]pipeline.TallyInfo, error) {
	all := map[string]pipeline.TallyInfo{}
	err := s.c.readBucket(ctx, s.c.names.Bucket, "*."+keySpec, func(key string, value []byte, _ uint64) error {
		info, err := pipeline.ParseTallyInfo(value)
		if errors.Is(err, pipeline.ErrSpecVersion) {
			return nil // of another release: nothing can be said of it here
		}
		if err != nil {
			return phrase.Errorf("key %s of bucket %s: %w", key, s.c.names.Bucket, err)
		}
		all[strings.TrimSuffix(key, "."+keySpec)] = info
		return nil
	})
	return all, err
}

// Find returns a tally of the list by its id. The error wraps [ErrNoTally].
func (s *Tallies) Find(ctx context.Context, tally string) (ListedTally, error) {
	list, err := s.List(ctx)
	if err != nil {
		return ListedTally{}, err
	}
	for _, t := range list {
		if t.Tally == tally {
			return t, nil
		}
	}
	return ListedTally{}, phrase.Errorf("%w: %s; minyi tally list shows which there are", ErrNoTally, tally)
}

// Previous returns the tally that readers were shown before the current one, by which move
// the current one came, and the current one. The error wraps [ErrNoTally] if it is not
// known, or the current one came by a rollback already.
func (s *Tallies) Previous(ctx context.Context) (previous, current string, err error) {
	current, rev, err := s.c.current(ctx)
	if err != nil || current == "" {
		return "", "", cmp.Or(err, phrase.Errorf("%w: none is current", ErrNoTally))
	}
	e, ok, err := s.c.moveTo(ctx, current, rev)
	switch {
	case err != nil:
		return "", current, err
	case ok && e.Event == supervise.RolledBack:
		return "", current, phrase.Errorf("%w to go back to: %s is shown since the rollback from %s at %s; minyi tally promote shows another one",
			ErrNoTally, current, e.From, e.At.Local().Format(time.DateTime))
	case !ok || e.From == "":
		return "", current, phrase.Errorf("%w before %s is known; minyi tally promote shows another one", ErrNoTally, current)
	}
	return e.From, current, nil
}
