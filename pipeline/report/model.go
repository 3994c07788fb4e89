package report

import (
	"fmt"
	"time"
)

// Report is a report in one language, ready to be written in any format.
type Report struct {
	Lang     Language
	Title    string
	Subtitle string
	Blocks   []Block
	// Frontier is the sequence up to which everything was counted.
	Frontier uint64
	// AsOf is when the last message that is counted was stored: the time of the report.
	AsOf time.Time
	// Manifest is what [Verify] needs to make the report again.
	Manifest Manifest
}

// Language is zh or en.
type Language string

// The languages of reports.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// of chooses a text.
func (l Language) of(zh, en string) string {
	if l == Chinese {
		return zh
	}
	return en
}

// Block is a part of a report, in the order in which it is read: a [Heading], a
// [Paragraph], a [Table], a [Chart] or a [Quote].
type Block interface{ block() }

// Heading begins a section. Level is 1 or 2; the text has its number.
type Heading struct {
	Level int
	Text  string
}

// Paragraph is a sentence or several.
type Paragraph struct {
	Spans []Span
	Item  bool // one of a list
}

// Span is a piece of text, or a figure.
type Span struct {
	Text   string
	Figure *Figure
}

// Table is rows of texts and figures under a title.
type Table struct {
	ID      string // ASCII, one of a report
	Number  int    // from 1, as in Table 1
	Title   string
	Columns []Column
	Rows    []Row
	Note    string // below it
}

// Column is one of a table. Figures stand to the right.
type Column struct {
	Title   string
	Figures bool
	Wide    int // how wide beside the others; 0 is 1
}

// Row is a row of a table.
type Row struct {
	Cells []Span
	Sum   bool // of the rows around it: shown in bold
	Level int  // 1: a part of the row above with level 0
}

// Chart shows figures of a table. Every series has a figure for each category.
type Chart struct {
	ID         string
	Number     int // from 1, as in Figure 1
	Title      string
	Bars       bool // lying bars, the first at the top; else standing columns
	Categories []string
	Series     []Series
}

// Series is a row of figures with a name.
type Series struct {
	Name    string
	Figures []Figure
}

// Quote is what a citizen wrote, masked, and where it is from.
type Quote struct {
	Text   string
	Origin []Span
	Seq    uint64
}

// Caption is the title with its number.
func (t Table) Caption(l Language) string {
	return fmt.Sprintf(l.of("表%d　%s", "Table %d. %s"), t.Number, t.Title)
}

// Caption is the title with its number.
func (c Chart) Caption(l Language) string {
	return fmt.Sprintf(l.of("图%d　%s", "Figure %d. %s"), c.Number, c.Title)
}

func (Heading) block()   {}
func (Paragraph) block() {}
func (Table) block()     {}
func (Chart) block()     {}
func (Quote) block()     {}

// Figures yields all figures in the order in which they are read, those of charts
// left out: a chart shows what a table has.
func (r *Report) Figures(yield func(Figure) bool) {
	for _, b := range r.Blocks {
		for _, s := range spansOf(b) {
			if s.Figure != nil && !yield(*s.Figure) {
				return
			}
		}
	}
}

// spansOf returns the spans of a block in the order in which they are read.
func spansOf(b Block) []Span {
	switch b := b.(type) {
	case Paragraph:
		return b.Spans
	case Quote:
		return b.Origin
	case Table:
		var all []Span
		for _, row := range b.Rows {
			all = append(all, row.Cells...)
		}
		return all
	}
	return nil
}
