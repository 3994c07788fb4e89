package pipeline

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
)

// ErrOtherDictionary means that a tally is of another dictionary, or of other semantics,
// than the classifier that was to count it.
var ErrOtherDictionary = phrase.New("tally of another dictionary")

// Seen is told of every suggestion that a recount classifies, in ascending order of
// sequences within a goroutine. What it is given belongs to it until it returns. The
// result of a message that is rejected is not there: it is not told of those.
type Seen func(*Message, *Suggestion, *classifier.Result)

// Recounted is what [Recount] found.
type Recounted struct {
	Counts Counts
	// Missing are the sequences that were counted as missing, ascending and joined.
	Missing []Range
}

// Recount counts a stream up to a sequence as a spec says, by the engine's own parts and
// without storing anything: the same stream and spec give the same counts, whoever
// computes them. What has expired or was erased since a worker counted it is missing now.
//
// Seen, if it is not nil, is called once for each goroutine that counts and returns what
// that one tells. Errors wrap [ErrOtherDictionary], [ErrSpecVersion], or are those of the
// source.
func Recount(ctx context.Context, src Source, c Classifier, spec Spec, to uint64, seen func() Seen) (Recounted, error) {
	if version := c.Dictionary().Version(); version != spec.Dict || spec.Semantics != classifier.Semantics {
		return Recounted{}, phrase.Errorf("%w: it has dictionary %.12s and semantics %s; here are %.12s and %s",
			ErrOtherDictionary, spec.Dict, spec.Semantics, version, classifier.Semantics)
	}
	info, err := src.Info(ctx)
	if err != nil {
		return Recounted{}, err
	}
	if info.Last < to {
		return Recounted{}, phrase.Errorf("%w: stream %s ends at %d, before %d", ErrStreamBehind, info.Name, info.Last, to)
	}
	workers := make([]*recounter, runtime.GOMAXPROCS(0))
	err = eachRange(ctx, spec.Base, to, len(workers), func(i int) (func(context.Context, Range) error, error) {
		t, err := NewSpecTallier(c, spec)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			t.tell = seen()
		}
		workers[i] = &recounter{tallier: t, source: src, sum: Delta{Cells: make(Cells)}}
		return workers[i].count, nil
	})
	if err != nil {
		return Recounted{}, err
	}
	return gatherRecount(c, spec, to, workers)
}

// recountRange is how many sequences are read at a time.
const recountRange = 20_000

// recounter counts ranges and adds them up.
type recounter struct {
	tallier *Tallier
	source  Source
	sum     Delta
	missing []Range
}

func (w *recounter) count(ctx context.Context, r Range) error {
	w.tallier.Begin(r)
	next := r.From
	err := ReadThrough(ctx, w.source, r, func(m *Message) {
		if m.Seq > next {
			w.missing = append(w.missing, Range{next, m.Seq - 1})
		}
		next = m.Seq + 1
		w.tallier.Add(m)
	}, func(int, error) {})
	if err != nil {
		return phrase.Errorf("read %v: %w", r, err)
	}
	if next <= r.To {
		w.missing = append(w.missing, Range{next, r.To})
	}
	d := w.tallier.End()
	if err := d.Check(); err != nil {
		return err
	}
	w.sum.join(d)
	return nil
}

// Reread reads the suggestions of a stream up to a sequence as a spec decodes them, and
// classifies none. Seen is called once for each goroutine that reads and returns what
// that one tells; what is told belongs to it until it returns. Errors are those of the
// source.
func Reread(ctx context.Context, src Source, spec Spec, to uint64, seen func() func(*Message, *Suggestion)) error {
	return eachRange(ctx, spec.Base, to, runtime.GOMAXPROCS(0), func(int) (func(context.Context, Range) error, error) {
		d, err := NewSpecDecoder(spec)
		if err != nil {
			return nil, err
		}
		tell, x, bounds := seen(), Suggestion{}, newBounds(spec.Cells)
		return func(ctx context.Context, r Range) error {
			err := ReadThrough(ctx, src, r, func(m *Message) {
				if d.Decode(m, &x) == "" {
					bounds.apply(&x)
					tell(m, &x)
				}
			}, func(int, error) {})
			if err != nil {
				return phrase.Errorf("read %v: %w", r, err)
			}
			return nil
		}, nil
	})
}

// eachRange cuts sequences into ranges and hands them to a number of workers.
func eachRange(ctx context.Context, from, to uint64, workers int, worker func(i int) (func(context.Context, Range) error, error)) error {
	ranges := make(chan Range)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ranges)
		for ; from <= to; from += recountRange {
			select {
			case ranges <- Range{from, min(to, from+recountRange-1)}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for i := range workers {
		work, err := worker(i)
		g.Go(func() error {
			if err != nil {
				return err
			}
			for r := range ranges {
				if err := work(ctx, r); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// gatherRecount adds up what the recounters have.
func gatherRecount(c Classifier, spec Spec, to uint64, workers []*recounter) (Recounted, error) {
	sum := Delta{Cells: make(Cells)}
	var out Recounted
	for _, w := range workers {
		sum.join(&w.sum)
		out.Missing = append(out.Missing, w.missing...)
	}
	slices.SortFunc(out.Missing, func(a, b Range) int { return int(int64(a.From) - int64(b.From)) })
	out.Missing = joinRanges(out.Missing)
	v := View{Revision: 1, Totals: NewTotals(sum.Cells)}
	v.Checkpoint.Frontier, v.Checkpoint.Outcomes, v.Checkpoint.AbsurdTime = to, sum.Outcomes, sum.AbsurdTime
	v.Checkpoint.Stored = sum.Sum()
	if sum.Mark.Seq > 0 {
		v.Checkpoint.Mark = &sum.Mark
	}
	if stored := to - min(to, spec.Base-1); v.Checkpoint.Stored != stored {
		return out, phrase.Errorf("%w: %d outcomes of %d sequences", ErrConservation, v.Checkpoint.Stored, stored)
	}
	out.Counts = v.Counts(TallyInfo{Spec: spec, Themes: NewThemeTree(c.Dictionary())})
	return out, nil
}

// joinRanges joins ranges that follow one another.
func joinRanges(sorted []Range) []Range {
	var out []Range
	for _, r := range sorted {
		if n := len(out); n > 0 && out[n-1].To+1 == r.From {
			out[n-1].To = r.To
			continue
		}
		out = append(out, r)
	}
	return out
}
