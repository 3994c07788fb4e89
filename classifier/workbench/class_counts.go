package workbench

import "slices"

// classCounts are the sums over messages from which F1 and accuracy are computed.
// They are one slice, so that the counts of parts of a corpus can be added number by
// number. The first three count primaries. Then each class has six: true positives,
// false positives and false negatives, first for all tags of a message, then for its
// primary only.
type classCounts []int

// Indexes of classCounts.
const (
	countPrimaryKnown = iota // messages whose primary the corpus tells
	countThemeRight          // of those, messages whose primary is in the right theme
	countPrimaryRight        // of those, messages whose primary is right
	countClasses             // the first class
)

// Offsets from the first number of a class.
const (
	countAny     = 0 // then FP, FN
	countPrimary = 3 // then FP, FN
	perClass     = 6
)

const (
	truePositive = iota
	falsePositive
	falseNegative
)

func newClassCounts(classes int) classCounts { return make(classCounts, countClasses+perClass*classes) }

func (t classCounts) counts(of int) []Counts {
	out := make([]Counts, (len(t)-countClasses)/perClass)
	for class := range out {
		at := countClasses + perClass*class + of
		out[class] = Counts{t[at+truePositive], t[at+falsePositive], t[at+falseNegative]}
	}
	return out
}

func (t classCounts) any() []Counts     { return t.counts(countAny) }
func (t classCounts) primary() []Counts { return t.counts(countPrimary) }

func (t classCounts) accuracy() float64 { return ratio(t[countThemeRight], t[countPrimaryKnown]) }

// verdict compares what a message is with what the classifier gave it, as classes.
type verdict struct {
	primary, first int // the true primary, or noClass or primaryUnknown; and the given one, or noClass
	is, given      []int
}

// numbers calls yield with the index of every number of classCounts to which the
// message adds one. sameTheme reports whether two classes belong to one theme.
func (v *verdict) numbers(sameTheme func(a, b int) bool, yield func(number int)) {
	at := func(class, of, what int) { yield(countClasses + perClass*class + of + what) }
	for _, k := range v.given {
		if slices.Contains(v.is, k) {
			at(k, countAny, truePositive)
		} else {
			at(k, countAny, falsePositive)
		}
	}
	for _, k := range v.is {
		if !slices.Contains(v.given, k) {
			at(k, countAny, falseNegative)
		}
	}
	if v.primary == primaryUnknown {
		return
	}
	yield(countPrimaryKnown)
	if v.primary == v.first {
		yield(countPrimaryRight)
		yield(countThemeRight)
		if v.primary >= 0 {
			at(v.primary, countPrimary, truePositive)
		}
		return
	}
	if v.primary >= 0 {
		at(v.primary, countPrimary, falseNegative)
	}
	if v.first >= 0 {
		at(v.first, countPrimary, falsePositive)
	}
	if v.primary >= 0 && v.first >= 0 && sameTheme(v.primary, v.first) {
		yield(countThemeRight)
	}
}

// macroF1 is the mean F1 of the classes that have at least one message.
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

// microF1 is the F1 of the summed counts of all classes.
func microF1(counts []Counts) float64 {
	var all Counts
	for _, c := range counts {
		all.plus(&c)
	}
	return all.F1()
}
