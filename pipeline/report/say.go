package report

import (
	"fmt"
	"strings"
)

// sentence is a template in both languages. {name} stands for an argument, and in English
// {name|suggestion|suggestions} for a figure and the word that goes with it.
type sentence struct{ zh, en string }

// args are the arguments of a sentence: a string, a [Figure] or a []Span each.
type args map[string]any

// say fills in a template. It panics if the template and its arguments do not fit, as
// both are of this package.
func (l Language) say(p sentence, a args) []Span {
	var spans []Span
	text := func(s string) {
		if s == "" {
			return
		}
		if n := len(spans); n > 0 && spans[n-1].Figure == nil {
			spans[n-1].Text += s
			return
		}
		spans = append(spans, Span{Text: s})
	}
	rest := l.of(p.zh, p.en)
	for {
		before, after, found := strings.Cut(rest, "{")
		text(before)
		if !found {
			return spans
		}
		field, after, found := strings.Cut(after, "}")
		name, words, plural := strings.Cut(field, "|")
		switch v := a[name].(type) {
		case string:
			text(v)
		case []Span:
			for _, x := range v {
				if x.Figure != nil {
					spans = append(spans, x)
				} else {
					text(x.Text)
				}
			}
		case Figure:
			spans = append(spans, Span{Figure: &v})
			if plural {
				one, many, _ := strings.Cut(words, "|")
				if v.Text == "1" {
					many = one
				}
				text(" " + many)
			}
		default:
			panic(fmt.Sprintf("sentence %q: argument %s is %T", p, name, v))
		}
		if !found {
			panic(fmt.Sprintf("sentence %q: { without }", p))
		}
		rest = after
	}
}

// moved says by how much something changed, in words that tell the direction.
func (l Language) moved(f Figure, up, down sentence) []Span {
	p := sentence{"变化{n}", "changed by {n}"} // hidden, or not at all
	switch {
	case f.Value > 0:
		p = up
	case f.Value < 0:
		p = down
	}
	return l.say(p, args{"n": f.unsigned()})
}

// Directions of numbers and of shares.
var (
	more = sentence{"增加{n}", "rose by {n}"}
	less = sentence{"减少{n}", "fell by {n}"}
	up   = sentence{"上升{n}", "rose by {n}"}
	down = sentence{"下降{n}", "fell by {n}"}
)
