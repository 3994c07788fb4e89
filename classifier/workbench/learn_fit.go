package workbench

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// A dictionary is fitted in two stages:
//
//  1. Select: fit the weights of the prior's keywords and of all candidates. The
//     candidates that get a weight become keywords.
//  2. Refit: the classifier counts the keywords itself, so that matches that a longer
//     keyword hides, or that straddle tokens, are seen; and all weights are fitted
//     again with a smaller penalty, because the first has shrunk them. (Meinshausen,
//     Relaxed Lasso, Computational Statistics & Data Analysis 52(1), 2007.)
const (
	// classCost is the cost of a message of the class; one of another costs 1. A
	// message has few classes and lacks many, and F1 does not count what it lacks.
	classCost = 6
	// labelCost is the same where messages have labels: each has exactly one, so that
	// to find none is wrong for certain.
	labelCost = 40
	// exampleCost is the cost of an example of the prior whose score is not by
	// exampleMargin on the side of the threshold that it demands.
	exampleCost   = 2000
	exampleMargin = 0.1
	// refitL1 is the share of l1 that is left in stage 2, and refitL2 is its l2.
	refitL1 = 0.2
	refitL2 = 8
	// quantum divides the weights that are changed or new: people can tell 0.25 from
	// 0.3, and not from 0.27.
	quantum = 0.05
)

// pick is a candidate that a class takes. Its weight is beside what the prior's
// keywords score there.
type pick struct {
	class, candidate  int
	weight, influence float64
}

// prepare computes what all fits share.
func (l *learner) prepare() (err error) {
	for _, c := range l.classes {
		length := l.base.Themes[c.theme].ThresholdLength
		shrink := make([]float64, len(l.samples))
		for i, s := range l.samples {
			shrink[i] = 1 / stretch(s.units, length)
		}
		l.shrink = append(l.shrink, shrink)
	}
	if l.counter, err = counting(l.base.Themes, sharing(l.tokens)); err != nil {
		return err
	}
	l.baseColumns = l.columnsOf(l.counter)
	return nil
}

// stretch returns how much a text of so many units raises the thresholds of a theme.
func stretch(units, length int) float64 {
	if length == 0 || units <= length {
		return 1
	}
	return math.Sqrt(float64(units) / float64(length))
}

// problem returns the problem of a class without the messages that are out.
func (l *learner) problem(k int, out func(row int) bool) *descent {
	d := newDescent(l.shrink[k])
	cost := float64(classCost)
	if l.single {
		cost = labelCost
	}
	for i, s := range l.samples {
		switch {
		case s.example != nil:
			l.setExample(d, i, k)
		case out != nil && out(i):
		case slices.Contains(s.is, k):
			d.set(i, 1, cost, 1)
		default:
			d.set(i, -1, 1, 1)
		}
	}
	return d
}

// setExample makes a problem keep what an example of the prior demands. It costs much,
// and only where the score is not on its side of the threshold.
func (l *learner) setExample(d *descent, row, k int) {
	s := l.samples[row]
	switch {
	case slices.Contains(s.is, k):
		d.set(row, 1, exampleCost, exampleMargin)
	case s.example.Untagged() || slices.Contains(s.example.Forbid, l.subTheme(l.classes[k]).ID):
		d.set(row, -1, exampleCost, exampleMargin)
	}
}

// learnWithout learns a dictionary for each penalty, a descending list, without the
// messages that are out; nil: from all. Sub-themes may have no keywords.
func (l *learner) learnWithout(ctx context.Context, out func(row int) bool, l1s []float64) ([]*dict.Dictionary, error) {
	byClass := make([][][]pick, len(l.classes))
	if err := l.eachClass(func(k int) (err error) {
		byClass[k], err = l.selectWords(ctx, k, out, l1s)
		return err
	}); err != nil {
		return nil, err
	}
	dicts := make([]*dict.Dictionary, len(l1s))
	for i, l1 := range l1s {
		var picks []pick
		for k := range byClass {
			if byClass[k] != nil {
				picks = append(picks, byClass[k][i]...)
			}
		}
		if l.MaxKeywords > 0 && len(picks) > l.MaxKeywords {
			slices.SortStableFunc(picks, func(a, b pick) int { return cmp.Compare(b.influence, a.influence) })
			picks = picks[:l.MaxKeywords]
		}
		var err error
		if dicts[i], err = l.refit(ctx, out, picks, l1); err != nil {
			return nil, err
		}
	}
	return dicts, nil
}

// eachClass calls work for each class that has messages, on all processors.
func (l *learner) eachClass(work func(k int) error) error {
	errs := make([]error, len(l.classes))
	inParallel(len(l.classes), func() func(int) {
		return func(k int) {
			if l.classes[k].support > 0 {
				errs[k] = work(k)
			}
		}
	})
	return errors.Join(errs...)
}

// selectWords fits a class over its keywords and all candidates, for each penalty, and
// returns the candidates that get a weight.
func (l *learner) selectWords(ctx context.Context, k int, out func(row int) bool, l1s []float64) ([][]pick, error) {
	s := l.subTheme(l.classes[k])
	d := l.problem(k, out)
	var columns []*column
	known := map[string]bool{}
	for i := range s.Keywords {
		known[keywordKey(&s.Keywords[i])] = true
		w := s.Keywords[i].Weight / s.Threshold
		if entries := l.baseColumns[k][i]; len(entries) > 0 {
			d.add(entries, w)
			columns = append(columns, &column{entries, w, w})
		}
	}
	joined := map[int]*column{}
	// join takes in the candidates that would not stay at 0 under a penalty.
	join := func(l1 float64) (any bool) {
		for i := range l.candidates {
			if c := &l.candidates[i]; joined[i] == nil && !known[c.word] {
				if first, _ := d.slope(c.entries); -first > l1 {
					joined[i] = &column{entries: c.entries}
					columns = append(columns, joined[i])
					any = true
				}
			}
		}
		return any
	}
	// Nearly all candidates that the last penalty will want pull now already. Those
	// that it leaves out wrongly are looked for at its end.
	join(0.7 * l1s[len(l1s)-1])
	picks := make([][]pick, len(l1s))
	for i, l1 := range l1s {
		d.l1 = l1
		for range 3 {
			if err := d.solve(ctx, columns); err != nil {
				return nil, err
			}
			if i+1 < len(l1s) || !join(l1) {
				break
			}
		}
		for _, at := range slices.Sorted(maps.Keys(joined)) {
			if c := joined[at]; c.w > 0 {
				picks[i] = append(picks[i], pick{k, at, c.w, c.w * float64(len(c.entries))})
			}
		}
	}
	return picks, nil
}

// refit makes the dictionary of base and the picks, and fits all weights again on what
// the classifier itself matches.
func (l *learner) refit(ctx context.Context, out func(row int) bool, picks []pick, l1 float64) (*dict.Dictionary, error) {
	d := &dict.Dictionary{Themes: cloneThemes(l.base.Themes)}
	priors := make([][]float64, len(l.classes))
	for k, class := range l.classes {
		s := &d.Themes[class.theme].SubThemes[class.sub]
		s.Keywords = slices.Clone(s.Keywords)
		for _, w := range s.Keywords {
			priors[k] = append(priors[k], w.Weight/s.Threshold)
		}
	}
	var r classifier.Result
	for _, p := range picks {
		class := l.classes[p.class]
		s := &d.Themes[class.theme].SubThemes[class.sub]
		c := l.candidates[p.candidate]
		inside := l.inside(&r, class, c.word)
		priors[p.class] = append(priors[p.class], inside)
		s.Keywords = append(s.Keywords, dict.Keyword{Word: c.word, Whole: c.whole, Weight: (inside + p.weight) * s.Threshold})
	}
	c, err := counting(d.Themes, sharing(l.tokens))
	if err != nil {
		return nil, err
	}
	entries := l.columnsOf(c)
	return d, l.eachClass(func(k int) error {
		class := l.classes[k]
		s := &d.Themes[class.theme].SubThemes[class.sub]
		columns := make([]*column, len(s.Keywords))
		for i := range columns {
			columns[i] = &column{entries[k][i], s.Keywords[i].Weight / s.Threshold, priors[k][i]}
		}
		p := l.problem(k, out)
		p.l1, p.l2 = refitL1*l1, refitL2
		if err := p.fit(ctx, columns); err != nil {
			return err
		}
		s.Keywords = weighed(s, columns, len(l.subTheme(class).Keywords))
		return nil
	})
}

// fit starts from the weights of the columns.
func (d *descent) fit(ctx context.Context, columns []*column) error {
	var matching []*column
	for _, c := range columns {
		if len(c.entries) > 0 {
			d.add(c.entries, c.w)
			matching = append(matching, c)
		}
	}
	return d.solve(ctx, matching)
}

// weighed returns the keywords of a sub-theme with the weights of the columns. The
// first ones are the prior's: those whose weight has not moved are as they were, and
// the new ones come after them, by weight. A keyword that has come to 0 is left out,
// and so is a new one that would change nothing.
func weighed(s *dict.SubTheme, columns []*column, old int) []dict.Keyword {
	var out []dict.Keyword
	kept := 0
	for i, c := range columns {
		w := s.Keywords[i]
		if i >= old && (len(c.entries) == 0 || c.w == c.prior) {
			continue
		}
		if i >= old || c.w != c.prior {
			w.Weight = readable(c.w * s.Threshold)
		}
		if w.Weight != 0 {
			out = append(out, w)
		}
		if i < old {
			kept = len(out)
		}
	}
	slices.SortStableFunc(out[kept:], func(a, b dict.Keyword) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.Word, b.Word))
	})
	return out
}

// readable returns a weight rounded to a whole number of quantum, in the bounds of a
// dictionary.
func readable(w float64) float64 {
	return min(1000, max(-1000, math.Round(w/quantum)/math.Round(1/quantum)))
}

// inside returns what the keywords of base score within a word, in thresholds.
func (l *learner) inside(r *classifier.Result, c class, word string) (sum float64) {
	s := l.subTheme(c)
	l.counter.Classify(r, []byte(word))
	for _, tag := range r.Tags {
		if tag.Theme == c.theme && tag.SubTheme == c.sub {
			for _, m := range tag.Matches {
				sum += s.Keywords[m.Keyword].Weight / s.Threshold
			}
		}
	}
	return sum
}
