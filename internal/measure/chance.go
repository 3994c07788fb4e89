package measure

import (
	"cmp"
	"math"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Observation is a tag of a labelled text: by how much it is ahead of the best other
// sub-theme, and whether it is right.
type Observation struct {
	// Margin is (s - o) / max(s, o), where s is the score of the tag and o the highest
	// score of another sub-theme, tagged or not: 1 where no other has a keyword, 0 for a
	// tie, negative for a tag that is not the first.
	Margin float64
	Right  bool // its sub-theme is one of those that the labels have
	Text   int  // which text it is of: tags of one text are not independent
	// SubTheme is its id.
	SubTheme string
}

// Step is a part of a [Curve].
type Step struct {
	From   float64 `json:"from"` // the least margin
	Tags   int     `json:"tags"` // that were observed from here to the next step
	Right  int     `json:"right"`
	Chance float64 `json:"chance"`
}

// Curve is how likely a tag is right by its margin, in steps that rise. Its first step
// serves all margins below, too.
type Curve []Step

// minStep is how many tags a step has at least, before steps are pooled.
const minStep = 25

// Fit returns the curve that fits what was observed: the tags are cut by their margin into
// steps of at least [minStep], and neighbours are pooled until the chance rises, which is
// the isotonic regression by pool adjacent violators (Ayer and others, An Empirical
// Distribution Function for Sampling with Incomplete Information, Annals of Mathematical
// Statistics 26(4), 1955; for classifiers Zadrozny and Elkan, KDD 2002). The chance of a
// step is (right + 1) / (tags + 2), so that none is certain. With fewer than two steps of
// tags the curve is empty: then nothing can be told.
func Fit(all []Observation) Curve {
	if len(all) < 2*minStep {
		return nil
	}
	sorted := slices.SortedStableFunc(slices.Values(all), func(a, b Observation) int { return cmp.Compare(a.Margin, b.Margin) })
	width := max(minStep, len(all)/40)
	var c Curve
	for i := 0; i < len(sorted); {
		end := min(i+width, len(sorted))
		for end < len(sorted) && sorted[end].Margin == sorted[end-1].Margin {
			end++ // equal margins have an equal chance
		}
		if len(sorted)-end < minStep {
			end = len(sorted)
		}
		s := Step{From: math.Round(sorted[i].Margin*1e6) / 1e6}
		for ; i < end; i++ {
			s.Tags++
			if sorted[i].Right {
				s.Right++
			}
		}
		c = append(c, s)
		for n := len(c); n > 1 && (c[n-2].Right+1)*(c[n-1].Tags+2) >= (c[n-1].Right+1)*(c[n-2].Tags+2); n-- {
			c[n-2].Tags += c[n-1].Tags
			c[n-2].Right += c[n-1].Right
			c = c[:n-1]
		}
	}
	for i := range c {
		c[i].Chance = math.Round(1e4*float64(c[i].Right+1)/float64(c[i].Tags+2)) / 1e4
	}
	return c
}

// Of returns how likely a tag of a margin is right; false for an empty curve.
func (c Curve) Of(margin float64) (chance float64, ok bool) {
	if len(c) == 0 {
		return 0, false
	}
	i, found := slices.BinarySearchFunc(c, margin, func(s Step, m float64) int { return cmp.Compare(s.From, m) })
	if !found {
		i = max(i-1, 0)
	}
	return c[i].Chance, true
}

func (c Curve) check() error {
	for i, s := range c {
		if s.Chance < 0 || s.Chance > 1 || i > 0 && s.From < c[i-1].From {
			return phrase.Errorf("%w: step %d of its chances is out of order", ErrNoMeasure, i+1)
		}
	}
	return nil
}

// Bin is a bar of a reliability diagram: tags whose chance is about the same, and how many
// of them are right.
type Bin struct {
	Predicted float64 `json:"predicted"` // mean chance
	Observed  float64 `json:"observed"`  // part that is right
	Tags      int     `json:"tags"`
}

// folds is how many parts Reliability cuts the texts into.
const folds = 10

// crossFit calls visit with each tag and its chance, which comes from the tags of nine
// tenths of the texts, of which its own is none.
func crossFit(all []Observation, visit func(o Observation, chance float64)) {
	for fold := range folds {
		var rest, own []Observation
		for _, o := range all {
			if o.Text%folds == fold {
				own = append(own, o)
			} else {
				rest = append(rest, o)
			}
		}
		m := Measure{Chance: Fit(rest)}
		m.Shifts = FitShifts(m.Chance, rest)
		for _, o := range own {
			if chance, ok := m.ChanceOf(o.SubTheme, o.Margin); ok {
				visit(o, chance)
			}
		}
	}
}

// Reliability returns the reliability diagram of [Fit] and [FitShifts], in bins of a tenth (Murphy and
// Winkler, Reliability of Subjective Probability Forecasts of Precipitation and Temperature,
// Applied Statistics 26(1), 1977). It is cross-fitted.
func Reliability(all []Observation) []Bin {
	var sums [10]struct{ chance, right, n float64 }
	crossFit(all, func(o Observation, chance float64) {
		s := &sums[min(int(chance*10), 9)]
		s.chance, s.n = s.chance+chance, s.n+1
		if o.Right {
			s.right++
		}
	})
	bins := []Bin{}
	for _, s := range sums {
		if s.n > 0 {
			bins = append(bins, Bin{math.Round(1e4*s.chance/s.n) / 1e4, math.Round(1e4*s.right/s.n) / 1e4, int(s.n)})
		}
	}
	return bins
}

// CalibrationError is the expected calibration error of a diagram: the mean distance of
// what was predicted from what was observed, by tags (Naeini and others, AAAI 2015).
func CalibrationError(bins []Bin) float64 {
	sum, n := 0.0, 0
	for _, b := range bins {
		sum += float64(b.Tags) * math.Abs(b.Predicted-b.Observed)
		n += b.Tags
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
