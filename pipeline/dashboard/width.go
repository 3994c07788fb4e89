package dashboard

import "strconv"

// width returns part of whole as the width of a bar: "37.25%". What is there
// gets at least a hairline.
func width(part, whole uint64) string {
	if whole == 0 || part == 0 {
		return "0%"
	}
	p := min(100, max(0.4, 100*float64(part)/float64(whole)))
	return strconv.FormatFloat(p, 'f', 2, 64) + "%"
}
