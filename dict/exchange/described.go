package exchange

import (
	"strings"

	"github.com/minyi/minyi/dict"
)

// described reads what a row of a keyword or an example says of its sub-theme and theme: a
// table without rows of sub-themes has nowhere else to say it. Each row may say it, and
// none may say otherwise than one further up.
func (b *builder) described(r *row, s *subTheme) {
	if s == nil {
		return
	}
	b.subThemeName(r, s, colZh, &s.Name.Zh)
	b.subThemeName(r, s, colEn, &s.Name.En)
	b.subThemeName(r, s, colAspect, &s.Aspect)
	if x, ok := b.number(r, colThreshold); ok {
		if s.given && x != s.Threshold {
			b.fail(r.at(colThreshold), b.say("one sub-theme has one %s: make them the same, or leave all but one empty", colThreshold.info().key),
				b.say("the %s of %s is %s here and %s further up", colThreshold.info().key, s.ID, decimal(x), decimal(s.Threshold)))
			return
		}
		s.Threshold, s.given = x, true
	}
	t := b.theme(s.theme)
	b.themeName(r, colThemeZh, &t.Name.Zh)
	b.themeName(r, colThemeEn, &t.Name.En)
	b.relativeThreshold(r, t)
	b.thresholdLength(r, t)
	b.titleWeight(r, t)
}

// subThemeName sets a name of a sub-theme. One that its id was made of is no name yet.
func (b *builder) subThemeName(r *row, s *subTheme, c column, name *string) {
	switch said := strings.TrimSpace(r.cells[c]); {
	case said == "" || said == *name:
	case *name == "" || b.nameOf[s.ID] != (dict.Name{}) && *name == b.nameOf[s.ID].Zh:
		*name = said
	default:
		b.fail(r.at(c), b.say("one sub-theme has one %s: make them the same, or leave all but one empty", c.info().key),
			b.say("the %s of %s is %s here and %s further up", c.info().key, s.ID, said, *name))
	}
}

// unread notes the cells of a row from one column to another: rows of its kind do not
// have them.
func (b *builder) unread(r *row, from, to column) {
	for c := from; c <= to; c++ {
		if strings.TrimSpace(r.cells[c]) != "" {
			b.notes.add(noteCells, b.notes.place(r.at(c), c.info().key))
		}
	}
}
