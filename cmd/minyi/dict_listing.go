package main

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/clipperhouse/displaywidth"
)

// listing is a table of text without lines. Columns are as wide as their widest
// cell on a terminal, where a Chinese character takes two columns; but names in
// the first may be cut where the table would be wider than tableWidth, down to
// shortName.
type listing struct {
	headers []string
	right   []bool // per column: numbers stand at the right
	rows    [][]string
	names   bool // the first column has names, which may be cut
}

// shortName is how far names are cut at most.
const shortName = 16

// newListing returns a table with these columns; a header that begins with > is of
// a column of numbers.
func newListing(headers ...string) *listing {
	l := &listing{right: make([]bool, len(headers))}
	for i, h := range headers {
		name, right := strings.CutPrefix(h, ">")
		l.headers = append(l.headers, name)
		l.right[i] = right
	}
	return l
}

func (l *listing) row(cells ...string) { l.rows = append(l.rows, cells) }

// String renders the table, every row ended by a newline.
func (l *listing) String() string {
	widths := make([]int, len(l.headers))
	all := append([][]string{l.headers}, l.rows...)
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	if l.names && total > tableWidth {
		widths[0] = max(min(shortName, widths[0]), widths[0]-(total-tableWidth))
	}
	var out strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
			cell = displaywidth.TruncateString(cell, widths[i], "…")
			pad := strings.Repeat(" ", widths[i]-lipgloss.Width(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if l.right[i] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return out.String()
}
