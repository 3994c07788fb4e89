package workbench

import (
	"cmp"
	"context"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// sample is a labelled message of a learner.
type sample struct {
	text  string
	kind  LabelKind
	drawn Drawn
	said  []string // its label, or its themes
	is    []int    // classes
	units int
	line  int
	genre string
	// example is set for an example of the prior, which is in no fold and of no kind:
	// it is kept, and nothing is judged by it.
	example *dict.Example
	words   map[candidate]int
}

// read reads the corpus, and makes the columns of the candidates.
func (l *learner) read(ctx context.Context, c Corpus) error {
	base := l.Prior // its own tokens affect segmentation, as they will in the result
	if base == nil {
		base = nothing()
	}
	var err error
	if l.tokens, err = classifier.New(base, l.Classifier); err != nil {
		return err
	}
	var index candidateIndex
	var unread unlabelled
	l.stats, err = mapMessages(ctx, c, func() *segmented { return newSegmented(l.tokens) }, readSample, func(s *sample) error {
		if s.kind == Unlabelled {
			unread.add(s.line)
			return nil
		}
		if len(l.samples) > 0 && l.samples[0].kind != s.kind {
			return &CorpusError{c.Name, s.line, 0, phrase.Textf("labelled otherwise than the first message"), phrase.Textf("either all have a label or all have themes")}
		}
		l.draws.add(s.drawn)
		index.add(len(l.samples), s.words)
		s.words = nil
		l.samples = append(l.samples, s)
		return nil
	})
	if err != nil {
		return err
	}
	if err := unread.leave(&l.stats, c.Name, phrase.Textf("to learn from, messages need %s", labelHint)); err != nil {
		return err
	}
	if len(l.samples) == 0 {
		return phrase.Errorf("learn from %s: %w", c.Name, ErrNoMessages)
	}
	if l.Prior != nil && l.draws.Told() && l.draws.Random == 0 {
		return phrase.Errorf("learn from %s: %w", c.Name, ErrNothingRandom)
	}
	l.candidates = index.useful(newSegmented(l.tokens), l.MinMessages)
	return nil
}

// nothing is a dictionary of no use but to segment as gse does.
func nothing() *dict.Dictionary {
	return &dict.Dictionary{Themes: []dict.Theme{{ID: "none", SubThemes: []dict.SubTheme{{ID: "none/none", Threshold: 1}}}}}
}

func readSample(s *segmented, m *Message) (*sample, error) {
	r := &sample{text: m.Text, kind: m.Kind, drawn: m.Drawn, said: m.Themes, line: m.Line, genre: m.Genre}
	switch m.Kind {
	case LabelName:
		r.said = []string{m.Label}
	case Unlabelled:
		return r, nil
	}
	r.words = candidatesOf(s.of(m.Text))
	r.units = s.c.Units(&s.result, []byte(m.Text))
	return r, nil
}

var (
	subThemeID = regexp.MustCompile(`^[a-z0-9_]+/[a-z0-9_]+$`)
	plainID    = regexp.MustCompile(`^[a-z0-9_]+$`)
)

// class is a sub-theme that messages can be of.
type class struct {
	theme, sub int    // in learner.base
	label      string // as messages say it, or the id
	support    int    // number of messages
}

// classify makes base, which has a sub-theme for every label, and numbers the classes
// in its order.
func (l *learner) classify() error {
	l.single = l.samples[0].kind == LabelName
	said := map[string]bool{}
	for _, s := range l.samples {
		for _, label := range s.said {
			said[label] = true
		}
	}
	if len(said) == 0 {
		return phrase.New("learn: no message has a sub-theme; there is nothing to learn")
	}
	if len(said) < 2 && l.Prior == nil {
		return phrase.New("learn: fewer than two labels; there is nothing to tell apart")
	}
	idOf, err := l.extend(said)
	if err != nil {
		return err
	}
	number := map[string]int{}
	eachSubTheme(l.base, func(theme, sub int, s *dict.SubTheme) {
		number[s.ID] = len(l.classes)
		l.classes = append(l.classes, class{theme: theme, sub: sub, label: s.ID})
	})
	for _, s := range l.samples {
		for _, label := range s.said {
			k := number[idOf[label]]
			if l.single {
				l.classes[k].label = label
			}
			if !slices.Contains(s.is, k) {
				s.is = append(s.is, k)
				l.classes[k].support++
			}
		}
	}
	first := make([]int, len(l.samples))
	for i, s := range l.samples {
		first[i] = len(l.classes) // none
		if len(s.is) > 0 {
			first[i] = s.is[0]
		}
		if s.drawn == DrawnRandom { // each part has its share of those that it is judged by
			first[i] += len(l.classes) + 1
		}
	}
	l.fold = deal(first, 2*(len(l.classes)+1), l.Folds, l.Seed)
	if l.Prior != nil {
		l.groupByKind()
		l.addExamples(number)
	}
	return nil
}

// addExamples adds the examples of the prior as messages that have to stay right.
func (l *learner) addExamples(number map[string]int) {
	var r classifier.Result
	eachSubTheme(l.Prior, func(_, _ int, s *dict.SubTheme) {
		for i := range s.Examples {
			e := &s.Examples[i]
			sample := &sample{text: e.Text, units: l.tokens.Units(&r, []byte(e.Text)), example: e}
			for _, id := range e.Expect {
				sample.is = append(sample.is, number[id])
			}
			l.samples = append(l.samples, sample)
			l.fold = append(l.fold, -1)
			l.group = append(l.group, -1)
		}
	})
}

const (
	// mostKinds is how many kinds are left out one by one; all others are one.
	mostKinds = 10
	// leastOfKind is how many messages a kind needs to be one.
	leastOfKind = 50
)

// groupByKind numbers the kinds of messages, the most frequent first.
func (l *learner) groupByKind() {
	size := map[string]int{}
	for _, s := range l.samples {
		size[s.genre]++
	}
	kinds := slices.SortedFunc(maps.Keys(size), func(a, b string) int {
		return cmp.Or(cmp.Compare(size[b], size[a]), cmp.Compare(a, b))
	})
	number := map[string]int{}
	for i, kind := range kinds {
		number[kind] = min(i, mostKinds-1)
		if size[kind] < leastOfKind && i > 0 {
			number[kind] = min(l.groups, mostKinds-1)
			continue
		}
		l.groups = number[kind] + 1
	}
	if l.groups < 2 {
		l.groups = 0
		return
	}
	for _, s := range l.samples {
		l.group = append(l.group, number[s.genre])
		l.groups = max(l.groups, number[s.genre]+1)
	}
}

// deal returns a fold for each of a number of messages. They are dealt at random,
// separately for each class, so that every fold has its share of each; classes are
// from 0 to n-1.
func deal(classes []int, n, folds int, seed uint64) []int {
	fold := make([]int, len(classes))
	random := rand.New(rand.NewPCG(seed, 1))
	byClass := make([][]int, n)
	for i, k := range classes {
		byClass[k] = append(byClass[k], i)
	}
	next := 0
	for _, of := range byClass {
		random.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		for _, i := range of {
			fold[i] = next % folds
			next++
		}
	}
	return fold
}
