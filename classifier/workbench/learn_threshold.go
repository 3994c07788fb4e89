package workbench

import (
	"math"
	"slices"
)

// quantum divides all learned weights and thresholds: people can read and edit three
// decimals, and more decimals make no visible difference.
const quantum = 0.001

// maxReadable is the largest absolute weight that is learned.
const maxReadable = 100

// readable returns the words with weights scaled to a readable size: the median
// absolute weight becomes 1, or less if the largest would exceed maxReadable. Words
// whose weight rounds to 0 are left out.
func readable(words []learned) []learned {
	var sizes []float64
	for _, w := range words {
		if w.weight != 0 {
			sizes = append(sizes, math.Abs(w.weight))
		}
	}
	scale := 1.0
	if len(sizes) > 0 {
		scale = min(1/median(sizes), maxReadable/slices.Max(sizes))
	}
	out := make([]learned, 0, len(words))
	for _, w := range words {
		w.weight = toQuantum(w.weight * scale)
		if w.weight != 0 {
			out = append(out, w)
		}
	}
	return out
}

// toQuantum returns the float64 nearest to x rounded to three decimals.
func toQuantum(x float64) float64 { return math.Round(x*1000) / 1000 }

// judge chooses the thresholds that suit the scores of o, and measures F1 with them.
func (l *learner) judge(o *outcome) {
	o.thresholds = make([]float64, l.classes)
	for k := range o.thresholds {
		o.thresholds[k] = quantum
	}
	if l.single {
		l.raise(o)
	} else {
		for k := range o.thresholds {
			o.thresholds[k] = l.bestThreshold(o, k)
		}
	}
	o.f1, o.accuracy = l.measure(o)
	o.macroF1 = mean(o.f1)
}

// bestThreshold returns the threshold that gives a class the best F1. A relative
// threshold is applied to the highest score of all classes, although that class may
// miss its own threshold, since the other thresholds are not known yet.
func (l *learner) bestThreshold(o *outcome, class int) float64 {
	type row struct {
		score float64
		is    bool
	}
	rows := make([]row, 0, len(l.samples))
	positives := 0
	for i, s := range l.samples {
		score := o.scores[i][class]
		if score < l.relative[class]*slices.Max(o.scores[i]) {
			score = 0 // not tagged, whatever the threshold
		}
		rows = append(rows, row{score, s.is[class]})
		if s.is[class] {
			positives++
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return -compareFloat(a.score, b.score) })
	best, threshold, right := -1.0, quantum, 0
	for i, r := range rows {
		if r.score < quantum {
			break
		}
		if r.is {
			right++
		}
		if i+1 < len(rows) && rows[i+1].score == r.score {
			continue
		}
		if f := 2 * float64(right) / float64(i+1+positives); f > best {
			// Half way to the next score, so that neither message is on the edge.
			below := quantum
			if i+1 < len(rows) {
				below = max(quantum, rows[i+1].score)
			}
			best, threshold = f, (r.score+below)/2
		}
	}
	return max(quantum, toQuantum(threshold))
}

// raise sets the thresholds of classes that exclude one another. For these, the
// lowest threshold gives the best F1, since a message without a class is an error;
// but then every text with any word of a class would be tagged. So raise raises each
// threshold as far as the loss stays small: at most thresholdCost of macro-F1 for
// all together.
func (l *learner) raise(o *outcome) {
	f1, _ := l.measure(o)
	floor := mean(f1) - thresholdCost
	for k := range o.thresholds {
		var won []float64 // scores of the messages that are rightly given the class
		for i, s := range l.samples {
			if s.class == k && l.predict(o, i) == k {
				won = append(won, o.scores[i][k])
			}
		}
		slices.Sort(won)
		for percent := 0.0; percent < 50 && len(won) > 0; percent += 0.5 {
			before := o.thresholds[k]
			score := won[int(float64(len(won))*percent/100)]
			o.thresholds[k] = max(before, math.Floor(score/quantum)*quantum)
			if f1, _ := l.measure(o); mean(f1) < floor {
				o.thresholds[k] = before
				break
			}
		}
	}
	for k, t := range o.thresholds {
		o.thresholds[k] = max(quantum, toQuantum(t*thresholdMargin))
	}
}

const (
	// thresholdCost is the most macro-F1 that raising the thresholds may cost.
	thresholdCost = 0.0005
	// thresholdMargin keeps thresholds below the scores that were seen, because some
	// other messages will score lower.
	thresholdMargin = 0.5
)

// predict returns the class of a sample: the one with the highest score among those
// that reach their threshold, or -1.
func (l *learner) predict(o *outcome, sample int) int {
	best := -1
	for k, score := range o.scores[sample] {
		if score >= o.thresholds[k] && (best < 0 || score > o.scores[sample][best]) {
			best = k
		}
	}
	return best
}

// measure returns the F1 of each class, and the share of messages without any error.
func (l *learner) measure(o *outcome) (f1 []float64, accuracy float64) {
	counts := make([]Counts, l.classes)
	right := 0
	for i, s := range l.samples {
		won, top := -1, 0.0
		if l.single {
			won = l.predict(o, i)
		}
		for k, score := range o.scores[i] {
			if score >= o.thresholds[k] {
				top = max(top, score)
			}
		}
		all := true
		for k := range counts {
			tagged := k == won
			if !l.single {
				tagged = o.scores[i][k] >= o.thresholds[k] && o.scores[i][k] >= l.relative[k]*top
			}
			counts[k].add(s.is[k], tagged)
			all = all && s.is[k] == tagged
		}
		if all {
			right++
		}
	}
	for _, c := range counts {
		f1 = append(f1, c.F1())
	}
	return f1, float64(right) / float64(len(l.samples))
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
