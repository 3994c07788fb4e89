package dashboard

import (
	"math"
	"strconv"
)

// group writes n with a comma before every third digit from the right.
func group(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	out := make([]byte, 0, len(digits)+len(digits)/3)
	for i, c := range []byte(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out = append(out, ',')
		}
		out = append(out, c)
	}
	return string(out)
}

// share writes part of whole in per cent with one decimal. What is there never
// reads as nothing, and what is not all never as all.
func share(part, whole uint64) string {
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

// width returns part of whole as the width of a bar: "37.25%". What is there
// gets at least a hairline.
func width(part, whole uint64) string {
	if whole == 0 || part == 0 {
		return "0%"
	}
	p := min(100, max(0.4, 100*float64(part)/float64(whole)))
	return strconv.FormatFloat(p, 'f', 2, 64) + "%"
}
