package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

// meetWithin is how long two tallies are read until they are seen at one frontier. After
// that they are compared over the days that are complete in both.
const meetWithin = 2 * time.Second

// readPair reads two tallies at one frontier, or as they are after a while. The error
// wraps [broker.ErrNoTally] if there is no such tally.
func readPair(ctx context.Context, conn *broker.Conn, a, b string) (compare.Pair, error) {
	var m compare.Meeting
	for side, tally := range []string{a, b} {
		c, err := conn.Counts().Snapshot(ctx, tally)
		if err != nil {
			return compare.Pair{}, err
		}
		if pair, ok := m.Add(side, c); ok {
			return pair, nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, meetWithin)
	var watching sync.WaitGroup
	defer func() { cancel(); watching.Wait() }()
	type read struct {
		side   int
		counts pipeline.Counts
	}
	reads := make(chan read)
	for side, tally := range []string{a, b} {
		watching.Go(func() {
			// What goes wrong was no fault a moment ago: the counts that were read stand.
			_ = conn.Counts().Watch(limited, tally, time.Millisecond, func(c pipeline.Counts) error {
				select {
				case reads <- read{side, c}:
				case <-limited.Done():
				}
				return limited.Err()
			})
		})
	}
	for {
		select {
		case r := <-reads:
			if pair, ok := m.Add(r.side, r.counts); ok {
				return pair, nil
			}
		case <-limited.Done():
			return m.Newest(), ctx.Err()
		}
	}
}

// tallyID returns the id of a tally that is named on the command line: its id, or
// "current". Of one that was published a moment ago nothing may be counted yet.
func tallyID(ctx context.Context, conn *broker.Conn, name string) (string, error) {
	if name == "current" {
		return conn.Counts().Current(ctx)
	}
	_, err := conn.Counts().TallyInfo(ctx, name)
	if errors.Is(err, broker.ErrNoTally) {
		if t, known := conn.Tallies().Find(ctx, name); known == nil && t.State == supervise.Counting {
			return "", checkError("nothing of tally %s is counted yet; minyi tally list shows who counts it", name)
		}
		return "", checkError("%w; minyi tally list has those that there are", err)
	}
	return name, err
}

// tallyIDs returns the ids of two tallies; of one, the current one comes before it.
func tallyIDs(ctx context.Context, conn *broker.Conn, names []string) (a, b string, err error) {
	if len(names) == 1 {
		names = []string{"current", names[0]}
	}
	a, errA := tallyID(ctx, conn, names[0])
	b, errB := tallyID(ctx, conn, names[1])
	return a, b, errors.Join(errA, errB)
}
