package workbench

import (
	"fmt"
	"io"
	"strings"

	"github.com/minyi/minyi/internal/textfmt"
)

// Text writes the sub-themes and the proposals, for a terminal of 80 columns.
func (b *Begun) Text(w io.Writer, r Reader) error {
	p := page{Reader: r}
	corpus := b.Rows > 0
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("sub-theme"), MinWidth: shortName},
		{Title: p.say("name"), MinWidth: shortName},
		{Title: p.say("keywords"), Right: true},
		{Title: p.say("threshold"), Right: true},
		{Title: p.say("examples"), Right: true},
	}}
	if corpus {
		t.Columns = append(t.Columns, textfmt.Column{Title: p.say("messages"), Right: true})
	}
	for _, s := range b.SubThemes {
		row := []string{s.ID, s.Name, textfmt.Count(s.Keywords), textfmt.Weight(s.Threshold), textfmt.Count(s.Examples)}
		if corpus {
			row = append(row, textfmt.Count(s.Messages))
		}
		t.Row(row...)
	}
	p.WriteString(t.String())
	if corpus {
		p.writef("\n%s messages were searched for words that mark a sub-theme. Proposals are comments\nin the files, and count only when their # is taken away\n", textfmt.Count(b.Rows))
		b.defects(&p)
		for _, s := range b.SubThemes {
			b.proposals(&p, s)
		}
	}
	_, err := io.WriteString(w, p.String())
	return err
}

func (b *Begun) proposals(p *page, s BegunSubTheme) {
	fmt.Fprintf(p, "\n%s %s\n", s.ID, s.Name)
	words := make([]string, 0, len(s.Proposals))
	for _, k := range s.Proposals {
		words = append(words, p.say("%s (%s)", k.Word, textfmt.Count(k.Messages)))
	}
	line := "  "
	for i, word := range words {
		if i < len(words)-1 {
			word += p.say(", ")
		}
		if textfmt.Width(line+strings.TrimRight(word, " ")) > textfmt.Columns {
			p.WriteString(strings.TrimRight(line, " ") + "\n")
			line = "  "
		}
		line += word
	}
	if len(words) == 0 {
		line += p.say("no word marks its messages, at 1 %%")
	}
	p.WriteString(line + "\n")
}
