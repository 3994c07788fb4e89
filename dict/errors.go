package dict

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/minyi/minyi/dict/phrase"
)

// Error is one fault of a dictionary.
type Error struct {
	Position        // of the fault; Line is 0 if the whole file is at fault
	Msg      string // what is wrong
	Hint     string // what to do about it, or empty
	Line     string // the source line at Position, without its end; empty if there is none
	Err      error  // the cause, such as fs.ErrPermission; nil for a fault of the text

	// What Msg and Hint say, to be said in another language; zero where they are in the
	// reader's language already.
	msg, hint phrase.Text

	// offset is the byte offset of Column in Line if the parser knew it, and 0
	// otherwise. Without it, runes would be counted from the start of the line for
	// every fault, which takes quadratic time if one long line has many.
	offset int
}

// NewError returns a fault at a position. Msg and Hint are the texts in English; a zero
// hint is none.
func NewError(at Position, msg, hint phrase.Text) *Error {
	return &Error{Position: at, Msg: msg.String(), Hint: hint.String(), msg: msg, hint: hint}
}

// Relocate changes the position of a fault, and each that its text names, to what f makes
// of it: for a file whose places are not lines and columns.
func (e *Error) Relocate(f func(Position) Position) {
	e.Position = f(e.Position)
	if e.msg.IsZero() {
		return
	}
	e.msg = e.msg.Map(func(arg any) any {
		if at, ok := arg.(Position); ok {
			return f(at)
		}
		return arg
	})
	e.Msg = e.msg.String()
}

// readError is the fault of a file that could not be read at all.
func readError(file string, err error) *Error {
	e := NewError(Position{File: file}, phrase.Textf("%s", err), phrase.Text{})
	e.Err = err
	return e
}

// Error returns "file:line:column: msg", with as much of the position as there is.
func (e *Error) Error() string { return e.In(phrase.English) }

// In is Error in the language in, as far as the fault can be said in it.
func (e *Error) In(in phrase.Language) string {
	if at := e.String(); at != "" {
		return at + ": " + e.MsgIn(in)
	}
	return e.MsgIn(in)
}

// MsgIn is Msg in the language in, as far as it can be said in it.
func (e *Error) MsgIn(in phrase.Language) string {
	if e.msg.IsZero() {
		return e.Msg
	}
	return e.msg.In(in)
}

// HintIn is Hint in the language in, as far as it can be said in it.
func (e *Error) HintIn(in phrase.Language) string {
	if e.hint.IsZero() {
		return e.Hint
	}
	return e.hint.In(in)
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// String returns "file:line:column", or "file" for a position without a line,
// or "" for the zero Position.
func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.File == "":
		return fmt.Sprintf("%d:%d", p.Line, p.Column)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Detail returns the error for a person at a terminal: the message, the source line
// with a caret below the fault, and the hint. It ends with a newline.
//
//	livelihood.yaml:9:19: unknown key "wieght"
//	  9 |       - {word: 学校, wieght: 0.6}
//	    |                      ^
//	  hint: did you mean "weight"?
//
// The caret is placed by the width of the characters on a terminal, where a Chinese
// one takes two columns. A long line is cut around the fault. Control characters are
// shown as U+FFFD, so that a file cannot control the terminal.
func (e *Error) Detail() string { return e.detail(phrase.English) }

func (e *Error) detail(in phrase.Language) string {
	var b strings.Builder
	b.WriteString(e.In(in))
	b.WriteByte('\n')
	if e.Position.Line > 0 && e.Line != "" {
		before, after := e.split()
		before, after = visible(lastColumns(before)), visible(firstColumns(after))
		number := fmt.Sprint(e.Position.Line)
		fmt.Fprintf(&b, "  %s | %s%s\n", number, before, after)
		fmt.Fprintf(&b, "  %*s | %s^\n", len(number), "", blank(before))
	}
	if hint := e.HintIn(in); hint != "" {
		b.WriteString(in.Say("  hint: %s\n", hint))
	}
	return b.String()
}

// Errors are all faults of a dictionary, in the order of files, lines and columns.
// Parse, Load and New return one whenever a dictionary is faulty:
//
//	var faults dict.Errors
//	if errors.As(err, &faults) { … }
type Errors []*Error

// Error returns one line for each error, as Error.Error returns it.
func (es Errors) Error() string { return es.In(phrase.English) }

// In is Error in the language in.
func (es Errors) In(in phrase.Language) string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.In(in)
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.Is and errors.As examine each of the errors.
func (es Errors) Unwrap() []error {
	errs := make([]error, len(es))
	for i, e := range es {
		errs[i] = e
	}
	return errs
}

// WriteTo writes the Detail of every error to w. It implements io.WriterTo.
func (es Errors) WriteTo(w io.Writer) (int64, error) { return es.WriteIn(w, phrase.English) }

// WriteIn is WriteTo in the language in.
func (es Errors) WriteIn(w io.Writer, in phrase.Language) (int64, error) {
	var written int64
	for _, e := range es {
		n, err := io.WriteString(w, e.detail(in))
		written += int64(n)
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// split splits the line at the caret.
func (e *Error) split() (before, after string) {
	if e.offset > 0 && e.offset <= len(e.Line) {
		return e.Line[:e.offset], e.Line[e.offset:]
	}
	return splitAtRune(e.Line, e.Column-1)
}

// maxShown is how many runes of a line are shown before and after the caret. It is
// limited because a file may be one line of megabytes with an error at every word.
const maxShown = 80

// splitAtRune splits s before its nth rune, counted from 0.
func splitAtRune(s string, n int) (before, after string) {
	for i := range s {
		if n <= 0 {
			return s[:i], s[i:]
		}
		n--
	}
	return s, ""
}

func lastColumns(s string) string {
	cut := len(s)
	for range maxShown {
		_, size := utf8.DecodeLastRuneInString(s[:cut])
		cut -= size
	}
	if cut == 0 {
		return s
	}
	return "…" + s[cut:]
}

func firstColumns(s string) string {
	if head, rest := splitAtRune(s, maxShown); rest != "" {
		return head + "…"
	}
	return s
}

// visible replaces the characters that would control a terminal, except tabs: see
// blank.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			return utf8.RuneError
		}
		return r
	}, s)
}

// blank returns white space that is as wide as s on a terminal. Tabs stay tabs, so
// that the caret is in the right column whatever their width is.
func blank(s string) string {
	var b strings.Builder
	for i, part := range strings.Split(s, "\t") {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(strings.Repeat(" ", displaywidth.String(part)))
	}
	return b.String()
}
