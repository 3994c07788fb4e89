package workbench

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// tested counts how right a dictionary is on messages that it was not learned from.
type tested struct {
	classes         []Counts
	right, messages int      // messages with exactly their classes; all
	rows            []Counts // by message, of all classes
}

func (t *tested) score() LearnScore {
	return LearnScore{microF1(t.classes), macroF1(t.classes), ratio(t.right, t.messages)}
}

// validation is what the cross-validations found, by penalty; prior is how right base
// is. groups is the same with whole kinds left out, the last one that of base; empty
// if there is one kind only.
type validation struct {
	l1s    []float64
	folds  []*tested
	prior  *tested
	groups []*tested
}

func (v *validation) kinds(i int) *float64 {
	if len(v.groups) == 0 {
		return nil
	}
	f1 := microF1(v.groups[i].classes)
	return &f1
}

// withinNoise is how much micro-F1 a smaller change, of fewer words, may cost.
const withinNoise = 0.001

// best returns the index of the penalty to take: the greatest whose micro-F1 is within
// noise of the highest. With a prior, those do not count that make it worse on kinds that
// were left out, unless all do, nor those whose gain may be luck, unless all are.
func (v *validation) best(prior bool) int {
	carries := func(i int) bool { return len(v.groups) == 0 || *v.kinds(i) >= *v.kinds(len(v.l1s)) }
	all := make([]int, len(v.l1s))
	for i := range all {
		all[i] = i
	}
	if prior {
		all = slices.DeleteFunc(all, func(i int) bool { return !carries(i) })
		if len(all) == 0 { // the least change
			return 0
		}
		lucky := func(i int) bool { return v.gain(i).AtLeast <= 0 }
		if sure := slices.DeleteFunc(slices.Clone(all), lucky); len(sure) > 0 {
			all = sure
		}
	}
	top := 0.0
	for _, i := range all {
		top = max(top, microF1(v.folds[i].classes))
	}
	for _, i := range all {
		if microF1(v.folds[i].classes) >= top-withinNoise {
			return i
		}
	}
	return 0
}

// crossValidate learns without each fold, and without each kind, and judges what was
// learned on what was left out.
func (l *learner) crossValidate(ctx context.Context) (*validation, error) {
	v := &validation{l1s: l.penalties()}
	all, err := l.leaveOut(ctx, v.l1s, l.Folds, l.fold)
	if err != nil {
		return nil, err
	}
	v.folds, v.prior = all[:len(v.l1s)], all[len(v.l1s)]
	if l.groups > 0 {
		v.groups, err = l.leaveOut(ctx, v.l1s, l.groups, l.group)
	}
	return v, err
}

// leaveOut learns without each of n parts in turn. The last result is that of base.
func (l *learner) leaveOut(ctx context.Context, l1s []float64, n int, part []int) ([]*tested, error) {
	all := make([]*tested, len(l1s)+1)
	for i := range all {
		all[i] = &tested{classes: make([]Counts, len(l.classes))}
	}
	for leave := range n {
		out := func(row int) bool { return part[row] == leave }
		dicts, err := l.learnWithout(ctx, out, l1s)
		if err != nil {
			return nil, err
		}
		for i, d := range append(dicts, l.base) {
			if err := l.judge(d, out, all[i]); err != nil {
				return nil, err
			}
		}
		l.step()
	}
	return all, nil
}

// stands tells whether a message stands for others: all do where no message says how it
// was chosen, else those that were drawn at random.
func (l *learner) stands(s *sample) bool { return l.draws.Random == 0 || s.drawn == DrawnRandom }

// judge classifies the messages that were left out, and counts as Evaluate does: for
// labels only the first tag that is of a label.
func (l *learner) judge(d *dict.Dictionary, out func(row int) bool, t *tested) error {
	c, err := classifier.New(d, sharing(l.tokens))
	if err != nil {
		return err
	}
	classAt := l.classesOf(d)
	var r classifier.Result
	is, given := make([]bool, len(l.classes)), make([]bool, len(l.classes))
	for row, s := range l.samples {
		if !out(row) || !l.stands(s) {
			continue
		}
		clear(is)
		clear(given)
		for _, k := range s.is {
			is[k] = true
		}
		c.Classify(&r, []byte(s.text))
		for _, tag := range r.Tags {
			k := classAt[tag.Theme][tag.SubTheme]
			given[k] = !l.single || l.classes[k].support > 0
			if l.single && given[k] {
				break
			}
		}
		t.messages++
		right := true
		var row Counts
		for k := range is {
			t.classes[k].add(is[k], given[k])
			row.add(is[k], given[k])
			right = right && is[k] == given[k]
		}
		if right {
			t.right++
		}
		t.rows = append(t.rows, row)
	}
	return nil
}

// Gain says by how much micro-F1 is higher than that of the prior on the same messages.
type Gain struct {
	MicroF1 float64 `json:"micro_f1"`
	// AtLeast is so high with a confidence of 95 %: the 5 % quantile over paired bootstrap resamples of
	// the messages. (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.)
	AtLeast float64 `json:"at_least"`
}

// gainResamples is how many resamples Gain has.
const gainResamples = 1000

// gain compares a penalty with the prior.
func (v *validation) gain(i int) Gain {
	a, b := v.prior.rows, v.folds[i].rows
	f1 := func(rows []Counts) float64 {
		var sum Counts
		for j := range rows {
			sum.plus(&rows[j])
		}
		return sum.F1()
	}
	g := Gain{MicroF1: f1(b) - f1(a)}
	if len(a) == 0 || slices.Equal(a, b) {
		return g
	}
	random := rand.New(rand.NewPCG(0, 5))
	gains := make([]float64, gainResamples)
	for r := range gains {
		var before, after Counts
		for range a {
			j := random.IntN(len(a))
			before.plus(&a[j])
			after.plus(&b[j])
		}
		gains[r] = after.F1() - before.F1()
	}
	slices.Sort(gains)
	g.AtLeast = gains[gainResamples/20]
	return g
}
