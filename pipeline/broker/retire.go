package broker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Retire says that nobody shall count a tally any more, and returns its record. Workers
// stop, and then [Tallies.Free] removes what is stored of it. A tally of an older release
// has no record yet, and gets one. Errors wrap [supervise.ErrIsCurrent] and [ErrNoTally].
func (s *Tallies) Retire(ctx context.Context, tally, by, why string) (supervise.Wanted, error) {
	for {
		w, rev, err := s.c.readWanted(ctx, tally)
		if errors.Is(err, ErrNoTally) {
			var about pipeline.TallyInfo
			about, err = s.c.Counts().TallyInfo(ctx, tally)
			w.Spec = about.Spec
		}
		if err != nil {
			return w, err
		}
		if w.State == supervise.Retired {
			return w, s.c.Record(ctx, supervise.EventOf(w))
		}
		if err := s.notCurrent(ctx, tally); err != nil {
			return w, err
		}
		if err := s.c.roomInHistory(ctx); err != nil {
			return w, err
		}
		before := w
		w.State, w.By, w.Why, w.Freed = supervise.Retired, by, why, false
		w.At, w.Event = time.Now().UTC(), supervise.NewID()
		switch err := s.c.storeWanted(ctx, w, rev); {
		case errors.Is(err, pipeline.ErrLost):
			continue
		case err != nil:
			return w, err
		}
		// Somebody may have promoted it at the same moment (see MoveCurrent).
		if err := s.notCurrent(ctx, tally); err != nil {
			if errors.Is(err, supervise.ErrIsCurrent) {
				err = errors.Join(err, s.unretire(ctx, before))
			}
			return w, err
		}
		return w, s.c.Record(ctx, supervise.EventOf(w))
	}
}

func (s *Tallies) notCurrent(ctx context.Context, tally string) error {
	current, _, err := s.c.current(ctx)
	if err == nil && current == tally {
		return phrase.Errorf("%w: %s; promote another one first", supervise.ErrIsCurrent, tally)
	}
	if errors.Is(err, ErrNoTally) {
		return nil
	}
	return err
}

// unretire stores the record that was there before, with the state that is right.
func (s *Tallies) unretire(ctx context.Context, before supervise.Wanted) error {
	_, rev, err := s.c.readWanted(ctx, before.Tally())
	if err != nil {
		return err
	}
	before.State, before.Freed = supervise.Counting, false
	if before.Event == "" {
		before.At, before.Event = time.Now().UTC(), supervise.NewID()
	}
	return s.c.storeWanted(ctx, before, rev)
}

// Free implements [supervise.Store].
func (s *Tallies) Free(ctx context.Context) (more bool, err error) {
	all, err := s.Wanted(ctx)
	for _, w := range all {
		if w.State == supervise.Retired && !w.Freed {
			freed, freeErr := s.FreeTally(ctx, w.Tally(), false)
			more, err = more || !freed, errors.Join(err, freeErr)
		}
	}
	return more, err
}

// FreeTally removes what is stored of a retired tally, and returns whether it did: cells,
// checkpoint, tasks, deltas and consumer. It does nothing while a worker says something of
// the tally. Its record stays, so that nobody starts it again by accident, and so does its
// dictionary. With again it looks at a tally that is freed already too: a worker that was
// asleep may have stored something since.
func (s *Tallies) FreeTally(ctx context.Context, tally string, again bool) (bool, error) {
	w, rev, err := s.c.readWanted(ctx, tally)
	if err != nil || w.State != supervise.Retired {
		return false, err
	}
	if w.Freed && !again {
		return true, nil
	}
	if n, err := s.workersOf(ctx, tally); err != nil || n > 0 {
		return false, err
	}
	if err := s.notCurrent(ctx, tally); err != nil {
		if errors.Is(err, supervise.ErrIsCurrent) { // promoted while it was being retired
			w.State, w.Why = supervise.Counting, supervise.WhyCurrent
			err = s.c.putWanted(ctx, &w, rev)
		}
		return false, err
	}
	if err := s.c.Record(ctx, supervise.EventOf(w)); err != nil {
		return false, err
	}
	if err := s.c.free(ctx, tally); err != nil {
		return false, phrase.Errorf("free tally %s: %w", tally, err)
	}
	w.Freed = true
	if err := s.c.storeWanted(ctx, w, rev); err != nil && !errors.Is(err, pipeline.ErrLost) {
		return false, err
	}
	return true, nil
}

// free removes what is stored of a tally. Its cells, checkpoint and spec go in one step, so
// that nobody sees some of them: a worker that was asleep begins anew, and counts exactly,
// until it hears that the tally is retired.
func (c *Conn) free(ctx context.Context, tally string) error {
	err := c.js.DeleteConsumer(ctx, c.names.Tasks, "minyi-"+tally)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return err
	}
	for _, what := range []struct{ stream, subject string }{
		{c.names.Tasks, c.names.TasksSubject + "." + tally},
		{c.names.Deltas, c.names.DeltasSubject + "." + tally},
		{c.names.BucketStream, c.names.kvSubject(tally + ".>")},
	} {
		if err := c.purge(ctx, what.stream, what.subject); err != nil {
			return phrase.Errorf("%s of %s: %w", what.subject, what.stream, err)
		}
	}
	return nil
}

// LeftOver is what is stored of a tally that nobody counts.
type LeftOver struct {
	Tally string
	What  []phrase.Text // of cells, tasks, deltas and consumer
}

// LeftOver names the retired tallies of which something is stored nevertheless, and what is
// stored of tallies that are not known at all. Cells are found by their spec or checkpoint:
// they are removed in one step, so that there are none without.
func (s *Tallies) LeftOver(ctx context.Context) ([]LeftOver, error) {
	wanted, err := s.Wanted(ctx)
	if err != nil {
		return nil, err
	}
	state := map[string]supervise.State{}
	for _, w := range wanted {
		state[w.Tally()] = w.State
	}
	found := map[string][]phrase.Text{}
	known, err := s.subjects(ctx, s.c.names.BucketStream, s.c.names.kvSubject("*."+keySpec))
	if err != nil {
		return nil, err
	}
	counted, err := s.subjects(ctx, s.c.names.BucketStream, s.c.names.kvSubject("*."+keyCheckpoint))
	if err != nil {
		return nil, err
	}
	for tally := range counted {
		known[tally] = true
	}
	for tally := range known {
		found[tally] = append(found[tally], phrase.Textf("cells"))
	}
	for _, of := range []struct {
		what            phrase.Text
		stream, subject string
	}{
		{phrase.Textf("tasks"), s.c.names.Tasks, s.c.names.TasksSubject}, {phrase.Textf("deltas"), s.c.names.Deltas, s.c.names.DeltasSubject},
	} {
		tallies, err := s.subjects(ctx, of.stream, of.subject+".*")
		if err != nil {
			return nil, err
		}
		for tally := range tallies {
			found[tally] = append(found[tally], of.what)
		}
	}
	consumers, err := s.consumers(ctx)
	if err != nil {
		return nil, err
	}
	for _, tally := range consumers {
		found[tally] = append(found[tally], phrase.Textf("consumer"))
	}
	var out []LeftOver
	for tally, what := range found {
		if state[tally] == supervise.Retired || state[tally] != supervise.Counting && !known[tally] {
			out = append(out, LeftOver{tally, what})
		}
	}
	slices.SortFunc(out, func(a, b LeftOver) int { return strings.Compare(a.Tally, b.Tally) })
	return out, nil
}

// subjects are the tallies of which a stream has a subject that matches a filter with one *
// in the place of the tally.
func (s *Tallies) subjects(ctx context.Context, stream, filter string) (map[string]bool, error) {
	out := map[string]bool{}
	st, err := s.c.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	info, err := st.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	before, after, _ := strings.Cut(filter, "*")
	for subject := range info.State.Subjects {
		if tally := strings.TrimSuffix(strings.TrimPrefix(subject, before), after); tallyPattern.MatchString(tally) {
			out[tally] = true
		}
	}
	return out, nil
}

// consumers are the tallies that have a consumer of tasks.
func (s *Tallies) consumers(ctx context.Context) (out []string, err error) {
	tasks, err := s.c.js.Stream(ctx, s.c.names.Tasks)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := tasks.ListConsumers(ctx)
	for c := range list.Info() {
		if tally, ours := strings.CutPrefix(c.Name, "minyi-"); ours {
			out = append(out, tally)
		}
	}
	return out, list.Err()
}
