package broker

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// FeedOptions configure what [Counts.Feed] follows.
type FeedOptions struct {
	// Tallies are the ids of those that are followed; the empty id is the current one,
	// whichever that is at the time.
	Tallies []string
	// Every is the least time between two readings of a tally; default 100 ms.
	Every time.Duration
	// OnError is told why a tally could not be followed. It is tried again.
	OnError func(tally string, err error)
}

// Feed keeps a board up to date until ctx ends. Each tally is read once and then
// followed. One that becomes current is shown when its counts were read, so that
// readers see those of the one before until then.
func (k *Counts) Feed(ctx context.Context, board *pipeline.Board, o FeedOptions) {
	if o.Every == 0 {
		o.Every = feedEvery
	}
	if o.OnError == nil {
		o.OnError = func(string, error) {}
	}
	f := &feed{counts: k, board: board, FeedOptions: o, stops: make(map[string]func())}
	defer f.stopBut()
	for _, tally := range o.Tallies {
		if tally != "" {
			f.start(ctx, tally)
		}
	}
	if !slices.Contains(o.Tallies, "") {
		<-ctx.Done()
		return
	}
	for wait := firstLook; ctx.Err() == nil; {
		if f.look(ctx) {
			wait = lookEvery
		} else {
			wait = min(2*wait, lookEvery/10) // readers are shown nothing, or an older tally
		}
		_ = pause(ctx, wait) // it ends early when ctx does
	}
}

const (
	feedEvery = 100 * time.Millisecond
	// lookEvery is how often it is asked which tally is current.
	lookEvery = time.Second
	firstLook = 10 * time.Millisecond
)

// feed is a Feed under way. One goroutine calls its methods.
type feed struct {
	FeedOptions
	counts *Counts
	board  *pipeline.Board

	shown string            // the tally that the board says is current
	rev   uint64            // of the pointer when it was found to be that
	stops map[string]func() // of the tallies that are followed
}

// look finds out which tally is current, and returns false if it is not shown yet.
func (f *feed) look(ctx context.Context) bool {
	id, rev, err := f.counts.c.current(ctx)
	switch {
	case ctx.Err() != nil:
		return false
	case rev == 0 && (err == nil || errors.Is(err, ErrNoTally)):
		f.board.Fail("", pipeline.ErrNotCounted)
		return false
	case err != nil:
		f.board.Fail("", phrase.Errorf("look which tally is current: %w", err))
		return false
	}
	f.start(ctx, id)
	if _, err := f.board.Latest(id); f.shown != "" && f.shown != id && (errors.Is(err, pipeline.ErrReading) || errors.Is(err, ErrNoTally)) {
		if errors.Is(err, ErrNoTally) { // somebody wrote what is none: readers are told that what they have is old
			f.board.Fail("", err)
		}
		return false
	}
	if f.shown != id || f.rev != rev {
		f.board.Promote(f.counts.c.promotion(ctx, id, rev))
		f.shown, f.rev = id, rev
	} else {
		f.board.Fail("", nil) // the last look may have failed
	}
	f.stopBut(append(slices.Clone(f.Tallies), id)...)
	return true
}

// start follows a tally unless that is done already.
func (f *feed) start(ctx context.Context, tally string) {
	if f.stops[tally] != nil {
		return
	}
	// At once: look asks the board next, and must not take it for a tally without counts.
	f.board.Fail(tally, pipeline.ErrReading)
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { f.follow(ctx, tally) })
	f.stops[tally] = func() { cancel(); running.Wait() }
}

// stopBut stops following all tallies but those.
func (f *feed) stopBut(keep ...string) {
	for tally, stop := range f.stops {
		if !slices.Contains(keep, tally) {
			stop()
			f.board.Drop(tally)
			delete(f.stops, tally)
		}
	}
}

// follow puts the counts of a tally on the board until ctx ends.
func (f *feed) follow(ctx context.Context, tally string) {
	for failed := 0; ctx.Err() == nil; failed++ {
		away := false
		checked := func(err error) {
			if away == (err != nil) {
				return
			}
			away = err != nil
			f.board.Fail(tally, err)
			if away {
				f.OnError(tally, err)
			}
		}
		err := f.counts.follow(ctx, tally, checked, func(c pipeline.Counts) (bool, error) {
			f.board.Put(c)
			away, failed = false, 0
			return false, pause(ctx, f.Every)
		})
		if ctx.Err() != nil {
			return
		}
		f.board.Fail(tally, err)
		wait := min(time.Second<<min(failed, 5), 30*time.Second) // all counts are read again
		if errors.Is(err, ErrNoTally) {
			wait = min(firstLook<<min(failed, 10), lookEvery) // a worker is about to say what it counts
		} else {
			f.OnError(tally, err)
		}
		_ = pause(ctx, wait)
	}
}
