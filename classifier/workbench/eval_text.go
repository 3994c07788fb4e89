package workbench

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/textfmt"
)

// Text writes the evaluation for a terminal of 80 columns.
func (e *Evaluation) Text(w io.Writer, r Reader) error {
	p := page{Reader: r}
	labels := p.say("labels")
	if e.Labels == "themes" {
		labels = p.say("themes")
	}
	p.writef("%s messages with %s, %s untagged; dictionary %.12s\n", textfmt.Count(e.Rows), labels, textfmt.Count(e.Untagged), e.Dict)
	e.defects(&p)
	p.WriteByte('\n')
	t := textfmt.Table{Columns: []textfmt.Column{{Title: p.say("measure")}, {Title: p.say("value"), Right: true}, {Title: "95 %", Right: true}}}
	var i Intervals
	if e.Interval != nil {
		i = *e.Interval
	}
	accuracy := p.say("accuracy")
	if e.Labels == "themes" {
		accuracy = p.say("accuracy of the primary's theme")
	}
	t.Row(p.say("macro-F1"), textfmt.Score(e.MacroF1), e.span(i.MacroF1))
	t.Row(p.say("micro-F1"), textfmt.Score(e.MicroF1), e.span(i.MicroF1))
	t.Row(accuracy, textfmt.Score(e.Accuracy), e.span(i.Accuracy))
	if e.Labels == "themes" {
		t.Row(p.say("accuracy of the primary"), textfmt.Score(e.PrimaryAccuracy), "")
		t.Row(p.say("macro-F1 of the primary"), textfmt.Score(e.PrimaryMacroF1), "")
	}
	if e.Random != nil {
		if e.Random.Interval != nil {
			i = *e.Random.Interval
		}
		t.Row(p.say("macro-F1, drawn at random"), textfmt.Score(e.Random.MacroF1), e.span(i.MacroF1))
		t.Row(p.say("micro-F1, drawn at random"), textfmt.Score(e.Random.MicroF1), e.span(i.MicroF1))
	}
	p.WriteString(t.String())
	e.drawn(&p)
	if e.Labels == "themes" {
		p.writef("\nEvery sub-theme of a message counts\n")
	} else {
		p.WriteByte('\n')
	}
	p.WriteString(e.classTable(&p, e.Classes))
	if e.Labels == "themes" {
		p.writef("\nOnly the primary counts\n")
		p.WriteString(e.classTable(&p, e.Primary))
	}
	if len(e.Unknown) > 0 {
		said := make([]string, len(e.Unknown))
		for i, id := range e.Unknown {
			if said[i] = id; e.Meant[id] != "" {
				said[i] = p.say("%s (did you mean %s?)", id, p.name(e.Meant[id]))
			}
		}
		p.WriteString(textfmt.Fill(p.say("\nNot in the dictionary: %s\n", strings.Join(said, p.say(", ")))))
	}
	e.reliability(&p)
	if e.Agreement != nil {
		e.Agreement.text(&p)
	}
	e.confusions(&p)
	_, err := io.WriteString(w, p.String())
	return err
}

// drawn says which of the figures hold for all messages.
func (e *Evaluation) drawn(p *page) {
	switch {
	case e.Draws == nil || e.Draws.Random == e.Rows:
	case e.Draws.Random == 0:
		p.writef("None of the messages was drawn at random: they are harder than others, and no\nfigure holds for all.\n")
	default:
		p.writef("%s messages were drawn at random: their figures hold for all; the others were\npicked because they are harder.\n", textfmt.Count(e.Draws.Random))
	}
}

// reliability writes the reliability diagram: how sure tags are, and how often they are
// right.
func (e *Evaluation) reliability(p *page) {
	if len(e.Reliability) == 0 {
		return
	}
	p.writef("\nHow sure a tag is, and how often it is right\n")
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("chance"), Right: true}, {Title: p.say("right"), Right: true}, {Title: p.say("tags"), Right: true},
	}}
	for _, b := range e.Reliability {
		t.Row(textfmt.Score(b.Predicted), textfmt.Score(b.Observed), textfmt.Count(b.Tags))
	}
	p.WriteString(t.String())
	p.writef("Each chance comes from other texts than its own; on average it is off by %.3f.\n", measure.CalibrationError(e.Reliability))
}

// defects writes how many messages were skipped because they are blank, and how many
// were repaired.
func (s *Stats) defects(p *page) {
	if s.Blank > 0 {
		p.writef("%s more have a blank text and were skipped\n", textfmt.Count(s.Blank))
	}
	if s.Unlabelled > 0 {
		p.writef("%s more have no label and were skipped\n", textfmt.Count(s.Unlabelled))
	}
	if s.Repaired > 0 {
		p.writef("%s were not UTF-8; what could not be read is U+FFFD\n", textfmt.Count(s.Repaired))
	}
}

func (e *Evaluation) span(i [2]float64) string {
	if e.Interval == nil {
		return ""
	}
	return spanText(i)
}

func spanText(i [2]float64) string { return fmt.Sprintf("%.3f-%.3f", i[0], i[1]) }

// classTable has a column of intervals if there are any.
func (e *Evaluation) classTable(p *page, classes []ClassScore) string {
	spans := haveSpans(classes)
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("class"), MinWidth: shortName},
		{Title: p.say("precision"), Right: true},
		{Title: p.say("recall"), Right: true},
		{Title: "F1", Right: true},
	}}
	if spans {
		t.Columns = append(t.Columns, textfmt.Column{Title: "95 %", Right: true})
	}
	t.Columns = append(t.Columns, textfmt.Column{Title: p.say("support"), Right: true})
	for _, c := range classes {
		cells := []string{p.name(c.ID), textfmt.Score(c.Precision), textfmt.Score(c.Recall), textfmt.Score(c.F1)}
		if spans {
			cells = append(cells, spanText(*c.Interval))
		}
		t.Row(append(cells, textfmt.Count(c.Support))...)
	}
	return t.String()
}

// haveSpans reports whether there are intervals.
func haveSpans(classes []ClassScore) bool {
	return slices.ContainsFunc(classes, func(c ClassScore) bool { return c.Interval != nil })
}

// shownCells is how many confusions the text shows; JSON and HTML have all of them.
const shownCells = 12

func (e *Evaluation) confusions(p *page) {
	if len(e.Confusion.Cells) == 0 {
		return
	}
	p.writef("\nMost frequent confusions\n")
	for _, c := range e.Confusion.Cells[:min(shownCells, len(e.Confusion.Cells))] {
		p.writef("%s  %s, given %s\n", textfmt.Right(textfmt.Count(c.Count), 6), p.orNone(c.Is), p.orNone(c.Given))
		for _, s := range c.Samples {
			fmt.Fprintf(p, "        %s\n", textfmt.Cut(s.Text, textfmt.Columns-8))
			if len(s.Keywords) > 0 {
				p.writef("        by %s\n", textfmt.Cut(strings.Join(s.Keywords, p.say(", ")), textfmt.Columns-11))
			}
		}
	}
}

func (r Reader) orNone(class string) string {
	if class == "" {
		return r.say("none")
	}
	return r.name(class)
}
