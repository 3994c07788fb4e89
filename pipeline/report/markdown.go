package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/minyi/minyi/internal/textfmt"
)

// Markdown writes the report as Markdown with tables, as GitHub has them. A chart is a
// table already, so it is left out.
func (r *Report) Markdown(to io.Writer) error {
	var w strings.Builder
	fmt.Fprintf(&w, "# %s\n\n%s\n", escapeMarkdown(r.Title), escapeMarkdown(r.Subtitle))
	item := false
	for _, b := range r.Blocks {
		p, is := b.(Paragraph)
		if !item || !is || !p.Item {
			w.WriteString("\n") // items of a list follow one another
		}
		item = is && p.Item
		switch b := b.(type) {
		case Heading:
			fmt.Fprintf(&w, "%s %s\n", strings.Repeat("#", b.Level+1), escapeMarkdown(b.Text))
		case Paragraph:
			if b.Item {
				w.WriteString("- ")
			}
			w.WriteString(markdownSpans(b.Spans) + "\n")
		case Quote:
			fmt.Fprintf(&w, "> %s  \n> %s\n", markdownLines(b.Text), markdownSpans(b.Origin))
		case Table:
			markdownTable(&w, b, r.Lang)
		case Chart: // its figures are in a table
		}
	}
	_, err := io.WriteString(to, strings.ReplaceAll(w.String(), "\n\n\n", "\n\n"))
	return err
}

func markdownTable(w *strings.Builder, t Table, l Language) {
	fmt.Fprintf(w, "**%s**\n\n|", escapeMarkdown(t.Caption(l)))
	for _, c := range t.Columns {
		w.WriteString(" " + escapeMarkdown(c.Title) + " |")
	}
	w.WriteString("\n|")
	for _, c := range t.Columns {
		if c.Figures {
			w.WriteString(" ---: |")
		} else {
			w.WriteString(" --- |")
		}
	}
	w.WriteString("\n")
	for _, row := range t.Rows {
		w.WriteString("|")
		for i, cell := range row.Cells {
			s := markdownSpans([]Span{cell})
			switch {
			case i == 0 && row.Level > 0:
				s = "　" + s
			case row.Sum && s != "":
				s = "**" + s + "**"
			}
			w.WriteString(" " + s + " |")
		}
		w.WriteString("\n")
	}
	if t.Note != "" {
		fmt.Fprintf(w, "\n%s\n", escapeMarkdown(t.Note))
	}
}

func markdownSpans(spans []Span) string {
	var w strings.Builder
	for _, s := range spans {
		if s.Figure != nil {
			w.WriteString(escapeMarkdown(s.Figure.Text))
		} else {
			w.WriteString(escapeMarkdown(s.Text))
		}
	}
	return w.String()
}

// markdownSpecial begins something in Markdown. What a citizen writes must not.
var markdownSpecial = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `&lt;`, ">", `&gt;`, "|", `\|`, "#", `\#`, "~", `\~`, "&", "&amp;",
)

// escapeMarkdown also shows control characters, as the terminal does: Markdown is printed
// there, and a line feed would end a row of a table.
func escapeMarkdown(s string) string { return markdownSpecial.Replace(textfmt.Visible(s)) }

// markdownLines is escapeMarkdown for a text of several lines in a quotation.
func markdownLines(s string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		lines = append(lines, escapeMarkdown(line))
	}
	return strings.Join(lines, "  \n> ")
}
