package pipeline

import (
	"cmp"
	"errors"
	"runtime"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
)

// Config configures a worker. The zero value of every field except Classifier means
// its default.
type Config struct {
	Classifier Classifier
	Format     Format
	// Cells limits the days and sources that have cells of their own. With a limit the
	// tally is one of version 2 of [Spec].
	Cells    CellBounds
	Observer Observer // default: Silent

	// Promote makes the tally current once it has counted what was in the
	// stream when the worker began. The first tally of all becomes current anyway.
	Promote bool

	// Beside has the worker leave the current pointer alone, even where no tally is
	// current, but for putting it back when the broker lost it. It is for tallies that a
	// person promotes.
	Beside bool
	// Semantics are those of the classifier; default [classifier.Semantics].
	Semantics string
	// Turns says when a range may be worked; default: at once.
	Turns Turns

	Concurrency int           // ranges worked at once; default GOMAXPROCS
	RangeSize   uint64        // messages in a range of a backlog; default 50,000
	LargeRange  uint64        // messages in a range that has very many cells, or of a long backlog; default 1,000,000, or RangeSize if that is given
	PlanEvery   time.Duration // between two plans at the live end; default 100 ms
	Standby     time.Duration // how long a delta may wait before this worker takes over from another one; default 400 ms
	StallAfter  time.Duration // without progress, until the committer works the next range itself; default 30 s
	Grace       time.Duration // how long the stream may look shorter than planned; default 10 s
	DrainWithin time.Duration // for the ranges in hand when the worker is stopped; default 15 s
}

// Validate fills in defaults and returns the configuration, or an error that
// names every field that is wrong.
func (c Config) Validate() (Config, error) {
	var errs []error
	if c.Classifier == nil {
		errs = append(errs, phrase.New("classifier: none given"))
	}
	if c.Concurrency < 0 {
		errs = append(errs, phrase.Errorf("concurrency: %d is negative", c.Concurrency))
	}
	if c.Semantics == "" {
		c.Semantics = classifier.Semantics
	}
	if c.Turns == nil {
		c.Turns = atOnce{}
	}
	if c.Beside && c.Promote {
		errs = append(errs, phrase.New("promote and beside exclude each other"))
	}
	if c.Observer == nil {
		c.Observer = Silent{}
	}
	if c.Concurrency == 0 {
		c.Concurrency = runtime.GOMAXPROCS(0)
	}
	if c.LargeRange == 0 {
		c.LargeRange = cmp.Or(c.RangeSize, 1_000_000)
	}
	if c.RangeSize == 0 {
		c.RangeSize = 50_000
	}
	if c.LargeRange < c.RangeSize {
		errs = append(errs, phrase.Errorf("large range: %d is less than the range size %d", c.LargeRange, c.RangeSize))
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		def   time.Duration
	}{
		{"plan every", &c.PlanEvery, 100 * time.Millisecond},
		{"standby", &c.Standby, 400 * time.Millisecond},
		{"stall after", &c.StallAfter, 30 * time.Second},
		{"grace", &c.Grace, 10 * time.Second},
		{"drain within", &c.DrainWithin, 15 * time.Second},
	} {
		if *d.value < 0 {
			errs = append(errs, phrase.Errorf("%s: %s is negative", d.name, *d.value))
		}
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	return c, errors.Join(errs...)
}
