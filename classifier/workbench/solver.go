package workbench

import (
	"context"
	"math"
	"slices"
)

// The optimiser of Learn. It minimises, over the weights w of a linear model,
//
//	loss(scores) + l1 Σ penalty_f |w_f,k| + l2/2 Σ (w_f,k - pull_f,k)²
//
// by FISTA: proximal gradient steps with Nesterov's momentum, a step length found by
// backtracking, and a restart of the momentum when it points uphill. Only features
// that can matter ("active" ones) are updated: after each round, those whose
// gradient exceeds their penalty are added. The problem is convex, so the starting
// point affects only how long the solution takes.
//
// gonum's optimisers are not used: they require a smooth function (L-BFGS, CG,
// Newton) or use no gradient at all. None can handle |w|, which has no derivative at
// 0, exactly where most weights of a solution are. Its linear and convex programs
// are dense.
//
// Sources: Beck and Teboulle, A Fast Iterative Shrinkage-Thresholding Algorithm for
// Linear Inverse Problems, SIAM J. Imaging Sciences 2(1), 2009. O'Donoghue and
// Candès, Adaptive Restart for Accelerated Gradient Schemes, Foundations of
// Computational Mathematics 15, 2015. Friedman, Hastie and Tibshirani,
// Regularization Paths for Generalized Linear Models via Coordinate Descent, J.
// Statistical Software 33(1), 2010 (warm starts, active sets).

// entry is the value of a feature in one message, where it is not 0.
type entry struct {
	row int32
	x   float32
}

// feature is a column of the model: a keyword.
type feature struct {
	entries []entry
	// class is the class to whose score it contributes, with one weight; -1: it
	// contributes to every class, with a weight for each.
	class int
	// penalty multiplies l1; 0 for a feature that is never dropped.
	penalty float64
	// pull is the value towards which l2 draws the weight; nil: 0.
	pull []float64
}

// problem is what a solver minimises.
type problem struct {
	rows, classes int
	features      []feature
	loss          loss
}

// width returns how many weights a feature has.
func (p *problem) width(f int) int {
	if p.features[f].class < 0 {
		return p.classes
	}
	return 1
}

// solver keeps its weights between solutions, so that the next one starts from them.
type solver struct {
	*problem
	offset []int // by feature: the index of its first weight
	active []int // features, ascending
	isIn   []bool

	w, before, look, next                           []float64 // weights
	score, scoreBefore, scoreLook, scoreNext, slope []float64 // rows x classes
	gradient                                        []float64 // like weights
	lipschitz                                       float64
}

func newSolver(p *problem) *solver {
	s := &solver{problem: p, isIn: make([]bool, len(p.features)), lipschitz: 0.01}
	n := 0
	for f := range p.features {
		s.offset = append(s.offset, n)
		n += p.width(f)
	}
	s.offset = append(s.offset, n)
	for _, v := range []*[]float64{&s.w, &s.before, &s.look, &s.next, &s.gradient} {
		*v = make([]float64, n)
	}
	for _, v := range []*[]float64{&s.score, &s.scoreBefore, &s.scoreLook, &s.scoreNext, &s.slope} {
		*v = make([]float64, p.rows*p.classes)
	}
	return s
}

// weights returns the weights of feature f.
func (s *solver) weights(f int) []float64 { return s.w[s.offset[f]:s.offset[f+1]] }

// start sets the weights to begin from.
func (s *solver) start(w []float64) {
	copy(s.w, w)
	for f := range s.features {
		if !s.isIn[f] && slices.ContainsFunc(s.weights(f), func(x float64) bool { return x != 0 }) {
			s.join(f)
		}
	}
	slices.Sort(s.active)
}

func (s *solver) join(f int) {
	s.isIn[f] = true
	s.active = append(s.active, f)
}

// maxGradient returns the smallest l1 at which every penalised weight stays 0, given
// the present weights. It is the start of a path of l1.
func (s *solver) maxGradient() float64 {
	s.scoresOf(s.w, s.score)
	s.loss.derive(s.score, s.slope)
	most := 0.0
	for f := range s.features {
		s.gradientOf(f)
		for _, g := range s.gradient[s.offset[f]:s.offset[f+1]] {
			if s.features[f].penalty > 0 {
				most = max(most, math.Abs(g)/s.features[f].penalty)
			}
		}
	}
	return most
}

// solve minimises from the present weights until ten steps lower the objective by
// less than the share tolerance. The error is that of ctx.
func (s *solver) solve(ctx context.Context, l1, l2, tolerance float64) error {
	const rounds, steps = 20, 400
	for round := range rounds {
		s.scoresOf(s.w, s.score)
		s.loss.derive(s.score, s.slope)
		joined := 0
		for f := range s.features {
			if !s.isIn[f] && s.matters(f, l1) {
				s.join(f)
				joined++
			}
		}
		if round > 0 && joined <= len(s.active)/500 {
			break
		}
		slices.Sort(s.active)
		if err := s.descend(ctx, l1, l2, tolerance, steps); err != nil {
			return err
		}
	}
	return nil
}

// matters reports whether the weights of f, which are 0, would not stay 0: the
// gradient exceeds the penalty, or l2 draws them elsewhere.
func (s *solver) matters(f int, l1 float64) bool {
	s.gradientOf(f)
	for _, g := range s.gradient[s.offset[f]:s.offset[f+1]] {
		if math.Abs(g) > l1*s.features[f].penalty {
			return true
		}
	}
	return s.features[f].pull != nil
}

// descend runs FISTA on the active features.
func (s *solver) descend(ctx context.Context, l1, l2, tolerance float64, steps int) error {
	copy(s.before, s.w)
	copy(s.look, s.w)
	copy(s.next, s.w)
	s.scoresOf(s.w, s.score)
	copy(s.scoreBefore, s.score)
	copy(s.scoreLook, s.score)
	momentum, last := 1.0, math.Inf(1)
	for step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		grown := (1 + math.Sqrt(1+4*momentum*momentum)) / 2
		if s.step(l1, l2) { // uphill: forget the momentum
			momentum, grown = 1, 1
		}
		s.advance((momentum - 1) / grown)
		momentum = grown
		s.lipschitz *= 0.97
		if step%10 == 9 {
			objective := s.loss.value(s.score) + s.penalties(l1, l2)
			if last-objective < tolerance*objective {
				break
			}
			last = objective
		}
	}
	return nil
}

// step sets next to the proximal gradient step from look, and reports whether that
// goes against the direction in which the weights were moving.
func (s *solver) step(l1, l2 float64) (uphill bool) {
	value := s.loss.derive(s.scoreLook, s.slope)
	for _, f := range s.active {
		s.gradientOf(f)
		for k := range s.width(f) {
			i := s.offset[f] + k
			d := s.look[i] - s.pullOf(f, k)
			s.gradient[i] += l2 * d
			value += l2 / 2 * d * d
		}
	}
	for {
		linear, square, ridge := 0.0, 0.0, 0.0
		for _, f := range s.active {
			shrink := l1 * s.features[f].penalty / s.lipschitz
			for k := range s.width(f) {
				i := s.offset[f] + k
				z := soften(s.look[i]-s.gradient[i]/s.lipschitz, shrink)
				s.next[i] = z
				d := z - s.look[i]
				linear += s.gradient[i] * d
				square += d * d
				d = z - s.pullOf(f, k)
				ridge += d * d
			}
		}
		s.scoresOf(s.next, s.scoreNext)
		// 1e-12 keeps a rounding error from looking like a rise.
		if s.loss.value(s.scoreNext)+l2/2*ridge <= value+linear+s.lipschitz/2*square+1e-12 {
			break
		}
		s.lipschitz *= 1.5
	}
	dot := 0.0
	for _, f := range s.active {
		for i := s.offset[f]; i < s.offset[f+1]; i++ {
			dot += (s.look[i] - s.next[i]) * (s.next[i] - s.w[i])
		}
	}
	return dot > 0
}

// advance makes next the current weights, and extrapolates look by momentum. Scores
// are linear in the weights, so the scores of look need no pass over the features.
func (s *solver) advance(momentum float64) {
	for _, f := range s.active {
		for i := s.offset[f]; i < s.offset[f+1]; i++ {
			s.before[i], s.w[i] = s.w[i], s.next[i]
			s.look[i] = s.w[i] + momentum*(s.w[i]-s.before[i])
		}
	}
	s.scoreBefore, s.score, s.scoreNext = s.score, s.scoreNext, s.scoreBefore
	for i := range s.scoreLook {
		s.scoreLook[i] = s.score[i] + momentum*(s.score[i]-s.scoreBefore[i])
	}
}

func soften(x, by float64) float64 {
	switch {
	case x > by:
		return x - by
	case x < -by:
		return x + by
	default:
		return 0
	}
}

func (s *solver) pullOf(f, k int) float64 {
	if s.features[f].pull == nil {
		return 0
	}
	return s.features[f].pull[k]
}

func (s *solver) penalties(l1, l2 float64) float64 {
	sum := 0.0
	for _, f := range s.active {
		for k, w := range s.weights(f) {
			d := w - s.pullOf(f, k)
			sum += l1*s.features[f].penalty*math.Abs(w) + l2/2*d*d
		}
	}
	return sum
}

// scoresOf sets scores to those that the weights w of the active features give.
func (s *solver) scoresOf(w, scores []float64) {
	clear(scores)
	for _, f := range s.active {
		wf := w[s.offset[f]:s.offset[f+1]]
		if s.features[f].class >= 0 {
			if wf[0] != 0 {
				for _, e := range s.features[f].entries {
					scores[int(e.row)*s.classes+s.features[f].class] += wf[0] * float64(e.x)
				}
			}
			continue
		}
		for k, v := range wf {
			if v != 0 {
				for _, e := range s.features[f].entries {
					scores[int(e.row)*s.classes+k] += v * float64(e.x)
				}
			}
		}
	}
}

// gradientOf computes the gradient of the loss by the weights of f, from slope.
func (s *solver) gradientOf(f int) {
	g := s.gradient[s.offset[f]:s.offset[f+1]]
	if class := s.features[f].class; class >= 0 {
		g[0] = s.gradientOfClass(f, class)
		return
	}
	if len(g) < 4 {
		for k := range g {
			g[k] = s.gradientOfClass(f, k)
		}
		return
	}
	// Learning spends most of its time here. Four sums at once stay in registers,
	// which takes half as long as a loop over the classes. The last four classes may
	// overlap the previous four, which are then set to the same values again.
	for k := 0; k < len(g); k += 4 {
		k := min(k, len(g)-4)
		g[k], g[k+1], g[k+2], g[k+3] = s.gradientOfFour(f, k)
	}
}

func (s *solver) gradientOfClass(f, class int) (sum float64) {
	for _, e := range s.features[f].entries {
		sum += s.slope[int(e.row)*s.classes+class] * float64(e.x)
	}
	return sum
}

// gradientOfFour is gradientOfClass for a class and the three after it.
func (s *solver) gradientOfFour(f, class int) (a, b, c, d float64) {
	slopes := s.slope[class:]
	for _, e := range s.features[f].entries {
		at := int(e.row) * s.classes
		slope, x := slopes[at:at+4:at+4], float64(e.x)
		a += slope[0] * x
		b += slope[1] * x
		c += slope[2] * x
		d += slope[3] * x
	}
	return a, b, c, d
}
