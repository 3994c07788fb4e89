package classifier

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"
)

// explainColumns is the width that WriteText keeps to.
const explainColumns = 80

// WriteText writes the explanation for people: at most 80 columns wide, where
// a Chinese character takes two, and without control characters of the text, so
// that a text cannot drive the terminal. A single keyword or token longer than
// a line is not broken.
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
// The error is w's.
func (e *Explanation) WriteText(w io.Writer) error {
	var b bytes.Buffer
	e.writeTokens(&b)
	for i := range e.SubThemes {
		e.SubThemes[i].write(&b)
	}
	if e.Against > 0 {
		fmt.Fprintf(&b, "\nnot shown: %d with only keywords that weigh against them\n", e.Against)
	}
	b.WriteByte('\n')
	wrap(&b, "", strings.Fields(e.Why), " ")
	if e.Exact {
		wrap(&b, "", strings.Fields("Two ways to segment were nearly equal; gse's own sums from the start of the text decided."), " ")
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (e *Explanation) writeTokens(b *bytes.Buffer) {
	b.WriteString("text\n")
	line := make([]string, 0, len(e.Tokens))
	for _, t := range e.Tokens {
		if strings.Contains(t.Text, "\n") {
			wrap(b, "  ", line, "|")
			line = line[:0]
			continue
		}
		line = append(line, printable(t.Text))
	}
	wrap(b, "  ", line, "|")
}

func (s *ExplainedSubTheme) write(b *bytes.Buffer) {
	verdict := "not tagged"
	if s.Tagged {
		verdict = "tagged"
	}
	fmt.Fprintf(b, "\n%s%10s  %s, threshold %s\n", pad(printable(s.ID+" "+s.Name), 44), s.Score, verdict, s.Threshold)
	wrap(b, "  ", strings.Fields(printable(s.Lost)), " ")
	for i := range s.Keywords {
		s.Keywords[i].write(b)
	}
}

func (k *ExplainedKeyword) write(b *bytes.Buffer) {
	sign, sum := "-", fmt.Sprintf("weight %s, none counted", k.Weight)
	if k.Count > 0 {
		sign = "+"
		sum = fmt.Sprintf("weight %s x (1 + ln %d) = %s", k.Weight, k.Count, k.Contribution)
		if k.Count == 1 {
			sum = fmt.Sprintf("weight %s", k.Weight)
		}
	}
	fmt.Fprintf(b, "  %s %s  %s\n", sign, pad(printable(k.Keyword), 24), sum)
	for _, o := range k.Occurrences {
		o.write(b)
	}
}

func (o *ExplainedOccurrence) write(b *bytes.Buffer) {
	note := ""
	switch {
	case o.Refused == "straddling":
		note = "  refused: a token border falls inside it"
	case o.By != "":
		note = fmt.Sprintf("  refused: %s %s", o.Refused, printable(o.By))
	case o.Refused != "":
		note = "  refused: " + o.Refused
	}
	line := fmt.Sprintf("      %-11s at %-6d", o.Relation, o.Start)
	text := printable(o.Text)
	if displaywidth.String(line+text+note) > explainColumns {
		fmt.Fprintf(b, "%s%s\n", line, text)
		line, text, note = "                 ", "", strings.TrimLeft(note, " ")
	}
	b.WriteString(strings.TrimRight(line+text+note, " "))
	b.WriteByte('\n')
}

// wrap writes parts, joined by separator, in lines that begin with indent.
func wrap(b *bytes.Buffer, indent string, parts []string, separator string) {
	column := 0
	for i, p := range parts {
		width := displaywidth.String(p)
		switch {
		case i == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+width+2*len(separator) > explainColumns:
			b.WriteString(strings.TrimRight(separator, " ") + "\n" + indent)
			column = len(indent)
		default:
			b.WriteString(separator)
			column += len(separator)
		}
		b.WriteString(p)
		column += width
	}
	if len(parts) > 0 {
		b.WriteByte('\n')
	}
}

// pad fills s with spaces to columns.
func pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-displaywidth.String(s)))
}

// printable replaces what a terminal would obey rather than show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return utf8.RuneError
		}
		return r
	}, s)
}
