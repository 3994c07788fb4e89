package dashboard

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/minyi/minyi/pipeline"
)

// page is a page with its numbers.
type page struct {
	*view
	Fragments []fragment
	Events    string // address of the events
	Have      string // id of the event that would bring the same
	found     bool   // there is such a page
	err       error
}

// The fragments of each page.
var (
	ofOverview = []string{"notices", "hero", "themes", "areas", "aspects", "pair", "tallies", "foot"}
	ofTheme    = []string{"notices", "theme", "subthemes", "pair", "foot"}
	ofSources  = []string{"notices", "heading", "allsources", "foot"}
	ofDays     = []string{"notices", "heading", "alldays", "foot"}
	ofTallies  = []string{"notices", "heading", "difference", "foot"}
)

// pageOf makes the page that was asked for.
func (d *Dashboard) pageOf(req request, m moment) page {
	v, names := d.layOut(req, m)
	if v == nil {
		return page{}
	}
	p := page{view: v, Events: req.events(), found: true}
	if p.Fragments, p.err = d.fragments(names, v); p.err == nil {
		p.Have = version(m.counts.Frontier, p.Fragments)
	}
	return p
}

// layOut returns what a page shows, and its fragments; nil: there is no such page.
func (d *Dashboard) layOut(req request, m moment) (*view, []string) {
	kind, id, ok := split(req.path)
	if !ok || (tableQuery{string(pipeline.ByDay), req.filter}).check() != nil {
		return nil, nil
	}
	shown := req
	switch kind {
	case "":
		shown.theme = "" // messages are not counted by theme and theme
		return d.overview(shown, m), ofOverview
	case "sources":
		if id == "" {
			return d.allSources(req, m), ofSources
		}
		shown.source = id
		if m.known && m.counts.Totals.Of(pipeline.BySource, id) == (pipeline.Count{}) {
			return nil, nil
		}
		v := d.overview(shown, m)
		v.head(d.names(req, m).source(id))
		v.Crumbs = []link{{v.W.Sources, req.at("/sources").link()}}
		return v, ofOverview
	case "days":
		if id == "" {
			return d.allDays(req, m), ofDays
		}
		shown.from, shown.to = id, id
		if m.known && m.counts.Totals.Of(pipeline.ByDay, id) == (pipeline.Count{}) {
			return nil, nil
		}
		v := d.overview(shown, m)
		v.head(id)
		v.Crumbs = []link{{v.W.Day, req.at("/days").link()}}
		return v, ofOverview
	case "tallies":
		return d.differencePage(req, m, id), ofTallies
	default:
		shown.theme = id
		return d.theme(shown, m), ofTheme
	}
}

// split returns the kind of page that a path leads to, and of what. It says nothing of
// whether there is such a theme.
func split(path string) (kind, id string, ok bool) {
	if path == "/" {
		return "", "", true
	}
	kind, rest, deep := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	id, err := url.PathUnescape(rest)
	if err != nil || deep == (rest == "") {
		return "", "", false
	}
	switch kind {
	case "sources", "days":
		return kind, id, true
	case "tallies":
		return kind, id, id != ""
	case "themes", "subthemes":
		return kind, id, id != "" && (kind == "subthemes") == strings.Contains(id, "/")
	}
	return "", "", false
}

// isPage tells whether an address looks like one of a page.
func isPage(req request) bool { _, _, ok := split(req.path); return ok }

// toTheme returns the address of the page of a theme or sub-theme.
func (r request) toTheme(id string) string {
	r.theme = ""
	if theme, sub, ok := strings.Cut(id, "/"); ok {
		return r.at("/subthemes/" + url.PathEscape(theme) + "/" + url.PathEscape(sub)).link()
	}
	return r.at("/themes/" + url.PathEscape(id)).link()
}

// toSource returns the address of the page of a source. Some names cannot stand in a
// path, as servers clean those up.
func (r request) toSource(id string) string {
	r.theme, r.source = "", ""
	if id == "" || id == "." || id == ".." || strings.Contains(id, "/") {
		r.source = id
		return r.at("/").link()
	}
	return r.at("/sources/" + url.PathEscape(id)).link()
}

// toDay returns the address of the page of a day; of what is no day there is none.
func (r request) toDay(day string) string {
	r.theme, r.from, r.to = "", "", ""
	if (pipeline.Query{From: day}).Validate() != nil {
		return ""
	}
	return r.at("/days/" + day).link()
}

// head gives a page its own heading and title.
func (v *view) head(heading string) {
	v.Heading = heading
	v.Title = heading + " · " + v.W.Title
}

// theme lays out the page of a theme or of a sub-theme: its numbers, its sub-themes, when and where
// from. It returns nil if the dictionary has no such theme.
func (d *Dashboard) theme(r request, m moment) *view {
	v := d.view(r, m)
	if !m.known {
		return v
	}
	id, n := r.theme, d.names(r, m)
	themeID, _, isSub := strings.Cut(id, "/")
	place := slices.IndexFunc(m.counts.Info.Themes, func(t pipeline.TreeTheme) bool { return t.ID == themeID })
	if place < 0 {
		return nil
	}
	// Shares are of all tagged messages of the days and sources, not of the theme's.
	wide := r
	wide.theme = ""
	themes, tagged, noTagged := m.counts.Themes, m.counts.Tagged, false
	if sc := d.scope(wide, m); sc.filter != (filter{}) || m.counts.Suppression != nil {
		_, o, hidden := sc.published()
		themes, tagged, noTagged = scopedThemes(m.counts.Info.Themes, sc), o.Tagged, hidden.tagged
	}
	t := themes[place]
	own, hidden, noAny := pipeline.Count{Primary: t.Primary, Any: t.Any}, t.Suppressed, t.AnySuppressed
	v.Crumbs = []link{{v.W.Themes, wide.at("/").link()}}
	v.Colour = colour(place)
	if isSub {
		i := slices.IndexFunc(t.SubThemes, func(s pipeline.SubThemeCount) bool { return s.ID == id })
		if i < 0 {
			return nil
		}
		sub := t.SubThemes[i]
		own, hidden, noAny = pipeline.Count{Primary: sub.Primary, Any: sub.Any}, sub.Suppressed, sub.AnySuppressed
		v.Crumbs = append(v.Crumbs, link{n.of(themeID), wide.toTheme(themeID)})
	}
	v.head(n.of(id))
	v.Selection = d.selection(r, m)
	v.Total = number(own.Primary, hidden)
	sure := d.sureness(r, m)
	v.sure(sure)
	v.Facts = []fact{
		{Name: v.W.OfTagged, N: share(own.Primary, tagged, hidden || noTagged), interval: sure.interval(id, own.Primary, tagged, hidden || noTagged)},
		{Name: v.W.Any, N: number(own.Any, noAny)},
	}
	if isSub {
		v.Facts = slices.Insert(v.Facts, 1, fact{Name: v.W.OfTheme, N: share(own.Primary, t.Primary, hidden || t.Suppressed)})
		if v.CloseCalls {
			v.Facts = append(v.Facts, fact{Name: v.W.CloseCalls, N: sure.closeCalls(id), Link: "#todo-close"})
		}
	} else {
		var widest uint64
		for _, s := range t.SubThemes {
			widest = max(widest, s.Primary)
		}
		caption := fmt.Sprintf(v.W.SubThemesF, v.Heading)
		v.Themes = []themeView{{ID: id, Caption: caption, SubThemes: subThemes(wide, t, tagged, widest, noTagged, n, sure)}}
	}
	if m.counts.Totals != nil && (own != (pipeline.Count{}) || hidden) {
		sc := d.scope(r, m)
		v.Sources = sources(wide, sc, v.W, n)
		v.Chart = newChart(sc.by(pipeline.ByDay), v.W)
	}
	return v
}

// allSources lays out the page of all sources.
func (d *Dashboard) allSources(r request, m moment) *view {
	v := d.view(r, m)
	v.head(v.W.Sources)
	v.Selection = d.selection(r, m)
	if m.known && m.counts.Totals != nil {
		n := d.names(r, m)
		rows := d.scope(r, m).by(pipeline.BySource)
		slices.SortStableFunc(rows, func(a, b pipeline.Row) int {
			return cmp.Or(r.compare(a.Primary, a.Any, n.source(a.ID), b.Primary, b.Any, n.source(b.ID)), strings.Compare(a.ID, b.ID))
		})
		v.Sources = list(rows, n.source, r.toSource)
	}
	return v
}

// allDays lays out the page of all days.
func (d *Dashboard) allDays(r request, m moment) *view {
	v := d.view(r, m)
	v.head(v.W.AllDays)
	v.Selection = d.selection(r, m)
	if m.known && m.counts.Totals != nil {
		rows := d.scope(r, m).by(pipeline.ByDay)
		v.Sort = sorting{Primary: r.sorted(sortPrimary).link()}
		if r.sort == sortPrimary {
			slices.SortStableFunc(rows, largestFirst)
			v.Sort = sorting{Name: r.sorted("").link()}
		}
		v.Days = list(rows, func(day string) string { return day }, r.toDay)
	}
	return v
}
