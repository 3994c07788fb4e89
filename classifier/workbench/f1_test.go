package workbench

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestF1ByHand(t *testing.T) {
	c := Counts{TruePositives: 6, FalsePositives: 2, FalseNegatives: 4}
	near(t, "precision", c.Precision(), 6.0/8)
	near(t, "recall", c.Recall(), 6.0/10)
	near(t, "F1", c.F1(), 2*0.75*0.6/(0.75+0.6)) // = 12/18
	if c.Support() != 10 {
		t.Errorf("support %d", c.Support())
	}
	var none Counts
	near(t, "F1 of nothing", none.F1(), 0)
	near(t, "precision of nothing", none.Precision(), 0)
}

// TestMacroAndMicroByHand: the second class is of no message; macro-F1 leaves it
// out, micro-F1 counts what it was given to.
func TestMacroAndMicroByHand(t *testing.T) {
	patterns := []pattern{
		{primary: 0, first: 0, is: []int{0}, given: []int{0}, n: 3},
		{primary: 0, first: 1, is: []int{0}, given: []int{1}, n: 1},
		{primary: 2, first: noClass, is: []int{2}, n: 2},
		{primary: 2, first: 2, is: []int{2}, given: []int{0, 2}, n: 2},
		{primary: noClass, first: noClass, n: 1},
		{primary: notTold, first: 0, is: []int{0, 2}, given: []int{0}, n: 1},
	}
	tl := newTally(3, patterns, []int{0, 0, 1})
	tl.count(func(i int) int { return patterns[i].n })
	want := []Counts{{4, 2, 1}, {0, 1, 0}, {2, 0, 3}}
	if d := cmp.Diff(want, tl.any); d != "" {
		t.Error(d)
	}
	near(t, "macro-F1", tl.macroF1(), (8.0/11+4.0/7)/2)
	near(t, "micro-F1", tl.microF1(), 12.0/(12+3+4))
	// Right themes: 3, the 1 mistaken within its theme, 2, and the untagged one; of 9.
	near(t, "accuracy", tl.accuracy(), 7.0/9)
	if tl.primaryRight != 6 || tl.told != 9 {
		t.Errorf("primaries: %d right of %d", tl.primaryRight, tl.told)
	}
}

// TestBootstrap: the interval of a share is that of the binomial, about
// p ± 1.96 sqrt(p(1-p)/n), and the same for the same seed.
func TestBootstrap(t *testing.T) {
	patterns := []pattern{
		{primary: 0, first: 0, is: []int{0}, given: []int{0}, n: 800},
		{primary: 0, first: 1, is: []int{0}, given: []int{1}, n: 100},
		{primary: 1, first: noClass, is: []int{1}, n: 100},
	}
	tl := newTally(2, patterns, []int{0, 1})
	tl.count(func(i int) int { return patterns[i].n })
	got := bootstrap(tl, 4000, 1, 1000)
	half := 1.96 * math.Sqrt(0.8*0.2/1000)
	for i, want := range []float64{0.8 - half, 0.8 + half} {
		if math.Abs(got.accuracy[i]-want) > 0.004 {
			t.Errorf("accuracy %v, want about %v", got.accuracy, want)
		}
	}
	if again := bootstrap(tl, 4000, 1, 1000); !cmp.Equal(got, again, cmp.AllowUnexported(intervals{})) {
		t.Error("the same seed gave another interval")
	}
	if other := bootstrap(tl, 4000, 2, 1000); cmp.Equal(got, other, cmp.AllowUnexported(intervals{})) {
		t.Error("another seed gave the same interval")
	}
}

func TestInterval95(t *testing.T) {
	x := make([]float64, 0, 201)
	for i := range 201 { // 0, 1, ..., 200
		x = append(x, float64(200-i))
	}
	if got := interval95(x); got != [2]float64{5, 195} {
		t.Errorf("quantiles of 0..200: %v", got)
	}
	if got := interval95([]float64{0, 1}); math.Abs(got[0]-0.025) > 1e-12 || math.Abs(got[1]-0.975) > 1e-12 {
		t.Errorf("quantiles of 0, 1: %v", got)
	}
}

// TestMultinomialAddsUp: a resample has as many messages as the corpus.
func TestMultinomialAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		counts := rapid.SliceOfN(rapid.IntRange(1, 5000), 1, 40).Draw(t, "counts")
		patterns := make([]pattern, len(counts))
		rows := 0
		for i, n := range counts {
			patterns[i].n = n
			rows += n
		}
		drawn := make([]int, len(patterns))
		drawMultinomial(drawn, patterns, rows, newSource(rapid.Uint64().Draw(t, "seed")))
		sum := 0
		for _, n := range drawn {
			if n < 0 {
				t.Fatalf("drawn %v", drawn)
			}
			sum += n
		}
		if sum != rows {
			t.Fatalf("%d drawn of %d", sum, rows)
		}
	})
}
