package classifier

import (
	"unicode"
)

// A unit is what gse never splits: a run of letters and numbers of at most two
// bytes each (Latin, Greek, Cyrillic, digits), or any other rune by itself.
// Keywords are found as runs of whole units: 5g is in 5g网络, and not in 15g;
// ai is not in maintain.

// inRun reports whether r, of a normalised text, belongs to a run.
func inRun(r rune) bool {
	return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// unitBorders returns for each position 0 to len(runes) whether a unit begins
// there or the text ends.
func unitBorders(runes []normRune) []bool {
	border := make([]bool, len(runes)+1)
	border[0], border[len(runes)] = true, true
	for i := 1; i < len(runes); i++ {
		border[i] = !inRun(runes[i-1].r) || !inRun(runes[i].r)
	}
	return border
}
