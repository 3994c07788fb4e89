package pipeline

import (
	"slices"

	"github.com/minyi/minyi/dict"
)

// layout numbers the themes, sub-themes and aspects of a dictionary, so that a
// message is counted by index.
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
	for i, n := range g.close {
		put(KindClose, l.subThemes[i], same(n))
	}
	for i, n := range g.themes {
		put(KindTheme, l.themes[i], n)
	}
	for i, n := range g.subThemes {
		put(KindSubTheme, l.subThemes[i], n)
	}
	for i, n := range g.aspects {
		put(KindAspect, l.aspects[i], n)
	}
}
