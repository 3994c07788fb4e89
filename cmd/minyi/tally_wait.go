package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

const (
	// waitEvery is how often a tally that is waited for is looked at.
	waitEvery = 500 * time.Millisecond
	// tellEvery is how often a line says how far it is, where there is no bar.
	tellEvery = 10 * time.Second
	// startWithin is how long workers that run may take to say that they count a tally
	// which was published a moment ago: they look every second, and load a dictionary.
	startWithin = 5 * time.Second
)

// wait is what is known while a tally is waited for.
type wait struct {
	a         *app
	tally     string
	bar       *bar
	told      time.Time // when a line said how far it is
	nobody    time.Time // since when nobody counts it; zero: somebody does
	saidAlone bool      // that nobody counts it was said
	last      broker.ListedTally
}

// waitReady waits until a tally has caught up with the current one. It says when nobody
// counts it, and how far it is, and gives up when every worker refuses it. Ctrl-C ends it
// with a check that failed: nothing is promoted.
func (a *app) waitReady(ctx context.Context, conn *broker.Conn, tally string) error {
	w := wait{a: a, tally: tally, bar: a.newBar(a.say("waiting for %s", tally))}
	defer func() { w.bar.clear() }()
	tick := time.NewTicker(waitEvery)
	defer tick.Stop()
	for {
		list, err := conn.Tallies().List(ctx)
		if err == nil {
			var ready bool
			if ready, err = w.look(list, time.Now()); ready {
				return nil
			}
		}
		if ctx.Err() != nil {
			return w.stopped()
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return w.stopped()
		case <-tick.C:
		}
	}
}

// look tells whether the tally has caught up, and says what is to be known until then.
func (w *wait) look(list []broker.ListedTally, now time.Time) (bool, error) {
	i := slices.IndexFunc(list, func(t broker.ListedTally) bool { return t.Tally == w.tally })
	if i < 0 || list[i].State != supervise.Counting {
		return false, checkError("tally is retired: %s; minyi dict publish with its dictionary brings it back", w.tally)
	}
	t := list[i]
	w.last = t
	reference, running := t.Last, false // without a current tally it has to reach the end
	for _, other := range list {
		if other.Current {
			reference = other.Frontier
		}
		running = running || other.Workers > 0
	}
	switch {
	case t.Info != nil && t.Frontier >= reference:
		return true, nil
	case t.Workers == 0 && len(t.Refused) > 0:
		return false, checkError("tally %s is refused by every worker that is there: %s: %s", w.tally, t.Refused[0].Worker, w.a.whySaid(t.Refused[0].Reason))
	}
	w.tellNobody(t, running, now)
	if w.bar != nil {
		w.bar.set(int64(t.Frontier), int64(reference))
	} else if now.Sub(w.told) > tellEvery {
		w.a.notef("waiting for %s: counted up to %s, %s to go", w.tally, textfmt.Count(t.Frontier), w.a.toGo(t))
		w.told = now
	}
	return false, nil
}

// tellNobody says once that nobody counts the tally, and again after somebody did. Workers
// that run are given time to begin.
func (w *wait) tellNobody(t broker.ListedTally, running bool, now time.Time) {
	if t.Workers > 0 {
		w.nobody, w.saidAlone = time.Time{}, false
		return
	}
	if w.nobody.IsZero() {
		w.nobody = now
	}
	if w.saidAlone || running && now.Sub(w.nobody) < startWithin {
		return
	}
	w.saidAlone = true
	w.bar.clear()
	for _, line := range w.a.uncounted(t) {
		w.a.notef("%s", line)
	}
	w.a.notef("waiting for one; Ctrl-C ends this, and nothing is promoted")
}

// stopped is the end by Ctrl-C.
func (w *wait) stopped() error {
	return checkError("stopped waiting: %s is not promoted; it is counted up to %s, %s to go", w.tally, textfmt.Count(w.last.Frontier), w.a.toGo(w.last))
}

// uncounted is what to do about a tally that nobody counts, in lines for people.
func (a *app) uncounted(t broker.ListedTally) []string {
	return wrapped(a.say("%s is counted by nobody: start minyi work; workers of older releases do not say what they count", t.Tally), textfmt.Columns-2)
}

// noteUncounted says that nobody counts what was published: no worker of this stream runs.
// Whoever may store a dictionary need not be allowed to see the workers: then nothing is
// said.
func (a *app) noteUncounted(ctx context.Context, conn *broker.Conn, tally string) {
	list, err := conn.Tallies().List(ctx)
	if err != nil {
		return
	}
	for _, t := range list {
		if t.Workers > 0 {
			return
		}
	}
	a.notef("%s", strings.Join(a.uncounted(broker.ListedTally{Tally: tally}), "\n"))
}
