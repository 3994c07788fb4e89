package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Say implements [supervise.Store].
func (s *Tallies) Say(ctx context.Context, tally string, state supervise.WorkerState) error {
	body, err := json.Marshal(state)
	if err != nil {
		return err
	}
	err = s.c.putBucket(ctx, s.c.names.Tallies, tally+"."+s.c.options.Worker, body, func(h nats.Header) {
		h.Set(jetstream.MsgTTLHeader, supervise.SayFor.String())
	})
	if err != nil {
		return phrase.Errorf("say what is done with tally %s: %w", tally, err)
	}
	return nil
}

// Unsay implements [supervise.Store].
func (s *Tallies) Unsay(ctx context.Context, tally string) error {
	return s.c.putBucket(ctx, s.c.names.Tallies, tally+"."+s.c.options.Worker, nil, func(h nats.Header) {
		h.Set("KV-Operation", "DEL")
		h.Set(jetstream.MsgTTLHeader, supervise.SayFor.String())
	})
}

// Workers implements [supervise.Store]. What is older than [supervise.SayFor] is not said any
// more: the server removes it a while later, and a restored backup has what was said when
// it was taken.
func (s *Tallies) Workers(ctx context.Context) (map[string][]supervise.WorkerState, error) {
	all := map[string][]supervise.WorkerState{}
	err := s.c.readBucketAged(ctx, s.c.names.Tallies, "*.*", func(key string, value []byte, _ uint64, age time.Duration) error {
		if !s.holdsAt(age) {
			return nil
		}
		tally, worker, _ := strings.Cut(key, ".")
		var state supervise.WorkerState
		if json.Unmarshal(value, &state) != nil {
			return nil //nolint:nilerr // another release's, and it expires
		}
		state.Worker = worker
		all[tally] = append(all[tally], state)
		return nil
	})
	for _, states := range all {
		slices.SortFunc(states, func(a, b supervise.WorkerState) int { return strings.Compare(a.Worker, b.Worker) })
	}
	return all, err
}

// holdsAt tells whether what a worker said so long ago still holds.
func (s *Tallies) holdsAt(age time.Duration) bool { return age <= cmp.Or(s.holds, supervise.SayFor) }

// workersOf returns what is said of one tally.
func (s *Tallies) workersOf(ctx context.Context, tally string) (n int, err error) {
	err = s.c.readBucketAged(ctx, s.c.names.Tallies, tally+".*", func(_ string, _ []byte, _ uint64, age time.Duration) error {
		if s.holdsAt(age) {
			n++
		}
		return nil
	})
	return n, err
}
