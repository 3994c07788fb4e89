package main

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// listing is a table of text without lines. Columns are as wide as their widest
// cell on a terminal, where a Chinese character takes two columns.
type listing struct {
	headers []string
	right   []bool // per column: numbers stand at the right
	rows    [][]string
}

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
	var out strings.Builder
	for _, row := range all {
		var line strings.Builder
		for i, cell := range row {
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
