package textfmt

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// commands tells whether a terminal obeys r instead of showing it, or shows other text
// elsewhere because of it: control characters, and those that set the direction of writing.
func commands(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// Visible writes the characters that a terminal obeys as \xNN or \uNNNN, and bytes that
// are not UTF-8 as \xNN. Ids, sources, labels and names of files come from outside, and
// must neither break a line nor command a terminal.
func Visible(s string) string { return visible(s, "", true) }

// VisibleLines is [Visible] for text of several lines: line feeds and tabs stay.
func VisibleLines(s string) string { return visible(s, "\n\t", true) }

func visible(s, keep string, hex bool) string {
	if clean(s, keep) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1 && hex, hex && r < utf8.RuneSelf && commands(r) && !strings.ContainsRune(keep, r):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case n > 1 && commands(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

// clean tells whether s can stand as it is.
func clean(s, keep string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0x20 && c < 0x7f:
		case c < utf8.RuneSelf && strings.IndexByte(keep, c) >= 0:
		case c < utf8.RuneSelf:
			return false
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 || commands(r) {
				return false
			}
			i += n - 1
		}
	}
	return true
}

// Writer makes what is written to it visible, as [VisibleLines] does, before it passes it
// on. For JSON it writes only \uNNNN, within strings, so that it says the same. A
// character may be written in parts; if its end never comes, it is not passed on. Not
// safe for concurrent use.
type Writer struct {
	to   io.Writer
	json bool
	rest []byte // the beginning of a character
}

// NewWriter returns a writer of text for people.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// NewJSONWriter returns a writer of JSON.
func NewJSONWriter(to io.Writer) *Writer { return &Writer{to: to, json: true} }

// Unwrap returns what the writer passes on to.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write implements io.Writer. It counts what it was given, not what that became.
func (w *Writer) Write(p []byte) (int, error) {
	s := string(append(w.rest, p...))
	end := len(s)
	for i := max(0, end-utf8.UTFMax+1); i < end; i++ {
		if utf8.RuneStart(s[i]) && !utf8.FullRuneInString(s[i:]) {
			end = i
			break
		}
	}
	w.rest = []byte(s[end:])
	if _, err := io.WriteString(w.to, visible(s[:end], "\n\t", !w.json)); err != nil {
		return 0, err
	}
	return len(p), nil
}
