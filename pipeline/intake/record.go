package intake

import (
	"fmt"

	"github.com/minyi/minyi/dict/phrase"
)

// Record is one suggestion as the file has it.
type Record struct {
	// Line is where the record starts, from 1: the line of a text file
	// (quoted line breaks of a CSV file count), the row of a sheet.
	Line int
	// Row is the row of a table as a spreadsheet numbers it, the line of NDJSON,
	// or the number of an element.
	Row int
	// Table is the part of the balance that the record belongs to.
	Table *Table

	// Payload is what to publish, and belongs to the caller. For NDJSON it is
	// the line, valid JSON or not, and for an array the element, with nothing
	// changed but a time that is not RFC 3339; for CSV and XLSX a JSON object with
	// text, title, source, submitted_at and id.
	Payload []byte

	// Source is the record's own source, "" when it has none. See
	// [SourceToken].
	Source string

	// ID is the record's own id, a string or the digits of a number. One without
	// an id, or with one that names nothing (N/A, 1.1E+17, a date), gets its Key.
	ID string

	// Key names the record for ever, and is what to publish it under. It is the
	// id, but for a record without one
	//
	//	<first 16 bytes in hex of SHA-256(base name and scope, 0, content)>.<n>
	//
	// where n counts the records with that content in the file, from 1. So
	// the same file gives the same keys, and two citizens who wrote the same
	// words are two records. The content is the payload of NDJSON, and the
	// cells as written of a table, so that another zone changes no key. A
	// renamed file gives other keys (".gz" does not count as a name). In a table, an
	// id of at most six digits is the number of a row and not of a suggestion: its
	// key is made of the base name, the sheet, the id and the content.
	//
	// Counting takes about 25 bytes of memory for each distinct content
	// without an id: 220 MB for 8.5 million. Contents are told apart by 64
	// bits; two that collide (2 in a million for 8.5 million) share a
	// counter, and their keys are still unique and the same every time.
	Key string

	// Content tells suggestions with the same id apart: 32 bits of a hash of title
	// and text, without regard to how they are spaced.
	Content uint32

	// Cells are the cells of a table's row as displayed, with [Options.Cells].
	Cells []string
}

// RecordError reports a record that cannot be taken. The reader stays usable:
// the next call of [Reader.Next] goes on behind that record.
type RecordError struct {
	File   string
	Sheet  string // of a workbook
	Table  *Table // of a table
	Line   int    // from 1
	Column int    // characters from 1; 0 when the whole record is meant
	Row    int    // as a spreadsheet numbers it; 0 where it has none
	Reason Reason
	Err    error // what is wrong and what to do; never the text itself

	cells []string
}

func (e *RecordError) Error() string { return e.In(phrase.English) }

// In is Error in a language.
func (e *RecordError) In(l phrase.Language) string {
	at := place(e.File, e.Line, e.Column)
	switch {
	case e.Sheet != "":
		at = l.Say("%s, sheet %q, row %d", e.File, e.Sheet, e.Row)
	case e.Row > 0 && e.Row != e.Line:
		at += l.Say(" (row %d)", e.Row)
	}
	return at + ": " + l.Error(e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// Cells are the cells of the row as displayed, where it has any.
func (e *RecordError) Cells() []string { return e.cells }

// at is the error of a line as that of a row.
func (e *RecordError) at(row int) *RecordError {
	c := *e
	c.Row = row
	return &c
}

// Causes of a [RecordError].
var (
	ErrTooLong   = phrase.New("record too long")
	ErrMalformed = phrase.New("malformed record")
	ErrSameID    = phrase.New("same id, other content")
)

func place(file string, line, column int) string {
	switch {
	case line <= 0:
		return file
	case column <= 0:
		return fmt.Sprintf("%s:%d", file, line)
	default:
		return fmt.Sprintf("%s:%d:%d", file, line, column)
	}
}
