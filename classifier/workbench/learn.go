package workbench

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// LearnOptions are the options of Learn. The zero value is good.
type LearnOptions struct {
	// MaxKeywords is the most keywords that all sub-themes together get; default
	// 2,500. Those of Prior count.
	MaxKeywords int
	// MinMessages is in how many messages a word must be; default 3.
	MinMessages int
	// Folds of the cross-validation that chooses the penalties and thresholds;
	// at least 2, default 5.
	Folds int
	// Seed deals the messages to the folds; default 0.
	Seed uint64
	// Prior is a dictionary to start from, nil for none: its keywords for the
	// labels are kept, with their rules, and their weights change no more than
	// the messages call for. A sub-theme is that of a label if it has the
	// label's id or Chinese name. It is an error if no label has one.
	//
	// Its relative thresholds are kept, and the thresholds chosen with them.
	Prior *dict.Dictionary
	// PriorMapping tells which sub-themes of Prior stand for a label, in place of
	// their names; those of one label become one. nil: by name.
	PriorMapping *Mapping
	// Classifier are the options of the classifiers that Learn builds.
	Classifier classifier.Options
	// Progress is called, by one goroutine at a time, as the work advances.
	Progress func(LearnProgress)
}

// LearnProgress is how far Learn has come.
type LearnProgress struct {
	Done, Total int
	Stage       string // "read", "cross-validate" or "fit"
}

// Learned is a dictionary made from labelled messages, and how good it is.
type Learned struct {
	Dict   *dict.Dictionary `json:"-"`
	Report LearnReport      `json:"report"`
}

// LearnReport tells what was learned from what. F1 is that of messages that the
// dictionary of another fold had not seen; the penalties and thresholds were
// chosen by it, which makes it a little too good.
type LearnReport struct {
	Stats
	Dict     string         `json:"dict"` // version
	Seed     uint64         `json:"seed"`
	Folds    int            `json:"folds"`
	L1       float64        `json:"l1"` // relative to the smallest that leaves no keyword
	L2       float64        `json:"l2"`
	Keywords int            `json:"keywords"`
	MacroF1  float64        `json:"macro_f1"`
	Accuracy float64        `json:"accuracy"` // of labels: share right; of themes: share with all right
	Classes  []LearnedClass `json:"classes"`
}

// LearnedClass is a sub-theme that was learned.
type LearnedClass struct {
	ID        string  `json:"id"`
	Label     string  `json:"label"` // as the messages have it
	Support   int     `json:"support"`
	Keywords  int     `json:"keywords"`
	Threshold float64 `json:"threshold"`
	F1        float64 `json:"f1"`
}

func (o *LearnOptions) fill() error {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.MaxKeywords, 2500}, {&o.MinMessages, 3}, {&o.Folds, 5}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	switch {
	case o.MaxKeywords < 0:
		return errors.New("learn: MaxKeywords is negative")
	case o.MinMessages < 0:
		return errors.New("learn: MinMessages is negative")
	case o.Folds < 2:
		return errors.New("learn: Folds must be at least 2")
	}
	if o.Progress == nil {
		o.Progress = func(LearnProgress) {}
	}
	return nil
}

// Learn makes a dictionary from labelled messages: words, stems and pairs of
// words with weights, for the score that the classifier computes, by a linear
// model with an L1 penalty. See fitter for how.
//
// Messages have a label each, or themes each. Labels become sub-themes of a
// theme `learned`, with the label as Chinese name, and the primary of a message
// is what counts; themes become the sub-themes that they name, and everything
// that a message is tagged with counts. Themes must be `theme/sub-theme`.
//
// The same messages, options and kind of processor give the same dictionary.
// Messages are held in memory, about 20 KB each. What it
// costs in time stands in DESIGN.md of package classifier.
//
// The error is a *CorpusError for a message without a usable label, or tells
// which label has too few messages.
func Learn(ctx context.Context, c Corpus, o LearnOptions) (*Learned, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	l := &learner{LearnOptions: o}
	if err := l.read(ctx, c); err != nil {
		return nil, err
	}
	if err := l.readPrior(); err != nil {
		return nil, err
	}
	l.total = o.Folds*len(gridL1)*len(gridL2) + 1
	best, err := l.crossValidate(ctx)
	if err != nil {
		return nil, err
	}
	return l.finish(ctx, best)
}

// learner is the state of Learn.
type learner struct {
	LearnOptions
	fitter
	samples []*sample
	labels  []string // of each class, sorted
	support []int
	// relative is the prior's relative threshold for each class.
	relative []float64
	fold     []int // of each sample
	stats    Stats

	mu          sync.Mutex
	done, total int
}

func (l *learner) step(stage string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done++
	l.Progress(LearnProgress{l.done, l.total, stage})
}

// finish learns from all messages with the penalties of best.
func (l *learner) finish(ctx context.Context, best *outcome) (*Learned, error) {
	var words []learned
	err := l.fit(ctx, l.samples, []float64{best.l1}, []float64{best.l2}, func(_ penalties, w []learned) error {
		words = readable(w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	d, ids, err := l.dictionary(words, best.thresholds)
	if err != nil {
		return nil, err
	}
	l.step("fit")
	report := LearnReport{
		Stats: l.stats, Dict: d.Version(), Seed: l.Seed, Folds: l.Folds, L1: best.l1, L2: best.l2,
		Keywords: len(words), MacroF1: best.macroF1, Accuracy: best.accuracy,
	}
	for k, label := range l.labels {
		n := 0
		for _, w := range words {
			if w.class == k {
				n++
			}
		}
		report.Classes = append(report.Classes, LearnedClass{ids[k], label, l.support[k], n, best.thresholds[k], best.f1[k]})
	}
	return &Learned{d, report}, nil
}

// splitID cuts a full id.
func splitID(id string) (theme, sub string) {
	theme, sub, _ = strings.Cut(id, "/")
	return theme, sub
}
