package exchange

import (
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/workbook"
)

// ReadXLSX reads a dictionary from a workbook such as WriteXLSX writes. A sheet
// is known by its header; those without one that has anything to say are
// faults, but for the guide and sheets whose names begin with #. name stands
// before the places of faults, which are dict.Errors unless r fails or is no
// workbook.
func ReadXLSX(r io.Reader, name string, in phrase.Language) (d *dict.Dictionary, notes []Note, err error) {
	book, err := workbook.Read(r, "")
	if err != nil {
		return nil, nil, phrase.Errorf("import %s: %w", name, err)
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	x := &xlsxReader{book: book.File, name: name, b: newBuilder(name, in), rank: map[string]int{}}
	if err := x.sheets(); err != nil {
		return nil, nil, phrase.Errorf("import %s: %w", name, err)
	}
	d, err = x.b.dictionary(name, func(file string) int { return x.rank[file] })
	return d, x.b.notes.all(), err
}

type xlsxReader struct {
	book *excelize.File
	name string
	b    *builder
	rank map[string]int // of each sheet, in the order of the workbook

	keywords, examples, plain []row
}

// sheets reads all sheets. Those of sub-themes may stand anywhere, so that the
// rows of others wait for them.
func (x *xlsxReader) sheets() error {
	for i, sheet := range x.book.GetSheetList() {
		x.rank[sheetFile(x.name, sheet)] = i + 1
		if sheet == guideSheet || strings.HasPrefix(sheet, "#") {
			continue
		}
		if err := x.sheet(sheet); err != nil {
			return err
		}
	}
	for i := range x.keywords {
		x.b.keyword(&x.keywords[i])
	}
	for i := range x.examples {
		x.b.example(&x.examples[i])
	}
	x.b.plain = len(x.plain) > 0
	for i := range x.plain {
		x.b.plainKeyword(&x.plain[i])
	}
	return nil
}

// sheet reads one sheet, if it is one of a table.
func (x *xlsxReader) sheet(sheet string) error {
	rows, err := x.book.GetRows(sheet)
	if err != nil {
		if strings.HasSuffix(err.Error(), "is not a worksheet") {
			return nil // a chart, which has no rows; excelize has no other way to say it
		}
		return err
	}
	first := 0
	for first < len(rows) && isBlank(rows[first]) {
		first++
	}
	if first == len(rows) {
		if sheet == subThemesSheet { // emptied: names and thresholds would be gone unsaid
			x.header(sheet, 1, nil)
		}
		return nil
	}
	columns, plain := plainColumns(rows[first])
	if plain {
		x.b.beginPlain(columns, func(i int) (string, dict.Position) {
			return rows[first][i], dict.Position{File: sheetFile(x.name, sheet), Line: first + 1, Column: i + 1}
		})
	} else {
		var ok bool
		if columns, ok = x.header(sheet, first+1, rows[first]); !ok {
			return nil
		}
	}
	if err := x.fillMerged(sheet, columns, rows); err != nil {
		return err
	}
	for i, cells := range rows[first+1:] {
		r, err := x.row(sheet, first+2+i, columns, cells)
		if err != nil {
			return err
		}
		if plain && !r.isEmpty() {
			x.plain = append(x.plain, r)
		} else if !plain {
			x.keep(columns, r)
		}
	}
	return nil
}

// fillMerged gives a merged cell of the columns of sub-themes and themes to every row
// that it spans, as a person reads it. Of the other columns only its first row has it.
func (x *xlsxReader) fillMerged(sheet string, columns []column, rows [][]string) error {
	merged, err := x.book.GetMergeCells(sheet)
	if err != nil {
		return err
	}
	for _, m := range merged {
		col, from, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			return err
		}
		_, to, err := excelize.CellNameToCoordinates(m.GetEndAxis())
		if err != nil {
			return err
		}
		if col > len(columns) || columns[col-1] != colSubTheme && columns[col-1] != colThemeZh {
			continue
		}
		for row := from + 1; row <= min(to, len(rows)); row++ {
			if cells := rows[row-1]; !isBlank(cells) {
				for len(cells) < col {
					cells = append(cells, "")
				}
				cells[col-1] = m.GetCellValue()
				rows[row-1] = cells
			}
		}
	}
	return nil
}

func isBlank(cells []string) bool { return strings.TrimSpace(strings.Join(cells, "")) == "" }

// header returns the column of each cell of a header.
func (x *xlsxReader) header(sheet string, line int, cells []string) (columns []column, ok bool) {
	at := func(i int) dict.Position {
		return dict.Position{File: sheetFile(x.name, sheet), Line: line, Column: i + 1}
	}
	before := len(x.b.errs)
	var seen [numColumns]bool
	for i, text := range cells {
		c, known := columnOf(text)
		switch {
		case strings.TrimSpace(text) == "":
			c = colNote
		case !known || c == colKind:
			x.b.fail(at(i), x.b.say("the columns are those of an exported workbook; remarks go into a column note 备注"), x.b.say("unknown column %q", text))
		case seen[c] && c != colNote:
			x.b.fail(at(i), x.b.say("keep one of them"), x.b.say("the column %s a second time", c.info().key))
		}
		seen[c] = true
		columns = append(columns, c)
	}
	if !seen[colSubTheme] {
		x.b.errs = x.b.errs[:before]
		x.b.broken = true
		x.b.fail(at(0), x.b.say("begin it with the header that an exported workbook has, or put # before the name of the sheet, and it is not read"), x.b.say("the sheet has no column subtheme, so it cannot be read"))
		return nil, false
	}
	x.b.broken = x.b.broken || len(x.b.errs) > before
	return columns, len(x.b.errs) == before
}

// keep gives a row to the table that its columns belong to.
func (x *xlsxReader) keep(columns []column, r row) {
	if r.isEmpty() && !r.refused {
		return
	}
	for _, c := range columns {
		switch c {
		case colKeyword, colAll:
			x.keywords = append(x.keywords, r)
			return
		case colText:
			x.examples = append(x.examples, r)
			return
		}
	}
	x.b.subTheme(&r)
}

func (x *xlsxReader) row(sheet string, line int, columns []column, cells []string) (r row, err error) {
	file := sheetFile(x.name, sheet)
	for i := range r.pos {
		r.pos[i] = dict.Position{File: file, Line: line, Column: 1}
	}
	for i, c := range columns {
		r.pos[c] = dict.Position{File: file, Line: line, Column: i + 1}
		if i >= len(cells) || c == colNote {
			continue
		}
		before := len(x.b.errs)
		if r.cells[c], err = x.cell(sheet, r.pos[c], c, cells[i]); err != nil {
			return row{}, err
		}
		r.refused = r.refused || len(x.b.errs) > before
	}
	return r, nil
}

// cell returns the text of a cell that displays shown, or reports why Excel's
// idea of it cannot be trusted.
func (x *xlsxReader) cell(sheet string, at dict.Position, c column, shown string) (string, error) {
	name, err := excelize.CoordinatesToCellName(at.Column, at.Line)
	if err != nil {
		return "", err
	}
	if formula, err := x.book.GetCellFormula(sheet, name); err != nil {
		return "", err
	} else if formula != "" {
		x.refuse(at, c, x.b.say("a formula (=%s)", formula))
		return "", nil
	}
	if shown == "" {
		return "", nil
	}
	kind, err := x.book.GetCellType(sheet, name)
	if err != nil {
		return "", err
	}
	switch kind {
	case excelize.CellTypeSharedString, excelize.CellTypeInlineString:
		return shown, nil
	case excelize.CellTypeBool:
		if c.isMark() {
			return strings.ToLower(shown), nil
		}
		x.refuse(at, c, x.b.say("a truth value (shown as %s)", shown))
	case excelize.CellTypeUnset, excelize.CellTypeNumber:
		raw, err := x.book.GetCellValue(sheet, name, excelize.Options{RawCellValue: true})
		if err != nil {
			return "", err
		}
		if !c.isText() && looksLikeNumber(shown) {
			return raw, nil
		}
		x.refuse(at, c, x.b.say("a number or a date (shown as %s)", shown))
	default:
		x.refuse(at, c, x.b.say("an error or a date (shown as %s)", shown))
	}
	return "", nil
}

// looksLikeNumber tells whether a cell that must be a number is shown as one,
// and not as a date, which is a number too.
func looksLikeNumber(shown string) bool {
	return strings.Trim(shown, "0123456789.,+-eE% ") == "" && strings.Count(shown, "-") <= 2
}

// refuse reports a cell that is not what was typed.
func (x *xlsxReader) refuse(at dict.Position, c column, what string) {
	if c.isText() {
		x.b.fail(at, x.b.say("what was typed cannot be known (7 may have been 007): set the format of the cell to Text, then type it again, or type a ' before it"), x.b.say("to Excel the cell of %s is %s, not text", c.info().key, what))
	} else {
		x.b.fail(at, x.b.say("set the format of the cell to General, then type the number again"), x.b.say("to Excel the cell of %s is %s, not a plain number", c.info().key, what))
	}
}
