package pipeline

import (
	"slices"

	"github.com/minyi/minyi/dict"
)

// layout numbers the themes, sub-themes and aspects of a dictionary, so that a
// message is counted by index. All have one row of numbers: the themes, the sub-themes,
// the sub-themes again for [KindClose], and the aspects.
type layout struct {
	themes    []string
	subThemes []string
	aspects   []string
	first     []int // by theme: the number of its first sub-theme
	aspectOf  []int // by sub-theme: the number of its aspect, or -1
}

func newLayout(d *dict.Dictionary) layout {
	var l layout
	for _, t := range d.Themes {
		l.themes = append(l.themes, t.ID)
		l.first = append(l.first, len(l.subThemes))
		for _, s := range t.SubThemes {
			l.subThemes = append(l.subThemes, s.ID)
			aspect := -1
			if s.Aspect != "" {
				if aspect = slices.Index(l.aspects, s.Aspect); aspect < 0 {
					aspect = len(l.aspects)
					l.aspects = append(l.aspects, s.Aspect)
				}
			}
			l.aspectOf = append(l.aspectOf, aspect)
		}
	}
	return l
}

// numbers is how many there are.
func (l *layout) numbers() int { return l.aspect(len(l.aspects)) }

// subTheme returns the number of a sub-theme; a theme is its own number.
func (l *layout) subTheme(i int) int { return len(l.themes) + i }

// close returns the number under which the close messages of a sub-theme are counted.
func (l *layout) close(subTheme int) int { return l.subTheme(len(l.subThemes) + subTheme) }

// aspect returns the number of an aspect.
func (l *layout) aspect(i int) int { return l.close(len(l.subThemes) + i) }

// name returns which cell a number is.
func (l *layout) name(number int) (Kind, string) {
	switch {
	case number < l.subTheme(0):
		return KindTheme, l.themes[number]
	case number < l.close(0):
		return KindSubTheme, l.subThemes[number-l.subTheme(0)]
	case number < l.aspect(0):
		return KindClose, l.subThemes[number-l.close(0)]
	}
	return KindAspect, l.aspects[number-l.aspect(0)]
}

// cells writes the counts of a group that are not zero.
func (l *layout) cells(out Cells, k groupKey, g *group) {
	put := func(kind Kind, id string, n Count) {
		if n != (Count{}) {
			out[CellKey{Day: k.day, Source: k.source, Kind: kind, ID: id}] = n
		}
	}
	same := func(n uint64) Count { return Count{Primary: n, Any: n} }
	total := g.tagged + g.untagged
	for reason, n := range g.rejected {
		put(KindRejected, string(reason), same(n))
		total += n
	}
	put(KindTotal, All, same(total))
	put(KindTagged, All, same(g.tagged))
	put(KindUntagged, All, same(g.untagged))
	put(KindUndated, All, same(g.undated))
	for number, n := range g.each {
		kind, id := l.name(number)
		put(kind, id, n)
	}
}
