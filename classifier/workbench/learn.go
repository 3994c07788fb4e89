package workbench

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// LearnOptions are the options of Learn. The zero value is usable.
type LearnOptions struct {
	// MaxKeywords is the most keywords that are added to those of Prior; default 0: as
	// many as the held-out messages call for.
	MaxKeywords int
	// MinMessages is the least number of messages that a new word must occur in;
	// default 3.
	MinMessages int
	// Folds is the number of folds of the cross-validation; at least 2, default 5.
	Folds int
	// Seed seeds the assignment of messages to folds; default 0.
	Seed uint64
	// Prior is a dictionary to start from, nil for none. All of it is kept: themes,
	// names, thresholds, rules, examples, and sub-themes that no message is labelled
	// with. Only weights change, as far as the messages require it, and words are
	// added. A label is a sub-theme of Prior if it is its id or its Chinese name; it is
	// an error if none is.
	Prior *dict.Dictionary
	// Names is a dictionary whose names labels may use without a Prior: a label that is the
	// Chinese name of one of its sub-themes stands for its id, and a new sub-theme with an
	// id of its takes over its names. Nothing else of it is used. Nil for none.
	Names *dict.Dictionary
	// NewSubThemes says that labels which Prior has no sub-theme for become new
	// sub-themes. Otherwise they give ErrUnknownLabels, as most are mistyped.
	NewSubThemes bool
	// Classifier are the options for the classifiers that Learn builds.
	Classifier classifier.Options
	// Progress is called as the work advances, by one goroutine at a time.
	Progress Progress
}

// Learned is a dictionary learned from labelled messages, and how accurate it is.
type Learned struct {
	Dict   *dict.Dictionary `json:"-"`
	Report LearnReport      `json:"report"`
}

// LearnReport says what was learned from which messages. All its figures are of
// messages that were left out: each is classified by a dictionary that was learned
// from the other folds. They are slightly too high, because the penalty was chosen by
// them. Those of the prior are too high by more if it was itself tuned on these
// messages, which Learn cannot know.
type LearnReport struct {
	Stats
	Dict     string  `json:"dict"` // version
	Seed     uint64  `json:"seed"`
	Folds    int     `json:"folds"`
	L1       float64 `json:"l1"`       // penalty on the deviation from the prior
	Keywords int     `json:"keywords"` // of the dictionary
	LearnScore
	// Kinds is the micro-F1 on messages of a kind that was left out as a whole; nil if
	// the messages are not of several kinds.
	Kinds *float64 `json:"kinds_micro_f1,omitempty"`
	// Prior is how accurate the prior is on the same messages; nil without a prior.
	Prior *PriorReport `json:"prior,omitempty"`
	// Gain says whether that is luck; nil without a prior.
	Gain *Gain `json:"gain,omitempty"`
	// Draws says how the messages were chosen: all figures are of those that were drawn at
	// random. Nil where no message tells; then they are of all.
	Draws *Draws `json:"draws,omitempty"`
	// Examples says how many of the prior's examples fail before and after; nil without
	// a prior or examples. They are learned from, but do not outweigh the messages.
	Examples *LearnedExamples `json:"examples,omitempty"`
	Classes  []LearnedClass   `json:"classes"`
	// LeftOut are labels for which no word was found, and that the prior does not have.
	// They are not in the dictionary.
	LeftOut []string `json:"left_out,omitempty"`
	// Added are the sub-themes that the prior does not have, LeftOut among them. Their
	// thresholds are those of their themes; see dict.Theme.UsualThreshold.
	Added []string `json:"added_subthemes,omitempty"`
}

// LearnScore says how accurate a dictionary is. Accuracy is the share of messages that
// are given exactly their sub-themes, or their label.
type LearnScore struct {
	MicroF1  float64 `json:"micro_f1"`
	MacroF1  float64 `json:"macro_f1"`
	Accuracy float64 `json:"accuracy"`
}

// PriorReport is the prior, and what became of its keywords.
type PriorReport struct {
	Dict string `json:"dict"` // version
	LearnScore
	Kinds   *float64 `json:"kinds_micro_f1,omitempty"`
	Kept    int      `json:"kept"` // keywords with the weight that they had
	Raised  int      `json:"raised"`
	Lowered int      `json:"lowered"`
	Dropped int      `json:"dropped"`
	Added   int      `json:"added"`
}

// LearnedExamples counts the examples of a dictionary that fail.
type LearnedExamples struct {
	Examples     int `json:"examples"`
	FailedBefore int `json:"failed_before"`
	Failed       int `json:"failed"`
}

// LearnedClass is a sub-theme that messages are labelled with.
type LearnedClass struct {
	ID        string  `json:"id"`
	Label     string  `json:"label"` // as it is written in the messages
	Support   int     `json:"support"`
	Keywords  int     `json:"keywords"`
	Threshold float64 `json:"threshold"`
	F1        float64 `json:"f1"`
	PriorF1   float64 `json:"prior_f1,omitempty"`
}

// ErrNothingLearned says that no change of the prior made it better on messages that
// were left out.
var ErrNothingLearned = phrase.New("no change of the dictionary makes it better on messages that were left out")

func (o *LearnOptions) fill() error {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.MinMessages, 3}, {&o.Folds, 5}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	switch {
	case o.MaxKeywords < 0:
		return phrase.New("learn: MaxKeywords is negative")
	case o.MinMessages < 0:
		return phrase.New("learn: MinMessages is negative")
	case o.Folds < 2:
		return phrase.New("learn: Folds must be at least 2")
	}
	return nil
}

// Learn makes a dictionary from labelled messages: a prior with other weights and more
// words, or words alone. See [descent] for the model.
//
// Each message has either a label or themes. Labels that the prior lacks become
// sub-themes of a theme `learned`, with the label as Chinese name, and only the
// primary of a message has to be right. Themes must be written `theme/sub-theme`, and
// all tags of a message have to be right.
//
// The dictionary is judged on messages that were left out, beside the prior on the same
// messages. If it is not certain with a confidence of 95 % that its micro-F1 is higher, Learn
// returns ErrNothingLearned and a Learned with the report but without a dictionary. Where
// messages say how they were chosen ([Message.Drawn]), only those that were drawn at random judge; if a
// prior is given and none was, that is ErrNothingRandom.
//
// The same messages, options and kind of processor give the same dictionary. Messages
// are held in memory, about 20 KB each. DESIGN.md of package classifier says how long
// it takes. A message without a usable label gives a *CorpusError.
func Learn(ctx context.Context, c Corpus, o LearnOptions) (*Learned, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	l := &learner{LearnOptions: o}
	if err := l.read(ctx, c); err != nil {
		return nil, err
	}
	if err := l.classify(); err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		return nil, err
	}
	return l.learn(ctx)
}

// learner is the state of Learn. Once prepared, it is only read, except by step.
type learner struct {
	LearnOptions
	stats      Stats
	draws      Draws
	tokens     *classifier.Classifier // segments as the dictionary will
	samples    []*sample
	added      []string // sub-themes that the prior lacks
	candidates []candidateColumn
	single     bool // messages have labels, and so exactly one class each
	classes    []class
	fold       []int // by sample
	group      []int // by sample: its kind; nil if there is one kind only
	groups     int

	// base is the prior with a sub-theme for every label, or such sub-themes alone.
	base        *dict.Dictionary
	baseColumns [][][]entry            // by class and keyword
	counter     *classifier.Classifier // lists all matches of base
	shrink      [][]float64            // by class and sample: 1 / how much the length raises the threshold

	mu          sync.Mutex
	done, total int
}

// penalties are the l1 to choose from. With the first, hardly anything changes; with
// the last, a word that mends a message or two is taken. Without a prior the first few
// would leave nothing.
var penalties = []float64{256, 128, 64, 32, 16, 8, 4}

func (l *learner) penalties() []float64 {
	if l.Prior == nil {
		return penalties[4:]
	}
	return penalties
}

func (l *learner) learn(ctx context.Context) (*Learned, error) {
	l.total = l.Folds + l.groups + 1
	found, err := l.crossValidate(ctx)
	if err != nil {
		return nil, err
	}
	best := found.best(l.Prior != nil)
	r := LearnReport{
		Stats: l.stats, Seed: l.Seed, Folds: l.Folds, L1: found.l1s[best],
		LearnScore: found.folds[best].score(), Kinds: found.kinds(best), Added: l.added,
	}
	if l.draws.Told() {
		r.Draws = &l.draws
	}
	dicts, err := l.learnWithout(ctx, nil, l.penalties()[:best+1])
	if err != nil {
		return nil, err
	}
	d := dicts[best]
	if r.LeftOut = l.prune(d); len(d.Themes) == 0 {
		return nil, phrase.Errorf("learn: no word marks any label; a word must stand in %d messages", l.MinMessages)
	}
	if l.Prior != nil {
		p := compareWeights(l.Prior, d)
		p.LearnScore, p.Kinds, p.Dict = found.prior.score(), found.kinds(len(found.l1s)), l.Prior.Version()
		r.Prior = &p
		gain := found.gain(best)
		r.Gain = &gain
	}
	l.reportClasses(&r, d, found, best)
	l.step()
	if l.Prior != nil && r.Gain.AtLeast <= 0 {
		return &Learned{nil, r}, ErrNothingLearned
	}
	if d, err = dict.New(d.Themes); err != nil {
		return nil, err
	}
	r.Dict = d.Version()
	if l.Prior != nil {
		if r.Examples, err = l.tryExamples(d); err != nil {
			return nil, err
		}
	}
	return &Learned{d, r}, nil
}

// tryExamples counts the failing examples of the prior and of d, which has the same.
func (l *learner) tryExamples(d *dict.Dictionary) (*LearnedExamples, error) {
	var out LearnedExamples
	for _, side := range []struct {
		d      *dict.Dictionary
		failed *int
	}{{l.Prior, &out.FailedBefore}, {d, &out.Failed}} {
		c, err := classifier.New(side.d, l.Classifier)
		if err != nil {
			return nil, err
		}
		report := tryExamples(c, phrase.English)
		out.Examples, *side.failed = report.Examples, len(report.Failed)
	}
	if out.Examples == 0 {
		return nil, nil
	}
	return &out, nil
}

// prune takes out sub-themes without keywords, which no dictionary may have, and
// returns their labels.
func (l *learner) prune(d *dict.Dictionary) (labels []string) {
	for k, class := range l.classes {
		if len(d.Themes[class.theme].SubThemes[class.sub].Keywords) == 0 {
			labels = append(labels, l.classes[k].label)
		}
	}
	for i := range d.Themes {
		d.Themes[i].SubThemes = slices.DeleteFunc(d.Themes[i].SubThemes, func(s dict.SubTheme) bool { return len(s.Keywords) == 0 })
	}
	d.Themes = slices.DeleteFunc(d.Themes, func(t dict.Theme) bool { return len(t.SubThemes) == 0 })
	return labels
}

func (l *learner) reportClasses(r *LearnReport, d *dict.Dictionary, found *validation, best int) {
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		r.Keywords += len(s.Keywords)
		k := slices.IndexFunc(l.classes, func(c class) bool { return l.subTheme(c).ID == s.ID })
		if l.classes[k].support == 0 {
			return
		}
		c := LearnedClass{
			ID: s.ID, Label: l.classes[k].label, Support: l.classes[k].support, Keywords: len(s.Keywords),
			Threshold: s.Threshold, F1: found.folds[best].classes[k].F1(),
		}
		if l.Prior != nil {
			c.PriorF1 = found.prior.classes[k].F1()
		}
		r.Classes = append(r.Classes, c)
	})
}

// subTheme returns the sub-theme of base that a class is.
func (l *learner) subTheme(c class) *dict.SubTheme { return &l.base.Themes[c.theme].SubThemes[c.sub] }

// compareWeights counts what became of the keywords of a dictionary.
func compareWeights(before, after *dict.Dictionary) (r PriorReport) {
	weights := map[string]float64{}
	visit := func(d *dict.Dictionary, each func(key string, w float64)) {
		eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
			for i := range s.Keywords {
				each(s.ID+" "+keywordKey(&s.Keywords[i]), s.Keywords[i].Weight)
			}
		})
	}
	visit(before, func(key string, w float64) { weights[key] = w })
	visit(after, func(key string, w float64) {
		switch was, had := weights[key]; {
		case !had:
			r.Added++
		case w == was:
			r.Kept++
		case w > was:
			r.Raised++
		default:
			r.Lowered++
		}
		delete(weights, key)
	})
	r.Dropped = len(weights)
	return r
}

func (l *learner) step() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.done++
	l.Progress.report(l.done, l.total)
}

// splitID splits a full id into theme and sub-theme.
func splitID(id string) (theme, sub string) {
	theme, sub, _ = strings.Cut(id, "/")
	return theme, sub
}
