package textfmt

import (
	"strings"

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
