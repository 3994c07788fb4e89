package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// Tally is a tally that is wanted, as a line of /api/v1/tallies. It names no worker, as
// their names hold those of machines.
type Tally struct {
	Tally    string    `json:"tally"`
	Dict     string    `json:"dict"`
	Current  bool      `json:"current"`
	Frontier uint64    `json:"frontier"`
	Last     uint64    `json:"last"`
	Lag      uint64    `json:"lag"`
	Rate     uint64    `json:"rate"`
	AsOf     time.Time `json:"as_of,omitzero"`
	// Workers is how many count it, and Refused how many say that they cannot; nil: not
	// known.
	Workers *int `json:"workers,omitempty"`
	Refused *int `json:"refused,omitempty"`
	// Promotion is how it became current; nil: it is not, or that is not known.
	Promotion *apiPromotion `json:"promotion,omitempty"`
}

// apiPromotion is [pipeline.Promotion] in JSON.
type apiPromotion struct {
	Event string    `json:"event"`
	From  string    `json:"from,omitempty"`
	At    time.Time `json:"at"`
	By    string    `json:"by,omitempty"`
	Why   string    `json:"why,omitempty"`
}

// talliesAge is how many times Config.MaxAge the list of tallies is kept: it costs the
// broker more than the status, and a promotion does not wait for it.
const talliesAge = 5

// askTallies asks which tallies are wanted. Counts are shown without them.
func (l *latest) askTallies(ctx context.Context) {
	if l.cfg.Tallies == nil || l.now.statusErr != nil {
		return
	}
	if now := l.cfg.Now(); !l.talliesAt.IsZero() && now.Sub(l.talliesAt) < talliesAge*l.cfg.MaxAge {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.cfg.ReadTimeout)
	defer cancel()
	list, err := l.cfg.Tallies(ctx)
	if err != nil && l.now.talliesErr == nil {
		l.cfg.Log.Warn("list tallies for the dashboard", "error", err)
	}
	l.now.tallies, l.now.talliesErr, l.talliesAt = list, err, l.cfg.Now()
	l.now.talliesShown = fingerprint(list)
}

// fingerprint is equal for two lists of which the page shows the same.
func fingerprint(list []Tally) string {
	s := ""
	for _, t := range list {
		s += fmt.Sprint(t.Tally, t.Dict, t.Frontier, t.Lag, known(t.Workers), known(t.Refused), ";")
	}
	return s
}

// known returns -1 for a number that is not known.
func known(n *int) int {
	if n == nil {
		return -1
	}
	return *n
}

// all lists the tallies, the current one first. What is said of the current one is of the
// same reading as the counts. With --min-cell the others are left out: how far they are
// tells what was stored since the last publication.
func (m moment) all() []Tally {
	out := []Tally{}
	of := func(id string) Tally {
		if i := slices.IndexFunc(m.tallies, func(t Tally) bool { return t.Tally == id }); i >= 0 {
			return m.tallies[i]
		}
		return Tally{Tally: id}
	}
	if c := m.counts; c.Tally != "" {
		t := of(c.Tally)
		last := max(m.status.Last, c.Frontier)
		t.Dict, t.Current, t.Frontier, t.Last, t.Lag, t.Rate, t.AsOf = c.Dict, true, c.Frontier, last, last-c.Frontier, m.rate, c.AsOf
		if p := m.promotion; !m.currentSince(c.Tally).IsZero() {
			t.Promotion = &apiPromotion{p.Event, p.From, p.At, p.By, p.Why}
		}
		out = append(out, t)
	}
	if m.counts.Suppression != nil {
		return out
	}
	for _, t := range m.tallies {
		if t.Tally != m.counts.Tally {
			t.Current = false
			out = append(out, t)
		}
	}
	if s := m.status; s.Tally != "" && !slices.ContainsFunc(out, func(t Tally) bool { return t.Tally == s.Tally }) {
		out = append(out, Tally{Tally: s.Tally, Dict: s.Dict, Frontier: s.Frontier, Last: s.Last, Lag: s.Lag, AsOf: s.AsOf})
	}
	return out
}

// currentSince is when a tally became the current one; zero if it is not, or that is not
// known.
func (m moment) currentSince(tally string) time.Time {
	if m.promotion.Tally == tally {
		return m.promotion.At
	}
	return time.Time{}
}

// apiTallies answers /api/v1/tallies: the tallies that are wanted, the current one first, in
// JSON, CSV or XLSX.
func (d *Dashboard) apiTallies(w http.ResponseWriter, r *http.Request) {
	format, err := fileFormat(r.URL.Query().Get("format"))
	if err != nil {
		refuse(w, r, http.StatusBadRequest, err)
		return
	}
	m := d.latest.get(r.Context())
	if err := errors.Join(m.countsErr, m.statusErr); err != nil {
		refuse(w, r, http.StatusServiceUnavailable, phrase.Errorf("counts cannot be read: %w", err))
		return
	}
	if m.talliesErr != nil {
		refuse(w, r, http.StatusServiceUnavailable, phrase.Errorf("tallies cannot be listed: %w", m.talliesErr))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if format == "json" {
		writeJSON(w, http.StatusOK, m.all())
		return
	}
	d.writeFile(w, m.talliesFile(), format, phrase.Language(parseRequest(r).lang))
}

// talliesFile is the list of tallies as a file. A number that is not known is an empty cell.
func (m moment) talliesFile() file {
	number := func(n *int) any {
		if n == nil {
			return ""
		}
		return uint64(max(0, *n))
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339)
	}
	return file{
		name: "tallies", frontier: m.counts.Frontier, origin: pipeline.Origin(&m.counts, m.currentSince(m.counts.Tally)),
		header: []string{"tally", "dict", "current", "frontier", "last", "lag", "rate", "as_of", "workers", "refused", "event", "from", "at", "by", "why"},
		rows: func(yield func([]any) bool) {
			for _, t := range m.all() {
				var p apiPromotion
				if t.Promotion != nil {
					p = *t.Promotion
				}
				if !yield([]any{
					t.Tally, t.Dict, strconv.FormatBool(t.Current), t.Frontier, t.Last, t.Lag, t.Rate, at(t.AsOf), number(t.Workers), number(t.Refused),
					p.Event, p.From, at(p.At), p.By, p.Why,
				}) {
					return
				}
			}
		},
	}
}

// tallyRow is a tally as the page shows it.
type tallyRow struct {
	Dict, Tally, State, Workers, Frontier, Lag string

	Link string // to what it changes; empty: that is not there
	Key  string // that follows the link
}

// whoCounts lays out the tallies that are wanted, and how the current one became that.
func (v *view) whoCounts(m moment, say func(why, lang string) string, lang string) {
	if m.tallies == nil {
		return
	}
	for _, t := range m.all() {
		row := tallyRow{
			Dict: t.Dict[:min(8, len(t.Dict))], Tally: t.Tally, State: v.W.Beside, Frontier: textfmt.Count(t.Frontier), Lag: textfmt.Count(t.Lag),
		}
		if t.Current {
			row.State = v.W.Current
		}
		if t.Workers != nil {
			row.Workers = textfmt.Count(*t.Workers)
		}
		if n := known(t.Refused); n > 0 {
			row.State += v.W.Comma + count(uint64(n), v.W.RefusedF)
		}
		v.Tallies = append(v.Tallies, row)
	}
	if p := m.promotion; v.Promoted != nil {
		if event := v.W.Moves[p.Event]; event != "" {
			v.Moved = event
		}
		if p.By != "" {
			v.Moved += v.W.Comma + p.By
		}
		if p.Why != "" {
			v.Moved += v.W.Comma + say(p.Why, lang)
		}
	}
}

// listed is the part of a moment about all tallies.
type listed struct {
	tallies      []Tally // that are wanted, as last listed; nil: not known
	talliesErr   error
	talliesShown string // their fingerprint
	promotion    pipeline.Promotion
	moves        []Move // the oldest first; nil: not known
	movesShown   string // their fingerprint
}
