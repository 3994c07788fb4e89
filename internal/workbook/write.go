package workbook

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/scratch"
)

// Writer writes a workbook of plain rows, sheet by sheet, as a stream. It is not
// safe for concurrent use.
type Writer struct {
	book  *excelize.File
	sheet *excelize.StreamWriter // nil before the first
	temp  *scratch.Dir
	names map[string]bool
	row   int
	bold  int
	cells []any
}

// NewWriter returns a writer of an empty workbook. The caller closes it. Rows that
// do not fit in memory wait below tempDir; see [scratch.New].
func NewWriter(tempDir string) (*Writer, error) {
	temp, err := scratch.New(tempDir)
	if err != nil {
		return nil, err
	}
	w := &Writer{book: excelize.NewFile(excelize.Options{TmpDir: temp.Path()}), temp: temp, names: map[string]bool{}}
	if w.bold, err = w.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// Sheet begins a sheet with a header row that stays in sight. A name that a sheet
// cannot have is changed into one that it can.
func (w *Writer) Sheet(name string, header []string) error {
	name = w.nameOf(name)
	if w.sheet == nil {
		if err := w.book.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else {
		if err := w.sheet.Flush(); err != nil {
			return err
		}
		if _, err := w.book.NewSheet(name); err != nil {
			return err
		}
	}
	var err error
	if w.sheet, err = w.book.NewStreamWriter(name); err != nil {
		return err
	}
	w.row = 0
	err = w.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	if err != nil {
		return err
	}
	cells := make([]any, len(header))
	for i, h := range header {
		cells[i] = excelize.Cell{StyleID: w.bold, Value: text(h)}
	}
	return w.write(cells)
}

// nameOf is a name of at most 31 characters without those that Excel keeps for
// itself, which no other sheet has.
func (w *Writer) nameOf(name string) string {
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) {
			return '_'
		}
		return r
	}, name), "'")
	if name == "" {
		name = "Sheet"
	}
	base := name
	for i := 2; utf8.RuneCountInString(name) > excelize.MaxSheetNameLength || w.names[strings.ToLower(name)]; i++ {
		suffix := fmt.Sprint("_", i)
		runes := []rune(base)
		name = string(runes[:min(len(runes), excelize.MaxSheetNameLength-len(suffix))]) + suffix
	}
	w.names[strings.ToLower(name)] = true
	return name
}

// Row writes a row of strings, which become text, and of numbers. nil is an empty
// cell. A sheet holds 1,048,576 rows; one more is an error.
func (w *Writer) Row(cells []any) error {
	w.cells = w.cells[:0]
	for _, c := range cells {
		if s, ok := c.(string); ok {
			if c = text(s); s == "" {
				c = nil
			}
		}
		w.cells = append(w.cells, c)
	}
	return w.write(w.cells)
}

func (w *Writer) write(cells []any) error {
	if w.row++; w.row > excelize.TotalRows {
		return phrase.Errorf("a sheet has at most %d rows; write a CSV file", excelize.TotalRows)
	}
	at, err := excelize.CoordinatesToCellName(1, w.row)
	if err != nil {
		return err
	}
	return w.sheet.SetRow(at, cells)
}

// text is a string as a cell can hold it: valid UTF-8, with codes for what XML
// cannot hold, and of 32,767 UTF-16 units at most, as Excel has it; what is cut
// off is replaced by ….
func text(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) > excelize.TotalCellChars {
		units := 0
		for i, r := range s {
			if units += utf16.RuneLen(r); units > excelize.TotalCellChars-1 {
				s = s[:i] + "…"
				break
			}
		}
	}
	return EscapeCodes(s)
}

// WriteTo writes the workbook.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	if w.sheet != nil {
		if err := w.sheet.Flush(); err != nil {
			return 0, err
		}
	}
	return w.book.WriteTo(out)
}

// Close frees what the writer holds.
func (w *Writer) Close() error { return errors.Join(w.book.Close(), w.temp.Close()) }
