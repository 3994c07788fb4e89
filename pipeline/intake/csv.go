package intake

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// The CSV that is read: RFC 4180 with what programs and people make of it.
//
//	row     = cell *(delimiter cell) line end
//	cell    = quoted / plain
//	quoted  = a quote, text in which "" stands for one quote and line breaks
//	          stand for themselves, a quote before a delimiter, line end or the
//	          end of the file. Any other quote inside is text: "he said "no""
//	plain   = any text without delimiter and line end; quotes are text
//
// A quote that is opened and never closed would swallow the rest of the file.
// So the line with such a quote is refused alone, by name, and reading goes on
// with the line below it.
//
// encoding/csv is not used because it ends at the first wrong quote, knows no
// line end of \r, and takes the \r out of \r\n within quotes.

var errOpenQuote = phrase.Errorf("%w: the quote that opens here is never closed; close it, or double the quotes inside", ErrMalformed)

// row is a row of a table.
type row struct {
	number  int    // as a spreadsheet shows it, from 1
	line    int    // where it begins in a text file; the number for a sheet
	cells   []cell // valid until the next row is read
	beyond  int    // the first column of a sheet, from 1, that has something and is behind maxColumns; 0: none
	hidden  bool
	garbled bool         // some bytes of it are wrong
	err     *RecordError // why it cannot be taken; cells may be there or not
}

// blank tells whether there is nothing in a row.
func (r *row) blank() bool {
	for i := range r.cells {
		if strings.TrimSpace(r.cells[i].text) != "" || r.cells[i].fault != "" {
			return false
		}
	}
	return r.err == nil && r.beyond == 0
}

// cell is a cell of a row.
type cell struct {
	text   string
	stored string // the number behind it, in a workbook
	fault  Reason // why the text is none: an error value, a formula without a value
	line   int    // where it begins in a text file
	column int    // there, in characters from 1
}

// csvRows are the rows of a CSV file.
type csvRows struct {
	lines   *lines
	delim   byte
	number  int // of the last row
	oneLine int // up to this line a quote must close on its own line
	hold    bool
}

// next returns the next row, or io.EOF.
func (s *csvRows) next() (row, error) {
	if !s.hold {
		s.lines.mark()
	}
	first, err := s.lines.next()
	if err != nil {
		return row{}, err
	}
	s.number++
	r := row{number: s.number, line: s.lines.number}
	if first.err != nil {
		r.err = first.err.at(r.number)
		return r, nil //nolint:nilerr // the row carries the error, and the next row can be read
	}
	p := rowParser{delim: s.delim, line: s.lines.number}
	mixed, taken, size := first.mixed, 1, len(first.text)
	r.garbled = first.garbled
	for text := first.text; !p.feed(string(text)); {
		more, ok, err := s.continuation(&p, size)
		if err != nil {
			return row{}, err
		}
		if !ok {
			s.oneLine = max(s.oneLine, s.lines.number)
			if p.suspect {
				s.oneLine-- // the last line opens a quote of its own, which may well cross lines
			}
			s.lines.back(taken - 1)
			r.err = &RecordError{File: s.lines.in.name, Line: p.first.line, Column: p.first.column, Row: r.number, Reason: ReasonOpenQuote, Err: errOpenQuote}
			return r, nil
		}
		taken++
		size += len(more.text)
		mixed = mixed || more.mixed
		r.garbled = r.garbled || more.garbled
		text = more.text
	}
	r.cells = p.cells
	if mixed {
		r.err = &RecordError{File: s.lines.in.name, Line: r.line, Row: r.number, Reason: ReasonEncoding, Err: phrase.Errorf(
			"%w: the row is not %s as the file is; save the file as UTF-8 and send it again", ErrMalformed, s.lines.in.encoding())}
	}
	return r, nil
}

// continuation returns the line that a quoted cell goes on with; ok is false
// where the cell must have ended before.
func (s *csvRows) continuation(p *rowParser, size int) (line physical, ok bool, err error) {
	if s.lines.number <= s.oneLine || p.suspect {
		return physical{}, false, nil
	}
	line, err = s.lines.next()
	switch {
	case errors.Is(err, io.EOF):
		return physical{}, false, nil
	case err != nil:
		return physical{}, false, err
	case line.err != nil || size+len(line.text) > s.lines.limit:
		s.lines.back(1)
		return physical{}, false, nil //nolint:nilerr // the line was put back: it is read again as a row, which reports the error
	}
	return line, true, nil
}

// rowParser takes a row apart, physical line by physical line.
type rowParser struct {
	delim   byte
	line    int // of the next feed
	cells   []cell
	quoted  bool
	text    []byte // of the cell that is quoted
	open    cell   // where it began
	first   cell   // the one that was open at the end of the row's first line
	suspect bool   // the quoted text crossed a line and then held what looks like another opening quote
}

// feed parses one physical line and reports whether the row ends with it.
func (p *rowParser) feed(raw string) bool {
	body := trimLineEnd(raw)
	i, column, counted := 0, 1, 0 // column is that of body[counted]
	for {
		if !p.quoted {
			column += utf8.RuneCountInString(body[counted:i])
			counted = i
			at := cell{line: p.line, column: column}
			if i < len(body) && body[i] == '"' {
				p.quoted, p.open, p.text = true, at, p.text[:0]
				i++
				continue
			}
			start := i
			end := strings.IndexByte(body[i:], p.delim)
			if end < 0 {
				at.text = body[start:]
				p.cells = append(p.cells, at)
				return true
			}
			i += end + 1
			at.text = body[start : i-1]
			p.cells = append(p.cells, at)
			continue
		}
		q := strings.IndexByte(body[i:], '"')
		if q < 0 {
			p.text = append(p.text, raw[i:]...) // with the line end
			p.line++
			if p.first.line == 0 {
				p.first = p.open
			}
			return false
		}
		p.text = append(p.text, body[i:i+q]...)
		i += q + 1
		switch {
		case i < len(body) && body[i] == '"':
			p.text = append(p.text, '"')
			i++
		case i == len(body):
			p.endQuoted()
			return true
		case body[i] == p.delim:
			p.endQuoted()
			i++
		default:
			if p.line > p.open.line && (i == 1 || body[i-2] == p.delim) {
				p.suspect = true
				return false
			}
			p.text = append(p.text, '"')
		}
	}
}

func (p *rowParser) endQuoted() {
	p.open.text = string(p.text)
	p.cells = append(p.cells, p.open)
	p.quoted = false
}
