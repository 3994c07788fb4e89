package pipeline

import (
	"slices"
	"sort"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// checkGroups checks what must hold within each day and source. Total is tagged +
// untagged + rejected. The primaries of themes add up to tagged, and those of the
// sub-themes of each theme to the theme. Nothing is mentioned more often than there
// are tagged messages, nor less often than it is primary.
func (a *Auditor) checkGroups() {
	type group struct {
		kinds  map[Kind]uint64
		themes map[string]Count
		subs   map[string]Count // sums over the sub-themes, by theme
	}
	groups := make(map[groupKey]*group)
	of := func(k CellKey) *group {
		g := groups[groupKey{k.Day, k.Source}]
		if g == nil {
			g = &group{make(map[Kind]uint64), make(map[string]Count), make(map[string]Count)}
			groups[groupKey{k.Day, k.Source}] = g
		}
		return g
	}
	for k, n := range a.view.Totals.All {
		g := of(k)
		g.kinds[k.Kind] += n.Primary
		switch k.Kind {
		case KindTheme:
			g.themes[k.ID] = n
		case KindSubTheme:
			theme, _, _ := strings.Cut(k.ID, "/")
			g.subs[theme] = g.subs[theme].Add(n)
		}
	}
	for k, n := range a.view.Totals.All {
		tagged := of(k).kinds[KindTagged]
		switch k.Kind {
		case KindTheme, KindSubTheme, KindAspect:
			if n.Primary > n.Any || n.Any > tagged {
				a.fault(Fault{Check: "cells", Cell: k.Key(), Says: phrase.Textf(
					"is %d primary and %d any of %d tagged messages of that day and source", n.Primary, n.Any, tagged)})
			}
		default:
			if n.Primary != n.Any {
				a.fault(Fault{Check: "cells", Cell: k.Key(), Says: phrase.Textf("is %d primary and %d any, and both are the same thing", n.Primary, n.Any)})
			}
		}
	}
	keys := make([]groupKey, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		return keys[i].day < keys[j].day || keys[i].day == keys[j].day && keys[i].source < keys[j].source
	})
	for _, k := range keys {
		g := groups[k]
		sum := g.kinds[KindTagged] + g.kinds[KindUntagged] + g.kinds[KindRejected]
		a.groupFault(k, phrase.Textf("messages"), g.kinds[KindTotal], phrase.Textf("tagged, untagged and rejected"), sum)
		a.groupFault(k, phrase.Textf("tagged messages"), g.kinds[KindTagged], phrase.Textf("primaries of themes"), g.kinds[KindTheme])
		a.groupFault(k, phrase.Textf("tagged messages"), g.kinds[KindTagged], phrase.Textf("primaries of sub-themes"), g.kinds[KindSubTheme])
		for _, theme := range themesOf(g.themes, g.subs) {
			a.groupFault(k, phrase.Textf("primaries of %s", theme), g.themes[theme].Primary, phrase.Textf("those of its sub-themes"), g.subs[theme].Primary)
			if any, subs := g.themes[theme].Any, g.subs[theme].Any; any > subs {
				a.groupFault(k, phrase.Textf("mentions of %s", theme), any, phrase.Textf("those of its sub-themes"), subs)
			}
		}
	}
}

// themesOf returns the ids of both, sorted.
func themesOf(themes, subs map[string]Count) []string {
	ids := make([]string, 0, len(themes))
	for id := range themes {
		ids = append(ids, id)
	}
	for id := range subs {
		if _, ok := themes[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (a *Auditor) groupFault(k groupKey, what phrase.Text, n uint64, parts phrase.Text, sum uint64) {
	if n != sum {
		a.fault(Fault{Check: "cells", Cell: k.day + "." + string(appendSource(nil, k.source)), Says: phrase.Textf(
			"%d %s, and %s add up to %d", n, what, parts, sum)})
	}
}
