package workbench

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// textColumns is how wide a report for a terminal is. A Chinese character takes
// two columns.
const textColumns = 80

// column is one of a table. A column that may shrink is cut so that the table
// fits; at most one may.
type column struct {
	title  string
	right  bool // figures
	shrink bool
}

// table is rows under columns.
type table struct {
	columns []column
	rows    [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// String renders the table, two spaces between columns, every row ended by a newline.
func (t *table) String() string {
	widths := make([]int, len(t.columns))
	total := 2 * (len(t.columns) - 1)
	for i, c := range t.columns {
		widths[i] = displaywidth.String(c.title)
		for _, row := range t.rows {
			widths[i] = max(widths[i], displaywidth.String(row[i]))
		}
		total += widths[i]
	}
	for i, c := range t.columns {
		if c.shrink && total > textColumns {
			widths[i] = max(8, widths[i]-(total-textColumns))
		}
	}
	var b strings.Builder
	titles := make([]string, len(t.columns))
	for i, c := range t.columns {
		titles[i] = c.title
	}
	for _, row := range append([][]string{titles}, t.rows...) {
		var line strings.Builder
		for i, cell := range row {
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(fitted(cell, widths[i], t.columns[i].right))
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// fitted returns s in exactly width columns, cut with … if it is longer.
func fitted(s string, width int, right bool) string {
	s = displaywidth.TruncateString(s, width, "…")
	pad := strings.Repeat(" ", max(0, width-displaywidth.String(s)))
	if right {
		return pad + s
	}
	return s + pad
}

// decimals writes a share such as F1 with three decimals.
func decimals(x float64) string { return fmt.Sprintf("%.3f", x) }

func percent(n, of int) string { return fmt.Sprintf("%.1f %%", 100*ratio(n, of)) }

// grouped writes a count with a comma every three digits.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// number writes a weight as the dictionary has it.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
