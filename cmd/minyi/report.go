package main

import (
	"fmt"
	"io"
	"strings"

	"charm.land/lipgloss/v2"
)

// report is a plain table: columns two spaces apart, wide characters counted
// as two columns.
type report struct {
	align string // a letter a column: l or r
	rows  [][]string
}

func (r *report) row(cells ...string) { r.rows = append(r.rows, cells) }

// write prints the rows; the last column is not padded.
func (r *report) write(w io.Writer) {
	widths := make([]int, len(r.align))
	for _, row := range r.rows {
		for i, c := range row {
			widths[i] = max(widths[i], lipgloss.Width(c))
		}
	}
	for _, row := range r.rows {
		var line strings.Builder
		for i, c := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			pad := strings.Repeat(" ", widths[i]-lipgloss.Width(c))
			if r.align[i] == 'r' {
				line.WriteString(pad + c)
			} else {
				line.WriteString(c + pad)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
