// Package textfmt formats tables and numbers for a terminal of 80 columns. It is
// what the commands, the analyst's reports and the page have in common, so that
// the same count and the same share read the same everywhere.
//
// Width is counted as terminals do: a Chinese character takes two columns.
package textfmt

import (
	"slices"
	"strings"
)

// A Column is one of a table.
type Column struct {
	Title string
	Right bool // the cells end in one line, as figures do
	// MinWidth above 0 lets the column be cut so that the table fits in
	// [Columns], but not to fewer columns than this. At most one may.
	MinWidth int
}

// A Table is rows under columns, without lines. The first row that is printed
// has the titles, unless no column has one. The zero value is an empty table; it
// is not safe for concurrent use.
type Table struct {
	Columns []Column
	rows    [][]string
	bars    []uint64 // of each row, where there are bars
}

// Row adds a row; it needs a cell for every column.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Bar adds a row with a bar behind it, as long as n is beside the largest n of
// the table. Either every row of a table has a bar, or none.
func (t *Table) Bar(n uint64, cells ...string) {
	t.Row(cells...)
	t.bars = append(t.bars, n)
}

// gap is what stands between columns, and barWidth how long bars are at most.
const (
	gap      = "  "
	barWidth = 20
)

// String renders the table. Every row ends with a newline, and none with a space.
func (t *Table) String() string {
	rows := t.printed()
	widths := t.widths(rows)
	titles := len(rows) - len(t.rows)
	largest := max(1, slices.Max(append(slices.Clone(t.bars), 0)))
	room := min(barWidth, max(0, Columns-total(widths)-len(gap)))
	var out strings.Builder
	for i, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			if j > 0 {
				line.WriteString(gap)
			}
			if t.Columns[j].Right {
				line.WriteString(Right(cell, widths[j]))
			} else {
				line.WriteString(Left(cell, widths[j]))
			}
		}
		if i >= titles && len(t.bars) > 0 {
			line.WriteString(gap + bar(t.bars[i-titles], largest, room))
		}
		out.WriteString(strings.TrimRight(line.String(), " "))
		out.WriteByte('\n')
	}
	return out.String()
}

// printed returns the titles, if there are any, and the rows, every cell in one line.
func (t *Table) printed() [][]string {
	titles, named := make([]string, len(t.Columns)), false
	for i, c := range t.Columns {
		titles[i] = c.Title
		named = named || c.Title != ""
	}
	var rows [][]string
	if named {
		rows = append(rows, titles)
	}
	for _, row := range t.rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = Visible(cell)
		}
		rows = append(rows, cells)
	}
	return rows
}

// widths is how wide each column is.
func (t *Table) widths(rows [][]string) []int {
	widths := make([]int, len(t.Columns))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], Width(cell))
		}
	}
	over := total(widths) - Columns
	for i, c := range t.Columns {
		if c.MinWidth > 0 && over > 0 {
			widths[i] = max(min(c.MinWidth, widths[i]), widths[i]-over)
		}
	}
	return widths
}

// total is how wide a table with columns of these widths is.
func total(widths []int) int {
	sum := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		sum += w
	}
	return sum
}

// bar draws n of largest in eighths of a column, in at most width columns.
func bar(n, largest uint64, width int) string {
	eighths := n * uint64(8*width) / largest
	s := strings.Repeat("█", int(eighths/8))
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}
