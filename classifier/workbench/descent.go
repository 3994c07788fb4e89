package workbench

import (
	"context"
	"math"
)

// descent is the optimiser of Learn. For one class it minimises, over the weights w,
//
//	Σ cost_i max(0, margin_i - y_i (score_i - 1))²  +  l1 Σ |w_f - prior_f|  +  l2/2 Σ (w_f - prior_f)²
//
// where score_i = Σ w_f x_if is the score of message i over its threshold, y_i is 1
// for a message of the class and -1 for another, and every weight keeps the sign of
// its prior: what was evidence for a sub-theme does not become evidence against it.
//
// It is a linear support vector machine with the squared hinge loss whose penalty is
// on the deviation from the prior, so a weight stays exactly where it was unless
// messages that are wrong, or nearly wrong, outweigh l1. A new word has the prior
// weight 0, or what the prior's keywords within it score.
//
// Weights are visited in turn. Each takes the Newton step of its own one-dimensional
// problem, halved until it lowers the objective. The problem is convex, so the order
// affects only how long the solution takes, except between words that stand in the
// same messages, of which the first is preferred.
//
// gonum's optimisers are not used: they need a smooth function or use no gradient at
// all, and |w - prior| has no derivative at the prior, where most weights stay.
//
// Sources: Yuan, Chang, Hsieh and Lin, A Comparison of Optimization Methods and
// Software for Large-scale L1-regularized Linear Classification, J. Machine Learning
// Research 11, 2010, section 4.1 (CDN). Yang, Yan and Hauptmann, Cross-Domain Video
// Concept Detection Using Adaptive SVMs, ACM Multimedia 2007 (a penalty on the
// deviation from a given model). Zou and Hastie, Regularization and Variable Selection
// via the Elastic Net, J. Royal Statistical Society B 67(2), 2005 (both penalties).
type descent struct {
	y      []float64 // by message: 1, -1, or 0 for one that is left out
	cost   []float64
	shrink []float64 // by message: multiplies x
	slack  []float64 // by message: margin - y (score - 1), whatever its sign
	l1, l2 float64
}

// column is a word as a feature of one class. Weights are in thresholds.
type column struct {
	entries  []entry
	w, prior float64
}

// newDescent returns a problem of as many messages, all left out, and no columns.
func newDescent(shrink []float64) *descent {
	n := len(shrink)
	return &descent{y: make([]float64, n), cost: make([]float64, n), shrink: shrink, slack: make([]float64, n)}
}

// set says that a message is of the class (y is 1) or not (-1).
func (d *descent) set(row int, y, cost, margin float64) {
	d.y[row], d.cost[row], d.slack[row] = y, cost, margin+y
}

// add adds a column with weight w to the scores.
func (d *descent) add(entries []entry, w float64) {
	if w == 0 {
		return
	}
	for _, e := range entries {
		d.slack[e.row] -= d.y[e.row] * w * float64(e.x) * d.shrink[e.row]
	}
}

// slope returns the first and second derivative of the loss by the weight of a
// column.
func (d *descent) slope(entries []entry) (first, second float64) {
	for _, e := range entries {
		if s := d.slack[e.row]; s > 0 {
			x := float64(e.x) * d.shrink[e.row]
			first -= 2 * d.cost[e.row] * d.y[e.row] * x * s
			second += 2 * d.cost[e.row] * x * x
		}
	}
	return first, second
}

// change returns by how much the loss changes if the weight of a column changes by
// delta.
func (d *descent) change(entries []entry, delta float64) float64 {
	sum := 0.0
	for _, e := range entries {
		before := max(0, d.slack[e.row])
		after := max(0, d.slack[e.row]-d.y[e.row]*delta*float64(e.x)*d.shrink[e.row])
		sum += d.cost[e.row] * (after*after - before*before)
	}
	return sum
}

func (d *descent) penalty(deviation float64) float64 {
	return d.l1*math.Abs(deviation) + d.l2/2*deviation*deviation
}

// leastStep is the least change of a weight, in thresholds; people see two decimals.
const leastStep = 1e-4

// visit moves one weight, and returns by how much that lowered the objective.
func (d *descent) visit(c *column) float64 {
	first, second := d.slope(c.entries)
	if c.w == c.prior && math.Abs(first) <= d.l1 {
		return 0
	}
	first += d.l2 * (c.w - c.prior)
	second = max(second+d.l2, 1e-3)
	target := c.prior + soften(c.w-first/second-c.prior, d.l1/second)
	if c.prior >= 0 {
		target = max(0, target)
	} else {
		target = min(0, target)
	}
	// A step to 0 or back to the prior is taken however short it is, since a weight that
	// stopped just beside them would be one more keyword, or one more change, for nothing.
	ends := target == 0 || target == c.prior
	// The curvature is that of the messages that are wrong now. More of them may be
	// wrong after the step, so it can be too long.
	for delta := target - c.w; math.Abs(delta) > leastStep || ends && delta != 0; delta, ends = delta/2, false {
		gain := d.penalty(c.w-c.prior) - d.penalty(c.w+delta-c.prior) - d.change(c.entries, delta)
		if gain > 0 {
			d.add(c.entries, delta)
			c.w += delta
			return gain
		}
	}
	return 0
}

// loss returns the first sum of the objective.
func (d *descent) loss() float64 {
	sum := 0.0
	for i, s := range d.slack {
		if s > 0 {
			sum += d.cost[i] * s * s
		}
	}
	return sum
}

// Bounds of solve: a round that lowers the objective by less than the share tolerance
// is the last.
const (
	tolerance = 1e-4
	maxRounds = 60
)

// solve visits the columns until nothing changes much. The error is that of ctx.
func (d *descent) solve(ctx context.Context, columns []*column) error {
	for range maxRounds {
		if err := ctx.Err(); err != nil {
			return err
		}
		enough := tolerance * d.loss()
		gain := 0.0
		var moved []*column
		for _, c := range columns {
			if g := d.visit(c); g > 0 {
				gain += g
				moved = append(moved, c)
			}
		}
		if gain <= enough {
			return nil
		}
		for range maxRounds { // those that move are few, so they are cheap to visit
			inner := 0.0
			for _, c := range moved {
				inner += d.visit(c)
			}
			if inner <= enough/4 {
				break
			}
		}
	}
	return nil
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
