package intake

import (
	"bufio"
	"bytes"

	"golang.org/x/text/transform"
)

// decodeAll makes the input UTF-8 as a whole where that is safe for JSON, in which
// a byte of a character may look like a backslash.
func (in *input) decodeAll() {
	if in.charset.legacy == nil {
		return
	}
	in.buf = bufio.NewReaderSize(transform.NewReader(in.buf, in.charset.legacy.NewDecoder()), bufferBytes)
	in.charset.legacy = nil
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

// lineSource is NDJSON: one record a line.
type lineSource struct {
	lines   *lines
	objects *objects
}

func newLineSource(in *input, o *objects) *lineSource {
	return &lineSource{lines: &lines{in: in, limit: o.opts.MaxRecordBytes}, objects: o}
}

func (s *lineSource) next() (entry, error) {
	for {
		s.lines.mark()
		l, err := s.lines.next()
		if err != nil {
			return entry{}, err
		}
		number := s.lines.number
		o := s.objects
		switch text := trimLineEnd(l.text); {
		case l.err != nil:
			o.bal.at(o.t, number)
			o.bal.Refuse(o.t, number, l.err.Reason)
			return entry{}, l.err
		case len(bytes.TrimLeft(text, " \t\r")) == 0:
			o.t.pendingEmpty++
		default:
			if l.garbled {
				o.bal.Garbled++
				o.t.Garbled.Add(number)
			}
			o.utf8 = !l.garbled
			return o.entry(number, number, text), nil
		}
	}
}
