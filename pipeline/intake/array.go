package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// arraySource is one JSON array: a record an element, verbatim. It only finds
// where elements begin and end; whether one is JSON is for the pipeline to
// say.
type arraySource struct {
	in    *input
	line  int // of the next byte
	limit int
	done  bool
	open  bool // the file ended inside the array
}

func (s *arraySource) close() error { return nil }

func (s *arraySource) next() (entry, error) {
	for !s.done {
		start, element, tooLong, err := s.element()
		if err != nil {
			return entry{}, s.in.fail(s.line, err)
		}
		if tooLong {
			return entry{}, &RecordError{File: s.in.name, Line: start, Err: fmt.Errorf(
				"%w: the element has more than %d bytes; shorten it and send the file again", ErrTooLong, s.limit)}
		}
		if len(element) > 0 {
			id, source := fieldsOf(element)
			return entry{line: start, payload: element, id: id, source: source}, nil
		}
	}
	return entry{}, s.rest()
}

// element reads up to the next comma or the end of the array. An empty element
// (as in [1,,2], or an empty array) holds nothing that could be lost. An array
// that is cut short gives its last piece as an element, which the pipeline
// will reject if it is broken.
func (s *arraySource) element() (start int, element []byte, tooLong bool, err error) {
	var (
		depth    int
		inString bool
		escaped  bool
	)
	for {
		b, err := s.in.buf.ReadByte()
		if errors.Is(err, io.EOF) {
			s.done, s.open = true, true
			return start, bytes.TrimRight(element, " \t\r\n"), tooLong, nil
		}
		if err != nil {
			return start, nil, false, err
		}
		if b == '\n' {
			s.line++
		}
		switch {
		case inString:
			inString = escaped || b != '"'
			escaped = !escaped && b == '\\'
		case b == '"':
			inString = true
		case b == '{' || b == '[':
			depth++
		case depth == 0 && (b == ']' || b == ','):
			s.done = b == ']'
			return start, bytes.TrimRight(element, " \t\r\n"), tooLong, nil
		case b == '}' || b == ']':
			depth--
		}
		if start == 0 {
			if isSpace(b) {
				continue
			}
			start = s.line
		}
		if len(element) >= s.limit {
			tooLong, element = true, nil
		}
		if !tooLong {
			element = append(element, b)
		}
	}
}

// rest looks behind the array: text there, or an array that is not closed, is
// a fault that is reported once.
func (s *arraySource) rest() error {
	if s.open {
		s.open = false
		return &RecordError{File: s.in.name, Line: s.line, Err: fmt.Errorf(
			"%w: the array is not closed, so the file may be cut short", ErrMalformed)}
	}
	for {
		b, err := s.in.buf.ReadByte()
		if errors.Is(err, io.EOF) {
			return io.EOF
		}
		if err != nil {
			return s.in.fail(s.line, err)
		}
		if b == '\n' {
			s.line++
		}
		if isSpace(b) {
			continue
		}
		line := s.line
		if _, err := io.Copy(io.Discard, s.in.buf); err != nil {
			return s.in.fail(line, err)
		}
		return &RecordError{File: s.in.name, Line: line, Err: fmt.Errorf(
			"%w: there is text behind the end of the array; put it into the array, or use one object a line", ErrMalformed)}
	}
}
