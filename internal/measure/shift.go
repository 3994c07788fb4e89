package measure

import (
	"maps"
	"math"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// shrinkage is the standard deviation of the normal prior of a shift, in logits: a sub-theme
// with few tags keeps the chance of all. With 0.5 the chances of others' tags are better
// than without shifts from 500 labelled texts on, of two dictionaries that were tried
// (classifier/DESIGN.md has the figures).
const shrinkage = 0.5

// Shifts are by how much, in logits, tags of a sub-theme are right more or less often than
// tags of all sub-themes with the same margin.
type Shifts map[string]float64

// FitShifts returns the shifts of what was observed beside a curve: of each sub-theme the
// mode of the posterior of a logistic model with the curve as its offset and a normal
// prior, found by Newton's method. (Platt, Probabilistic Outputs for Support Vector Machines,
// 1999, with only the intercept free; for groups with a common prior Gelman and Hill, Data
// Analysis Using Regression and Multilevel Models, 2007, chapter 14.)
func FitShifts(c Curve, all []Observation) Shifts {
	if len(c) == 0 {
		return nil
	}
	of := map[string][]Observation{}
	for _, o := range all {
		of[o.SubTheme] = append(of[o.SubTheme], o)
	}
	shifts := Shifts{}
	for _, id := range slices.Sorted(maps.Keys(of)) {
		if x := math.Round(1e3*shift(c, of[id])) / 1e3; x != 0 {
			shifts[id] = x
		}
	}
	return shifts
}

func shift(c Curve, tags []Observation) float64 {
	const precision = 1 / (shrinkage * shrinkage)
	x := 0.0
	for range 50 { // the posterior is concave, and flat nowhere: few steps are needed
		gradient, curvature := -x*precision, precision
		for _, o := range tags {
			chance, _ := c.Of(o.Margin)
			p := shifted(chance, x)
			gradient -= p
			if o.Right {
				gradient++
			}
			curvature += p * (1 - p)
		}
		step := gradient / curvature
		if x += step; math.Abs(step) < 1e-9 {
			break
		}
	}
	return x
}

// shifted moves a chance by x logits. A chance of 0 or 1 stays.
func shifted(chance, x float64) float64 {
	if x == 0 || chance <= 0 || chance >= 1 {
		return chance
	}
	return 1 / (1 + (1-chance)/chance*math.Exp(-x))
}

// ChanceOf returns how likely a tag of a sub-theme with a margin is right; false where
// the measure is of too few tags to tell.
func (m *Measure) ChanceOf(subTheme string, margin float64) (float64, bool) {
	chance, ok := m.Chance.Of(margin)
	return shifted(chance, m.Shifts[subTheme]), ok
}

func (s Shifts) check() error {
	for id, x := range s {
		if math.Abs(x) > 10 {
			return phrase.Errorf("%w: the shift of %s is %v", ErrNoMeasure, id, x)
		}
	}
	return nil
}
