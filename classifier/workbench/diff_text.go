package workbench

import (
	"fmt"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Text writes the difference for a terminal of 80 columns. limit is the most
// keywords shown of a sub-theme, and moves; 0: 20, negative: all.
func (d *Difference) Text(w io.Writer, limit int) error {
	limit = atMost(limit, 20)
	var b strings.Builder
	fmt.Fprintf(&b, "dictionary %.12s -> %.12s\n", d.A, d.B)
	if len(d.Themes) == 0 && len(d.SubThemes) == 0 {
		b.WriteString("no difference that counts could show\n")
	}
	for _, t := range d.Themes {
		fmt.Fprintf(&b, "\n%s  relative_threshold %s -> %s\n", t.ID, number(t.RelativeThresholds[0]), number(t.RelativeThresholds[1]))
	}
	for _, s := range d.SubThemes {
		s.text(&b, limit)
	}
	if d.Corpus != nil {
		d.Corpus.text(&b, limit)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

var changeSigns = [...]struct{ kind, sign string }{{Added, "+"}, {Removed, "-"}, {Reweighted, "~"}, {Changed, "~"}}

func signOf(kind string) string {
	for _, s := range changeSigns {
		if s.kind == kind {
			return s.sign
		}
	}
	return " "
}

func (s *SubThemeChange) text(b *strings.Builder, limit int) {
	fmt.Fprintf(b, "\n%s", s.ID)
	if s.Kind != Changed {
		fmt.Fprintf(b, " (%s)", s.Kind)
	}
	if s.Thresholds != nil {
		fmt.Fprintf(b, "  threshold %s -> %s", number(s.Thresholds[0]), number(s.Thresholds[1]))
	}
	b.WriteByte('\n')
	for i, k := range s.Keywords {
		if i == limit {
			fmt.Fprintf(b, "  and %s more\n", grouped(len(s.Keywords)-limit))
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
			weight = "options"
		}
		fmt.Fprintf(b, "  %s %s  %s\n", signOf(k.Kind), displaywidth.TruncateString(k.Keyword, 50, "…"), weight)
	}
}

func (c *CorpusDifference) text(b *strings.Builder, limit int) {
	fmt.Fprintf(b, "\n%s messages: the primary of %s changed (%s), some tag of %s\n",
		grouped(c.Rows), grouped(c.Changed), percent(c.Changed, c.Rows), grouped(c.Retagged))
	c.mended(b)
	b.WriteString("\nFrom theme (row) to theme (column)\n")
	b.WriteString(c.Themes.text())
	for i, m := range c.Moves {
		if i == limit {
			fmt.Fprintf(b, "\nand %s more ways\n", grouped(len(c.Moves)-limit))
			break
		}
		m.text(b)
	}
}

func (f *Flow) text() string {
	t := table{columns: []column{{title: "", shrink: true}}}
	for _, id := range f.IDs {
		t.columns = append(t.columns, column{title: orUntagged(id), right: true})
	}
	for i, row := range f.Counts {
		cells := []string{orUntagged(f.IDs[i])}
		for _, n := range row {
			cells = append(cells, grouped(n))
		}
		t.add(cells...)
	}
	return t.String()
}

func orUntagged(id string) string {
	if id == "" {
		return "untagged"
	}
	return id
}

// shownCauses is how many causes of a move the text shows; JSON has all.
const shownCauses = 5

func (m *Move) text(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s  %s -> %s\n", fitted(grouped(m.Messages), 6, true), orUntagged(m.From), orUntagged(m.To))
	for i, cause := range m.Causes {
		if i == shownCauses {
			fmt.Fprintf(b, "        and %s more causes\n", grouped(len(m.Causes)-shownCauses))
			break
		}
		what := "the threshold, or keywords that did not change"
		if cause.Keyword != "" {
			what = displaywidth.TruncateString(cause.Keyword, 40, "…") + " " + cause.Kind
		}
		fmt.Fprintf(b, "        %s by %s in %s\n", grouped(cause.Messages), what, cause.SubTheme)
	}
	for _, s := range m.Samples {
		fmt.Fprintf(b, "        %s\n", displaywidth.TruncateString(s.Text, textColumns-8, "…"))
	}
}
