package classifier

import (
	"unicode"
	"unicode/utf8"
)

// A unit is what gse never splits: a run of letters and numbers of at most two bytes
// each (Latin, Greek, Cyrillic, digits), or any other single rune. A keyword matches
// whole units only: 5g is in 5g网络, but not in 15g; ai is not in maintain.

// inRun reports whether r, a rune of a normalised text, belongs to a run.
func inRun(r rune) bool {
	return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// unitsOf yields the units of s: a normalised text, or a word of gse's, in which gse
// has lower-cased the runs.
func unitsOf(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			r, size := utf8.DecodeRuneInString(s)
			if inRun(r) {
				for size < len(s) {
					next, n := utf8.DecodeRuneInString(s[size:])
					if !inRun(next) {
						break
					}
					size += n
				}
			}
			if !yield(s[:size]) {
				return
			}
			s = s[size:]
		}
	}
}
