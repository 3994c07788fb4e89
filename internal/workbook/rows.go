package workbook

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict/phrase"
)

// Kind says what a cell can be trusted to hold.
type Kind uint8

// The kinds of cells.
const (
	Plain      Kind = iota
	ErrorValue      // #N/A, #REF! and the like
	NoValue         // a formula of which the file does not hold the result
)

// Cell is a cell of a sheet.
type Cell struct {
	Column int    // from 1
	Text   string // as it is displayed: a number by its format
	Stored string // the number behind it, as the file has it; "" for anything else
	Kind   Kind
}

// Row is a row that the file holds; rows without cells may be missing.
type Row struct {
	Number int // from 1, as the spreadsheet shows it
	Hidden bool
	Cells  []Cell // those that the file holds, from left to right
}

// Rows walks over the rows of a sheet.
//
// Two readers go in step: excelize, which knows shared strings and formats, and a
// scan of the same XML, which says what excelize passes over in silence. The scan
// comes first: what it cannot vouch for is an error, and excelize is not asked.
type Rows struct {
	book   *Book
	sheet  Sheet
	shown  *excelize.Rows
	part   io.ReadCloser
	scan   *xml.Decoder
	number int // of the last row
	asked  int // rows that excelize was asked for
	err    error
	cells  []scanned
	mixed  bool // the cells of the row are out of order
	out    []Cell
}

// scanned is a cell as the scan sees it.
type scanned struct {
	column  int // from 1
	kind    string
	formula bool
	valued  bool
	value   []byte
}

// Rows returns the rows of a sheet; the caller closes them.
func (b *Book) Rows(s Sheet) (*Rows, error) {
	f := b.parts[s.part]
	if f == nil {
		return nil, phrase.Errorf("%w: the part of a sheet is missing", ErrDamaged)
	}
	part, err := f.Open()
	if err != nil {
		return nil, phrase.Errorf("%w: %w", ErrDamaged, err)
	}
	shown, err := b.File.Rows(s.Name)
	if err != nil {
		return nil, errors.Join(phrase.Errorf("%w: %w", ErrDamaged, err), part.Close())
	}
	return &Rows{book: b, sheet: s, shown: shown, part: part, scan: xml.NewDecoder(part)}, nil
}

// Close ends the walk.
func (r *Rows) Close() error { return errors.Join(r.shown.Close(), r.part.Close()) }

// Next returns the next row, whose cells are valid until the next call; io.EOF
// at the end of the sheet; or an error that wraps [ErrDamaged] and is final.
func (r *Rows) Next() (Row, error) {
	if r.err != nil {
		return Row{}, r.err
	}
	row, err := r.next()
	if err != nil && !errors.Is(err, io.EOF) {
		err = phrase.Errorf("%w: at row %d: %w", ErrDamaged, r.number, err)
	}
	r.err = err
	return row, err
}

func (r *Rows) next() (Row, error) {
	hidden, err := r.scanRow()
	if err != nil {
		return Row{}, err
	}
	row := Row{Number: r.number, Hidden: hidden}
	texts, err := r.texts()
	if err == nil && r.mixed {
		texts, err = r.textsOneByOne()
	}
	if err != nil {
		return Row{}, err
	}
	r.out = r.out[:0]
	for i := range r.cells {
		c := &r.cells[i]
		if c.kind == "s" && r.noString(c, texts) {
			return Row{}, phrase.New("a cell names a text that the file does not hold")
		}
		r.out = append(r.out, c.cell(texts))
	}
	row.Cells = r.out
	return row, nil
}

// texts are the displayed cells of the row that was scanned.
func (r *Rows) texts() ([]string, error) {
	for ; r.asked < r.number; r.asked++ {
		if !r.shown.Next() {
			return nil, errors.Join(phrase.New("the row cannot be displayed"), r.shown.Error())
		}
	}
	return r.shown.Columns()
}

// textsOneByOne are the displayed cells of a row whose cells are out of order, which
// excelize's walk would put into wrong columns. It takes the sheet into memory.
func (r *Rows) textsOneByOne() ([]string, error) {
	const most = 64 << 20
	if r.book.parts[r.sheet.part].UncompressedSize64 > most {
		return nil, phrase.New("the cells of the row are out of order")
	}
	slices.SortFunc(r.cells, func(a, b scanned) int { return a.column - b.column })
	var texts []string
	for i, c := range r.cells {
		if i > 0 && c.column == r.cells[i-1].column {
			return nil, phrase.New("a cell of the row is there twice")
		}
		name, err := excelize.CoordinatesToCellName(c.column, r.number)
		if err != nil {
			return nil, err
		}
		text, err := r.book.GetCellValue(r.sheet.Name, name)
		if err != nil {
			return nil, err
		}
		texts = append(append(texts, make([]string, c.column-1-len(texts))...), text)
	}
	return texts, nil
}

// noString tells whether a cell names a shared string that is not there. Of a table
// of strings that is too large for memory only excelize knows the size.
func (r *Rows) noString(c *scanned, texts []string) bool {
	n, err := strconv.Atoi(string(c.value))
	if len(c.value) == 0 || err == nil && n >= 0 && c.column <= len(texts) && texts[c.column-1] != "" {
		return false
	}
	sst := r.book.SharedStrings
	return err != nil || n < 0 || sst != nil && n >= len(sst.SI)
}

// cell is the scanned cell with the text that is displayed of it.
func (c *scanned) cell(texts []string) Cell {
	out := Cell{Column: c.column}
	if c.column <= len(texts) {
		out.Text = texts[c.column-1]
	}
	switch {
	case c.kind == "e":
		out.Kind = ErrorValue
	case c.formula && (!c.valued || len(c.value) == 0 && c.kind != "str"):
		out.Kind = NoValue
	case c.kind == "" || c.kind == "n":
		if v := string(c.value); v != "" {
			if _, err := strconv.ParseFloat(v, 64); err == nil {
				out.Stored = v
			}
		}
	}
	return out
}

// scanRow reads up to the end of the next row, or returns io.EOF behind the last.
func (r *Rows) scanRow() (hidden bool, err error) {
	r.cells, r.mixed = r.cells[:0], false
	for {
		token, err := r.scan.Token()
		if errors.Is(err, io.EOF) {
			return false, phrase.New("the sheet has no cells")
		}
		if err != nil {
			return false, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "row" {
				return r.scanRowFrom(&e)
			}
		case xml.EndElement:
			if e.Name.Local == "sheetData" {
				// What follows is read for the checksum.
				if _, err := io.Copy(io.Discard, r.part); err != nil {
					return false, err
				}
				return false, io.EOF
			}
		}
	}
}

func (r *Rows) scanRowFrom(start *xml.StartElement) (hidden bool, err error) {
	number := r.number + 1
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			if number, err = strconv.Atoi(a.Value); err != nil || number < 1 || number > excelize.TotalRows {
				return false, phrase.New("a row has a number that no sheet has")
			}
		case "hidden":
			hidden = a.Value == "1" || a.Value == "true"
		}
	}
	if number <= r.number {
		return false, phrase.Errorf("row %d stands below it: the rows are out of order", number)
	}
	r.number = number
	for {
		token, err := r.scan.Token()
		if err != nil {
			return false, unexpected(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if e.Name.Local == "c" {
				if err := r.scanCell(&e); err != nil {
					return false, err
				}
			}
		case xml.EndElement:
			if e.Name.Local == "row" {
				return hidden, nil
			}
		}
	}
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// maxDepth is how deep elements of a cell may be nested: rich text takes four.
const maxDepth = 32

func (r *Rows) scanCell(start *xml.StartElement) error {
	last := 0
	if n := len(r.cells); n > 0 {
		last = r.cells[n-1].column
	}
	c := scanned{column: last + 1}
	for _, a := range start.Attr {
		switch a.Name.Local {
		case "r":
			column, row, err := excelize.CellNameToCoordinates(a.Value)
			if err != nil || row != r.number {
				return phrase.New("a cell has a name that is not of its row")
			}
			c.column = column
		case "t":
			c.kind = a.Value
		}
	}
	if c.column > excelize.MaxColumns {
		return phrase.New("a row has more cells than a sheet has columns")
	}
	r.mixed = r.mixed || c.column <= last
	for depth := 1; depth > 0; {
		token, err := r.scan.Token()
		if err != nil {
			return unexpected(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return phrase.New("a cell is nested too deep")
			}
			if depth == 2 && e.Name.Local == "f" {
				c.formula = true
			}
			if depth == 2 && e.Name.Local == "v" {
				c.valued = true
				if err := r.scanValue(&c); err != nil {
					return err
				}
				depth--
			}
		case xml.EndElement:
			depth--
		}
	}
	r.cells = append(r.cells, c)
	return nil
}

// scanValue reads up to the end of the value of a cell.
func (r *Rows) scanValue(c *scanned) error {
	for {
		token, err := r.scan.Token()
		if err != nil {
			return unexpected(err)
		}
		switch e := token.(type) {
		case xml.CharData:
			c.value = append(c.value, e...)
		case xml.StartElement:
			return phrase.New("the value of a cell has parts")
		case xml.EndElement:
			return nil
		}
	}
}
