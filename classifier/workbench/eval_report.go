package workbench

import "slices"

// report computes the evaluation from what was collected.
func (e *evaluator) report(stats Stats) *Evaluation {
	r := &Evaluation{Stats: stats, Dict: e.c.Dictionary().Version(), Untagged: e.untagged, Labels: "labels"}
	all := e.sums.any()
	r.MacroF1, r.MicroF1, r.Accuracy = macroF1(all), microF1(all), e.sums.accuracy()
	r.Classes = e.classScores(all)
	if e.kind == LabelThemes {
		r.Labels = "themes"
		if len(e.unknown) > 0 {
			r.Unknown = e.ids[len(e.names):]
			r.Meant = map[string]string{}
			for _, id := range r.Unknown {
				if like := nearestSubTheme(e.c.Dictionary(), id); like != "" {
					r.Meant[id] = like
				}
			}
		}
		primary := e.sums.primary()
		r.PrimaryRows = e.sums[countPrimaryKnown]
		r.PrimaryAccuracy = ratio(e.sums[countPrimaryRight], r.PrimaryRows)
		r.Primary = e.classScores(primary)
		r.PrimaryMacroF1 = macroF1(primary)
	}
	if e.Resamples > 0 {
		b := bootstrap(e.blocks, len(e.ids), e.Resamples, e.Seed)
		r.Interval = &Intervals{b.macro, b.micro, b.accuracy}
		for k := range r.Classes {
			r.Classes[k].Interval = &b.f1[k]
		}
	}
	r.Confusion = e.confusion()
	if e.measurer != nil && e.kind == LabelThemes {
		r.Measure = e.measurer.measure()
		r.Reliability = r.Measure.Reliability
	}
	return r
}

func (e *evaluator) classScores(counts []Counts) []ClassScore {
	out := make([]ClassScore, len(e.ids))
	for k, c := range counts {
		out[k] = ClassScore{
			ID: e.ids[k], Precision: c.Precision(), Recall: c.Recall(), F1: c.F1(), Support: c.Support(), Counts: c,
		}
		if e.kind == LabelThemes && k < len(e.names) {
			out[k].Name, out[k].NameEn = e.names[k].Name.Zh, e.names[k].Name.En
		}
	}
	return out
}

func (e *evaluator) confusion() Confusion {
	n := len(e.ids)
	c := Confusion{Classes: append(slices.Clone(e.ids), ""), Counts: make([][]int, n+1)}
	for i := range c.Counts {
		c.Counts[i] = make([]int, n+1)
	}
	at := func(class int) int {
		if class < 0 {
			return n
		}
		return class
	}
	for cell, times := range e.cells {
		is, given := at(cell[0]), at(cell[1])
		c.Counts[is][given] += times
		if is != given {
			names := [2]string{c.Classes[is], c.Classes[given]}
			c.Cells = append(c.Cells, ConfusionCell{names[0], names[1], times, e.samples[names]})
		}
	}
	slices.SortFunc(c.Cells, compareCells)
	return c
}
