package workbench

import (
	"io"

	"github.com/minyi/minyi/internal/textfmt"
)

// Text writes the report for a terminal of 80 columns.
func (r *LearnReport) Text(w io.Writer, reader Reader) error {
	p := page{Reader: reader}
	p.WriteString(r.classTable(&p))
	p.writef("\n%s messages; %s keywords\n", textfmt.Count(r.Rows), textfmt.Count(r.Keywords))
	r.defects(&p)
	if q := r.Prior; q != nil {
		p.writef("keywords of the dictionary before: %s as they were, %s raised, %s lowered, %s dropped; %s added\n",
			textfmt.Count(q.Kept), textfmt.Count(q.Raised), textfmt.Count(q.Lowered), textfmt.Count(q.Dropped), textfmt.Count(q.Added))
	}
	for _, c := range r.Classes {
		if contains(r.Added, c.ID) {
			p.writef("%s is new; its threshold %s is that of its theme\n", p.heading(c.ID), textfmt.Weight(c.Threshold))
		}
	}
	if e := r.Examples; e != nil {
		p.writef("%s examples; before, %s of them failed, now %s fail\n",
			textfmt.Count(e.Examples), textfmt.Count(e.FailedBefore), textfmt.Count(e.Failed))
	}
	for _, label := range r.LeftOut {
		p.writef("%s is left out: no word marks it\n", label)
	}
	switch {
	case r.Draws == nil:
		p.writef("\non messages that were left out, %d parts in turn:\n", r.Folds)
	case r.Draws.Random > 0:
		p.writef("\non the %s messages that were drawn at random, left out %d parts in turn:\n", textfmt.Count(r.Draws.Random), r.Folds)
	default:
		p.writef("\non messages that were left out, %d parts in turn; none was drawn at random, and\nthe picked ones are harder than others:\n", r.Folds)
	}
	p.WriteString(r.scoreTable(&p))
	if g := r.Gain; g != nil {
		p.writef("micro-F1 gains %+.4f, and with a confidence of 95 %% at least %+.4f\n", g.MicroF1, g.AtLeast)
	}
	_, err := io.WriteString(w, p.String())
	return err
}

func (r *LearnReport) classTable(p *page) string {
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("sub-theme"), MinWidth: shortName},
		{Title: p.say("messages"), Right: true},
		{Title: p.say("keywords"), Right: true},
		{Title: p.say("threshold"), Right: true},
	}}
	if r.Prior != nil {
		t.Columns = append(t.Columns, textfmt.Column{Title: p.say("F1 before"), Right: true})
	}
	t.Columns = append(t.Columns, textfmt.Column{Title: "F1", Right: true})
	for _, c := range r.Classes {
		row := []string{p.heading(c.ID), textfmt.Count(c.Support), textfmt.Count(c.Keywords), textfmt.Weight(c.Threshold)}
		if c.Label != c.ID {
			row[0] = p.say("%s (%s)", c.Label, c.ID)
		}
		if r.Prior != nil {
			row = append(row, textfmt.Score(c.PriorF1))
		}
		t.Row(append(row, textfmt.Score(c.F1))...)
	}
	return t.String()
}

func (r *LearnReport) scoreTable(p *page) string {
	t := textfmt.Table{Columns: []textfmt.Column{
		{}, {Title: p.say("micro-F1"), Right: true}, {Title: p.say("macro-F1"), Right: true}, {Title: p.say("all right"), Right: true},
	}}
	if r.Kinds != nil {
		t.Columns = append(t.Columns, textfmt.Column{Title: p.say("kind left out"), Right: true})
	}
	row := func(name string, s LearnScore, kinds *float64) {
		cells := []string{name, textfmt.Score(s.MicroF1), textfmt.Score(s.MacroF1), textfmt.Score(s.Accuracy)}
		if kinds != nil {
			cells = append(cells, textfmt.Score(*kinds))
		}
		t.Row(cells...)
	}
	if r.Prior != nil {
		row(p.say("the dictionary before"), r.Prior.LearnScore, r.Prior.Kinds)
	}
	row(p.say("what was learned"), r.LearnScore, r.Kinds)
	return t.String()
}
