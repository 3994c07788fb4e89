package workbench

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
)

// EvalOptions are the options of Evaluate. The zero value is usable.
type EvalOptions struct {
	// Mapping says which sub-themes stand for which label, where the corpus has
	// labels. nil: every sub-theme stands for the label that equals its Chinese
	// name, as in a learned dictionary. A corpus with themes needs none.
	Mapping *Mapping
	// Resamples is the number of bootstrap resamples; default 1,000; negative: no
	// intervals.
	Resamples int
	// Seed seeds the random numbers of the bootstrap.
	Seed uint64
	// Samples is how many texts are shown for each confusion; default 3,
	// negative: none, so that no text is in the report.
	Samples int
	// Measure also makes the measure of the dictionary, where the corpus has themes.
	Measure bool
}

// Evaluation says how accurate a classifier is on a labelled corpus.
//
// On a corpus with labels, a message is given the label of its highest-scoring tag
// among the mapped sub-themes. A message without such a tag is given no label, which
// counts as an error. Accuracy is the share of messages that are given their label.
//
// On a corpus with themes, a message is given every sub-theme that it is tagged
// with. Accuracy is the share of messages whose primary is in the right theme, among
// the messages whose primary the corpus tells; a message about nothing is right if
// it is untagged.
//
// Macro-F1 is the mean F1 of the classes that have at least one message; micro-F1 is
// the F1 of the summed counts of all classes. (Sebastiani, Machine Learning in
// Automated Text Categorization, ACM Computing Surveys 34(1), 2002, section 7.1.)
type Evaluation struct {
	Stats
	Dict     string       `json:"dict"`   // version of the dictionary
	Labels   string       `json:"labels"` // "labels" or "themes": how the corpus is labelled
	Untagged int          `json:"untagged"`
	MacroF1  float64      `json:"macro_f1"`
	MicroF1  float64      `json:"micro_f1"`
	Accuracy float64      `json:"accuracy"`
	Interval *Intervals   `json:"interval95,omitempty"`
	Classes  []ClassScore `json:"classes"` // in the order of the mapping or dictionary

	// For a corpus with themes only:
	PrimaryRows     int          `json:"primary_rows,omitempty"` // messages whose primary the corpus tells
	PrimaryAccuracy float64      `json:"primary_accuracy,omitempty"`
	PrimaryMacroF1  float64      `json:"primary_macro_f1,omitempty"`
	Primary         []ClassScore `json:"primary_classes,omitempty"`
	Unknown         []string     `json:"unknown,omitempty"` // sub-themes of messages that are not in the dictionary
	// Meant has, for some of Unknown, what in the dictionary is most like it.
	Meant map[string]string `json:"did_you_mean,omitempty"`

	Confusion Confusion `json:"confusion"`

	// Reliability is that of Measure.
	Reliability []measure.Bin `json:"reliability,omitempty"`
	// Measure is nil unless it was asked for and the corpus has themes.
	Measure *measure.Measure `json:"-"`
	// Agreement is that of those who labelled the messages; nil where nobody labelled the
	// same ones. Evaluate does not set it: see [Gold].
	Agreement *Agreement `json:"agreement,omitempty"`

	// Draws says how the messages were chosen; nil where no message tells.
	Draws *Draws `json:"draws,omitempty"`
	// Random is the part of the messages that was drawn at random, where other messages
	// were not: its figures hold for all messages, and Measure and Reliability are of it.
	Random *RandomPart `json:"random,omitempty"`
}

// RandomPart is how accurate a classifier is on messages that were drawn at random.
type RandomPart struct {
	MacroF1  float64    `json:"macro_f1"`
	MicroF1  float64    `json:"micro_f1"`
	Accuracy float64    `json:"accuracy"`
	Interval *Intervals `json:"interval95,omitempty"`
}

// Intervals are 95 % bootstrap intervals: lower and upper bound.
type Intervals struct {
	MacroF1  [2]float64 `json:"macro_f1"`
	MicroF1  [2]float64 `json:"micro_f1"`
	Accuracy [2]float64 `json:"accuracy"`
}

// ClassScore says how accurately one class, a label or a sub-theme, is given.
type ClassScore struct {
	ID        string  `json:"id"`
	Name      string  `json:"name,omitempty"` // Chinese
	NameEn    string  `json:"name_en,omitempty"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	Support   int     `json:"support"` // messages of the class
	Counts
	Interval *[2]float64 `json:"f1_interval95,omitempty"`
}

// Confusion counts messages by their true class and the one they were given. Classes
// are labels, or primary sub-themes.
type Confusion struct {
	Classes []string        `json:"classes"` // the last is "", none
	Counts  [][]int         `json:"counts"`  // by true class, then by given class
	Cells   []ConfusionCell `json:"cells"`   // the errors, most frequent first
}

// ConfusionCell is one kind of error: messages of one class that were given another.
type ConfusionCell struct {
	Is      string   `json:"is"`    // empty: none
	Given   string   `json:"given"` // empty: none
	Count   int      `json:"count"`
	Samples []Sample `json:"samples,omitempty"`
}

// Sample is a piece of a message for an analyst to read.
type Sample struct {
	ID       string   `json:"id,omitempty"`
	Line     int      `json:"line"`               // in the corpus
	Text     string   `json:"text"`               // masked, one line, at most 80 characters
	Keywords []string `json:"keywords,omitempty"` // those that decided
}

// Evaluate measures how accurate c is on a labelled corpus. Messages without a label
// are skipped and counted; if all are, that is a *CorpusError. A message that is
// labelled in another way than the first, or whose label is not mapped, gives a
// *CorpusError. A sub-theme of the mapping that the dictionary lacks is an error
// that names it. A corpus without messages gives ErrNoMessages. Memory does not grow
// with the corpus.
func Evaluate(ctx context.Context, c *classifier.Classifier, corpus Corpus, o EvalOptions) (*Evaluation, error) {
	if o.Resamples == 0 {
		o.Resamples = 1000
	}
	if o.Samples == 0 {
		o.Samples = 3
	}
	e, err := newEvaluator(c, o)
	if err != nil {
		return nil, err
	}
	e.name = corpus.Name
	if o.Measure {
		if e.measurer, err = newMeasurer(e); err != nil {
			return nil, err
		}
	}
	stats, err := mapMessages(ctx, e.measurer.reading(corpus), func() *classifier.Result { return new(classifier.Result) }, e.judge, e.collect)
	if err != nil {
		return nil, err
	}
	if err := e.unread.leave(&stats, corpus.Name, phrase.Textf("to evaluate, messages need %s", labelHint)); err != nil {
		return nil, err
	}
	if stats.Rows == 0 {
		return nil, phrase.Errorf("evaluate %s: %w", corpus.Name, ErrNoMessages)
	}
	r := e.report(stats)
	return r, e.judgeRandom(ctx, r, corpus)
}

// judgeRandom evaluates what was drawn at random apart, where other messages were not.
func (e *evaluator) judgeRandom(ctx context.Context, r *Evaluation, corpus Corpus) error {
	if !e.draws.Told() {
		return nil
	}
	r.Draws = &e.draws
	if e.draws.Random == r.Rows {
		return nil
	}
	r.Measure, r.Reliability = nil, nil
	if e.draws.Random == 0 {
		return nil
	}
	part, _, err := AtRandom(ctx, corpus)
	if err != nil {
		return err
	}
	o := e.EvalOptions
	o.Samples = -1
	of, err := Evaluate(ctx, e.c, part, o)
	if err != nil {
		return err
	}
	r.Measure, r.Reliability = of.Measure, of.Reliability
	r.Random = &RandomPart{of.MacroF1, of.MicroF1, of.Accuracy, of.Interval}
	return nil
}

// ErrNoMessages says that a corpus has nothing to measure.
var ErrNoMessages = phrase.New("no messages")

// evaluator is the state of Evaluate. Workers call judge, and the fields that it uses
// are only read. The other fields belong to collect, which one goroutine calls.
type evaluator struct {
	EvalOptions
	measurer *measurer // nil: no measure is wanted
	name     string    // of the corpus
	c        *classifier.Classifier
	labels   map[string]int  // label -> class
	mapped   [][]int         // by theme and sub-theme: the class of its label, noClass for none
	subs     map[string]int  // sub-theme id -> class
	subAt    [][]int         // by theme and sub-theme: its class
	names    []dict.SubTheme // by class, where classes are sub-themes
	classes  []string        // labels, by class

	kind     LabelKind
	unread   unlabelled
	draws    Draws
	sums     classCounts
	blocks   []block
	deal     *rand.Rand
	cells    map[[2]int]int    // confusion: messages by true and given primary, where the corpus tells it
	unknown  map[string]int    // class of each sub-theme that the dictionary lacks
	ids      []string          // of all classes, including unknown sub-themes
	byName   map[string]string // Chinese name -> sub-theme id
	samples  map[[2]string][]Sample
	untagged int
}

func newEvaluator(c *classifier.Classifier, o EvalOptions) (*evaluator, error) {
	d := c.Dictionary()
	e := &evaluator{
		EvalOptions: o, c: c, labels: map[string]int{}, subs: map[string]int{},
		deal: rand.New(rand.NewPCG(o.Seed, 0)), cells: map[[2]int]int{}, unknown: map[string]int{}, samples: map[[2]string][]Sample{},
	}
	e.mapped, e.subAt = make([][]int, len(d.Themes)), make([][]int, len(d.Themes))
	eachSubTheme(d, func(theme, sub int, s *dict.SubTheme) {
		e.subs[s.ID] = len(e.names)
		e.subAt[theme] = append(e.subAt[theme], len(e.names))
		e.mapped[theme] = append(e.mapped[theme], noClass)
		e.names = append(e.names, *s)
	})
	e.byName = idsByName(d)
	m := o.Mapping
	if m == nil {
		m = NamesMapping(d)
	}
	for i, label := range m.Labels {
		e.labels[label.Label] = i
		e.classes = append(e.classes, label.Label)
		for _, id := range label.SubThemes {
			class, ok := e.subs[id]
			if !ok {
				return nil, phrase.Errorf("the mapping of %s names %s, which is not in the dictionary", label.Label, id)
			}
			theme, sub := e.place(class)
			e.mapped[theme][sub] = i
		}
	}
	return e, nil
}

func (e *evaluator) collect(j *judged) error {
	if j.kind == Unlabelled {
		e.unread.add(j.line)
		return nil
	}
	e.draws.add(j.drawn)
	if e.kind == Unlabelled {
		e.start(j.kind)
	}
	if j.kind != e.kind {
		return &CorpusError{e.name, j.line, 0, phrase.Textf("labelled otherwise than the first message"), phrase.Textf("either all have a label or all have themes")}
	}
	for _, id := range j.foreign {
		class, ok := e.unknown[id]
		if !ok {
			class = len(e.ids)
			e.unknown[id] = class
			e.ids = append(e.ids, id)
		}
		j.is = append(j.is, class)
	}
	if class, ok := e.unknown[j.isName]; ok && j.isName != "" {
		j.primary = class
	}
	if j.untagged {
		e.untagged++
	}
	e.count(&j.verdict)
	if j.measured != nil {
		e.measurer.add(j.measured)
	}
	if j.sample != nil {
		cell := [2]string{j.isName, j.gotName}
		if len(e.samples[cell]) < e.Samples {
			e.samples[cell] = append(e.samples[cell], *j.sample)
		}
	}
	return nil
}

// start prepares for messages of a kind, once the first message shows it.
func (e *evaluator) start(kind LabelKind) {
	e.kind = kind
	e.ids = slices.Clone(e.classes)
	if kind == LabelThemes {
		e.ids = make([]string, len(e.names))
		for i, s := range e.names {
			e.ids[i] = s.ID
		}
	}
}

// count adds a message to the sums, and to a block that is chosen at random.
func (e *evaluator) count(v *verdict) {
	for len(e.sums) < countClasses+perClass*len(e.ids) {
		e.sums = append(e.sums, 0)
	}
	i := len(e.blocks)
	if i < maxBlocks {
		e.blocks = append(e.blocks, block{})
	} else {
		i = e.deal.IntN(maxBlocks)
	}
	v.numbers(e.sameTheme, func(number int) {
		e.sums[number]++
		e.blocks[i][number]++
	})
	if v.primary != primaryUnknown {
		e.cells[[2]int{v.primary, v.first}]++
	}
}

// sameTheme decides what accuracy counts as right: for sub-themes the same theme,
// for labels the same label.
func (e *evaluator) sameTheme(a, b int) bool {
	if e.kind != LabelThemes {
		return a == b
	}
	x, _ := splitID(e.ids[a])
	y, _ := splitID(e.ids[b])
	return x == y
}

// compareCells sorts the most frequent first.
func compareCells(a, b ConfusionCell) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Is, b.Is), cmp.Compare(a.Given, b.Given))
}
