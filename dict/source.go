package dict

import (
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// MaxFileBytes is the size of the largest dictionary file that is read. The largest
// learned dictionaries have some 2,200 keywords, about 100 kB.
const MaxFileBytes = 8 << 20

// maxSeparators bounds the lines and commas of a file, and so its items: an item
// takes a kilobyte of memory to parse, and 8 MiB can have four million items.
const maxSeparators = 500_000

// source is the text of one file. It is valid UTF-8 without control characters.
type source struct {
	file  string
	text  string // without a byte order mark
	lines []int  // byte offset of each line in text

	// The column that offset was last called with, and its byte offset.
	cursorLine, cursorColumn, cursorOffset int
}

// newSource checks what the YAML reader is not asked to check: size, encoding and
// control characters. Positions count lines as the YAML reader does, which also ends
// a line at a lone \r.
func newSource(file string, data []byte) (*source, *Error) {
	if len(data) > MaxFileBytes {
		return nil, NewError(Position{File: file}, phrase.Textf("file over %d MiB", MaxFileBytes>>20), phrase.Textf("one theme a file: split it"))
	}
	if len(data) >= 2 && (data[0] == 0xff && data[1] == 0xfe || data[0] == 0xfe && data[1] == 0xff) {
		return nil, NewError(Position{File: file, Line: 1, Column: 1}, phrase.Textf("the file is UTF-16, not UTF-8"), phrase.Textf("save it again as UTF-8"))
	}
	s := &source{file: file, text: strings.TrimPrefix(string(data), "\ufeff"), lines: []int{0}}
	if max(strings.Count(s.text, "\n"), strings.Count(s.text, "\r"))+strings.Count(s.text, ",") > maxSeparators {
		return nil, NewError(Position{File: file}, phrase.Textf("more than %d lines and commas in the file", maxSeparators), phrase.Textf("a sub-theme needs hundreds of keywords, not hundreds of thousands"))
	}
	for i := 0; i < len(s.text); {
		r, size := utf8.DecodeRuneInString(s.text[i:])
		if r >= 0x20 && r < 0x7f || r >= 0x3000 && r < 0xfe00 {
			i += size // nearly all characters, and readable
			continue
		}
		if msg, hint := unreadable(r, size); !msg.IsZero() {
			s.lines = append(s.lines, lineEnd(s.text, i)) // for line
			return nil, s.errorAt(s.positionOf(i), msg, hint)
		}
		i += size
		if r == '\n' || r == '\r' && !strings.HasPrefix(s.text[i:], "\n") {
			s.lines = append(s.lines, i)
		}
	}
	return s, nil
}

// unreadable says what is wrong with a rune that no file may contain. The line
// separators are among them because YAML ends a line at them, and no editor shows
// that.
func unreadable(r rune, size int) (msg, hint phrase.Text) {
	switch {
	case r == utf8.RuneError && size == 1:
		return phrase.Textf("invalid UTF-8"), phrase.Textf("save the file as UTF-8; Chinese text saved as GBK looks like this")
	case r == '\t' || r == '\n' || r == '\r':
		return phrase.Text{}, phrase.Text{}
	case r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff:
		return phrase.Textf("control character %U", r), phrase.Textf("delete it; it does not show in most editors")
	case r == '\u2028' || r == '\u2029':
		return phrase.Textf("invisible line separator %U", r), phrase.Textf("delete it; it came with text pasted from elsewhere")
	case r == '\ufeff':
		return phrase.Textf("byte order mark (U+FEFF) inside the file"), phrase.Textf("delete it; it does not show in most editors")
	}
	return phrase.Text{}, phrase.Text{}
}

// lineEnd returns the end of the line that a byte offset is in.
func lineEnd(text string, offset int) int {
	if n := strings.IndexAny(text[offset:], "\r\n"); n >= 0 {
		return offset + n
	}
	return len(text)
}

// positionOf returns the position of a byte offset.
func (s *source) positionOf(offset int) Position {
	line := len(s.lines)
	for line > 1 && s.lines[line-1] > offset {
		line--
	}
	column := utf8.RuneCountInString(s.text[s.lines[line-1]:offset]) + 1
	return Position{File: s.file, Line: line, Column: column}
}

// line returns the nth line, from 1, without its end.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	end := len(s.text)
	if n < len(s.lines) {
		end = s.lines[n]
	}
	return strings.TrimRight(s.text[s.lines[n-1]:end], "\r\n")
}

// offset returns the byte offset of a column in its line. It walks from the column
// that it was last called with, because columns are requested nearly in order. So a
// file of one line takes no longer than a file of many.
func (s *source) offset(p Position) int {
	if p.Line != s.cursorLine {
		s.cursorLine, s.cursorColumn, s.cursorOffset = p.Line, 1, 0
	}
	line := s.line(p.Line)
	for s.cursorColumn < p.Column && s.cursorOffset < len(line) {
		_, size := utf8.DecodeRuneInString(line[s.cursorOffset:])
		s.cursorOffset += size
		s.cursorColumn++
	}
	for s.cursorColumn > p.Column && s.cursorOffset > 0 {
		_, size := utf8.DecodeLastRuneInString(line[:s.cursorOffset])
		s.cursorOffset -= size
		s.cursorColumn--
	}
	return s.cursorOffset
}

// at returns the position of a line and column that YAML gave. A position behind the
// end of the file is moved into it.
func (s *source) at(line, column int) Position {
	line = min(max(line, 1), len(s.lines))
	last := utf8.RuneCountInString(s.line(line)) + 1
	return Position{File: s.file, Line: line, Column: min(max(column, 1), last)}
}

func (s *source) errorAt(p Position, msg, hint phrase.Text) *Error {
	e := NewError(p, msg, hint)
	e.Line, e.offset = s.line(p.Line), s.offset(p)
	return e
}
