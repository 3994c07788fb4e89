package workbench

import (
	"io"

	"github.com/minyi/minyi/internal/textfmt"
)

// Text writes how many messages have which doubt, for a terminal of 80 columns.
func (r *Review) Text(w io.Writer, reader Reader) error {
	p := page{Reader: reader}
	p.writef("%s messages; dictionary %.12s\n", textfmt.Count(r.Stats.Rows), r.Dict)
	r.defects(&p)
	if r.Labelled > 0 {
		p.writef("%s have a label already and are left out\n", textfmt.Count(r.Labelled))
	}
	if r.Known > 0 {
		p.writef("%s say what was labelled before and are left out\n", textfmt.Count(r.Known))
	}
	p.WriteByte('\n')
	t := textfmt.Table{Columns: []textfmt.Column{{Title: p.say("doubt")}, {Title: p.say("messages"), Right: true}}}
	t.Row(p.say("untagged"), textfmt.Count(r.Untagged))
	t.Row(p.say("rests on one keyword"), textfmt.Count(r.OneKeyword))
	t.Row(p.say("close call"), textfmt.Count(r.Close))
	t.Row(p.say("none of these"), textfmt.Count(r.Sure))
	p.WriteString(t.String())
	p.writef("\n%s rows to label: %s of %s distinct texts in doubt, and %s drawn at random\n",
		textfmt.Count(len(r.Rows)), textfmt.Count(len(r.Rows)-r.Random), textfmt.Count(r.Texts), textfmt.Count(r.Random))
	p.writef("Those in doubt tell most, the first ones first; those drawn at random say how good\na dictionary is on all messages: label both as they come.\n")
	_, err := io.WriteString(w, p.String())
	return err
}

// Why says in a sentence why a row is to be labelled.
func (row *ReviewRow) Why(r Reader) string {
	if len(row.Doubts) == 0 {
		return r.say("drawn at random: no doubt")
	}
	why := ""
	for _, d := range row.Doubts {
		s := ""
		switch {
		case d == DoubtUntagged && row.Near == "":
			s = r.say("untagged: no keyword")
		case d == DoubtUntagged:
			s = r.say("untagged: too little for %s", r.name(row.Near))
		case d == DoubtOneKeyword:
			s = r.say("rests on %s alone", row.Keyword)
		case d == DoubtClose:
			s = r.say("close: %s may be first", r.name(row.Margin.RunnerUp))
		}
		if why != "" {
			why += r.say("; ")
		}
		why += s
	}
	return why
}
