package dashboard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// bar is a line of a table with a bar in it.
type bar struct {
	Name, Primary, Any string
	Width              string // of the bar
	Share              string // of everything
	Link               string // to the page of what the line counts; empty: there is none
	Key                string // what names the line wherever it stands
	interval                  // of Share
}

// themeView is a theme and its sub-themes.
type themeView struct {
	bar
	ID        string
	Colour    string
	Caption   string
	Files     download
	SubThemes []subThemeView
}

type subThemeView struct {
	bar
	OfTheme string
	Close   string // how many are close calls
}

// scopedThemes returns the counts of all themes of the tree among what passes.
func scopedThemes(tree pipeline.ThemeTree, sc scope) []pipeline.ThemeCount {
	themes, subs := sc.rows(pipeline.ByTheme), sc.rows(pipeline.BySubTheme)
	out := make([]pipeline.ThemeCount, 0, len(tree))
	for _, t := range tree {
		n := themes[t.ID]
		tc := pipeline.ThemeCount{ID: t.ID, Primary: n.Primary, Any: n.Any, Suppressed: n.Suppressed, AnySuppressed: n.AnySuppressed}
		for _, s := range t.SubThemes {
			n := subs[s.ID]
			tc.SubThemes = append(tc.SubThemes, pipeline.SubThemeCount{ID: s.ID, Primary: n.Primary, Any: n.Any, Suppressed: n.Suppressed, AnySuppressed: n.AnySuppressed})
		}
		out = append(out, tc)
	}
	return out
}

// themes lays out themes and sub-themes, largest first or in the order that was asked
// for. The bars of all sub-themes have one scale, so that they compare across themes.
func (v *view) themes(r request, s pipeline.Snapshot, noTagged bool, n names, sure sureness) {
	var widest uint64
	for _, t := range s.Themes {
		for _, sub := range t.SubThemes {
			widest = max(widest, sub.Primary)
		}
	}
	type ranked struct {
		pipeline.ThemeCount
		place int
	}
	all := make([]ranked, 0, len(s.Themes))
	for i, t := range s.Themes {
		all = append(all, ranked{t, i})
	}
	slices.SortStableFunc(all, func(a, b ranked) int {
		return r.compare(a.Primary, a.Any, n.of(a.ID), b.Primary, b.Any, n.of(b.ID))
	})
	for _, t := range all {
		tv := themeView{
			ID: t.ID, Colour: colour(t.place),
			bar: bar{
				Name: n.of(t.ID), Primary: number(t.Primary, t.Suppressed), Any: number(t.Any, t.AnySuppressed), Width: width(t.Primary, s.Tagged),
				Share: share(t.Primary, s.Tagged, noTagged || t.Suppressed), Link: r.toTheme(t.ID), Key: t.ID,
				interval: sure.interval(t.ID, t.Primary, s.Tagged, noTagged || t.Suppressed),
			},
		}
		tv.Caption = fmt.Sprintf(v.W.SubThemesF, tv.Name)
		tv.SubThemes = subThemes(r, t.ThemeCount, s.Tagged, widest, noTagged, n, sure)
		v.Themes = append(v.Themes, tv)
	}
}

func colour(place int) string { return fmt.Sprintf("c%d", place%numColours) }

func subThemes(r request, t pipeline.ThemeCount, tagged, widest uint64, noTagged bool, n names, sure sureness) (out []subThemeView) {
	subs := slices.SortedStableFunc(slices.Values(t.SubThemes), func(a, b pipeline.SubThemeCount) int {
		return r.compare(a.Primary, a.Any, n.of(a.ID), b.Primary, b.Any, n.of(b.ID))
	})
	for _, sub := range subs {
		out = append(out, subThemeView{
			bar: bar{
				Name: n.of(sub.ID), Primary: number(sub.Primary, sub.Suppressed), Any: number(sub.Any, sub.AnySuppressed), Width: width(sub.Primary, widest),
				Share: share(sub.Primary, tagged, noTagged || sub.Suppressed), Link: r.toTheme(sub.ID), Key: sub.ID,
				interval: sure.interval(sub.ID, sub.Primary, tagged, noTagged || sub.Suppressed),
			},
			OfTheme: share(sub.Primary, t.Primary, t.Suppressed || sub.Suppressed), Close: sure.closeCalls(sub.ID),
		})
	}
	return out
}

// compare orders two lines in the way that was asked for.
func (r request) compare(primary, any uint64, name string, primary2, any2 uint64, name2 string) int {
	switch r.sort {
	case sortName:
		return strings.Compare(name, name2)
	case sortAny:
		return cmp.Compare(any2, any)
	}
	return cmp.Compare(primary2, primary)
}

// areas returns the six areas of livelihood, in the consultation's own order, of the
// themes as they are laid out.
func areas(themes []themeView) (out []subThemeView) {
	i := slices.IndexFunc(themes, func(t themeView) bool { return t.ID == pipeline.Livelihood })
	if i < 0 {
		return nil
	}
	for _, id := range pipeline.LivelihoodAreas() {
		if j := slices.IndexFunc(themes[i].SubThemes, func(s subThemeView) bool { return s.Key == id }); j >= 0 {
			out = append(out, themes[i].SubThemes[j])
		}
	}
	return out
}

// aspects lays out the nine headings in the consultation's own order.
func aspects(sc scope, tagged uint64, noTagged bool, lang string) []bar {
	counts := sc.rows(pipeline.ByAspect)
	var widest uint64
	for _, n := range counts {
		widest = max(widest, n.Primary)
	}
	headings := dict.Aspects()
	out := make([]bar, 0, len(headings))
	for _, a := range headings {
		name, n := a.Name.Zh, counts[a.ID]
		if lang == en {
			name = a.Name.En
		}
		out = append(out, bar{
			Name: name, Primary: number(n.Primary, n.Suppressed), Any: number(n.Any, n.AnySuppressed), Width: width(n.Primary, widest),
			Share: share(n.Primary, tagged, noTagged || n.Suppressed), Key: a.ID,
		})
	}
	return out
}

// maxSources is how many sources have a line; the rest are one line.
const maxSources = 12

// sources lays out the messages by source, the largest first.
func sources(r request, sc scope, w *words, n names) []bar {
	rows, others, rest := sc.top(pipeline.BySource, maxSources)
	all, part := rest.Primary, rest.Suppressed
	for _, r := range rows {
		all, part = all+r.Primary, part || r.Suppressed
	}
	var out []bar
	for _, row := range rows {
		out = append(out, bar{
			Name: n.source(row.ID), Primary: number(row.Primary, row.Suppressed), Width: width(row.Primary, all),
			Share: share(row.Primary, all, part), Link: r.toSource(row.ID), Key: row.ID,
		})
	}
	if others > 0 {
		name := count(uint64(others), w.MoreSourcesF)
		out = append(out, bar{Name: name, Primary: number(rest.Primary, rest.Suppressed), Width: width(rest.Primary, all), Share: share(rest.Primary, all, part), Link: r.at("/sources").link()})
	}
	return out
}

// maxLines is how many lines a list has; the file has all of them.
const maxLines = 2000

// list lays out all rows of a table of days or sources.
func list(rows []pipeline.Row, name func(string) string, to func(string) string) []bar {
	var all, widest uint64
	part := false // all is not all
	for _, row := range rows {
		all, widest, part = all+row.Primary, max(widest, row.Primary), part || row.Suppressed
	}
	var out []bar
	for _, row := range rows[:min(len(rows), maxLines)] {
		out = append(out, bar{
			Name: name(row.ID), Primary: number(row.Primary, row.Suppressed), Width: width(row.Primary, widest),
			Share: share(row.Primary, all, part), Link: to(row.ID), Key: row.ID,
		})
	}
	return out
}
