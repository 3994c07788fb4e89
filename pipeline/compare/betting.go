package compare

import "math"

// Bet is a test that may be looked at after every observation. It asks whether the mean
// of a finite list of numbers between 0 and 1, drawn without replacement in random
// order, is above a bound.
//
// A gambler who bets that the next number is above what the bound leaves for the rest
// gains nothing on average if the mean is the bound or less. So the chance that the
// capital, which begins at 1, ever reaches 1/level is at most level, whenever somebody
// looks and whatever makes them stop (Ville's inequality). The bets are fixed parts of
// the most that may be bet, and the capital is the mean over the parts from 0.02 to
// 0.98. (Waudby-Smith and Ramdas, Estimating Means of Bounded Random Variables by
// Betting, JRSS B 86(1), 2024: the capital process of section 3, the mixture of section
// 5, drawing without replacement of section 6.)
type Bet struct {
	n, bound float64 // how many numbers there are in all, and what their mean is compared with
	t, sum   float64
	logs     [49]float64 // of the capital by part
	certain  bool        // what was seen is above the bound, whatever the rest is
}

// NewBet begins a test of a list of n numbers.
func NewBet(n int, bound float64) *Bet { return &Bet{n: float64(n), bound: bound} }

// See takes in the next number.
func (b *Bet) See(x float64) {
	rest := (b.n*b.bound - b.sum) / (b.n - b.t) // the mean of what is left, were the mean of all the bound
	b.t++
	b.sum += x
	b.certain = b.certain || b.sum > b.n*b.bound+1e-9
	if rest <= 0 {
		return // nothing is left to bet on: the next number above 0 is certainty
	}
	for i := range b.logs {
		part := 0.02 * float64(i+1)
		b.logs[i] += math.Log1p(part * (x/rest - 1))
	}
}

// Capital is what the gambler has; infinite when no doubt is left.
func (b *Bet) Capital() float64 {
	if b.certain {
		return math.Inf(1)
	}
	top := math.Inf(-1)
	for _, l := range b.logs {
		top = max(top, l)
	}
	sum := 0.0
	for _, l := range b.logs {
		sum += math.Exp(l - top)
	}
	return math.Exp(top) * sum / float64(len(b.logs))
}

// lowerMean is the greatest bound, in steps of 0.005, that the numbers are above at the
// level: a lower confidence bound of the mean that holds at every look.
func lowerMean(n int, xs []float64, level float64) float64 {
	lower := 0.0
	for step := 1; step < 200; step++ {
		bound := 0.005 * float64(step)
		b := NewBet(n, bound)
		won := false
		for _, x := range xs {
			b.See(x)
			won = won || b.Capital() >= 1/level
		}
		if !won {
			break
		}
		lower = bound
	}
	return lower
}
