package workbench

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of excerpts, in runes.
const (
	excerptRunes = 80
	// beyond is how many runes around the excerpt are also given to Mask, so that it
	// recognises a number that the edge of the excerpt cuts.
	beyond = 40
)

// excerpt returns the part of text around byte offset at: masked, in one line,
// at most excerptRunes long, with … where text was cut.
func excerpt(text string, at int) string {
	from := back(text, at, excerptRunes/3)
	to := forward(text, from, excerptRunes-2)
	wide, cut := back(text, from, beyond), forward(text, to, beyond)
	masked := Mask(text[wide:cut]) // of the same length in bytes
	s := plain(masked[from-wide : to-wide])
	if from > 0 {
		s = "…" + s
	}
	if to < len(text) {
		s += "…"
	}
	return s
}

// back returns the byte offset n runes before offset at, or 0.
func back(text string, at, n int) int {
	for ; n > 0 && at > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return at
}

// forward returns the byte offset n runes after offset at, or the end.
func forward(text string, at, n int) int {
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

// plain turns a text into one line that cannot control a terminal: white space and
// control characters become spaces, invisible characters are removed.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			return ' '
		case unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, s)
}
