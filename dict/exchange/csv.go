package exchange

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// A CSV file is one table with a whole dictionary: a header, then a row for each
// sub-theme, keyword and example; the column kind says which. It is UTF-8 with a
// byte order mark, without which Excel reads it as GBK. Rows end with \r\n, lines
// within a cell with \n.
//
// Excel, and other programs that read CSV like Excel, run a cell that begins with =,
// and convert a text that looks like a number, a date or a truth value. A text to
// which that could happen is written with a ' before it, and so is a text that
// begins with '. A reader removes one '. A person who sees the ' knows that the cell is
// meant as text.

// WriteCSV writes a dictionary as CSV.
func WriteCSV(w io.Writer, d *dict.Dictionary) error {
	out := &csvWriter{w: bufio.NewWriter(w)}
	out.string("\ufeff")
	for c := range numColumns {
		out.field(c, c.header())
	}
	write := func(r row) {
		for c, cell := range r.cells {
			if c := column(c); c.isText() && !c.isMark() {
				cell = protect(cell)
			}
			out.field(column(c), cell)
		}
	}
	for i := range d.Themes {
		t := &d.Themes[i]
		for j := range t.SubThemes {
			write(subThemeRow(t, &t.SubThemes[j]))
		}
	}
	for i := range d.Themes {
		for j := range d.Themes[i].SubThemes {
			s := &d.Themes[i].SubThemes[j]
			for k := range s.Keywords {
				write(keywordRow(s, &s.Keywords[k]))
			}
			for k := range s.Examples {
				if !utf8.ValidString(s.Examples[k].Text) {
					return phrase.Errorf("export dictionary: an example of %s is not UTF-8", s.ID)
				}
				write(exampleRow(s, &s.Examples[k]))
			}
		}
	}
	if err := errors.Join(out.err, out.w.Flush()); err != nil {
		return phrase.Errorf("export dictionary: %w", err)
	}
	return nil
}

// csvWriter keeps the first error of its writer.
type csvWriter struct {
	w   *bufio.Writer
	err error
}

func (out *csvWriter) string(s string) {
	if _, err := out.w.WriteString(s); out.err == nil {
		out.err = err
	}
}

// field writes a cell and the separator after it.
func (out *csvWriter) field(c column, cell string) {
	if strings.ContainsAny(cell, ",;\"\t\r\n") || cell != strings.TrimSpace(cell) {
		cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	out.string(cell)
	if c == numColumns-1 {
		out.string("\r\n")
	} else {
		out.string(",")
	}
}

// protect puts a ' before a text that a spreadsheet would run, or would not take for
// text.
func protect(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	switch {
	case cell == "":
		return ""
	case strings.ContainsRune("'=+-@\t\r\n＝＋－＠", first), looksLikeValue(cell):
		return "'" + cell
	}
	return cell
}

func unprotect(cell string) string { return strings.TrimPrefix(cell, "'") }

// looksLikeValue reports whether some spreadsheet might take a text for a number, a
// date or a truth value. It only checks that the text is short and has a digit,
// because the form of a date depends on the language of Excel.
func looksLikeValue(cell string) bool {
	const longest = 40 // runes
	trimmed := strings.TrimSpace(cell)
	return strings.EqualFold(trimmed, "true") || strings.EqualFold(trimmed, "false") ||
		utf8.RuneCountInString(cell) <= longest && strings.ContainsFunc(cell, unicode.IsNumber)
}

// ReadCSV reads a dictionary that was written by WriteCSV, or by Excel afterwards.
// Separators may be commas, semicolons or tabs. name precedes the positions of
// faults, whose texts are in the language in. The error is a dict.Errors unless r
// fails. It also reads plain tables of words and categories: see plainColumns.
func ReadCSV(r io.Reader, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, phrase.Errorf("import dictionary: %w", err)
	}
	data, fault := utf8Text(data, name, in)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	records, fault := scanCSV(string(data), name)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	b := newBuilder(name, in)
	t, ok := newTable(b, name, records)
	if !ok {
		return nil, nil, b.errs
	}
	t.read(b)
	d, err := b.dictionary(name, func(string) int { return 0 })
	return d, b.notes.all(), err
}

// utf8Text returns data without its byte order mark. If data is not UTF-8, it
// returns a fault that says how to save the file again.
func utf8Text(data []byte, name string, in phrase.Language) ([]byte, *dict.Error) {
	hint := in.Say("in Excel save it as \"CSV UTF-8 (Comma delimited)\", in a text editor as UTF-8")
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, &dict.Error{Position: dict.Position{File: name}, Msg: in.Say("the file is UTF-16, not UTF-8"), Hint: hint}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return data, nil
	}
	line := 1
	for rest := data; ; line++ {
		head, tail, more := bytes.Cut(rest, []byte("\n"))
		if !utf8.Valid(head) || !more {
			break
		}
		rest = tail
	}
	return nil, &dict.Error{
		Position: dict.Position{File: name, Line: line, Column: 1},
		Msg:      in.Say("the file is not UTF-8, but perhaps GBK"), Hint: hint,
	}
}

// table holds the records of a CSV file below its header.
type table struct {
	columns  []column // of each field
	records  []record
	keywords bool // there is no column kind: every row is a keyword
}

// newTable finds the columns of a table. ok is false if there are none, or if some
// are unknown or occur twice.
func newTable(b *builder, name string, records []record) (*table, bool) {
	if len(records) == 0 {
		b.fail(dict.Position{File: name}, b.say("export a dictionary to see what belongs here"), b.say("the file is empty"))
		return nil, false
	}
	t := &table{records: records[1:]}
	if columns, ok := plainColumns(records[0].texts()); ok {
		t.columns, b.plain = columns, true
		b.beginPlain(columns, func(i int) (string, dict.Position) { return records[0][i].text, records[0][i].pos })
		return t, true
	}
	var seen [numColumns]bool
	for _, f := range records[0] {
		c, known := columnOf(f.text)
		switch {
		case strings.TrimSpace(f.text) == "":
			c = colNote // cells below it must be empty: see read
		case !known:
			b.fail(f.pos, b.say("the columns are %s", b.columnNames(allColumns())), b.say("unknown column %q", f.text))
		case seen[c] && c != colNote:
			b.fail(f.pos, b.say("keep one of them"), b.say("the column %s a second time", b.columnName(c)))
		}
		seen[c] = true
		t.columns = append(t.columns, c)
	}
	t.keywords = !seen[colKind] && seen[colKeyword] && !seen[colText]
	for _, c := range []column{colKind, colSubTheme} {
		if !seen[c] && (c != colKind || !t.keywords) {
			b.fail(dict.Position{File: name, Line: 1, Column: 1}, b.say("keep the first row as it was exported"), b.say("the column %s is missing", b.columnName(c)))
		}
	}
	return t, len(b.errs) == 0
}

// columnName is a header by which a column is known, in the language of the faults.
func (b *builder) columnName(c column) string {
	if zh := c.info().zh; b.in == phrase.Chinese && zh != "" {
		return zh
	}
	return c.info().key
}

func (b *builder) columnNames(columns []column) string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = b.columnName(c)
	}
	return strings.Join(out, b.say(", "))
}

// read passes the rows to the builder, those of sub-themes first, wherever they are
// in the file.
func (t *table) read(b *builder) {
	var rest []row
	for _, rec := range t.records {
		r := t.row(b, rec)
		switch {
		case r.isEmpty():
		case b.plain:
			b.plainKeyword(&r)
		case strings.TrimSpace(r.cells[colKind]) == kindSubTheme:
			b.subTheme(&r)
		default:
			rest = append(rest, r)
		}
	}
	for i := range rest {
		switch r := &rest[i]; {
		case t.keywords || strings.TrimSpace(r.cells[colKind]) == kindKeyword:
			b.keyword(r)
		case strings.TrimSpace(r.cells[colKind]) == kindExample:
			b.example(r)
		default:
			b.fail(r.at(colKind), b.say("write subtheme, keyword or example"), b.say("unknown kind of row %q", r.cells[colKind]))
		}
	}
}

func (t *table) row(b *builder, rec record) (r row) {
	for i := range r.pos {
		r.pos[i] = rec[0].pos
	}
	for i, f := range rec {
		if i >= len(t.columns) {
			if strings.TrimSpace(f.text) != "" {
				b.fail(f.pos, b.say("a text with a comma in it must stand in quotes"), b.say("a cell beyond the last column"))
			}
			continue
		}
		c := t.columns[i]
		r.cells[c], r.pos[c] = f.text, f.pos
		if c.isText() && !c.isMark() && !b.plain {
			r.cells[c] = unprotect(f.text)
		}
	}
	return r
}
