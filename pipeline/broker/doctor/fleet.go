package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

// manyEvents is how long a history may be before somebody should look what writes it.
const manyEvents = 100_000

// fleet looks at what is wanted of tallies, at who refuses them, and at the limits.
func (d *doctor) fleet(ctx context.Context) {
	const check = "tallies"
	list, err := d.c.Tallies().List(ctx)
	if errors.Is(err, broker.ErrNoStream) || errors.Is(err, jetstream.ErrStreamNotFound) {
		return // another check says that there is no stream
	}
	if err != nil {
		d.failed(check, err)
		return
	}
	counting := 0
	var refused []phrase.Text
	var idle []string
	for _, t := range list {
		if t.State != supervise.Counting {
			continue
		}
		counting++
		for _, r := range t.Refused {
			refused = append(refused, phrase.Textf("%s by %s: %s", t.Tally, r.Worker, phrase.Stored(r.Reason)))
		}
		if t.Workers == 0 && t.Lag > 0 && !t.Current { // of the current one the check of workers speaks
			idle = append(idle, t.Tally)
		}
	}
	found := phrase.Textf("%d counted of at most %d, %d known of at most %d", counting, supervise.MaxCounting, len(list), supervise.MaxTallies)
	switch {
	case len(refused) > 0:
		d.addf(check, Warn, phrase.Textf("publish a dictionary that can be loaded, run one version of minyi everywhere, or minyi tally retire it"), "%s; refused: %s", found, phrase.Several(refused...))
	case len(idle) > 0:
		d.addf(check, Warn, phrase.Textf("start workers of this release, or minyi tally retire what is not needed"), "%s; counted by nobody: %s", found, strings.Join(idle, ", "))
	case counting >= supervise.MaxCounting:
		d.addf(check, Warn, phrase.Textf("minyi tally retire what is not needed: another one cannot be published"), "%s", found)
	case len(list) > 0:
		d.okf(check, "%s", found)
	}
	d.leftOver(ctx, list)
	d.history(ctx)
}

// leftOver names what is stored of tallies that nobody counts any more.
func (d *doctor) leftOver(ctx context.Context, list []broker.ListedTally) {
	const check = "left over"
	stored, err := d.c.Tallies().LeftOver(ctx)
	if err != nil {
		d.failed(check, err)
		return
	}
	var left []phrase.Text
	for _, l := range stored {
		left = append(left, phrase.Textf("%s (%s)", l.Tally, phrase.Listed(l.What...)))
	}
	// One that is stored and of which nobody has said anything is of an older release, and
	// may be counted by its workers.
	for _, t := range list {
		if t.Info != nil && t.Wanted.Event == "" && !t.Current {
			left = append(left, phrase.Textf("%s (not wanted by anybody)", t.Tally))
		}
	}
	if len(left) > 0 {
		d.addf(check, Warn, phrase.Textf("minyi tally retire TALLY frees each of them, unless a worker of an older release counts it"), "stored of tallies that are not counted: %s", phrase.Several(left...))
	}
}

// history looks how long it is.
func (d *doctor) history(ctx context.Context) {
	s, err := d.js.Stream(ctx, d.c.Names().History)
	if err != nil {
		return // nothing was recorded yet, or another check reports it
	}
	name, most := d.c.Names().History, s.CachedInfo().Config.MaxMsgs
	bound := phrase.Textf("and no limit")
	if most > 0 {
		bound = phrase.Textf("of at most %d", most)
	}
	switch n := s.CachedInfo().State.Msgs; {
	case most > 0 && n >= uint64(most):
		d.addf("history", Fail, phrase.Textf("nothing can be published, promoted, retired or erased: find out what writes so much (minyi tally history), then nats stream edit %s --max-msgs N", name), "%s has %d entries, %s", name, n, bound)
	case n > manyEvents:
		d.addf("history", Warn, phrase.Textf("find out what publishes, promotes or erases so often: minyi tally history; nothing removes entries by itself"), "%s has %d entries, %s", name, n, bound)
	default:
		d.okf("history", "%s has %d entries, %s", name, n, bound)
	}
}
