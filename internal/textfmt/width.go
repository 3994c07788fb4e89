package textfmt

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// Columns is how wide a text for a terminal is at most.
const Columns = 80

// Width is how many columns of a terminal s takes.
func Width(s string) int { return displaywidth.String(s) }

// Cut returns s, or as much of it as fits in width columns together with a … at its end.
func Cut(s string, width int) string { return displaywidth.TruncateString(s, width, "…") }

// Left returns s in exactly width columns: cut, or with spaces behind it.
func Left(s string, width int) string {
	s = Cut(s, width)
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// Right returns s in exactly width columns: cut, or with spaces before it.
func Right(s string, width int) string {
	s = Cut(s, width)
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}

// visible writes control characters and bytes that are not UTF-8 as \xNN: names
// of sources come from outside, and must neither break a row nor command a terminal.
func visible(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || unicode.IsControl(r) {
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		} else {
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
