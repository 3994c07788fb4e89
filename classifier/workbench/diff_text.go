package workbench

import (
	"cmp"
	"fmt"
	"io"

	"github.com/minyi/minyi/internal/textfmt"
)

// Text writes the difference for a terminal of 80 columns. limit is the most
// keywords shown for a sub-theme, and the most moves; 0: 20, negative: no limit.
func (d *Difference) Text(w io.Writer, r Reader, limit int) error {
	limit = atMost(limit, 20)
	p := page{Reader: r}
	p.writef("dictionary %.12s -> %.12s\n", d.A, d.B)
	if len(d.Themes) == 0 && len(d.SubThemes) == 0 {
		p.writef("no difference that counts could show\n")
	}
	for _, t := range d.Themes {
		if t.RelativeThresholds[0] != t.RelativeThresholds[1] {
			p.writef("\n%s  relative_threshold %s -> %s\n", p.heading(t.ID), textfmt.Weight(t.RelativeThresholds[0]), textfmt.Weight(t.RelativeThresholds[1]))
		}
		if t.ThresholdLengths[0] != t.ThresholdLengths[1] {
			p.writef("\n%s  threshold_length %d -> %d\n", p.heading(t.ID), t.ThresholdLengths[0], t.ThresholdLengths[1])
		}
		if t.TitleWeights[0] != t.TitleWeights[1] {
			p.writef("\n%s  title_weight %d -> %d\n", p.heading(t.ID), max(1, t.TitleWeights[0]), max(1, t.TitleWeights[1]))
		}
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

// kind returns the name of a kind of change in the reader's language.
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
		p.writef("  threshold %s -> %s", textfmt.Weight(s.Thresholds[0]), textfmt.Weight(s.Thresholds[1]))
	}
	if s.Aspects != nil {
		p.writef("  aspect %s -> %s", cmp.Or(s.Aspects[0], "-"), cmp.Or(s.Aspects[1], "-"))
	}
	p.WriteByte('\n')
	for i, k := range s.Keywords {
		if i == limit {
			p.writef("  and %s more\n", textfmt.Count(len(s.Keywords)-limit))
			break
		}
		weight := ""
		switch k.Kind {
		case Added:
			weight = textfmt.Weight(k.To)
		case Removed:
			weight = textfmt.Weight(k.From)
		case Reweighted:
			weight = textfmt.Weight(k.From) + " -> " + textfmt.Weight(k.To)
		default:
			weight = p.say("options")
		}
		fmt.Fprintf(p, "  %s %s  %s\n", signOf(k.Kind), textfmt.Cut(k.Keyword, 50), weight)
	}
}

func (c *CorpusDifference) text(p *page, limit int) {
	p.writef("\n%s messages: the primary of %s changed (%s), some tag of %s\n",
		textfmt.Count(c.Rows), textfmt.Count(c.Changed), textfmt.Share(c.Changed, c.Rows), textfmt.Count(c.Retagged))
	c.defects(p)
	p.writef("\nFrom theme (row) to theme (column)\n")
	p.WriteString(c.Themes.text(p))
	for i, m := range c.Moves {
		if i == limit {
			p.writef("\nand %s more ways\n", textfmt.Count(len(c.Moves)-limit))
			break
		}
		m.text(p)
	}
}

func (f *Flow) text(p *page) string {
	t := textfmt.Table{Columns: []textfmt.Column{{Title: "", MinWidth: shortName}}}
	for _, id := range f.IDs {
		t.Columns = append(t.Columns, textfmt.Column{Title: p.orUntagged(id), Right: true})
	}
	for i, row := range f.Counts {
		cells := []string{p.orUntagged(f.IDs[i])}
		for _, n := range row {
			cells = append(cells, textfmt.Count(n))
		}
		t.Row(cells...)
	}
	return t.String()
}

func (r Reader) orUntagged(id string) string {
	if id == "" {
		return r.say("untagged")
	}
	return r.name(id)
}

// shownCauses is how many causes of a move the text shows; JSON has all of them.
const shownCauses = 5

func (m *Move) text(p *page) {
	fmt.Fprintf(p, "\n%s  %s -> %s\n", textfmt.Right(textfmt.Count(m.Messages), 6), p.orUntagged(m.From), p.orUntagged(m.To))
	for i, cause := range m.Causes {
		if i == shownCauses {
			p.writef("        and %s more causes\n", textfmt.Count(len(m.Causes)-shownCauses))
			break
		}
		what := p.say("the threshold or unchanged keywords")
		if cause.Keyword != "" {
			what = textfmt.Cut(cause.Keyword, 40) + " " + p.kind(cause.Kind)
		}
		p.writef("        %s by %s in %s\n", textfmt.Count(cause.Messages), what, p.name(cause.SubTheme))
	}
	for _, s := range m.Samples {
		fmt.Fprintf(p, "        %s\n", textfmt.Cut(s.Text, textfmt.Columns-8))
	}
}
