package workbench

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// some is a verdict that occurs n times.
type some struct {
	verdict
	n int
}

// tallied counts verdicts on two or three classes, of which the first two belong to
// one theme. It returns the sums and the blocks.
func tallied(classes int, verdicts []some) (classCounts, []block) {
	e := &evaluator{kind: LabelThemes, deal: rand.New(newSource(1)), ids: []string{"a/x", "a/y", "b/z"}[:classes], cells: map[[2]int]int{}}
	for _, v := range verdicts {
		for range v.n {
			e.count(&v.verdict)
		}
	}
	return e.sums, e.blocks
}

// TestMacroAndMicroByHand: no message belongs to the second class. Macro-F1 leaves
// it out; micro-F1 counts the messages that were given it.
func TestMacroAndMicroByHand(t *testing.T) {
	tl, blocks := tallied(3, []some{
		{verdict{primary: 0, first: 0, is: []int{0}, given: []int{0}}, 3},
		{verdict{primary: 0, first: 1, is: []int{0}, given: []int{1}}, 1},
		{verdict{primary: 2, first: noClass, is: []int{2}}, 2},
		{verdict{primary: 2, first: 2, is: []int{2}, given: []int{0, 2}}, 2},
		{verdict{primary: noClass, first: noClass}, 1},
		{verdict{primary: primaryUnknown, first: 0, is: []int{0, 2}, given: []int{0}}, 1},
	})
	want := []Counts{{4, 2, 1}, {0, 1, 0}, {2, 0, 3}}
	if d := cmp.Diff(want, tl.any()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Counts{{3, 0, 1}, {0, 1, 0}, {2, 0, 2}}, tl.primary()); d != "" {
		t.Error(d)
	}
	near(t, "macro-F1", macroF1(tl.any()), (8.0/11+4.0/7)/2)
	near(t, "micro-F1", microF1(tl.any()), 12.0/(12+3+4))
	// Right themes: 3, the 1 with another class of its theme, 2, and the untagged
	// one; of 9.
	near(t, "accuracy", tl.accuracy(), 7.0/9)
	if tl[countPrimaryRight] != 6 || tl[countPrimaryKnown] != 9 {
		t.Errorf("primaries: %d right of %d", tl[countPrimaryRight], tl[countPrimaryKnown])
	}
	once := make([]int, len(blocks))
	for i := range once {
		once[i] = 1
	}
	again := newClassCounts(3)
	if again.sum(flat(blocks), once); !cmp.Equal(tl, again) {
		t.Errorf("each block once: %v, not %v", again, tl)
	}
}

// TestBootstrap: the interval of a share is that of the binomial distribution, about
// p ± 1.96 sqrt(p(1-p)/n), and the same seed gives the same interval. This holds for
// 1,000 messages, where each is a block, and for 40,000, where blocks have several,
// even though the messages come sorted.
func TestBootstrap(t *testing.T) {
	for _, times := range []int{1, 40} {
		_, blocks := tallied(3, []some{
			{verdict{primary: 0, first: 0, is: []int{0}, given: []int{0}}, 800 * times},
			{verdict{primary: 0, first: 2, is: []int{0}, given: []int{2}}, 100 * times},
			{verdict{primary: 2, first: noClass, is: []int{2}}, 100 * times},
		})
		if n := len(blocks); n != min(1000*times, maxBlocks) {
			t.Fatalf("%d blocks", n)
		}
		got := bootstrap(blocks, 3, 4000, 1)
		half := 1.96 * math.Sqrt(0.8*0.2/float64(1000*times))
		for i, want := range []float64{0.8 - half, 0.8 + half} {
			if math.Abs(got.accuracy[i]-want) > 0.16*half {
				t.Errorf("accuracy %v of %d messages, want 0.8 ± %.4f", got.accuracy, 1000*times, half)
			}
		}
		if again := bootstrap(blocks, 3, 4000, 1); !cmp.Equal(got, again, cmp.AllowUnexported(intervals{})) {
			t.Error("the same seed gave another interval")
		}
		if other := bootstrap(blocks, 3, 4000, 2); cmp.Equal(got, other, cmp.AllowUnexported(intervals{})) {
			t.Error("another seed gave the same interval")
		}
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
