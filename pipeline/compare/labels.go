package compare

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// Labelled is a labelled message as both dictionaries tagged it.
type Labelled struct{ A, B Hits }

// Hits says how the sub-themes of a message compare with its label.
type Hits struct {
	Right   int // sub-themes of the label that were given
	Wrong   int // given, and not in the label
	Forgone int // in the label, and not given
}

func (h Hits) add(o Hits) Hits {
	return Hits{h.Right + o.Right, h.Wrong + o.Wrong, h.Forgone + o.Forgone}
}

// f1 is micro-F1: 2 right / (2 right + wrong + forgone); 1 where nothing was to be given
// and nothing was.
func (h Hits) f1() float64 {
	all := 2*h.Right + h.Wrong + h.Forgone
	if all == 0 {
		return 1
	}
	return 2 * float64(h.Right) / float64(all)
}

// What the guard of labels asks for.
const (
	// labelsLevel is the chance of finding a candidate worse that is as good.
	labelsLevel = 0.05
	// labelsLoss is the loss of micro-F1 that the labels must be able to rule out. Where
	// they cannot, the guard is inconclusive: a handful of labels shows nothing.
	labelsLoss = 0.05
	// labelsDraws is how many random permutations, and how many resamples, are drawn.
	labelsDraws = 4000
)

// Labels checks that the candidate B is not worse than A on labelled messages beyond
// chance, by micro-F1 of the sub-themes.
//
// Whether B is worse is tested by approximate randomization: were both equally good, the
// two answers to each message could as well change places, so the difference is compared
// with those after random exchanges. (Noreen, Computer-Intensive Methods for Testing
// Hypotheses, 1989; Yeh, More Accurate Tests for the Statistical Significance of Result
// Differences, COLING 2000.) How much worse B may be is the 5 % quantile of the
// difference over paired bootstrap resamples of the messages. (Efron and Tibshirani, An
// Introduction to the Bootstrap, 1993, chapter 13.) Both are drawn by the seed.
func Labels(rows []Labelled, seed uint64) Check {
	if len(rows) == 0 {
		return Check{CheckLabels, Fail, phrase.Textf("no labelled messages")}
	}
	var a, b Hits
	for _, r := range rows {
		a, b = a.add(r.A), b.add(r.B)
	}
	delta := b.f1() - a.f1()
	p := chanceOf(rows, delta, rand.New(rand.NewPCG(seed, 1)))
	lower := lowerBound(rows, rand.New(rand.NewPCG(seed, 2)))
	says := phrase.Textf("micro-F1 %s -> %s (%s) on %s labelled messages; chance of this loss or more by luck %s (approximate randomization, Noreen 1989); at worst %s (paired bootstrap, 95%%)",
		textfmt.Score(a.f1()), textfmt.Score(b.f1()), signedScore(delta), textfmt.Count(len(rows)), textfmt.Score(p), signedScore(lower))
	switch {
	case delta < 0 && p < labelsLevel:
		return Check{CheckLabels, Fail, says}
	case lower < -labelsLoss:
		return Check{CheckLabels, Inconclusive, phrase.Textf("%s; too few labels to rule out a loss of %s: label more", says, textfmt.Score(labelsLoss))}
	}
	return Check{CheckLabels, Pass, says}
}

func signedScore(x float64) string { return fmt.Sprintf("%+.3f", x) }

// chanceOf is the chance that the difference is delta or less if the answers to each
// message could change places.
func chanceOf(rows []Labelled, delta float64, random *rand.Rand) float64 {
	var same Hits // of messages that both tagged equally well: exchanging them changes nothing
	var differ []Labelled
	for _, r := range rows {
		if r.A == r.B {
			same = same.add(r.A)
		} else {
			differ = append(differ, r)
		}
	}
	const tolerance = 1e-12 // of sums in another order
	atMost := 0
	for range labelsDraws {
		a, b := same, same
		for i := 0; i < len(differ); i += 64 {
			bits := random.Uint64()
			for _, r := range differ[i:min(i+64, len(differ))] {
				x, y := r.A, r.B
				if bits&1 == 1 {
					x, y = y, x
				}
				a, b = a.add(x), b.add(y)
				bits >>= 1
			}
		}
		if b.f1()-a.f1() <= delta+tolerance {
			atMost++
		}
	}
	return float64(atMost+1) / (labelsDraws + 1)
}

// lowerBound is the 5 % quantile of the difference over resamples of the messages.
func lowerBound(rows []Labelled, random *rand.Rand) float64 {
	deltas := make([]float64, labelsDraws)
	for i := range deltas {
		var a, b Hits
		for range rows {
			r := &rows[random.IntN(len(rows))]
			a, b = a.add(r.A), b.add(r.B)
		}
		deltas[i] = b.f1() - a.f1()
	}
	slices.Sort(deltas)
	return deltas[labelsDraws/20]
}
