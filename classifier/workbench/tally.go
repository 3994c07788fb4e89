package workbench

import "slices"

// tally is what F1 and accuracy need: sums over messages, one behind the other,
// so that parts of a corpus can be added up. The first three are of the primary;
// then come six of each class: true and false positives, false negatives, of all
// that a message is and was given, and of the primary alone.
type tally []int

// The numbers of a tally.
const (
	tallyTold         = iota // messages whose primary is told
	tallyThemeRight          // of those, messages whose primary is in the right theme
	tallyPrimaryRight        // of those, messages whose primary is right
	tallyClasses             // the first class
)

// Those of a class, from its first.
const (
	tallyAny     = 0 // then FP, FN
	tallyPrimary = 3 // then FP, FN
	perClass     = 6
)

const (
	truePositive = iota
	falsePositive
	falseNegative
)

func newTally(classes int) tally { return make(tally, tallyClasses+perClass*classes) }

func (t tally) counts(of int) []Counts {
	out := make([]Counts, (len(t)-tallyClasses)/perClass)
	for class := range out {
		at := tallyClasses + perClass*class + of
		out[class] = Counts{t[at+truePositive], t[at+falsePositive], t[at+falseNegative]}
	}
	return out
}

func (t tally) any() []Counts     { return t.counts(tallyAny) }
func (t tally) primary() []Counts { return t.counts(tallyPrimary) }

func (t tally) accuracy() float64 { return ratio(t[tallyThemeRight], t[tallyTold]) }

// verdict is what a message is and what it was given, in classes.
type verdict struct {
	primary, first int // primaries; noClass, and of the first notTold
	is, given      []int
}

// numbers calls yield with every number of a tally that is one more by a message.
// theme tells whether two classes are of one theme.
func (v *verdict) numbers(sameTheme func(a, b int) bool, yield func(number int)) {
	at := func(class, of, what int) { yield(tallyClasses + perClass*class + of + what) }
	for _, k := range v.given {
		if slices.Contains(v.is, k) {
			at(k, tallyAny, truePositive)
		} else {
			at(k, tallyAny, falsePositive)
		}
	}
	for _, k := range v.is {
		if !slices.Contains(v.given, k) {
			at(k, tallyAny, falseNegative)
		}
	}
	if v.primary == notTold {
		return
	}
	yield(tallyTold)
	if v.primary == v.first {
		yield(tallyPrimaryRight)
		yield(tallyThemeRight)
		if v.primary >= 0 {
			at(v.primary, tallyPrimary, truePositive)
		}
		return
	}
	if v.primary >= 0 {
		at(v.primary, tallyPrimary, falseNegative)
	}
	if v.first >= 0 {
		at(v.first, tallyPrimary, falsePositive)
	}
	if v.primary >= 0 && v.first >= 0 && sameTheme(v.primary, v.first) {
		yield(tallyThemeRight)
	}
}

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

// microF1 is the F1 of all counts added up.
func microF1(counts []Counts) float64 {
	var all Counts
	for _, c := range counts {
		all.TruePositives += c.TruePositives
		all.FalsePositives += c.FalsePositives
		all.FalseNegatives += c.FalseNegatives
	}
	return all.F1()
}
