package workbench

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// squares is half the sum of the squared distances to targets. Its solutions are
// known in closed form.
type squares struct{ target []float64 }

func (l squares) value(scores []float64) float64 {
	sum := 0.0
	for i, s := range scores {
		sum += (s - l.target[i]) * (s - l.target[i]) / 2
	}
	return sum
}

func (l squares) derive(scores, derivative []float64) float64 {
	for i, s := range scores {
		derivative[i] = s - l.target[i]
	}
	return l.value(scores)
}

// TestSolverByHand: if features do not overlap, each weight is the target plus l2
// times the pull, shrunk by l1 and divided by 1 + l2.
func TestSolverByHand(t *testing.T) {
	p := &problem{rows: 4, classes: 1, loss: squares{[]float64{3, -2, 0.4, 5}}}
	for i := range 4 {
		p.features = append(p.features, feature{entries: []entry{{int32(i), 1}}, class: 0, penalty: 1})
	}
	p.features[3].penalty = 0
	p.features[1].pull = []float64{1}
	s := newSolver(p)
	if err := s.solve(context.Background(), 0.5, 0.25, 1e-12); err != nil {
		t.Fatal(err)
	}
	// (3 - 0.5)/1.25; (-2 + 0.25*1 + 0.5)/1.25; 0; 5/1.25
	for i, want := range []float64{2, -1, 0, 4} {
		if got := s.weights(i)[0]; math.Abs(got-want) > 1e-4 {
			t.Errorf("weight %d is %v, want %v", i, got, want)
		}
	}
	near(t, "the l1 that leaves nothing", newSolver(p).maxGradient(), 3)
}

// TestSolverIsOptimal: no weight of a solution can be improved. The derivative of
// the loss is -l1 sign(w) for a weight that is not 0, and within ±l1 for one that
// is.
func TestSolverIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const rows, classes = 30, 3
		single := rapid.Bool().Draw(t, "single")
		p := &problem{rows: rows, classes: classes}
		soft := &softmax{classes: classes}
		logit := &logistic{classes: classes}
		for range rows {
			class := rapid.IntRange(0, classes-1).Draw(t, "class")
			soft.class = append(soft.class, class)
			soft.weight = append(soft.weight, 1.0/rows)
			for k := range classes {
				logit.is = append(logit.is, k == class || rapid.Bool().Draw(t, "is"))
				logit.weight = append(logit.weight, 1.0/rows)
			}
		}
		if p.loss = soft; !single {
			p.loss = logit
		}
		for range rapid.IntRange(1, 12).Draw(t, "features") {
			f := feature{class: rapid.IntRange(-1, classes-1).Draw(t, "of class"), penalty: 1}
			for i := range rows {
				if rapid.Bool().Draw(t, "has") {
					f.entries = append(f.entries, entry{int32(i), float32(rapid.Float64Range(0.1, 2).Draw(t, "x"))})
				}
			}
			p.features = append(p.features, f)
		}
		s := newSolver(p)
		const l1, l2 = 0.02, 0.01
		if err := s.solve(context.Background(), l1, l2, 1e-10); err != nil {
			t.Fatal(err)
		}
		s.scoresOf(s.w, s.score)
		s.loss.derive(s.score, s.slope)
		for f := range p.features {
			s.gradientOf(f)
			for k, w := range s.weights(f) {
				g := s.gradient[s.offset[f]+k] + l2*w
				off := math.Max(0, math.Abs(g)-l1)
				if w != 0 {
					off = math.Abs(g + math.Copysign(l1, w))
				}
				if off > 2e-3 {
					t.Fatalf("feature %d class %d: weight %v, derivative %v", f, k, w, g)
				}
			}
		}
	})
}

// TestLossDerivatives compares derivatives with difference quotients.
func TestLossDerivatives(t *testing.T) {
	scores := []float64{0.3, -1, 2, 0.1, 0.2, -0.5}
	for name, l := range map[string]loss{
		"softmax":  &softmax{class: []int{2, 0}, weight: []float64{0.3, 0.7}, classes: 3},
		"logistic": &logistic{is: []bool{true, false, true, false, false, true}, weight: []float64{1, 2, 3, 1, 1, 1}, classes: 3},
	} {
		derivative := make([]float64, len(scores))
		near(t, name+" value", l.derive(scores, derivative), l.value(scores))
		for i := range scores {
			const h = 1e-6
			moved := append([]float64(nil), scores...)
			moved[i] += h
			if got := (l.value(moved) - l.value(scores)) / h; math.Abs(got-derivative[i]) > 1e-5 {
				t.Errorf("%s by score %d: %v, want %v", name, i, derivative[i], got)
			}
		}
	}
	near(t, "softmax of equal scores", (&softmax{class: []int{0}, weight: []float64{1}, classes: 4}).value(make([]float64, 4)), math.Log(4))
}
