package workbench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/minyi/minyi/internal/textfmt"
)

// Name says a reason in a few words.
func (reason Reason) Name(r Reader) string {
	switch reason {
	case ReasonNoChinese:
		return r.say("no Chinese character")
	case ReasonShort:
		return r.say("no keyword, and hardly a text")
	case ReasonNoKeyword:
		return r.say("no keyword")
	case ReasonRefused:
		return r.say("keywords that do not count")
	case ReasonAgainst:
		return r.say("keywords that weigh against")
	case ReasonLength:
		return r.say("too little for so long a text")
	case ReasonBelow:
		return r.say("keywords, but too little")
	}
	return string(reason)
}

// remedy says what an analyst can do about it.
func (reason Reason) remedy(r Reader) string {
	switch reason {
	case ReasonRefused:
		return r.say("see their unless, match, and what is around")
	case ReasonAgainst:
		return r.say("minyi classify --explain shows them")
	case ReasonLength:
		return r.say("add keywords, or raise threshold_length")
	case ReasonBelow:
		return r.say("raise weights, or add what stands beside")
	case ReasonNoKeyword:
		return r.say("add keywords; the words that mark them are below")
	}
	return r.say("about nothing, mostly: no keyword is missing")
}

// shownNear is how many sub-themes and keywords of each the text shows, and shownTypical
// how many words; JSON has more.
const (
	shownNear    = 10
	shownTypical = 15
)

// Text writes why messages are untagged, for a terminal of 80 columns.
func (u *Untagged) Text(w io.Writer, r Reader) error {
	p := page{Reader: r}
	p.writef("%s messages, %s untagged (%s); dictionary %.12s\n", textfmt.Count(u.Rows), textfmt.Count(u.Untagged), textfmt.Share(u.Untagged, u.Rows), u.Dict)
	u.defects(&p)
	if u.Untagged > 0 {
		p.WriteByte('\n')
		t := textfmt.Table{Columns: []textfmt.Column{{Title: p.say("reason")}, {Title: p.say("messages"), Right: true}, {Title: p.say("share"), Right: true}}}
		for _, x := range u.Reasons {
			t.Row(x.Reason.Name(r), textfmt.Count(x.Messages), textfmt.Share(x.Messages, u.Untagged))
		}
		p.WriteString(t.String())
		for i := range u.Reasons {
			u.Reasons[i].text(&p)
		}
		u.nearText(&p)
		p.writef("\nWords that mark the untagged messages\n")
		if len(u.Words) == 0 {
			p.writef("none, at 1 %%\n")
		} else {
			p.WriteString(keyWordTable(&p, u.Words[:min(shownTypical, len(u.Words))]))
		}
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// text writes a reason with what to do and its samples.
func (x *UntaggedReason) text(p *page) {
	fmt.Fprintf(p, "\n%s\n", p.say("%s: %s", x.Reason.Name(p.Reader), x.Reason.remedy(p.Reader)))
	for _, cause := range slices.Sorted(maps.Keys(x.Refused)) {
		p.writef("  in %s messages: %s\n", textfmt.Count(x.Refused[cause]), p.cause(cause))
	}
	for i := range x.Samples {
		s := &x.Samples[i]
		fmt.Fprintf(p, "  %s\n", textfmt.Cut(s.Text, textfmt.Columns-2))
		words := strings.Join(s.Keywords, p.say(", "))
		switch {
		case s.Nearest.ID != "":
			name, figures := p.name(s.Nearest.ID), p.say("%s of %s: ", s.Score, s.Threshold)
			fmt.Fprintf(p, "    %s\n", textfmt.Cut(name+" "+figures+words, textfmt.Columns-4))
		case words != "":
			fmt.Fprintf(p, "    %s\n", textfmt.Cut(words, textfmt.Columns-4))
		}
	}
}

// cause says why keywords that occur do not count.
func (r Reader) cause(refused string) string {
	switch refused {
	case "unless":
		return r.say("inside a word of their unless")
	case "match: whole":
		return r.say("inside a longer word, and match: whole asks for a word")
	case "straddling":
		return r.say("cut by the border of a word")
	case "overlap":
		return r.say("covered by a keyword that weighs against")
	}
	return refused
}

func (u *Untagged) nearText(p *page) {
	if len(u.Near) == 0 {
		return
	}
	p.writef("\nWhat they are nearest to\n")
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("sub-theme"), MinWidth: shortName},
		{Title: p.say("messages"), Right: true},
		{Title: p.say("missing"), Right: true},
		{Title: p.say("keywords"), MinWidth: shortName},
	}}
	for _, n := range u.Near[:min(shownNear, len(u.Near))] {
		words := make([]string, 0, 3)
		for _, k := range n.Keywords[:min(3, len(n.Keywords))] {
			words = append(words, p.say("%s (%s)", k.Keyword, textfmt.Count(k.Messages)))
		}
		t.Row(p.name(n.ID), textfmt.Count(n.Messages), textfmt.Score(n.Missing.Float64()), textfmt.Cut(strings.Join(words, p.say(", ")), 32))
	}
	p.WriteString(t.String())
	if more := len(u.Near) - shownNear; more > 0 {
		p.writef("and %s more\n", textfmt.Count(more))
	}
	p.writef("missing: the median of what their scores lack\n")
}

// Why says in a sentence why a text is untagged.
func (t *UntaggedText) Why(r Reader) string {
	if t.Nearest.ID == "" {
		return t.Reason.Name(r)
	}
	return r.say("%s: %s of %s for %s", t.Reason.Name(r), t.Score, t.Threshold, r.name(t.Nearest.ID))
}
