package workbench

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// LearnOptions are the options of Learn. The zero value is usable.
type LearnOptions struct {
	// MaxKeywords is the most keywords of all sub-themes together, including those
	// of Prior; default 2,500.
	MaxKeywords int
	// MinMessages is the least number of messages that a word must occur in; default
	// 3.
	MinMessages int
	// Folds is the number of folds of the cross-validation that chooses the
	// penalties and thresholds; at least 2, default 5.
	Folds int
	// Seed seeds the assignment of messages to folds; default 0.
	Seed uint64
	// Prior is a dictionary to start from, nil for none. Its keywords and rules for
	// the labels are kept, and their weights change only as far as the messages
	// require. A sub-theme belongs to a label if it has the label's id or Chinese
	// name. It is an error if there is no such sub-theme for any label.
	//
	// Its relative thresholds are kept, too, and thresholds are chosen with them in
	// force.
	Prior *dict.Dictionary
	// PriorMapping says which sub-themes of Prior stand for a label, instead of
	// their names; several sub-themes of one label are merged. nil: by name.
	PriorMapping *Mapping
	// Classifier are the options for the classifiers that Learn builds.
	Classifier classifier.Options
	// Progress is called as the work advances, by one goroutine at a time.
	Progress func(LearnProgress)
}

// LearnProgress says how far Learn has come: Done of Total steps.
type LearnProgress struct {
	Done, Total int
	Stage       string // "read", "cross-validate" or "fit"
}

// Learned is a dictionary learned from labelled messages, and how accurate it is.
type Learned struct {
	Dict   *dict.Dictionary `json:"-"`
	Report LearnReport      `json:"report"`
}

// LearnReport says what was learned from which messages. F1 is cross-validated: each
// message is classified by a dictionary that was learned from the other folds. It is
// slightly too high, because penalties and thresholds were chosen by it.
type LearnReport struct {
	Stats
	Dict     string         `json:"dict"` // version
	Seed     uint64         `json:"seed"`
	Folds    int            `json:"folds"`
	L1       float64        `json:"l1"` // relative to the smallest penalty that leaves no keyword
	L2       float64        `json:"l2"`
	Keywords int            `json:"keywords"`
	MacroF1  float64        `json:"macro_f1"`
	Accuracy float64        `json:"accuracy"` // for labels: share that are right; for themes: share with all themes right
	Classes  []LearnedClass `json:"classes"`
}

// LearnedClass is a sub-theme that was learned.
type LearnedClass struct {
	ID        string  `json:"id"`
	Label     string  `json:"label"` // as it is written in the messages
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

// Learn makes a dictionary from labelled messages: words, stems and pairs of words
// with weights. The weights are those of a linear model with an L1 penalty over the
// score that the classifier computes. See fitter for the method.
//
// Each message has either a label or themes. Labels become sub-themes of a theme
// `learned`, with the label as Chinese name, and only the primary of a message has
// to be right. Themes become the sub-themes that they name, and all tags of a
// message have to be right. Themes must be written `theme/sub-theme`.
//
// The same messages, options and kind of processor give the same dictionary.
// Messages are held in memory, about 20 KB each. DESIGN.md of package classifier
// says how long it takes.
//
// A message without a usable label gives a *CorpusError; a label with too few
// messages is an error that names it.
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
	support []int    // number of messages, by class
	// relative is the prior's relative threshold, by class.
	relative []float64
	fold     []int // by sample
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

// finish learns from all messages with the best penalties.
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

// splitID splits a full id into theme and sub-theme.
func splitID(id string) (theme, sub string) {
	theme, sub, _ = strings.Cut(id, "/")
	return theme, sub
}
