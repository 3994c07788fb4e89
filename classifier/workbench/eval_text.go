package workbench

import (
	"fmt"
	"io"
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Text writes the evaluation for a terminal of 80 columns.
func (e *Evaluation) Text(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s messages with %s, %s untagged; dictionary %.12s\n", grouped(e.Rows), e.Labels, grouped(e.Untagged), e.Dict)
	e.mended(&b)
	b.WriteByte('\n')
	t := table{columns: []column{{title: "measure"}, {title: "value", right: true}, {title: "95 %", right: true}}}
	var i Intervals
	if e.Interval != nil {
		i = *e.Interval
	}
	accuracy := "accuracy"
	if e.Labels == "themes" {
		accuracy = "accuracy of the primary's theme"
	}
	t.add("macro-F1", decimals(e.MacroF1), e.span(i.MacroF1))
	t.add("micro-F1", decimals(e.MicroF1), e.span(i.MicroF1))
	t.add(accuracy, decimals(e.Accuracy), e.span(i.Accuracy))
	if e.Labels == "themes" {
		t.add("accuracy of the primary", decimals(e.PrimaryAccuracy), "")
		t.add("macro-F1 of the primary", decimals(e.PrimaryMacroF1), "")
	}
	b.WriteString(t.String())
	if e.Labels == "themes" {
		b.WriteString("\nEvery sub-theme of a message counts\n")
	} else {
		b.WriteByte('\n')
	}
	b.WriteString(e.classTable(e.Classes))
	if e.Labels == "themes" {
		b.WriteString("\nOnly the primary counts\n")
		b.WriteString(e.classTable(e.Primary))
	}
	if len(e.Unknown) > 0 {
		fmt.Fprintf(&b, "\nNot in the dictionary: %s\n", strings.Join(e.Unknown, ", "))
	}
	e.confusions(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (s *Stats) mended(b *strings.Builder) {
	if s.Blank > 0 {
		fmt.Fprintf(b, "%s more have a blank text and were skipped\n", grouped(s.Blank))
	}
	if s.Repaired > 0 {
		fmt.Fprintf(b, "%s were not UTF-8; what could not be read is U+FFFD\n", grouped(s.Repaired))
	}
}

func (e *Evaluation) span(i [2]float64) string {
	if e.Interval == nil {
		return ""
	}
	return spanText(i)
}

func spanText(i [2]float64) string { return fmt.Sprintf("%.3f-%.3f", i[0], i[1]) }

func (e *Evaluation) classTable(classes []ClassScore) string {
	t := table{columns: []column{
		{title: "class", shrink: true},
		{title: "precision", right: true},
		{title: "recall", right: true},
		{title: "F1", right: true},
		{title: "95 %", right: true},
		{title: "support", right: true},
	}}
	for _, c := range classes {
		span := ""
		if c.Interval != nil {
			span = spanText(*c.Interval)
		}
		t.add(c.ID, decimals(c.Precision), decimals(c.Recall), decimals(c.F1), span, grouped(c.Support))
	}
	return t.String()
}

// shownCells is how many confusions the text shows; JSON and HTML have all.
const shownCells = 12

func (e *Evaluation) confusions(b *strings.Builder) {
	if len(e.Confusion.Cells) == 0 {
		return
	}
	b.WriteString("\nMost frequent confusions\n")
	for _, c := range e.Confusion.Cells[:min(shownCells, len(e.Confusion.Cells))] {
		fmt.Fprintf(b, "%s  %s, given %s\n", fitted(grouped(c.Count), 6, true), orNone(c.Is), orNone(c.Given))
		for _, s := range c.Samples {
			fmt.Fprintf(b, "        %s\n", displaywidth.TruncateString(s.Text, textColumns-8, "…"))
			if len(s.Keywords) > 0 {
				fmt.Fprintf(b, "        by %s\n", displaywidth.TruncateString(strings.Join(s.Keywords, ", "), textColumns-11, "…"))
			}
		}
	}
}

func orNone(class string) string {
	if class == "" {
		return "none"
	}
	return class
}
