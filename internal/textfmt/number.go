package textfmt

import (
	"math"
	"strconv"
)

// Count writes a whole number with a comma before every third digit from the
// right: 8,542,000.
func Count[N ~int | ~int64 | ~uint64](n N) string {
	var s string
	if n < 0 {
		s = strconv.FormatInt(int64(n), 10)
	} else {
		s = strconv.FormatUint(uint64(n), 10)
	}
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Share writes part of whole in per cent with one digit: 33.4%. What is there
// never reads as 0.0%, but as <0.1%; what is not all never reads as 100.0%, but
// as >99.9%. Of nothing there is no share: it is a dash.
func Share[N ~int | ~int64 | ~uint64](part, whole N) string {
	if whole == 0 {
		return "–"
	}
	tenths := math.Round(1000 * float64(part) / float64(whole))
	switch {
	case part > 0 && tenths == 0:
		return "<0.1%"
	case part < whole && tenths == 1000:
		return ">99.9%"
	}
	return strconv.FormatFloat(tenths/10, 'f', 1, 64) + "%"
}

// Weight writes a weight or a threshold as a dictionary has it, in its shortest
// form: 0.6.
func Weight(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Score writes a measure between 0 and 1, such as F1, with three digits: 0.750.
func Score(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
