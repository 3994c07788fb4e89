package dashboard

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// Colours that themes take in turn, by their place in the dictionary, so that a
// theme keeps its colour whatever its rank: classes c0 to c5 of the style sheet.
const numColours = 6

// frame is what every page has.
type frame struct {
	W               *words
	Style, Icon     string // addresses
	Script          string
	Home, OtherLink string
	ReloadLink      string // switches reloading on or off
	Reloads         bool
	ReloadAfter     int // seconds
}

// view is the page /, all of it as text.
type view struct {
	frame

	Away       bool
	AwaySince  instant // when the broker went away
	Known      bool    // there are counts to show
	Empty      bool    // nothing was stored yet
	NotRunning bool

	Total, Position, Frontier string
	Rate                      string // empty: not known, or nothing is being counted
	AllCounted                bool
	AsOf                      instant
	Dict, Tally               string

	Ledger       []ledgerRow
	Stored       string
	LedgerBroken string // what the four add up to, when they should not
	Undated      string // of messages whose time cannot be read; empty: none

	Themes     []themeView
	Aspects    []bar
	Sources    []bar
	Chart      *chart
	ManyCells  string // a warning; empty: none
	HasMetrics bool
}

// instant is a time for people and for machines.
type instant struct{ Text, Machine string }

// ledgerRow is one of the four numbers that must add up.
type ledgerRow struct {
	Name, Note, N, Share string
	Reasons              []reason
}

type reason struct{ Name, N string }

// bar is a line of a table with a bar in it.
type bar struct {
	Name, Primary, Any string
	Width              string // of the bar
	Share              string // of everything
}

// themeView is a theme and its sub-themes.
type themeView struct {
	bar
	ID        string
	Colour    string
	Caption   string
	SubThemes []subThemeView
}

type subThemeView struct {
	bar
	ID      string
	OfTheme string
}

func (d *Dashboard) frame(r request) frame {
	other, toggled := r, r
	other.lang = en
	if r.lang == en {
		other.lang = zh
	}
	toggled.refresh = !r.refresh
	return frame{
		W: wordsIn(r.lang), Style: d.assets.Style, Icon: d.assets.Icon, Script: d.assets.Script,
		Home: r.at("/").link(), OtherLink: other.link(), ReloadLink: toggled.link(), Reloads: r.refresh, ReloadAfter: refreshSeconds,
	}
}

// view lays out what is known for one reader.
func (d *Dashboard) view(r request, m moment) *view {
	v := &view{frame: d.frame(r), Away: m.away(), Known: m.known, HasMetrics: d.cfg.Metrics != nil}
	if v.Away {
		v.AwaySince = d.time(m.since)
	}
	if !m.known {
		return v
	}
	s, totals := m.counts.Snapshot, m.counts.Totals
	v.AsOf = d.time(m.readAt)
	v.Dict, v.Tally = s.Dict, s.Tally
	v.NotRunning = m.statusErr == nil && !m.status.Ready
	v.Empty = s.Stored == 0
	v.Total = textfmt.Count(s.Tagged + s.Untagged)
	v.position(m)
	if m.rate > 0 {
		v.Rate = fmt.Sprintf(v.W.RateF, textfmt.Count(m.rate))
	}
	v.ledger(s, totals)
	v.themes(s, m.counts.Info.Themes, r.lang)
	if totals != nil && !v.Empty {
		v.Aspects = aspects(totals, s.Tagged, r.lang)
		v.Sources = sources(totals, v.W)
		v.Chart = newChart(totals, v.W)
		v.manyCells(totals)
	}
	return v
}

func (d *Dashboard) time(t time.Time) instant {
	t = t.In(d.cfg.Zone)
	return instant{t.Format("2006-01-02 15:04:05 -07:00"), t.Format(time.RFC3339)}
}

// position writes the progress in words. It says that all is counted only if the
// broker has just confirmed that.
func (v *view) position(m moment) {
	frontier := m.counts.Snapshot.Frontier
	v.Frontier = fmt.Sprintf(v.W.FrontierF, textfmt.Count(frontier))
	switch last := m.status.Last; {
	case m.away() || m.statusErr != nil:
		v.Position = v.W.LastKnown
	case last > frontier:
		v.Position = fmt.Sprintf(v.W.ToCountF, textfmt.Count(last-frontier))
	case v.Empty:
		v.Position = v.W.Waiting
	default:
		v.Position, v.AllCounted = v.W.AllCounted, true
	}
}

// ledger shows the four numbers that must add up, and says so if they do not.
func (v *view) ledger(s pipeline.Snapshot, totals *pipeline.Totals) {
	w := v.W
	rows := []struct {
		name, note string
		n          uint64
		reasons    []reason
	}{
		{w.Tagged, w.TaggedNote, s.Tagged, nil},
		{w.Untagged, w.UntaggedNote, s.Untagged, nil},
		{w.Rejected, w.RejectedNote, s.Rejected, reasons(totals, w)},
		{w.Missing, w.MissingNote, s.Missing, nil},
	}
	var sum uint64
	for _, r := range rows {
		sum += r.n
		v.Ledger = append(v.Ledger, ledgerRow{r.name, r.note, textfmt.Count(r.n), textfmt.Share(r.n, s.Stored), r.reasons})
	}
	v.Stored = textfmt.Count(s.Stored)
	if s.AbsurdTime > 0 {
		v.Undated = fmt.Sprintf(w.UndatedF, textfmt.Count(s.AbsurdTime))
	}
	if sum != s.Stored {
		v.LedgerBroken = fmt.Sprintf(w.LedgerBrokenF, textfmt.Count(sum))
	}
}

// reasons returns why messages were rejected, the most frequent first.
func reasons(totals *pipeline.Totals, w *words) []reason {
	rows := totals.By(pipeline.ByReason)
	slices.SortStableFunc(rows, largestFirst)
	var out []reason
	for _, r := range rows {
		if r.Primary > 0 {
			out = append(out, reason{cmp.Or(w.Reasons[r.ID], r.ID), textfmt.Count(r.Primary)})
		}
	}
	return out
}

func largestFirst(a, b pipeline.Row) int { return cmp.Compare(b.Primary, a.Primary) }

// themes lays out themes and sub-themes, largest first. The bars of all
// sub-themes have one scale, so that they compare across themes.
func (v *view) themes(s pipeline.Snapshot, o pipeline.ThemeTree, lang string) {
	names := namesOf(o, lang)
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
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.Primary, a.Primary) })
	for _, t := range all {
		tv := themeView{
			ID: t.ID, Colour: fmt.Sprintf("c%d", t.place%numColours),
			bar: bar{names.of(t.ID), textfmt.Count(t.Primary), textfmt.Count(t.Any), width(t.Primary, s.Tagged), textfmt.Share(t.Primary, s.Tagged)},
		}
		tv.Caption = fmt.Sprintf(v.W.SubThemesF, tv.Name)
		subs := slices.SortedStableFunc(slices.Values(t.SubThemes), func(a, b pipeline.SubThemeCount) int { return cmp.Compare(b.Primary, a.Primary) })
		for _, sub := range subs {
			tv.SubThemes = append(tv.SubThemes, subThemeView{
				ID:      sub.ID,
				bar:     bar{names.of(sub.ID), textfmt.Count(sub.Primary), textfmt.Count(sub.Any), width(sub.Primary, widest), textfmt.Share(sub.Primary, s.Tagged)},
				OfTheme: textfmt.Share(sub.Primary, t.Primary),
			})
		}
		v.Themes = append(v.Themes, tv)
	}
}

// names are the names of ids in one language.
type names map[string]string

func (n names) of(id string) string { return cmp.Or(n[id], id) }

func namesOf(o pipeline.ThemeTree, lang string) names {
	n := make(names)
	add := func(id, zhName, enName string) {
		n[id] = zhName
		if lang == en {
			n[id] = enName
		}
	}
	for _, t := range o {
		add(t.ID, t.Zh, t.En)
		for _, s := range t.SubThemes {
			add(s.ID, s.Zh, s.En)
		}
	}
	return n
}

// aspects lays out the nine headings in the consultation's own order.
func aspects(totals *pipeline.Totals, tagged uint64, lang string) []bar {
	counts := make(map[string]pipeline.Count)
	var widest uint64
	for _, row := range totals.By(pipeline.ByAspect) {
		counts[row.ID] = row.Count
		widest = max(widest, row.Primary)
	}
	headings := dict.Aspects()
	out := make([]bar, 0, len(headings))
	for _, a := range headings {
		name, n := a.Name.Zh, counts[a.ID]
		if lang == en {
			name = a.Name.En
		}
		out = append(out, bar{name, textfmt.Count(n.Primary), textfmt.Count(n.Any), width(n.Primary, widest), textfmt.Share(n.Primary, tagged)})
	}
	return out
}

// maxSources is how many sources have a line; the rest are one line.
const maxSources = 12

// sources lays out the messages by source, the largest first.
func sources(totals *pipeline.Totals, w *words) []bar {
	rows, others, rest := totals.Top(pipeline.BySource, maxSources)
	all := rest.Primary
	for _, r := range rows {
		all += r.Primary
	}
	var out []bar
	for _, r := range rows {
		out = append(out, bar{r.ID, textfmt.Count(r.Primary), "", width(r.Primary, all), textfmt.Share(r.Primary, all)})
	}
	if others > 0 {
		name := fmt.Sprintf(w.MoreSourcesF, textfmt.Count(others))
		out = append(out, bar{name, textfmt.Count(rest.Primary), "", width(rest.Primary, all), textfmt.Share(rest.Primary, all)})
	}
	return out
}

// manyCells warns of more sources or days than somebody can have meant.
func (v *view) manyCells(totals *pipeline.Totals) {
	if days, sources := totals.Days(), totals.Sources(); max(days, sources) > pipeline.ManyGroups {
		v.ManyCells = fmt.Sprintf(v.W.ManyCellsF, textfmt.Count(sources), textfmt.Count(days))
	}
}
