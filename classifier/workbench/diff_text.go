package workbench

import (
	"fmt"
	"io"

	"github.com/clipperhouse/displaywidth"
)

// Text writes the difference for a terminal of 80 columns. limit is the most
// keywords shown of a sub-theme, and moves; 0: 20, negative: all.
func (d *Difference) Text(w io.Writer, r Reader, limit int) error {
	limit = atMost(limit, 20)
	p := page{Reader: r}
	p.writef("dictionary %.12s -> %.12s\n", d.A, d.B)
	if len(d.Themes) == 0 && len(d.SubThemes) == 0 {
		p.writef("no difference that counts could show\n")
	}
	for _, t := range d.Themes {
		p.writef("\n%s  relative_threshold %s -> %s\n", p.heading(t.ID), number(t.RelativeThresholds[0]), number(t.RelativeThresholds[1]))
	}
	for _, s := range d.SubThemes {
		s.text(&p, limit)
	}
	if d.Corpus != nil {
		d.Corpus.text(&p, limit)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

var changeSigns = [...]struct{ kind, sign string }{{Added, "+"}, {Removed, "-"}, {Reweighted, "~"}, {Changed, "~"}}

// kind is what a kind of change is called.
func (r Reader) kind(kind string) string {
	switch kind {
	case Added:
		return r.say("added")
	case Removed:
		return r.say("removed")
	case Reweighted:
		return r.say("reweighted")
	case Changed:
		return r.say("changed")
	}
	return kind
}

func signOf(kind string) string {
	for _, s := range changeSigns {
		if s.kind == kind {
			return s.sign
		}
	}
	return " "
}

func (s *SubThemeChange) text(p *page, limit int) {
	p.WriteString("\n" + p.heading(s.ID))
	if s.Kind != Changed {
		p.writef(" (%s)", p.kind(s.Kind))
	}
	if s.Thresholds != nil {
		p.writef("  threshold %s -> %s", number(s.Thresholds[0]), number(s.Thresholds[1]))
	}
	p.WriteByte('\n')
	for i, k := range s.Keywords {
		if i == limit {
			p.writef("  and %s more\n", grouped(len(s.Keywords)-limit))
			break
		}
		weight := ""
		switch k.Kind {
		case Added:
			weight = number(k.To)
		case Removed:
			weight = number(k.From)
		case Reweighted:
			weight = number(k.From) + " -> " + number(k.To)
		default:
			weight = p.say("options")
		}
		fmt.Fprintf(p, "  %s %s  %s\n", signOf(k.Kind), displaywidth.TruncateString(k.Keyword, 50, "…"), weight)
	}
}

func (c *CorpusDifference) text(p *page, limit int) {
	p.writef("\n%s messages: the primary of %s changed (%s), some tag of %s\n",
		grouped(c.Rows), grouped(c.Changed), percent(c.Changed, c.Rows), grouped(c.Retagged))
	c.mended(p)
	p.writef("\nFrom theme (row) to theme (column)\n")
	p.WriteString(c.Themes.text(p))
	for i, m := range c.Moves {
		if i == limit {
			p.writef("\nand %s more ways\n", grouped(len(c.Moves)-limit))
			break
		}
		m.text(p)
	}
}

func (f *Flow) text(p *page) string {
	t := table{columns: []column{{title: "", shrink: true}}}
	for _, id := range f.IDs {
		t.columns = append(t.columns, column{title: p.orUntagged(id), right: true})
	}
	for i, row := range f.Counts {
		cells := []string{p.orUntagged(f.IDs[i])}
		for _, n := range row {
			cells = append(cells, grouped(n))
		}
		t.add(cells...)
	}
	return t.String()
}

func (r Reader) orUntagged(id string) string {
	if id == "" {
		return r.say("untagged")
	}
	return r.name(id)
}

// shownCauses is how many causes of a move the text shows; JSON has all.
const shownCauses = 5

func (m *Move) text(p *page) {
	fmt.Fprintf(p, "\n%s  %s -> %s\n", fitted(grouped(m.Messages), 6, true), p.orUntagged(m.From), p.orUntagged(m.To))
	for i, cause := range m.Causes {
		if i == shownCauses {
			p.writef("        and %s more causes\n", grouped(len(m.Causes)-shownCauses))
			break
		}
		what := p.say("the threshold or unchanged keywords")
		if cause.Keyword != "" {
			what = displaywidth.TruncateString(cause.Keyword, 40, "…") + " " + p.kind(cause.Kind)
		}
		p.writef("        %s by %s in %s\n", grouped(cause.Messages), what, p.name(cause.SubTheme))
	}
	for _, s := range m.Samples {
		fmt.Fprintf(p, "        %s\n", displaywidth.TruncateString(s.Text, textColumns-8, "…"))
	}
}
