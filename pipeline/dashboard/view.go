package dashboard

import (
	"fmt"
	"time"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// Colours that themes take in turn, by their place in the dictionary, so that a
// theme keeps its colour whatever its rank: classes c0 to c5 of the style sheet.
const numColours = 6

// frame is what every page has.
type frame struct {
	W               *words
	Title           string
	Style, Icon     string // addresses
	Script          string
	Home, OtherLink string
	ReloadLink      string // switches reloading on or off
	Reloads         bool
	ReloadAfter     int // seconds
}

// view is a page, all of it as text. A page shows the parts that its fragments name.
type view struct {
	frame

	Away       bool
	AwaySince  instant // when the broker went away
	Known      bool    // there are counts to show
	Empty      bool    // nothing was stored yet
	NotRunning bool
	Uncounted  bool // by any worker
	Tallies    []tallyRow
	Difference *differenceView
	Moved      string    // how the current tally became that: what, by whom, why
	History    []moveRow // how tallies became the current one
	Promoted   *instant  // when the tally became current; nil: not known

	Heading   string
	Crumbs    []link    // to the pages above this one
	Selection selection // which messages are counted

	Total, Position, Frontier string
	Rate                      string // empty: not known, or nothing is being counted
	AllCounted                bool
	AsOf                      instant
	Dict, Tally               string

	Ledger       []ledgerRow
	Stored       string
	LedgerTotal  string // what the rows add up to: messages stored, or read
	LedgerHolds  string
	LedgerBroken string // what the four add up to, when they should not
	Undated      string // of messages whose time cannot be read; empty: none

	Facts                 []fact // of a theme or sub-theme
	Colour                string
	Sort                  sorting
	Themes                []themeView
	Areas                 []subThemeView // the six of livelihood
	Aspects               []bar
	Sources               []bar
	Days                  []bar
	Chart                 *chart
	Intervals             string              // what the intervals are from; empty: there are none
	CloseCalls            bool                // they are counted
	Downloads             map[string]download // by dimension
	OutcomesFiles         download
	AreasFiles            download
	TalliesFiles          download
	DaysLink, SourcesLink string // to the whole lists
	ManyCells             string // a warning; empty: none
	Withheld              string // what * means; empty: it is not there
	HasMetrics            bool
}

// link is a name that leads somewhere; an empty address leads nowhere.
type link struct{ Name, Address string }

// fact is a line about a theme.
type fact struct {
	Name, N string
	Link    string // empty: none
	interval
}

// sorting holds the addresses of the page in other orders; the one of its own is empty.
type sorting struct{ Name, Primary, Any string }

// instant is a time for people and for machines.
type instant struct{ Text, Machine string }

// columnHead is a head of a table that sorts it.
type columnHead struct{ Name, Address, Order string }

// Column returns the head of a column by which the table can be sorted.
func (v *view) Column(name, address string) columnHead {
	order := "descending"
	if v.Sort.Name == "" {
		order = "ascending"
	}
	return columnHead{name, address, order}
}

// themeTable is the table of a theme's sub-themes.
type themeTable struct {
	*view
	Theme themeView
}

// Table returns the table of a theme's sub-themes.
func (v *view) Table(t themeView) themeTable { return themeTable{v, t} }

// lines is a table of names and numbers.
type lines struct {
	*view
	Label   string
	Rows    []bar
	CanSort bool
}

// sure says on a page how sure its shares are.
func (v *view) sure(s sureness) { v.Intervals, v.CloseCalls = s.note(), s.close != nil }

// Lines returns a table of names and numbers.
func (v *view) Lines(label string, rows []bar) lines { return lines{v, label, rows, false} }

// Sorted returns one whose heads sort it.
func (v *view) Sorted(label string, rows []bar) lines { return lines{v, label, rows, true} }

func (d *Dashboard) frame(r request) frame {
	other, toggled := r, r
	other.lang = en
	if r.lang == en {
		other.lang = zh
	}
	toggled.refresh = !r.refresh
	w := wordsIn(r.lang)
	return frame{
		W: w, Title: w.Title, Style: d.assets.Style, Icon: d.assets.Icon, Script: d.assets.Script,
		Home: r.at("/").all().link(), OtherLink: other.link(), ReloadLink: toggled.link(), Reloads: r.refresh, ReloadAfter: refreshSeconds,
	}
}

// view lays out what every page shows.
func (d *Dashboard) view(r request, m moment) *view {
	v := &view{frame: d.frame(r), Away: m.away(), Known: m.known, HasMetrics: d.cfg.Metrics != nil && !d.cfg.PrivateMetrics}
	v.Heading = v.W.Heading
	if v.Away {
		v.AwaySince = d.time(m.since)
	}
	if !m.known {
		return v
	}
	s := m.counts.Snapshot
	v.AsOf = d.time(m.readAt)
	v.Dict, v.Tally = s.Dict, s.Tally
	if since := m.currentSince(s.Tally); !since.IsZero() {
		at := d.time(since)
		v.Promoted = &at
	}
	v.whoCounts(m, d.cfg.Why, r.lang)
	d.linkDifferences(v, r, m)
	d.history(v, r, m)
	v.NotRunning = m.statusErr == nil && !m.status.Ready
	v.Uncounted = m.statusErr == nil && m.status.Uncounted != ""
	v.Empty = s.Stored == 0
	if c := m.counts.Suppression; c != nil {
		v.Withheld = fmt.Sprintf(v.W.WithheldF, textfmt.Count(c.Min))
	}
	v.position(m)
	if m.rate > 0 {
		v.Rate = fmt.Sprintf(v.W.RateF, textfmt.Count(m.rate))
	}
	v.Sort = sorting{Name: r.sorted(sortName).link(), Primary: r.sorted("").link(), Any: r.sorted(sortAny).link()}
	switch r.sort {
	case sortName:
		v.Sort.Name = ""
	case sortAny:
		v.Sort.Any = ""
	default:
		v.Sort.Primary = ""
	}
	v.DaysLink, v.SourcesLink = r.at("/days").link(), r.at("/sources").link()
	v.downloads(r, m)
	if m.counts.Totals != nil {
		v.manyCells(m.counts.Totals)
	}
	return v
}

// overview lays out the page of all messages, or of those of a source and of some days.
func (d *Dashboard) overview(r request, m moment) *view {
	v := d.view(r, m)
	v.Selection = d.selection(r, m)
	if !m.known {
		return v
	}
	a, n := d.account(r, m), d.names(r, m)
	s, sc, hidden := a.Snapshot, a.scope, a.hidden
	v.Total = textfmt.Count(s.Tagged + s.Untagged)
	if hidden.tagged || hidden.untagged {
		v.Total = number(a.read, hidden.read) // with those that are no suggestions
	}
	v.ledger(a)
	sure := d.sureness(r, m)
	v.sure(sure)
	v.themes(r, s, hidden.tagged, n, sure)
	for i := range v.Themes {
		v.Themes[i].Files = r.of(v.Themes[i].ID).subThemeFiles(m)
	}
	if !v.Empty {
		v.Areas = areas(v.Themes)
	}
	if m.counts.Totals != nil && !v.Empty {
		v.Aspects = aspects(sc, s.Tagged, hidden.tagged, r.lang)
		v.Sources = sources(r, sc, v.W, n)
		v.Chart = newChart(sc.by(pipeline.ByDay), v.W)
	}
	return v
}

func (d *Dashboard) scope(r request, m moment) scope {
	return scope{counts: m.counts, filter: r.filter, tables: d.tables}
}

func (d *Dashboard) time(t time.Time) instant {
	t = t.In(d.cfg.Zone)
	return instant{t.Format("2006-01-02 15:04:05 -07:00"), t.Format(time.RFC3339)}
}

// position writes the progress in words. It says that all is counted only if the
// broker has just confirmed that.
func (v *view) position(m moment) {
	frontier := m.counts.Frontier
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

// manyCells warns of more sources or days than somebody can have meant.
func (v *view) manyCells(totals *pipeline.Totals) {
	if days, sources := totals.Days(), totals.Sources(); max(days, sources) > pipeline.ManyGroups {
		v.ManyCells = fmt.Sprintf(v.W.ManyCellsF, textfmt.Count(sources), textfmt.Count(days))
	}
}
