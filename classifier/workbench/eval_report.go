package workbench

import (
	"maps"
	"slices"
)

// report makes the evaluation of what was collected.
func (e *evaluator) report(stats Stats) *Evaluation {
	r := &Evaluation{Stats: stats, Dict: e.c.Dictionary().Version(), Untagged: e.untagged, Labels: "labels"}
	ids := slices.Clone(e.classes)
	if e.kind == LabelThemes {
		r.Labels = "themes"
		ids = e.subThemeIDs()
		r.Unknown = ids[len(e.names):]
		if len(r.Unknown) == 0 {
			r.Unknown = nil
		}
	}
	patterns := e.patterns()
	t := newTally(len(ids), patterns, e.themeOf(ids))
	t.count(func(i int) int { return patterns[i].n })
	r.MacroF1, r.MicroF1, r.Accuracy = t.macroF1(), t.microF1(), t.accuracy()
	r.Classes = e.classScores(ids, t.any)
	if e.kind == LabelThemes {
		r.PrimaryRows = t.told
		r.PrimaryAccuracy = ratio(t.primaryRight, t.told)
		r.Primary = e.classScores(ids, t.primary)
		r.PrimaryMacroF1 = macroF1(t.primary)
	}
	if e.Resamples > 0 {
		b := bootstrap(t, e.Resamples, e.Seed, stats.Rows)
		r.Interval = &Intervals{b.macro, b.micro, b.accuracy}
		for k := range r.Classes {
			r.Classes[k].Interval = &b.f1[k]
		}
	}
	r.Confusion = e.confusion(ids, patterns)
	return r
}

// subThemeIDs are those of the dictionary, and then those that it lacks, in the
// order of their classes.
func (e *evaluator) subThemeIDs() []string {
	ids := make([]string, len(e.names)+len(e.unknown))
	for i, s := range e.names {
		ids[i] = s.ID
	}
	for id, class := range e.unknown {
		ids[class] = id
	}
	return ids
}

// themeOf returns what accuracy compares: the theme of each sub-theme, or each
// label by itself.
func (e *evaluator) themeOf(ids []string) []int {
	out := make([]int, len(ids))
	number := map[string]int{}
	for i, id := range ids {
		theme := id
		if e.kind == LabelThemes {
			theme, _ = splitID(id)
		}
		n, ok := number[theme]
		if !ok {
			n = len(number)
			number[theme] = n
		}
		out[i] = n
	}
	return out
}

func (e *evaluator) classScores(ids []string, counts []Counts) []ClassScore {
	out := make([]ClassScore, len(ids))
	for k, c := range counts {
		out[k] = ClassScore{
			ID: ids[k], Precision: c.Precision(), Recall: c.Recall(), F1: c.F1(), Support: c.Support(), Counts: c,
		}
		if e.kind == LabelThemes && k < len(e.names) {
			out[k].Name, out[k].NameEn = e.names[k].Name.Zh, e.names[k].Name.En
		}
	}
	return out
}

func (e *evaluator) confusion(ids []string, patterns []pattern) Confusion {
	n := len(ids)
	c := Confusion{Classes: append(slices.Clone(ids), ""), Counts: make([][]int, n+1)}
	for i := range c.Counts {
		c.Counts[i] = make([]int, n+1)
	}
	at := func(class int) int {
		if class < 0 {
			return n
		}
		return class
	}
	cells := map[[2]string]int{}
	for _, p := range patterns {
		if p.primary == notTold {
			continue
		}
		is, given := at(p.primary), at(p.first)
		c.Counts[is][given] += p.n
		if is != given {
			cells[[2]string{c.Classes[is], c.Classes[given]}] += p.n
		}
	}
	for cell := range maps.Keys(cells) {
		c.Cells = append(c.Cells, ConfusionCell{cell[0], cell[1], cells[cell], e.samples[cell]})
	}
	slices.SortFunc(c.Cells, compareCells)
	return c
}
