package exchange

import (
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// field is one cell of a CSV file.
type field struct {
	text string
	pos  dict.Position // line and column, in runes, of its first character
}

type record []field

// texts returns the cells of a record.
func (r record) texts() []string {
	out := make([]string, len(r))
	for i, f := range r {
		out[i] = f.text
	}
	return out
}

// scanCSV splits a text into records as RFC 4180 defines them, except that rows may
// end with \n or \r alone and that blank lines are not records. encoding/csv is not
// used because it removes the \r of \r\n within quotes.
func scanCSV(text, name string) ([]record, *dict.Error) {
	s := &csvScanner{text: text, file: name, separator: separatorOf(text), line: 1, column: 1}
	if strings.HasPrefix(strings.ToLower(text), "sep=") { // Excel's own line that gives the separator
		for s.at < len(s.text) && !s.endOfLine() {
			s.step()
		}
		s.newLine()
	}
	var records []record
	for s.at < len(s.text) {
		rec, fault := s.record()
		if fault != nil {
			return nil, fault
		}
		if len(rec) > 1 || rec[0].text != "" {
			records = append(records, rec)
		}
	}
	return records, nil
}

// separatorOf returns the separator of the cells in the first line. Excel writes the
// one of the system's language.
func separatorOf(text string) byte {
	if len(text) > 4 && strings.EqualFold(text[:4], "sep=") {
		return text[4]
	}
	first, _, _ := strings.Cut(text, "\n")
	best, most := byte(','), strings.Count(first, ",")
	for _, c := range []byte{';', '\t'} {
		if n := strings.Count(first, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

type csvScanner struct {
	text         string
	file         string
	separator    byte
	at           int
	line, column int
}

func (s *csvScanner) pos() dict.Position {
	return dict.Position{File: s.file, Line: s.line, Column: s.column}
}

// step moves past one rune that is not a line break.
func (s *csvScanner) step() {
	_, size := utf8.DecodeRuneInString(s.text[s.at:])
	s.at += size
	s.column++
}

func (s *csvScanner) endOfLine() bool {
	return s.at < len(s.text) && (s.text[s.at] == '\n' || s.text[s.at] == '\r')
}

// newLine moves past a line break, if there is one.
func (s *csvScanner) newLine() {
	if !s.endOfLine() {
		return
	}
	if strings.HasPrefix(s.text[s.at:], "\r\n") {
		s.at++
	}
	s.at++
	s.line++
	s.column = 1
}

func (s *csvScanner) record() (record, *dict.Error) {
	var rec record
	for {
		f := field{pos: s.pos()}
		var fault *dict.Error
		if strings.HasPrefix(s.text[s.at:], `"`) {
			f.text, fault = s.quoted()
		} else {
			f.text = s.plain()
		}
		if fault != nil {
			return nil, fault
		}
		rec = append(rec, f)
		switch {
		case s.at == len(s.text):
			return rec, nil
		case s.endOfLine():
			s.newLine()
			return rec, nil
		case s.text[s.at] != s.separator:
			return nil, dict.NewError(s.pos(), phrase.Textf("text behind a closing quote"), phrase.Textf(`write a quote within quotes twice: ""`))
		}
		s.step()
	}
}

func (s *csvScanner) plain() string {
	start := s.at
	for s.at < len(s.text) && s.text[s.at] != s.separator && !s.endOfLine() {
		s.step()
	}
	return s.text[start:s.at]
}

func (s *csvScanner) quoted() (string, *dict.Error) {
	opened := s.pos()
	s.step()
	var b strings.Builder
	for s.at < len(s.text) {
		start := s.at
		switch {
		case strings.HasPrefix(s.text[s.at:], `""`):
			s.step()
			start++
			s.step()
		case s.text[s.at] == '"':
			s.step()
			return b.String(), nil
		case s.endOfLine():
			s.newLine()
		default:
			s.step()
		}
		b.WriteString(s.text[start:s.at])
	}
	return "", dict.NewError(opened, phrase.Textf("this quote is never closed"), phrase.Textf(`close it; write a quote within quotes twice: ""`))
}
