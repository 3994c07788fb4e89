package docx

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/minyi/minyi/internal/textfmt"
)

// Table is a table over the whole width of the text.
type Table struct {
	Columns []Column
	Rows    []Row
}

// Column is one of a table.
type Column struct {
	Title string
	Right bool // cells end at the right, as figures do
}

// Row is a row of a table; it has a cell for each column.
type Row struct {
	Cells [][]Run
	Bold  bool
	// Level indents the first cell.
	Level int
}

// wholeLines is how many lines a table may have that is kept on one page.
const wholeLines = 14

// Table adds a table. The row of titles is repeated on each page, no row is cut, a small
// table is kept on one page, and of a large one the title, the first and the last two
// rows do not stand alone.
func (d *Document) Table(t Table) {
	w := &d.body
	widths := t.widths()
	w.WriteString(`<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/>`)
	fmt.Fprintf(w, `<w:tblW w:w="%d" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`, textWidth)
	for _, x := range widths {
		fmt.Fprintf(w, `<w:gridCol w:w="%d"/>`, x)
	}
	w.WriteString("</w:tblGrid>")
	head := Row{}
	for _, c := range t.Columns {
		head.Cells = append(head.Cells, []Run{{Text: c.Title}})
	}
	d.row(t, head, widths, true, true)
	whole := t.lines(widths) <= wholeLines
	for i, r := range t.Rows {
		last := len(t.Rows) - 1
		keep := i < last && (whole || i < 2 || i >= last-2)
		d.row(t, r, widths, false, keep)
	}
	w.WriteString("</w:tbl>")
}

func (d *Document) row(t Table, r Row, widths []int, head, keep bool) {
	w := &d.body
	w.WriteString("<w:tr><w:trPr><w:cantSplit/>")
	if head {
		w.WriteString("<w:tblHeader/>")
	}
	w.WriteString("</w:trPr>")
	style := cellText
	if head {
		style = cellHead
	}
	if t.small() {
		style += "Small"
	}
	for i, cell := range r.Cells {
		fmt.Fprintf(w, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="%s"/>`, widths[i], style)
		if keep {
			w.WriteString("<w:keepNext/>")
		}
		if i == 0 && r.Level > 0 {
			fmt.Fprintf(w, `<w:ind w:left="%d"/>`, 210*r.Level)
		}
		switch {
		case head:
			w.WriteString(`<w:jc w:val="center"/>`)
		case t.Columns[i].Right:
			w.WriteString(`<w:jc w:val="right"/>`)
		default:
			w.WriteString(`<w:jc w:val="left"/>`)
		}
		w.WriteString("</w:pPr>")
		for _, run := range cell {
			run.Bold = run.Bold || r.Bold
			d.run(run)
		}
		w.WriteString("</w:p></w:tc>")
	}
	w.WriteString("</w:tr>")
}

// A figure of n characters needs n*figureWidth and cellMargins, whatever font stands in
// for the one that is named; a broken number is hard to read. Text may be broken.
const (
	figureWidth = 128
	smallWidth  = 108
	cellMargins = 140
	// manyColumns have smaller text.
	manyColumns = 7
)

// unit is the width of a character, in twentieths of a point.
func (t Table) unit() int {
	if t.small() {
		return smallWidth
	}
	return figureWidth
}

// lines is about how many lines the rows have.
func (t Table) lines(widths []int) (sum int) {
	for _, r := range t.Rows {
		most := 1
		for i, cell := range r.Cells {
			long := 0
			for _, run := range cell {
				long += textfmt.Width(run.Text)
			}
			room := max(widths[i]-cellMargins, 1)
			most = max(most, (long*t.unit()+room-1)/room)
		}
		sum += most
	}
	return sum
}

// widths divides the width of the text among the columns, in twentieths of a point:
// columns of figures get what they need, the others share the rest by their longest
// cells, and each has room for its longest word. What is left over goes to all.
func (t Table) widths() []int {
	unit := t.unit()
	widths, least, sum, texts := make([]int, len(t.Columns)), make([]int, len(t.Columns)), 0, 0
	for i, c := range t.Columns {
		long := max(textfmt.Width(c.Title), 5)
		least[i] = 8 * unit
		for _, r := range t.Rows {
			n := 2 * r.Level
			for _, run := range r.Cells[i] {
				n += textfmt.Width(run.Text)
				if !t.small() {
					n += strings.Count(run.Text, "%") // it is as wide as two digits
				}
				least[i] = max(least[i], min(longestWord(run.Text), mostWord)*unit+cellMargins)
			}
			if r.Bold {
				n += (n + 7) / 8
			}
			long = max(long, n)
		}
		widths[i] = long*unit + cellMargins
		sum += widths[i]
		if !c.Right {
			texts += widths[i]
		}
	}
	left := textWidth - sum
	widest, over := -1, -textWidth
	for i, c := range t.Columns {
		switch {
		case left >= 0:
			widths[i] += left * widths[i] / sum
		case !c.Right:
			widths[i] = max(widths[i]+left*widths[i]/texts, least[i])
			if widest < 0 || widths[i] > widths[widest] {
				widest = i
			}
		}
		over += widths[i]
	}
	if over > 0 && widest >= 0 {
		widths[widest] = max(widths[widest]-over, least[widest])
	}
	return widths
}

// mostWord is how long a word may be that is not broken: that of a source's id.
const mostWord = 16

// longestWord is the width of the longest word of letters that no line ends within.
func longestWord(s string) int {
	longest := 0
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r > unicode.MaxLatin1 }) {
		longest = max(longest, textfmt.Width(word))
	}
	return longest
}

// small tells whether the table has so many columns that its text is smaller.
func (t Table) small() bool { return len(t.Columns) >= manyColumns }
