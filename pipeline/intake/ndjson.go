package intake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// openJSON reads lines, or an array where a .json file begins with one. The
// other names are always lines: there "[1]" is a line to be rejected.
func openJSON(in *input, f format, opts Options) (source, error) {
	if f == formatJSON {
		line, first, err := skipSpace(in.buf)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, in.fail(line, err)
		}
		if first == '[' {
			_, _ = in.buf.Discard(1) // peeked: cannot fail
			return &arraySource{in: in, line: line, limit: opts.MaxRecordBytes}, nil
		}
		return &lineSource{in: in, line: line - 1, limit: opts.MaxRecordBytes}, nil
	}
	return &lineSource{in: in, limit: opts.MaxRecordBytes}, nil
}

// skipSpace passes over white space and returns the byte behind it, unread,
// and its line.
func skipSpace(r *bufio.Reader) (line int, next byte, err error) {
	for line = 1; ; {
		b, err := r.ReadByte()
		if err != nil {
			return line, 0, err
		}
		if !isSpace(b) {
			return line, b, r.UnreadByte()
		}
		if b == '\n' {
			line++
		}
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

// lineSource is NDJSON: one record a line, verbatim.
type lineSource struct {
	in    *input
	line  int // the last one read
	limit int
	done  bool
}

func (s *lineSource) close() error { return nil }

func (s *lineSource) next() (entry, error) {
	for !s.done {
		s.line++
		line, tooLong, err := readLine(s.in.buf, s.limit)
		switch {
		case errors.Is(err, io.EOF):
			s.done = true // and the line may be the last, without an end
		case err != nil:
			return entry{}, s.in.fail(s.line, err)
		}
		if tooLong {
			return entry{}, &RecordError{File: s.in.name, Line: s.line, Err: fmt.Errorf(
				"%w: the line has more than %d bytes; shorten it and send the file again", ErrTooLong, s.limit)}
		}
		if len(bytes.TrimLeft(line, " \t\r")) == 0 {
			continue
		}
		id, source := fieldsOf(line)
		return entry{line: s.line, payload: line, id: id, source: source}, nil
	}
	return entry{}, io.EOF
}

// readLine reads up to and including a line feed, and returns the line without
// its end (\n or \r\n), in memory of its own. Beyond limit bytes it reads on
// and keeps nothing. At the end of the file the error is io.EOF together with
// the last line, which may be empty. Any other error comes without a line: half
// a line is not a record.
func readLine(r *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	line, tooLong, err = readRawLine(r, limit+2) // 2: the line end does not count
	line = trimLineEnd(line)
	return line, tooLong || len(line) > limit, err
}

// readRawLine is readLine with the line end kept, and counted.
func readRawLine(r *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit {
			tooLong, line = true, nil
		}
		if !tooLong {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF):
			return nil, false, err
		default:
			return line, tooLong, err
		}
	}
}

func trimLineEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return line
}
