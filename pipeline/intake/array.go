package intake

import (
	"bytes"
	"errors"
	"io"

	"github.com/minyi/minyi/dict/phrase"
)

// arraySource is one JSON array, or objects one behind the other that go over
// several lines: a record an element. It only finds where elements begin and end;
// whether one is JSON is for the pipeline to say.
type arraySource struct {
	in      *input
	objects *objects
	line    int  // of the next byte
	row     int  // elements so far
	array   bool // elements stand in [ ], with commas between
	done    bool
	open    bool // the file ended inside the array, or inside an object
}

func (s *arraySource) next() (entry, error) {
	o := s.objects
	for !s.done {
		start, element, tooLong, err := s.element()
		if err != nil {
			return entry{}, s.in.fail(s.line, err)
		}
		if tooLong {
			s.row++
			return entry{}, s.refuse(start, ReasonTooLong, phrase.Errorf(
				"%w: the element has more than %d bytes; shorten it and send the file again", ErrTooLong, o.opts.MaxRecordBytes))
		}
		if len(element) > 0 {
			s.row++
			return o.entry(start, s.row, element), nil
		}
	}
	return entry{}, s.rest()
}

// refuse counts an element, or what stands behind the last, as refused.
func (s *arraySource) refuse(line int, why Reason, err error) *RecordError {
	s.objects.bal.at(s.objects.t, s.row)
	s.objects.bal.Refuse(s.objects.t, s.row, why)
	return &RecordError{File: s.in.name, Line: line, Reason: why, Err: err}
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
			s.done, s.open = true, s.array || depth > 0 || inString
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
		case depth == 0 && s.array && (b == ']' || b == ','):
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
		if len(element) >= s.objects.opts.MaxRecordBytes {
			tooLong, element = true, nil
		}
		if !tooLong {
			element = append(element, b)
		}
		if !s.array && depth <= 0 && !inString && (b == '}' || b == ']') {
			return start, element, tooLong, nil
		}
	}
}

// rest looks behind the array: text there, or an array that is not closed, is
// a fault that is reported once.
func (s *arraySource) rest() error {
	if s.open {
		s.open = false
		s.row++
		return s.refuse(s.line, ReasonStructure, phrase.Errorf(
			"%w: the array or the object is not closed, so the file may be cut short", ErrMalformed))
	}
	for s.array {
		b, err := s.in.buf.ReadByte()
		if errors.Is(err, io.EOF) {
			break
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
		s.row++
		return s.refuse(line, ReasonStructure, phrase.Errorf(
			"%w: there is text behind the end of the array; put it into the array, or use one object a line", ErrMalformed))
	}
	return io.EOF
}
