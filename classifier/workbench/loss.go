package workbench

import (
	"math"
	"slices"
)

// loss is a convex function of the scores. The scores of one message are one row of
// classes, and the rows follow one another.
type loss interface {
	// value returns the loss; derive also sets derivative to its partial
	// derivatives.
	value(scores []float64) float64
	derive(scores, derivative []float64) float64
}

// softmax is the loss for messages with exactly one class each: the weighted mean of
// -ln(probability of the class), where a probability is exp(score) over the sum of
// all.
type softmax struct {
	class   []int
	weight  []float64 // by row; they add up to 1
	classes int
}

func (l *softmax) value(scores []float64) float64 {
	sum := 0.0
	for i, class := range l.class {
		row := scores[i*l.classes:][:l.classes]
		top := slices.Max(row)
		z := 0.0
		for _, s := range row {
			z += math.Exp(s - top)
		}
		sum += l.weight[i] * (math.Log(z) + top - row[class])
	}
	return sum
}

func (l *softmax) derive(scores, derivative []float64) float64 {
	sum := 0.0
	for i, class := range l.class {
		row := scores[i*l.classes:][:l.classes]
		d := derivative[i*l.classes:][:l.classes]
		top := slices.Max(row)
		z := 0.0
		for k, s := range row {
			d[k] = math.Exp(s - top)
			z += d[k]
		}
		for k := range d {
			d[k] *= l.weight[i] / z
		}
		d[class] -= l.weight[i]
		sum += l.weight[i] * (math.Log(z) + top - row[class])
	}
	return sum
}

// logistic is the loss for messages with any number of classes: the weighted mean of
// the binary losses, added up over the classes.
type logistic struct {
	is      []bool    // row after row of classes
	weight  []float64 // by row and class
	classes int
}

func (l *logistic) value(scores []float64) float64 {
	sum := 0.0
	for i, is := range l.is {
		sum += l.weight[i] * softplus(scores[i], is)
	}
	return sum
}

func (l *logistic) derive(scores, derivative []float64) float64 {
	for i, is := range l.is {
		p := 1 / (1 + math.Exp(-scores[i]))
		if is {
			p--
		}
		derivative[i] = l.weight[i] * p
	}
	return l.value(scores)
}

// softplus is ln(1 + exp(-s)) if is, and ln(1 + exp(s)) otherwise.
func softplus(s float64, is bool) float64 {
	if is {
		s = -s
	}
	if s > 0 {
		return s + math.Log1p(math.Exp(-s))
	}
	return math.Log1p(math.Exp(s))
}
