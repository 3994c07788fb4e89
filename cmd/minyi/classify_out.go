package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/internal/workbook"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/intake"
)

// tableWriter is what classified rows are written to. A cell is a string, or a
// number.
type tableWriter interface {
	Sheet(name string, header []string) error
	Row(cells []any) error
}

// classifyTable writes the rows of a file again, each with what it was tagged with.
func (a *app) classifyTable(c *classifier.Classifier, o classifyOptions) error {
	ext := strings.ToLower(filepath.Ext(o.out))
	if ext != ".xlsx" && ext != ".csv" {
		return usageError("--out %s: write a .xlsx or a .csv", o.out)
	}
	if err := checkNew(o.out, o.force); err != nil {
		return err
	}
	opts := o.read.options(a)
	opts.SameIDs, opts.Cells = true, true
	r, err := intake.Open(o.file, opts)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	defer r.Close()
	if intake.IsTable(o.file) {
		a.writeTables(a.stderr, r.Balance())
	}
	t := tableOut{a: a, c: c, chances: o.chances, themes: pipeline.NewThemeTree(c.Dictionary()), balance: r.Balance()}
	if t.decoder, err = pipeline.NewDecoder(pipeline.Format{}); err != nil {
		return err
	}
	err = writeFile(o.out, func(to io.Writer) error {
		if ext == ".csv" {
			w := newCSVTable(to)
			t.to = w
			return errors.Join(t.copy(r), w.flush())
		}
		w, err := workbook.NewWriter("")
		if err != nil {
			return err
		}
		t.to = w
		err = t.copy(r)
		if err == nil {
			_, err = w.WriteTo(to)
		}
		return errors.Join(err, w.Close())
	})
	if err != nil {
		return err
	}
	a.writeClassified(a.stderr, r.Balance())
	a.notef("%s written", o.out)
	if b := r.Balance(); b.Refused+t.rejected > 0 {
		return checkError("%s: %d of its rows are no suggestions; the last column says why", o.file, b.Refused+t.rejected)
	}
	return nil
}

// tableOut copies rows and adds what they were tagged with.
type tableOut struct {
	a        *app
	c        *classifier.Classifier
	chances  *workbench.Chances
	themes   pipeline.ThemeTree
	decoder  *pipeline.Decoder
	balance  *intake.Balance
	to       tableWriter
	table    *intake.Table
	width    int // cells of the original
	rejected int

	result classifier.Result
	s      pipeline.Suggestion
	cells  []any
}

// added are the headers of the columns that are added. The first two are those by
// which labelled messages are read, so that a corrected table measures a dictionary.
func (t *tableOut) added() []string {
	names := []string{"primary", "themes", "score", "words", "runner-up", "runner-up score", "close", "chance", "remark"}
	if t.a.lang == "zh" {
		names = []string{"主要子主题", "子主题", "得分", "命中词", "次选", "次选得分", "难分", "把握", "说明"}
	}
	if t.chances == nil { // the dictionary was not measured
		names = slices.Delete(names, len(names)-2, len(names)-1)
	}
	return names
}

func (t *tableOut) copy(r *intake.Reader) error {
	bar := t.a.readingBar(r.Balance().File)
	defer bar.clear()
	for {
		bar.set(r.Position())
		rec, err := r.Next()
		var refused *intake.RecordError
		switch {
		case errors.Is(err, io.EOF):
			return t.begin(nil)
		case errors.As(err, &refused):
			if err := t.row(refused.Table, refused.Cells(), t.a.reason(refused.Reason), nil); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		m := pipeline.Message{Data: rec.Payload, Stored: time.Now()}
		reason := t.decoder.Decode(&m, &t.s)
		cells := rec.Cells
		if cells == nil {
			cells = []string{rec.ID, t.s.Source, string(t.s.Text)}
		}
		if reason != "" {
			t.rejected++
			err = t.row(rec.Table, cells, string(reason), nil)
		} else {
			t.c.Classify(&t.result, t.s.Text)
			err = t.row(rec.Table, cells, "", newRecord(t.c, t.chances, rec.ID, t.s.Text, &t.result))
		}
		if err != nil {
			return err
		}
	}
}

// begin begins the sheet of a table, unless it is the one of the row before. nil is
// the end of the file, where a table without rows still gets its header.
func (t *tableOut) begin(table *intake.Table) error {
	for _, next := range t.balance.Tables {
		if next.Skipped != "" || t.table != nil && slices.Index(t.balance.Tables, next) <= slices.Index(t.balance.Tables, t.table) {
			continue
		}
		if table != nil && slices.Index(t.balance.Tables, next) > slices.Index(t.balance.Tables, table) {
			break
		}
		t.table = next
		header := next.Names
		if t.balance.Format != "csv" && t.balance.Format != "xlsx" {
			header = []string{"id", "source", "text"}
		}
		t.width = len(header)
		for _, c := range next.Columns { // of a table without a header
			for t.width <= columnIndex(c.Letter) {
				t.width++
			}
		}
		header = append(slices.Clone(header), make([]string, t.width-len(header))...)
		name := next.Sheet
		if name == "" {
			name = "Sheet1"
		}
		if err := t.to.Sheet(name, append(header, t.added()...)); err != nil {
			return err
		}
	}
	return nil
}

// columnIndex is the index of a column by its letters: A is 0.
func columnIndex(letters string) int {
	n := 0
	for _, c := range letters {
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}

// row writes a row and what it was tagged with; rec is nil for one that is no
// suggestion.
func (t *tableOut) row(table *intake.Table, cells []string, remark string, rec *classifier.Record) error {
	if table == nil {
		table = t.balance.Tables[0]
	}
	if table != t.table {
		if err := t.begin(table); err != nil {
			return err
		}
	}
	t.cells = t.cells[:0]
	for i := range t.width {
		cell := ""
		if i < len(cells) {
			cell = cells[i]
		}
		t.cells = append(t.cells, cell)
	}
	if rec == nil || rec.Primary == nil {
		none := ""
		if rec != nil {
			none = t.a.inLanguage("无", "none")
		}
		t.cells = append(t.cells, "", none, "", "", "", "", "")
		return t.end("", remark)
	}
	var names, words []string
	for _, theme := range rec.Themes {
		names = append(names, t.name(theme.ID))
		for _, m := range theme.Matches {
			if !slices.Contains(words, m.Keyword) {
				words = append(words, m.Keyword)
			}
		}
	}
	t.cells = append(t.cells, names[0], strings.Join(names, "\n"), float(rec.Themes[0].Score), strings.Join(words, " "))
	if len(rec.Themes) == 1 {
		t.cells = append(t.cells, "", "", "")
		return t.end(rec.Themes[0].Chance, remark)
	}
	isClose := ""
	if second := rec.Themes[1].Score; 2*second >= rec.Themes[0].Score {
		isClose = t.a.inLanguage("是", "yes")
	}
	t.cells = append(t.cells, names[1], float(rec.Themes[1].Score), isClose)
	return t.end(rec.Themes[0].Chance, remark)
}

// end adds the last columns and writes the row.
func (t *tableOut) end(chance any, remark string) error {
	if t.chances != nil {
		t.cells = append(t.cells, chance)
	}
	t.cells = append(t.cells, remark)
	return t.to.Row(t.cells)
}

// name is what a sub-theme is called in a table that may be read again: its Chinese
// name, or its id.
func (t *tableOut) name(id string) string {
	if t.a.lang == "zh" {
		return t.a.name(t.themes, id)
	}
	return id
}

func float(s classifier.Score) float64 {
	f, _ := strconv.ParseFloat(s.String(), 64) // a score prints as a decimal
	return f
}

// csvTable writes one table of CSV as Excel reads it: UTF-8 with a byte order mark.
// Sheets stand below each other, with the name of the sheet in no column.
type csvTable struct {
	w     *csv.Writer
	cells []string
}

func newCSVTable(to io.Writer) *csvTable {
	_, _ = io.WriteString(to, "\ufeff") // an error shows up again when it is flushed
	w := csv.NewWriter(to)
	w.UseCRLF = true
	return &csvTable{w: w}
}

// Sheet writes the header.
func (t *csvTable) Sheet(_ string, header []string) error { return t.w.Write(header) }

// Row writes a row. What Excel would run as a formula gets a ' before it.
func (t *csvTable) Row(cells []any) error {
	t.cells = t.cells[:0]
	for _, c := range cells {
		s := fmt.Sprint(c)
		if _, isText := c.(string); isText {
			if _, err := strconv.ParseFloat(s, 64); err != nil { // -5 may stay a number
				s = plainCell(s)
			}
		}
		t.cells = append(t.cells, s)
	}
	return t.w.Write(t.cells)
}

func (t *csvTable) flush() error {
	t.w.Flush()
	return t.w.Error()
}
