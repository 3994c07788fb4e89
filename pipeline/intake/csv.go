package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
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

var errOpenQuote = fmt.Errorf("%w: the quote that opens here is never closed; close it, or double the quotes inside", ErrMalformed)

// tableSource is CSV with a header row.
type tableSource struct {
	in      *input
	limit   int
	loc     *time.Location
	labels  bool
	delim   byte
	columns columns

	line    int      // the last physical line that was handed out
	pushed  []string // physical lines that were handed out and given back
	ended   bool     // the file has no more lines than the pushed ones
	delayed error    // of the line behind the pushed ones
	oneLine int      // up to this line a quote must close on its own line
}

// cell is the text of a cell and where it begins.
type cell struct {
	text   string
	line   int
	column int // characters from 1
}

func openTable(in *input, opts Options) (source, error) {
	if err := decodeGB(in, opts); err != nil {
		return nil, err
	}
	s := &tableSource{in: in, limit: opts.MaxRecordBytes, loc: opts.Location, labels: opts.Labels}
	if err := s.header(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *tableSource) close() error { return nil }

// header reads up to the header row and decides on the delimiter: the one that
// Excel's line "sep=;" names, else the first that gives a column of text.
func (s *tableSource) header() error {
	candidates := []byte{',', ';', '\t'}
	for {
		line, err := s.physical()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w: the file is empty", s.in.name, ErrNoTextColumn)
		}
		if err != nil {
			return err
		}
		trimmed := strings.TrimSpace(line)
		if sep, found := strings.CutPrefix(strings.ToLower(strings.TrimRight(line, "\r\n")), "sep="); found && len(sep) == 1 {
			candidates = []byte{sep[0]}
			continue
		}
		if trimmed != "" {
			s.unread([]string{line})
			break
		}
	}
	var widest []string
	for _, s.delim = range candidates {
		cells, lines, err := s.cells()
		if err != nil && !errors.As(err, new(*RecordError)) {
			return err
		}
		names := make([]string, len(cells))
		for i, c := range cells {
			names[i] = c.text
		}
		if c, ok := findColumns(names); ok {
			if s.columns = c; s.labels {
				s.columns = c.findLabels(names)
			}
			return nil
		}
		if len(names) > len(widest) {
			widest = names
		}
		s.unread(lines)
	}
	return noTextColumn(place(s.in.name, s.line+1, 0), widest)
}

func (s *tableSource) next() (entry, error) {
	for {
		first := s.line + 1
		cells, _, err := s.cells()
		if err != nil {
			return entry{}, err
		}
		values := make([]string, len(cells))
		for i, c := range cells {
			values[i] = c.text
		}
		if len(values) > s.columns.width {
			if values, err = s.tooMany(cells, values); err != nil {
				return entry{}, err
			}
		}
		if e, ok := s.columns.row(first, values, s.loc); ok {
			return e, nil
		}
	}
}

// tooMany handles a row with more cells than the header: blank ones are
// dropped; where the text is the last column the delimiters belong to it; else
// nobody can say which cell is which.
func (s *tableSource) tooMany(cells []cell, values []string) ([]string, error) {
	w := s.columns.width
	extra := -1
	for i := len(values) - 1; i >= w; i-- {
		if strings.TrimSpace(values[i]) != "" {
			extra = i
		}
	}
	if extra < 0 {
		return values[:w], nil
	}
	if s.columns.at[fieldText] == w-1 {
		text := strings.TrimRight(strings.Join(values[w-1:], string(s.delim)), string(s.delim))
		return append(values[:w-1:w-1], text), nil
	}
	return nil, &RecordError{
		File: s.in.name, Line: cells[extra].line, Column: cells[extra].column,
		Err: fmt.Errorf("%w: the row has %d cells, the header %d; put quotes around the cell with the delimiter",
			ErrMalformed, len(values), w),
	}
}

// physical hands out the next line with its line end.
func (s *tableSource) physical() (string, error) {
	if len(s.pushed) > 0 {
		line := s.pushed[0]
		s.pushed = s.pushed[1:]
		s.line++
		return line, nil
	}
	if err := s.delayed; err != nil {
		s.delayed = nil
		s.line++
		return "", err
	}
	if s.ended {
		return "", io.EOF
	}
	line, tooLong, err := readRawLine(s.in.buf, s.limit)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", s.in.fail(s.line+1, err)
	}
	if err != nil {
		s.ended = true
		if len(line) == 0 && !tooLong {
			return "", io.EOF
		}
	}
	s.line++
	if tooLong {
		return "", &RecordError{File: s.in.name, Line: s.line, Err: fmt.Errorf(
			"%w: the line has more than %d bytes; shorten it and send the file again", ErrTooLong, s.limit)}
	}
	return string(line), nil
}

// unread gives lines back, the last that were handed out.
func (s *tableSource) unread(lines []string) {
	s.line -= len(lines)
	s.pushed = append(lines[:len(lines):len(lines)], s.pushed...)
}

// cells reads one row, and returns also the physical lines it took. A quote
// that never closes costs the first of them only.
func (s *tableSource) cells() ([]cell, []string, error) {
	line, err := s.physical()
	if err != nil {
		return nil, nil, err
	}
	lines, size := []string{line}, len(line)
	p := rowParser{delim: s.delim, line: s.line}
	for !p.feed(line) {
		if s.line > s.oneLine && !p.suspect {
			line, err = s.physical()
			switch {
			case err == nil:
				lines = append(lines, line) // if it is too much, to be given back
				if size += len(line); size <= s.limit {
					continue
				}
			case errors.As(err, new(*RecordError)): // the next line is too long
				s.delayed = err
				s.line--
			case !errors.Is(err, io.EOF):
				return nil, nil, err
			}
		}
		s.oneLine = max(s.oneLine, s.line)
		if p.suspect {
			s.oneLine-- // the last line opens a quote of its own, which may well cross lines
		}
		s.unread(lines[1:])
		return nil, lines[:1], &RecordError{File: s.in.name, Line: p.first.line, Column: p.first.column, Err: errOpenQuote}
	}
	return p.cells, lines, nil
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
	body := string(trimLineEnd([]byte(raw)))
	i := 0
	for {
		if !p.quoted {
			start := i
			at := cell{line: p.line, column: 1 + utf8.RuneCountInString(body[:i])}
			if i < len(body) && body[i] == '"' {
				p.quoted, p.open, p.text = true, at, p.text[:0]
				i++
				continue
			}
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
