package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/docx"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/internal/workbook"
)

// Xlsx writes the tables of the report as an Excel workbook, a sheet each, with numbers
// as numbers and native charts beside them; sentences and notes are on sheets of their
// own.
func (r *Report) Xlsx(to io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	x := &sheets{report: r, book: f, names: make(map[string]bool)}
	if err := x.write(); err != nil {
		return err
	}
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: r.Title, Creator: "minyi", Created: r.AsOf.UTC().Format("2006-01-02T15:04:05Z"), Modified: r.AsOf.UTC().Format("2006-01-02T15:04:05Z"),
	}); err != nil {
		return err
	}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		return err
	}
	b, err := docx.Canonical(out.Bytes())
	if err != nil {
		return err
	}
	_, err = to.Write(b)
	return err
}

// sheets writes the sheets of a workbook.
type sheets struct {
	report *Report
	book   *excelize.File
	names  map[string]bool
	styles map[string]int
	charts []Chart // that wait for the table that has their figures
}

func (x *sheets) write() error {
	text := x.report.Lang.of("文字", "Text")
	if err := x.book.SetSheetName("Sheet1", text); err != nil {
		return err
	}
	x.names[text] = true
	if err := errors.Join(x.book.SetColWidth(text, "A", "A", textColumns), x.book.SetRowHeight(text, 1, 2*lineHeight), x.onPaper(text, false)); err != nil {
		return err
	}
	line := 0
	put := func(s, style string) error {
		line++
		id, err := x.style(style, Number)
		if err != nil {
			return err
		}
		at := fmt.Sprintf("A%d", line)
		lines := 1 + textfmt.Width(s)/(textColumns-2)
		if lines > 1 {
			err = x.book.SetRowHeight(text, line, min(400, float64(lines)*lineHeight))
		}
		return errors.Join(err, x.book.SetCellStr(text, at, workbook.EscapeCodes(s)), x.book.SetCellStyle(text, at, at, id))
	}
	err := errors.Join(put(x.report.Title, "title"), put(x.report.Subtitle, "text"))
	for _, b := range x.report.Blocks {
		switch b := b.(type) {
		case Heading:
			err = errors.Join(err, put(b.Text, "head"))
		case Paragraph:
			err = errors.Join(err, put(plain(b.Spans), "text"))
		case Quote:
			err = errors.Join(err, put(b.Text+plain(b.Origin), "text"))
		case Chart:
			x.charts = append(x.charts, b)
		case Table:
			err = errors.Join(err, put(b.Caption(x.report.Lang), "text"), x.table(b))
		}
	}
	return err
}

// The sheet of text: how many columns of a terminal are in a line, and how high one is, in
// points.
const (
	textColumns = 110
	lineHeight  = 15
)

// onPaper lays a sheet out for A4: as wide as a page, and as many pages as it takes, or
// one, as a chart is not to be cut.
func (x *sheets) onPaper(name string, onePage bool) error {
	paper, landscape, wide, high, yes := 9, "landscape", 1, 0, true
	if onePage {
		high = 1
	}
	return errors.Join(
		x.book.SetPageLayout(name, &excelize.PageLayoutOptions{Size: &paper, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &high}),
		x.book.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes}),
	)
}

// plain is spans as text.
func plain(spans []Span) string {
	var w strings.Builder
	for _, s := range spans {
		if s.Figure != nil {
			w.WriteString(s.Figure.Text)
		} else {
			w.WriteString(s.Text)
		}
	}
	return w.String()
}

// formats of figures in cells.
var formats = map[Form]string{
	Number: "#,##0", Share: "0.00%", Change: "+#,##0;-#,##0;0", Growth: "+0.00%;-0.00%;0.00%", Points: "+0.00;-0.00;0.00", Mean: "#,##0.0", Wan: "#,##0",
}

func (x *sheets) style(name string, form Form) (int, error) {
	key := fmt.Sprint(name, form)
	if id, ok := x.styles[key]; ok {
		return id, nil
	}
	s := &excelize.Style{Alignment: &excelize.Alignment{Vertical: "top", WrapText: name == "text"}}
	switch name {
	case "title":
		s.Font = &excelize.Font{Bold: true, Size: 16}
	case "head", "sum":
		s.Font = &excelize.Font{Bold: true}
	case "column", "figures": // titles of columns stand as the cells below them
		s.Font = &excelize.Font{Bold: true}
		s.Border = []excelize.Border{{Type: "bottom", Color: "808080", Style: 1}}
		if name == "figures" {
			s.Alignment.Horizontal = "right"
		}
	case "right":
		s.Alignment.Horizontal = "right"
	case "part":
		s.Alignment.Indent = 1
	}
	if name == "figure" || name == "sum" {
		format := formats[form]
		s.CustomNumFmt = &format
	}
	id, err := x.book.NewStyle(s)
	if x.styles == nil {
		x.styles = make(map[string]int)
	}
	x.styles[key] = id
	return id, err
}

// table writes a table on a sheet of its own: its title, its columns, and its rows.
func (x *sheets) table(t Table) error {
	name := x.sheetName(t)
	if _, err := x.book.NewSheet(name); err != nil {
		return err
	}
	put := func(column, row int, value any, style string, form Form) error {
		at, err := excelize.CoordinatesToCellName(column, row)
		if err != nil {
			return err
		}
		id, err := x.style(style, form)
		return errors.Join(err, x.book.SetCellValue(name, at, value), x.book.SetCellStyle(name, at, at, id))
	}
	charted := slices.ContainsFunc(x.charts, func(c Chart) bool { return c.ID == t.ID })
	err := errors.Join(x.onPaper(name, charted), put(1, 1, t.Caption(x.report.Lang), "head", Number), x.book.SetDefinedName(&excelize.DefinedName{
		Name: "_xlnm.Print_Titles", RefersTo: quoted(name) + "!$1:$2", Scope: name, // on each page
	}))
	for i, c := range t.Columns {
		title := "column"
		if c.Figures {
			title = "figures"
		}
		long := textfmt.Width(c.Title)
		for _, row := range t.Rows {
			long = max(long, textfmt.Width(plain(row.Cells[i:i+1])))
		}
		column, e := excelize.ColumnNumberToName(i + 1)
		err = errors.Join(err, e, put(i+1, 2, c.Title, title, Number), x.book.SetColWidth(name, column, column, float64(min(long, 60)+3)))
	}
	for j, row := range t.Rows {
		for i, cell := range row.Cells {
			value, style, form := any(workbook.EscapeCodes(cell.Text)), "plain", Number
			switch f := cell.Figure; {
			case f != nil && (f.Hidden || f.Text == noText || f.Form == Between):
				value, style = f.Text, "right"
			case f != nil:
				value, style, form = f.Value, "figure", f.Form
			case row.Level > 0:
				style = "part"
			}
			if row.Sum && style != "right" {
				style = "sum"
			}
			err = errors.Join(err, put(i+1, j+3, value, style, form))
		}
	}
	if t.Note != "" {
		err = errors.Join(err, put(1, len(t.Rows)+4, t.Note, "plain", Number))
	}
	err = errors.Join(err, x.book.SetPanes(name, &excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"}))
	for _, c := range x.charts {
		if c.ID == t.ID {
			err = errors.Join(err, x.chart(name, c, t))
		}
	}
	return err
}

// quoted is the name of a sheet in a formula.
func quoted(sheet string) string { return "'" + strings.ReplaceAll(sheet, "'", "''") + "'" }

// sheetName is the table's title, cut to what a sheet may be called.
func (x *sheets) sheetName(t Table) string {
	r := []rune(strings.NewReplacer(":", " ", "/", " ", "\\", " ", "?", " ", "*", " ", "[", "(", "]", ")").Replace(t.Title))
	name := string(r[:min(len(r), 28)])
	for i := 2; x.names[name]; i++ {
		name = fmt.Sprintf("%s %d", string(r[:min(len(r), 25)]), i)
	}
	x.names[name] = true
	return name
}

// chart adds a chart whose figures stand in columns of the table.
func (x *sheets) chart(name string, c Chart, t Table) error {
	last := len(t.Rows) + 2
	names := 1
	for t.Columns[names-1].Figures {
		names++
	}
	column := func(i int) string {
		s, err := excelize.ColumnNumberToName(i)
		if err != nil {
			panic(err) // a table has few columns
		}
		return s
	}
	one := false
	chart := &excelize.Chart{
		VaryColors: &one, Type: excelize.Col, Dimension: excelize.ChartDimension{Width: 640, Height: 360}, Legend: excelize.ChartLegend{Position: "none"},
		Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: c.Title}}}, ShowBlanksAs: "gap",
		Format: excelize.GraphicOptions{AltText: c.Title},
	}
	if c.Bars {
		chart.Type, chart.XAxis.ReverseOrder, chart.Dimension.Height = excelize.Bar, true, uint(120+len(c.Categories)*(10+12*len(c.Series)))
	}
	if len(c.Series) > 1 {
		chart.Legend.Position = "top"
	}
	for _, s := range c.Series {
		at := x.columnOf(t, s)
		if at == 0 {
			return phrase.Errorf("chart %s: no column of %s has its figures", c.ID, t.ID)
		}
		chart.Series = append(chart.Series, excelize.ChartSeries{
			Name:       fmt.Sprintf("%s!$%s$2", quoted(name), column(at)),
			Categories: fmt.Sprintf("%s!$%s$3:$%s$%d", quoted(name), column(names), column(names), last),
			Values:     fmt.Sprintf("%s!$%s$3:$%s$%d", quoted(name), column(at), column(at), last),
		})
	}
	return x.book.AddChart(name, column(len(t.Columns)+2)+"2", chart)
}

// columnOf returns the number of the column that has the figures of a series, 0 for none.
func (x *sheets) columnOf(t Table, s Series) int {
	if len(t.Rows) != len(s.Figures) {
		return 0
	}
	for i := range t.Columns {
		same := true
		for j, row := range t.Rows {
			f := row.Cells[i].Figure
			same = same && f != nil && f.Cell == s.Figures[j].Cell
		}
		if same {
			return i + 1
		}
	}
	return 0
}
