package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// Difference is what another dictionary changes: the counts of a tally beside those of the
// current one, of the same messages.
type Difference struct {
	A, B DifferenceSide // A is the current tally
	// Frontier is that of both. With Over their frontiers differ, and only Days days are
	// compared, of which both have counted the same messages; LeftOut days are not.
	Frontier      uint64
	Over          bool
	Days, LeftOut int
	Rows          []DifferenceRow // each theme, and its sub-themes behind it
	// JSON is what minyi tally diff --json prints.
	JSON any
}

// DifferenceSide is one tally of a difference.
type DifferenceSide struct {
	Tally, Dict string
	Outcomes    pipeline.Outcomes // of what is compared
}

// DifferenceRow is a theme or a sub-theme in both tallies, by primary counts.
type DifferenceRow struct {
	ID   string
	Sub  bool      // it is a sub-theme
	Name dict.Name // in its dictionary
	A, B uint64
}

// ErrNoDifference says that nothing is counted of a tally yet, so there is nothing to compare.
var ErrNoDifference = phrase.New("nothing of it is counted yet")

// differences keeps the difference of each candidate for a while: making one reads all its
// cells. Safe for concurrent use.
type differences struct {
	cfg  Config
	turn sync.Mutex // held while one is made

	mu sync.Mutex
	of map[string]madeDifference // by the candidate
}

type madeDifference struct {
	Difference
	err error
	at  time.Time
}

// get returns the difference of a tally that m lists, made at most a few seconds ago, and
// forgets those that are not listed any more.
func (ds *differences) get(ctx context.Context, m moment, tally string) madeDifference {
	ds.turn.Lock()
	defer ds.turn.Unlock()
	made := ds.last(tally)
	if !made.at.IsZero() && made.A.Tally == m.counts.Tally && ds.cfg.Now().Sub(made.at) < talliesAge*ds.cfg.MaxAge {
		return made
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ds.cfg.ReadTimeout)
	defer cancel()
	made.Difference, made.err = ds.cfg.Difference(ctx, tally)
	if made.at = ds.cfg.Now(); made.err != nil {
		made.A.Tally = m.counts.Tally // of which there is none, for a while
		if !errors.Is(made.err, ErrNoDifference) {
			ds.cfg.Log.Warn("compare tallies for the dashboard", "tally", tally, "error", made.err)
		}
	}
	ds.mu.Lock()
	defer ds.mu.Unlock()
	for known := range ds.of {
		if !slices.ContainsFunc(m.all(), func(t Tally) bool { return t.Tally == known }) {
			delete(ds.of, known)
		}
	}
	ds.of[tally] = made
	return made
}

// last returns the difference that was made last; the zero value if none was.
func (ds *differences) last(tally string) madeDifference {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.of[tally]
}

// comparable tells whether a page of the difference between a tally and the current one is
// there: it is counted beside it, and numbers that others must not see are not published.
func (d *Dashboard) comparable(m moment, tally string) bool {
	return d.cfg.Difference != nil && m.counts.Suppression == nil &&
		slices.ContainsFunc(m.all(), func(t Tally) bool { return t.Tally == tally })
}

// apiDifference answers /api/v1/tallies/diff: the difference between the current tally and
// another one, as minyi tally diff prints it, or as CSV.
func (d *Dashboard) apiDifference(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	tally := q.Get("tally")
	format, err := fileFormat(q.Get("format"))
	if err != nil {
		refuse(w, r, http.StatusBadRequest, err)
		return
	}
	m := d.latest.get(r.Context())
	if m.away() {
		refuse(w, r, http.StatusServiceUnavailable, phrase.Errorf("counts cannot be read: %w", errors.Join(m.countsErr, m.statusErr)))
		return
	}
	if !d.comparable(m, tally) || tally == m.counts.Tally {
		refuse(w, r, http.StatusNotFound, phrase.Errorf("tally %q is not counted beside the current one; /api/v1/tallies lists those that are", tally))
		return
	}
	made := d.differences.get(r.Context(), m, tally)
	if made.err != nil {
		refuse(w, r, http.StatusServiceUnavailable, phrase.Errorf("tally %s: %w", tally, made.err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if format == "json" {
		writeJSON(w, http.StatusOK, made.JSON)
		return
	}
	f := differenceFile(made.Difference, d.measure(parseRequest(r), m, made.Difference))
	f.origin = pipeline.Origin(&m.counts, m.currentSince(m.counts.Tally))
	d.writeFile(w, f, format, phrase.Language(parseRequest(r).lang))
}

// differenceFile has both tallies in each row: a difference is kept to be looked at later.
func differenceFile(x Difference, lines []measured) file {
	return file{
		name: fmt.Sprintf("diff-%s-%s", x.A.Tally, x.B.Tally), frontier: x.Frontier,
		header: []string{"id", "name", "primary_a", "primary_b", "share_a", "share_b", "change_points", "tally_a", "tally_b", "dict_a", "dict_b", "frontier"},
		rows: func(yield func([]any) bool) {
			for _, l := range lines {
				a, b := l.shares()
				if !yield([]any{
					l.id, l.name, l.a, l.b,
					fixed{a, "%.6f"},
					fixed{b, "%.6f"},
					fixed{100 * (b - a), "%+.2f"},
					x.A.Tally, x.B.Tally, x.A.Dict, x.B.Dict, x.Frontier,
				}) {
					return
				}
			}
		},
	}
}
