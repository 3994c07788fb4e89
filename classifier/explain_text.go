package classifier

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/minyi/minyi/dict/phrase"
)

// explainColumns is the width that WriteText keeps to.
const explainColumns = 80

// WriteText writes the explanation for people. Lines have at most 80 columns, where
// a Chinese character takes two. Control characters of the text are replaced, so
// that a text cannot control the terminal. A single keyword or token longer than a
// line is not broken.
//
//	text
//	  建议|加强|双减|政策
//
//	livelihood/education 教育                     2.5  tagged, threshold 1
//	  + 双减           weight 2.5 x 1 = 2.5
//	      whole       双减 at 12
//	  - 教育           weight 1, none counted
//	      straddling  …
//
//	livelihood/education is the only sub-theme to reach its threshold: 2.5 of 1
//
// The error is that of w.
func (e *Explanation) WriteText(w io.Writer) error { return e.WriteTextIn(w, phrase.English) }

// WriteTextIn is WriteText in the language in.
func (e *Explanation) WriteTextIn(w io.Writer, in phrase.Language) error {
	t := explanationText{in: in, text: e.Text}
	t.tokens(e)
	for i := range e.SubThemes {
		t.subTheme(&e.SubThemes[i], &e.SubThemes[0])
	}
	if e.Against > 0 {
		t.WriteString(in.Say("\nnot shown: %d with only keywords that weigh against them\n", e.Against))
	}
	t.WriteByte('\n')
	_, why := e.why(in)
	t.sentence("", why)
	if e.Close() {
		t.sentence("", e.in(in))
	}
	if e.Exact {
		t.sentence("", in.Say("Two ways to segment were nearly equal; gse's own sums from the start of the text decided."))
	}
	_, err := w.Write(t.Bytes())
	return err
}

// explanationText is an explanation that is being written.
type explanationText struct {
	bytes.Buffer
	in   phrase.Language
	text string
}

func (t *explanationText) tokens(e *Explanation) {
	t.WriteString(t.in.Say("text\n"))
	line := make([]string, 0, len(e.Tokens))
	for _, token := range e.Tokens {
		if strings.Contains(token.Text, "\n") {
			t.wrap("  ", line, "|")
			line = line[:0]
			continue
		}
		line = append(line, printable(token.Text))
	}
	t.wrap("  ", line, "|")
}

func (t *explanationText) subTheme(s, top *ExplainedSubTheme) {
	verdict := t.in.Say("not tagged, threshold %s", s.Threshold)
	if s.Tagged {
		verdict = t.in.Say("tagged, threshold %s", s.Threshold)
	}
	if s.LengthFactor != 0 {
		verdict += t.in.Say(", %s times the dictionary's for this length", s.LengthFactor)
	}
	if s.Chance > 0 {
		verdict += t.in.Say(", right in %.0f%% of cases", 100*s.Chance)
	}
	fmt.Fprintf(t, "\n%s%10s  %s\n", pad(printable(s.ID+" "+s.Name), 44), s.Score, verdict)
	if s.Lost != "" {
		t.sentence("  ", printable(s.lost(t.in, top)))
	}
	for i := range s.Keywords {
		t.keyword(&s.Keywords[i])
	}
}

func (t *explanationText) keyword(k *ExplainedKeyword) {
	sign, sum := "+", ""
	switch n := max(k.N, k.Count); n {
	case 0:
		sign, sum = "-", t.in.Say("weight %s, none counted", k.Weight)
	case 1:
		sum = t.in.Say("weight %s", k.Weight)
	default:
		sum = t.in.Say("weight %s x (1 + ln %d) = %s", k.Weight, n, k.Contribution)
	}
	fmt.Fprintf(t, "  %s %s  %s\n", sign, pad(printable(k.Keyword), 24), sum)
	for i := range k.Occurrences {
		t.occurrence(&k.Occurrences[i])
	}
}

// occurrence writes where a keyword stands, in characters from 1, as an editor counts.
func (t *explanationText) occurrence(o *ExplainedOccurrence) {
	line := "      " + pad(t.relation(o.Relation), 11) + " " + pad(t.in.Say("at %d", utf8.RuneCountInString(t.text[:o.Start])+1), 9)
	text, note := printable(o.Text), t.refused(o)
	if o.Times > 0 {
		note = t.in.Say("  in the title: counts %d times", o.Times)
	}
	if displaywidth.String(line+text+note) > explainColumns {
		t.WriteString(line + text + "\n")
		line, text, note = "                 ", "", strings.TrimLeft(note, " ")
	}
	t.WriteString(strings.TrimRight(line+text+note, " ") + "\n")
}

func (t *explanationText) relation(name string) string {
	switch name {
	case Whole.String():
		return t.in.Say("whole")
	case Inside.String():
		return t.in.Say("inside")
	case Straddling.String():
		return t.in.Say("straddling")
	}
	return name
}

// refused says why an occurrence is not counted.
func (t *explanationText) refused(o *ExplainedOccurrence) string {
	switch o.Refused {
	case "":
		return ""
	case "straddling":
		return t.in.Say("  refused: a token border falls inside it")
	case "unless":
		return t.in.Say("  refused: unless %s", printable(o.By))
	case "overlap":
		return t.in.Say("  refused: overlap %s", printable(o.By))
	}
	return t.in.Say("  refused: %s", o.Refused)
}

// sentence writes s in lines that begin with indent.
func (t *explanationText) sentence(indent, s string) {
	if t.in != phrase.Chinese {
		t.wrap(indent, strings.Fields(s), " ")
		return
	}
	// A line may end after every character, but not within a word of Latin letters,
	// and not before a punctuation mark.
	var parts []string
	joined := false // the next character to the last part
	for _, r := range s {
		latin := r < utf8.RuneSelf && r != ' '
		if n := len(parts); n > 0 && (joined && latin || unicode.IsPunct(r) && !latin) {
			parts[n-1] += string(r)
		} else {
			parts = append(parts, string(r))
		}
		joined = latin
	}
	t.wrap(indent, parts, "")
}

// wrap writes parts, joined by separator, in lines that begin with indent.
func (t *explanationText) wrap(indent string, parts []string, separator string) {
	column := 0
	for i, p := range parts {
		width := displaywidth.String(p)
		switch {
		case i == 0:
			t.WriteString(indent)
			column = len(indent)
		case column+width+2*len(separator) > explainColumns:
			t.WriteString(strings.TrimRight(separator, " ") + "\n" + indent)
			column = len(indent)
		default:
			t.WriteString(separator)
			column += len(separator)
		}
		t.WriteString(p)
		column += width
	}
	if len(parts) > 0 {
		t.WriteByte('\n')
	}
}

// pad fills s with spaces to columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-displaywidth.String(s)))
}

// printable replaces the characters that would control a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return utf8.RuneError
		}
		return r
	}, s)
}
