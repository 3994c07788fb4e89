package main

import (
	"context"
	"errors"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

// maxCarried is how many messages are counted here to bring two tallies to one frontier.
// One that is further behind is catching up: it is compared over the days that are
// complete in both.
const maxCarried = 200_000

// readPair reads two tallies at one frontier. While messages arrive they are rarely at
// one, so the one that is behind is carried on to the other's: the messages between are
// counted here, by its spec. Where that cannot be done they are compared over the days
// that are complete in both. The error wraps [broker.ErrNoTally] if there is no such
// tally.
func (a *app) readPair(ctx context.Context, conn *broker.Conn, x, y string) (compare.Pair, error) {
	return readPairBy(ctx, conn, x, y, maxCarried, func(ctx context.Context, c pipeline.Counts) (*classifier.Classifier, error) {
		d, err := storedDict(ctx, conn, c.Dict)
		if err != nil {
			return nil, err
		}
		by, err := a.preparedClassifier(d)
		if err == nil {
			a.prepared.Store(by) // a promotion asks for it again
		}
		return by, err
	})
}

// readPairBy is readPair for at most so many messages, by the classifiers that are returned.
func readPairBy(ctx context.Context, conn *broker.Conn, x, y string, most uint64, by func(context.Context, pipeline.Counts) (*classifier.Classifier, error)) (compare.Pair, error) {
	var both [2]pipeline.Counts
	for i, tally := range []string{x, y} {
		var err error
		if both[i], err = conn.Counts().Snapshot(ctx, tally); err != nil {
			return compare.Pair{}, err
		}
	}
	behind, ahead := 0, 1
	if both[0].Frontier > both[1].Frontier {
		behind, ahead = 1, 0
	}
	if gap := both[ahead].Frontier - both[behind].Frontier; gap > 0 && gap <= most {
		carried, err := carry(ctx, conn, both[behind], both[ahead].Frontier, by)
		switch {
		case err == nil:
			both[behind] = carried
		case !errors.Is(err, supervise.ErrNoDict) && !errors.Is(err, pipeline.ErrSpecVersion):
			return compare.Pair{}, err
		}
	}
	return compare.NewPair(both[0], both[1]), nil
}

// carry counts what comes after the frontier of a tally, up to another one. The error
// wraps [supervise.ErrNoDict] where its dictionary is not stored, and
// [pipeline.ErrSpecVersion] where this program would count otherwise.
func carry(ctx context.Context, conn *broker.Conn, c pipeline.Counts, to uint64, by func(context.Context, pipeline.Counts) (*classifier.Classifier, error)) (pipeline.Counts, error) {
	spec := c.Info.Spec
	if spec.Semantics != semantics {
		return c, pipeline.ErrSpecVersion
	}
	classifier, err := by(ctx, c)
	if err != nil {
		return c, err
	}
	tallier, err := pipeline.NewSpecTallier(classifier, spec)
	if err != nil {
		return c, err
	}
	r := pipeline.Range{From: c.Frontier + 1, To: to}
	tallier.Begin(r)
	if err := pipeline.ReadThrough(ctx, conn.Source(), r, tallier.Add, func(int, error) {}); err != nil {
		return c, err
	}
	return compare.Carry(c, tallier.End()), nil
}

// tallyID returns the id of a tally that is named on the command line: its id, or
// "current". Of one that was published a moment ago nothing may be counted yet.
func tallyID(ctx context.Context, conn *broker.Conn, name string) (string, error) {
	if name == "current" {
		return conn.Counts().Current(ctx)
	}
	about, err := conn.Counts().TallyInfo(ctx, name)
	if errors.Is(err, broker.ErrNoTally) {
		if t, known := conn.Tallies().Find(ctx, name); known == nil && t.State == supervise.Counting {
			return "", checkError("nothing of tally %s is counted yet; minyi tally list shows who counts it", name)
		}
		return "", noTally(name)
	}
	if err == nil {
		err = conn.CheckStream(about.Spec.Stream)
	}
	return name, err
}

// findTally returns what is known of a tally.
func findTally(ctx context.Context, conn *broker.Conn, tally string) (broker.ListedTally, error) {
	t, err := conn.Tallies().Find(ctx, tally)
	if errors.Is(err, broker.ErrNoTally) {
		return t, noTally(tally)
	}
	return t, err
}

// noTally says that there is no such tally.
func noTally(tally string) error {
	err := missingTally{phrase.Errorf("no such tally: %s; minyi tally list shows which there are", tally)}
	return &exitError{code: exitCheck, err: err}
}

// missingTally is [broker.ErrNoTally], said in the language of the reader.
type missingTally struct{ error }

func (missingTally) Unwrap() error { return broker.ErrNoTally }

// In implements [phrase.Error].
func (e missingTally) In(l phrase.Language) string { return l.Error(e.error) }

// nameTally puts an id in the place of a tally that was named by --tally; none is named by
// the empty string.
func nameTally(ctx context.Context, conn *broker.Conn, name *string) (err error) {
	if *name != "" {
		*name, err = tallyID(ctx, conn, *name)
	}
	return err
}

// tallyIDs returns the ids of two tallies; of one, the current one comes before it.
func tallyIDs(ctx context.Context, conn *broker.Conn, names []string) (a, b string, err error) {
	if len(names) == 1 {
		names = []string{"current", names[0]}
	}
	a, errA := tallyID(ctx, conn, names[0])
	b, errB := tallyID(ctx, conn, names[1])
	if err = errors.Join(errA, errB); err == nil && a == b {
		err = usageError("both are tally %s, and there is nothing to compare; minyi tally list shows the others", a)
	}
	return a, b, err
}
