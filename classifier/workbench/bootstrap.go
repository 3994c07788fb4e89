package workbench

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat/distuv"
)

// tally adds patterns up to what F1 and accuracy need. Not safe for concurrent use.
type tally struct {
	patterns     []pattern
	theme        []int // of each class
	any, primary []Counts
	told         int // messages whose primary is told
	themeRight   int
	primaryRight int
}

func newTally(classes int, patterns []pattern, theme []int) *tally {
	return &tally{patterns: patterns, theme: theme, any: make([]Counts, classes), primary: make([]Counts, classes)}
}

// count sets t to the sums over the patterns, each as often as times tells.
func (t *tally) count(times func(pattern int) int) {
	clear(t.any)
	clear(t.primary)
	t.told, t.themeRight, t.primaryRight = 0, 0, 0
	for i := range t.patterns {
		if n := times(i); n > 0 {
			t.add(&t.patterns[i], n)
		}
	}
}

func (t *tally) add(p *pattern, n int) {
	for _, k := range p.given {
		if slices.Contains(p.is, k) {
			t.any[k].TruePositives += n
		} else {
			t.any[k].FalsePositives += n
		}
	}
	for _, k := range p.is {
		if !slices.Contains(p.given, k) {
			t.any[k].FalseNegatives += n
		}
	}
	if p.primary == notTold {
		return
	}
	t.told += n
	if p.primary == p.first {
		t.primaryRight += n
		t.themeRight += n
		if p.primary >= 0 {
			t.primary[p.primary].TruePositives += n
		}
		return
	}
	if p.primary >= 0 {
		t.primary[p.primary].FalseNegatives += n
	}
	if p.first >= 0 {
		t.primary[p.first].FalsePositives += n
	}
	if p.primary >= 0 && p.first >= 0 && t.theme[p.primary] == t.theme[p.first] {
		t.themeRight += n
	}
}

func (t *tally) macroF1() float64 { return macroF1(t.any) }

// macroF1 is the mean F1 of the classes that some message is of.
func macroF1(counts []Counts) float64 {
	sum, n := 0.0, 0
	for _, c := range counts {
		if c.Support() > 0 {
			sum += c.F1()
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func (t *tally) microF1() float64 {
	var all Counts
	for _, c := range t.any {
		all.TruePositives += c.TruePositives
		all.FalsePositives += c.FalsePositives
		all.FalseNegatives += c.FalseNegatives
	}
	return all.F1()
}

func (t *tally) accuracy() float64 { return ratio(t.themeRight, t.told) }

// intervals are 95 % bootstrap percentile intervals.
type intervals struct {
	macro, micro, accuracy [2]float64
	f1                     [][2]float64 // of each class
}

// bootstrap draws as many messages as there are, with replacement, and measures
// them, many times over; the interval leaves out 2.5 % of the measures on either
// side. (Efron, Bootstrap Methods: Another Look at the Jackknife, Annals of
// Statistics 7(1), 1979; Efron and Tibshirani, An Introduction to the Bootstrap,
// 1993, chapter 13.)
//
// Only outcomes matter, so that the draw is of how often each comes: multinomial,
// made of a binomial for each outcome given those before. The time does not
// depend on the number of messages. Resample b uses the random numbers (seed, b),
// whichever processor draws it.
func bootstrap(t *tally, resamples int, seed uint64, rows int) intervals {
	classes := len(t.any)
	stats := make([][]float64, classes+3)
	for i := range stats {
		stats[i] = make([]float64, resamples)
	}
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() {
			mine := newTally(classes, t.patterns, t.theme)
			drawn := make([]int, len(t.patterns))
			for b := w; b < resamples; b += workers {
				drawMultinomial(drawn, t.patterns, rows, rand.NewPCG(seed, uint64(b)))
				mine.count(func(i int) int { return drawn[i] })
				for k, c := range mine.any {
					stats[k][b] = c.F1()
				}
				stats[classes][b] = mine.macroF1()
				stats[classes+1][b] = mine.microF1()
				stats[classes+2][b] = mine.accuracy()
			}
		})
	}
	group.Wait()
	out := intervals{f1: make([][2]float64, classes)}
	for k := range out.f1 {
		out.f1[k] = interval95(stats[k])
	}
	out.macro, out.micro, out.accuracy = interval95(stats[classes]), interval95(stats[classes+1]), interval95(stats[classes+2])
	return out
}

// drawMultinomial sets drawn to how often each pattern comes in rows draws.
func drawMultinomial(drawn []int, patterns []pattern, rows int, source rand.Source) {
	draws, left := rows, rows
	for i, p := range patterns {
		switch {
		case draws == 0:
			drawn[i] = 0
		case p.n == left:
			drawn[i] = draws
		default:
			drawn[i] = int(distuv.Binomial{N: float64(draws), P: float64(p.n) / float64(left), Src: source}.Rand())
		}
		draws -= drawn[i]
		left -= p.n
	}
}

// interval95 sorts x and returns its quantiles 0.025 and 0.975, linear between
// the two nearest (Hyndman and Fan, The American Statistician 50(4), 1996, type 7).
func interval95(x []float64) [2]float64 {
	slices.Sort(x)
	at := func(q float64) float64 {
		h := q * float64(len(x)-1)
		i := int(h)
		if i+1 >= len(x) {
			return x[len(x)-1]
		}
		return x[i] + (h-float64(i))*(x[i+1]-x[i])
	}
	return [2]float64{at(0.025), at(0.975)}
}
