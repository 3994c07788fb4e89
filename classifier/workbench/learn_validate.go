package workbench

import (
	"context"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// tested counts how right a dictionary is on messages that it was not learned from.
type tested struct {
	classes         []Counts
	right, messages int // messages with exactly their classes; all
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
// noise of the highest. With a prior, those that make it worse on kinds that were left
// out do not count, unless all do.
func (v *validation) best(prior bool) int {
	carries := func(i int) bool {
		return len(v.groups) == 0 || !prior || *v.kinds(i) >= *v.kinds(len(v.l1s))
	}
	any := false
	for i := range v.l1s {
		any = any || carries(i)
	}
	if !any { // the least change
		return 0
	}
	top := 0.0
	for i, t := range v.folds {
		if carries(i) {
			top = max(top, microF1(t.classes))
		}
	}
	for i, t := range v.folds {
		if carries(i) && microF1(t.classes) >= top-withinNoise {
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
		if !out(row) {
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
		for k := range is {
			t.classes[k].add(is[k], given[k])
			right = right && is[k] == given[k]
		}
		if right {
			t.right++
		}
	}
	return nil
}
