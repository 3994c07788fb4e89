package workbench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"slices"
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

// The penalties to choose from. On 4,078 messages of citizens with seven labels
// macro-F1 is flat around them: 0.900 to 0.906 for any of the four.
var (
	gridL1 = [...]float64{0.004, 0.0025}
	gridL2 = [...]float64{1e-6, 4e-6}
)

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
// Messages are held in memory, about 20 KB each. It takes half a minute for
// 4,078 messages of 412 characters on 2 cores.
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

// labelled is a message that was read.
type labelled struct {
	sample *sample
	kind   LabelKind
	labels []string
	line   int
}

func (l *learner) read(ctx context.Context, c Corpus) error {
	base := l.Prior // its tokens cut the texts, as they will
	if base == nil {
		base = &dict.Dictionary{Themes: []dict.Theme{{ID: "none", SubThemes: []dict.SubTheme{{ID: "none/none", Threshold: 1}}}}}
	}
	seg, err := classifier.New(base, l.Classifier)
	if err != nil {
		return err
	}
	l.tables = sharing(seg)
	var all []labelled
	work := func(s *segmented, m *Message) (labelled, error) {
		r := labelled{&sample{text: m.Text}, m.Kind, m.Themes, m.Line}
		switch m.Kind {
		case LabelName:
			r.labels = []string{m.Label}
		case Unlabelled:
			return r, fault{"no label", "to learn from, every message needs " + labelHint}
		}
		r.sample.counts = candidatesOf(s.of(m.Text))
		return r, nil
	}
	l.stats, err = foldMessages(ctx, c, func() *segmented { return newSegmented(seg) }, work, func(r labelled) error {
		if len(all) > 0 && all[0].kind != r.kind {
			return &CorpusError{c.Name, r.line, 0, "labelled otherwise than the first message", "either all have a label or all have themes"}
		}
		all = append(all, r)
		return nil
	})
	if err != nil {
		return err
	}
	l.Progress(LearnProgress{0, 0, "read"})
	return l.classify(all)
}

// classify numbers the labels, in their own order.
func (l *learner) classify(all []labelled) error {
	support := map[string]int{}
	for _, r := range all {
		for _, label := range r.labels {
			support[label]++
		}
	}
	for label, n := range support {
		if n < 2 {
			return fmt.Errorf("learn: %s has one message; to learn from, it needs some, and at least two", label)
		}
		l.labels = append(l.labels, label)
	}
	slices.Sort(l.labels)
	if len(l.labels) < 2 {
		return errors.New("learn: fewer than two labels; there is nothing to tell apart")
	}
	l.single = all[0].kind == LabelName
	for _, r := range all {
		r.sample.is = make([]bool, len(l.labels))
		for _, label := range r.labels {
			r.sample.class, _ = slices.BinarySearch(l.labels, label)
			r.sample.is[r.sample.class] = true
		}
		l.samples = append(l.samples, r.sample)
	}
	for _, label := range l.labels {
		l.support = append(l.support, support[label])
	}
	if !l.single {
		for _, label := range l.labels {
			if !subThemeID.MatchString(label) {
				return fmt.Errorf("learn: %q is not theme/sub-theme", label)
			}
		}
	}
	l.classes, l.minimum, l.limit = len(l.labels), l.MinMessages, l.MaxKeywords
	l.deal()
	return nil
}

var (
	subThemeID = regexp.MustCompile(`^[a-z0-9_]+/[a-z0-9_]+$`)
	plainID    = regexp.MustCompile(`^[a-z0-9_]+$`)
)

// deal deals the samples to the folds, each class by itself.
func (l *learner) deal() {
	l.fold = make([]int, len(l.samples))
	random := rand.New(rand.NewPCG(l.Seed, 1))
	next := 0
	byClass := make([][]int, l.classes)
	for i, s := range l.samples {
		byClass[s.class] = append(byClass[s.class], i)
	}
	for _, class := range byClass {
		random.Shuffle(len(class), func(i, j int) { class[i], class[j] = class[j], class[i] })
		for _, i := range class {
			l.fold[i] = next % l.Folds
			next++
		}
	}
}

// readPrior takes the keywords of the prior for the labels.
func (l *learner) readPrior() error {
	l.relative = make([]float64, l.classes)
	if l.Prior == nil {
		return nil
	}
	for class, id := range l.ids() {
		theme, _ := splitID(id)
		l.relative[class] = l.priorTheme(theme).RelativeThreshold
	}
	found := false
	for class, label := range l.labels {
		has := map[string]bool{}
		for _, s := range l.priorsOf(label) {
			found = true
			for _, k := range s.Keywords {
				if key := keywordKey(&k); !has[key] {
					has[key] = true
					l.prior = append(l.prior, newPriorWord(k, class))
				}
			}
		}
	}
	switch {
	case !found:
		return errors.New("learn: the prior has no sub-theme for any of the labels, neither by id nor by name; map them")
	case len(l.prior) > l.limit:
		return fmt.Errorf("learn: the prior has %d keywords for these labels, more than the %d allowed; allow more with --max-keywords", len(l.prior), l.limit)
	}
	return nil
}

func newPriorWord(k dict.Keyword, class int) learned {
	w := learned{Keyword: k, class: class, idf: 1, prior: true}
	if len(k.All) == 0 {
		w.normal = classifier.Normalize(k.Word)
	}
	return w
}

// priorsOf returns the prior's sub-themes for a label.
func (l *learner) priorsOf(label string) (found []*dict.SubTheme) {
	if l.Prior == nil {
		return nil
	}
	eachSubTheme(l.Prior, func(_, _ int, s *dict.SubTheme) {
		is := s.ID == label || l.single && s.Name.Zh == label
		if l.PriorMapping != nil {
			is = l.PriorMapping.has(label, s.ID)
		}
		if is {
			found = append(found, s)
		}
	})
	return found
}

// priorOf returns the prior's sub-theme for a label, or nil where there are none
// or several.
func (l *learner) priorOf(label string) *dict.SubTheme {
	if found := l.priorsOf(label); len(found) == 1 {
		return found[0]
	}
	return nil
}

// outcome is what a pair of penalties gave in cross-validation.
type outcome struct {
	penalties
	scores     [][]float64 // of each sample, by class
	thresholds []float64
	macroF1    float64
	accuracy   float64
	f1         []float64
}

// crossValidate returns the penalties with the best macro-F1; of equal ones, those
// with the fewer keywords.
func (l *learner) crossValidate(ctx context.Context) (*outcome, error) {
	all := make([]*outcome, 0, len(gridL1)*len(gridL2))
	for _, l1 := range gridL1 {
		for _, l2 := range gridL2 {
			all = append(all, &outcome{penalties: penalties{l1, l2}, scores: make([][]float64, len(l.samples))})
		}
	}
	errs := make([]error, l.Folds)
	var group sync.WaitGroup
	turn := make(chan struct{}, runtime.GOMAXPROCS(0))
	for fold := range l.Folds {
		group.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			errs[fold] = l.validate(ctx, fold, all)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	best := all[0]
	for _, o := range all {
		l.judge(o)
		if o.macroF1 > best.macroF1 {
			best = o
		}
	}
	return best, nil
}

// validate learns from all folds but one, and scores that one.
func (l *learner) validate(ctx context.Context, fold int, all []*outcome) error {
	var train []*sample
	for i, s := range l.samples {
		if l.fold[i] != fold {
			train = append(train, s)
		}
	}
	return l.fit(ctx, train, gridL1[:], gridL2[:], func(p penalties, words []learned) error {
		words = readable(words)
		c, err := newCounter(words, l.classes, l.tables)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(o *outcome) bool { return o.penalties == p })
		for row, s := range l.samples {
			if l.fold[row] == fold {
				all[i].scores[row] = c.scores(s.text, words)
			}
		}
		l.step("cross-validate")
		return nil
	})
}

// scores are what the classifier gives each class: 0 for one without a match.
func (c *counter) scores(text string, words []learned) []float64 {
	out := make([]float64, len(c.words))
	c.count(text, func(word, n int) { out[words[word].class] += words[word].weight * damped(n) })
	return out
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
