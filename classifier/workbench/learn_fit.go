package workbench

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// sample is a labelled message of a learner.
type sample struct {
	text   string
	counts map[candidate]int
	class  int    // if each sample has exactly one
	is     []bool // by class, if a sample can have any number
}

// learned is a keyword of a class with its weight.
type learned struct {
	dict.Keyword // its Weight is that of the prior, if it is from there
	class        int
	normal       string  // the normal form of the word, empty for a rule
	idf          float64 // idf of its feature; 1 for the prior's
	weight       float64 // multiplies 1 + ln n, n the number of matches
	prior        bool
}

// fitter learns keywords from samples, in three stages:
//
//  1. Select: fit a linear model with an L1 penalty over all candidates. Candidates with
//     a weight are selected, the most influential first, at most limit of them. A
//     small additional L2 penalty keeps the model from replacing words that occur
//     together by one of them. (Zou and Hastie, Regularization and Variable
//     Selection via the Elastic Net, J. Royal Statistical Society B 67(2), 2005.)
//  2. Count: the classifier itself counts the selected keywords, so that the third
//     stage sees which matches are hidden by longer ones or straddle tokens.
//  3. Refit: fit the weights again, on those counts and with an L2 penalty, because the
//     L1 penalty has shrunk them all. (Meinshausen, Relaxed Lasso, Computational
//     Statistics & Data Analysis 52(1), 2007.)
type fitter struct {
	classes int
	single  bool // each sample has exactly one class
	minimum int  // least number of messages of a candidate
	limit   int  // most keywords
	prior   []learned
	tables  classifier.Options // for the classifiers that count
}

// balance says how far small classes are made up for: the weight of a message is (1
// / share of its class) to this power. With 0 all messages weigh the same, with 1
// all classes.
const balance = 0.5

// selectRidge is the L2 penalty of stage 1.
const selectRidge = 3e-6

// penalties of one fit. l1 is relative to the smallest penalty that leaves no
// keyword, so that it means the same for every corpus.
type penalties struct{ l1, l2 float64 }

// Tolerances of the solver: on the path to an l1, at the l1 itself, and in stage 3.
const (
	pathTolerance   = 1e-3
	selectTolerance = 5e-4
	refitTolerance  = 2e-4
)

// fit calls visit with the keywords for each pair of l1, a descending list, and l2.
func (f *fitter) fit(ctx context.Context, samples []*sample, l1s, l2s []float64, visit func(p penalties, words []learned) error) error {
	counts := make([]map[candidate]int, len(samples))
	for i, s := range samples {
		counts[i] = s.counts
	}
	v := newVocabulary(counts, f.minimum)
	s := newSolver(&problem{len(samples), f.classes, v.features, f.loss(samples)})
	top := s.maxGradient()
	if top == 0 {
		return fmt.Errorf("learn: no word is in %d messages", f.minimum)
	}
	l1 := top / 8
	for _, relative := range l1s {
		for ; l1 > 1.4*top*relative; l1 /= math.Sqrt2 {
			if err := s.solve(ctx, l1, selectRidge, pathTolerance); err != nil {
				return err
			}
		}
		if err := s.solve(ctx, top*relative, selectRidge, selectTolerance); err != nil {
			return err
		}
		words := f.selected(v, s)
		refit, err := f.newRefit(samples, v.lengths, words)
		if err != nil {
			return err
		}
		for _, l2 := range l2s {
			if err := refit.solve(ctx, 0, l2, refitTolerance); err != nil {
				return err
			}
			for i := range words {
				words[i].weight = refit.weights(i)[0] * words[i].idf
				if len(refit.features[i].entries) == 0 && !words[i].prior {
					words[i].weight = 0 // all its matches are hidden by longer ones or straddle tokens, so it would never count
				}
			}
			if err := visit(penalties{relative, l2}, words); err != nil {
				return err
			}
		}
	}
	return nil
}

// selected returns the keywords with a weight, sorted by class and word.
func (f *fitter) selected(v *vocabulary, s *solver) []learned {
	type scored struct {
		learned
		influence float64
	}
	var all []scored
	for i, c := range v.candidates {
		sum := 0.0
		for _, e := range v.features[i].entries {
			sum += float64(e.x)
		}
		for k, w := range s.weights(i) {
			if w != 0 {
				all = append(all, scored{learned{
					Keyword: dict.Keyword{Word: c.word, Whole: c.whole}, class: k, normal: c.word, idf: v.idf[i], weight: w,
				}, math.Abs(w) * math.Sqrt(sum)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.influence, a.influence) })
	words := slices.Clone(f.prior)
	type key struct {
		class int
		word  string
	}
	has := map[key]bool{}
	for _, w := range words {
		has[key{w.class, w.normal}] = true
	}
	for _, s := range all {
		if len(words) >= f.limit {
			break
		}
		if k := (key{s.class, s.normal}); !has[k] {
			has[k] = true
			words = append(words, s.learned)
		}
	}
	slices.SortStableFunc(words, func(a, b learned) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.Word, b.Word))
	})
	return words
}

// newRefit returns the solver of stage 3, which starts from the weights of stage 1.
func (f *fitter) newRefit(samples []*sample, lengths []float64, words []learned) (*solver, error) {
	c, err := newCounter(words, f.classes, f.tables)
	if err != nil {
		return nil, err
	}
	scale := priorScale(words)
	features := make([]feature, len(words))
	for i, w := range words {
		features[i] = feature{class: w.class, penalty: 1}
		if w.prior {
			features[i].pull = []float64{w.Weight * scale}
		}
	}
	for row, s := range samples {
		c.count(s.text, func(word, n int) {
			x := damped(n) * words[word].idf / lengths[row]
			features[word].entries = append(features[word].entries, entry{int32(row), float32(x)})
		})
	}
	if !f.single { // a bias for each class, which stands for its threshold
		for k := range f.classes {
			bias := feature{class: k}
			for row := range samples {
				bias.entries = append(bias.entries, entry{int32(row), float32(1 / lengths[row])})
			}
			features = append(features, bias)
		}
	}
	s := newSolver(&problem{len(samples), f.classes, features, f.loss(samples)})
	start := make([]float64, s.offset[len(features)])
	for i, w := range words {
		start[i] = w.weight
		if w.prior {
			start[i] = w.Weight * scale
		}
	}
	s.start(start)
	for i := range features { // all features are active, even those that start at 0
		if !s.isIn[i] {
			s.join(i)
		}
	}
	slices.Sort(s.active)
	return s, nil
}

// priorScale returns the factor that brings the prior's weights to the size of the
// weights of stage 1. Only the proportions of weights have a meaning, and the prior
// may have been scaled differently.
func priorScale(words []learned) float64 {
	var old, now []float64
	for _, w := range words {
		if w.prior {
			old = append(old, math.Abs(w.Weight))
		} else {
			now = append(now, math.Abs(w.weight*w.idf))
		}
	}
	if len(old) == 0 || len(now) == 0 {
		return 1
	}
	return median(now) / median(old)
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// loss is softmax if samples have one class each, and logistic otherwise.
func (f *fitter) loss(samples []*sample) loss {
	n := make([]float64, f.classes)
	for _, s := range samples {
		if f.single {
			n[s.class]++
			continue
		}
		for k, is := range s.is {
			if is {
				n[k]++
			}
		}
	}
	factor := make([]float64, f.classes)
	for k := range factor {
		factor[k] = math.Pow(float64(len(samples))/(float64(f.classes)*max(n[k], 1)), balance)
	}
	if !f.single {
		l := &logistic{classes: f.classes}
		for _, s := range samples {
			l.is = append(l.is, s.is...)
			for k, is := range s.is {
				w := 1 / float64(len(samples))
				if is {
					w *= factor[k]
				}
				l.weight = append(l.weight, w)
			}
		}
		return l
	}
	l := &softmax{classes: f.classes}
	total := 0.0
	for _, s := range samples {
		l.class = append(l.class, s.class)
		l.weight = append(l.weight, factor[s.class])
		total += factor[s.class]
	}
	for i := range l.weight {
		l.weight[i] /= total
	}
	return l
}

// anyMatch is the smallest threshold: any match makes a tag.
const anyMatch = 0.000001

// counter counts matches of keywords as the classifier does. It has one sub-theme
// for each class, and lists every match. Not safe for concurrent use.
type counter struct {
	c      *classifier.Classifier
	result classifier.Result
	words  [][]int // by class and keyword: the index into the words of newCounter
	n      map[int]int
	order  []int
}

func newCounter(words []learned, classes int, o classifier.Options) (*counter, error) {
	theme := dict.Theme{ID: "learned", SubThemes: make([]dict.SubTheme, classes)}
	c := &counter{words: make([][]int, classes), n: map[int]int{}}
	for k := range theme.SubThemes {
		theme.SubThemes[k] = dict.SubTheme{ID: fmt.Sprintf("learned/label_%d", k+1), Threshold: anyMatch}
	}
	for i, w := range words {
		sub := &theme.SubThemes[w.class]
		k := w.Keyword
		k.Weight = 1
		sub.Keywords = append(sub.Keywords, k)
		c.words[w.class] = append(c.words[w.class], i)
	}
	// dict.New is not used, because here a class may have no keywords.
	var err error
	c.c, err = classifier.New(&dict.Dictionary{Themes: []dict.Theme{theme}}, o)
	return c, err
}

// count calls visit for the keywords that match in a text, with their number of
// matches, in the order of their indexes.
func (c *counter) count(text string, visit func(word, n int)) {
	c.c.Classify(&c.result, []byte(text))
	clear(c.n)
	c.order = c.order[:0]
	for _, tag := range c.result.Tags {
		for _, m := range tag.Matches {
			word := c.words[tag.SubTheme][m.Keyword]
			if c.n[word] == 0 {
				c.order = append(c.order, word)
			}
			c.n[word]++
		}
	}
	slices.Sort(c.order)
	for _, word := range c.order {
		visit(word, c.n[word])
	}
}
