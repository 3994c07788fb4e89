package dashboard

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/minyi/minyi/dict"
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
var ErrNoDifference = errors.New("nothing of it is counted yet")

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
	tally, format := q.Get("tally"), q.Get("format")
	if format != "" && format != "json" && format != "csv" {
		refuse(w, http.StatusBadRequest, fmt.Errorf("format: %q is none of json, csv", format))
		return
	}
	m := d.latest.get(r.Context())
	if m.away() {
		refuse(w, http.StatusServiceUnavailable, fmt.Errorf("counts cannot be read: %w", errors.Join(m.countsErr, m.statusErr)))
		return
	}
	if !d.comparable(m, tally) || tally == m.counts.Tally {
		refuse(w, http.StatusNotFound, fmt.Errorf("tally %q is not counted beside the current one; /api/v1/tallies lists those that are", tally))
		return
	}
	made := d.differences.get(r.Context(), m, tally)
	if made.err != nil {
		refuse(w, http.StatusServiceUnavailable, fmt.Errorf("tally %s: %w", tally, made.err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if format != "csv" {
		writeJSON(w, http.StatusOK, made.JSON)
		return
	}
	b, err := differenceCSV(made.Difference, d.measure(parseRequest(r), m, made.Difference))
	if err != nil {
		d.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="minyi-diff-%s-%s-%d.csv"`, made.A.Tally, made.B.Tally, made.Frontier))
	write(w, http.StatusOK, b)
}

// differenceCSV has both tallies in each row: a difference is kept to be looked at later.
func differenceCSV(x Difference, lines []measured) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{{"id", "name", "primary_a", "primary_b", "share_a", "share_b", "change_points", "tally_a", "tally_b", "dict_a", "dict_b", "frontier"}}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	share := func(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }
	for _, l := range lines {
		shareA, shareB := l.shares()
		rows = append(rows, []string{
			plainCell(l.id), plainCell(l.name), number(l.a), number(l.b), share(shareA), share(shareB), l.points(),
			x.A.Tally, x.B.Tally, x.A.Dict, x.B.Dict, number(x.Frontier),
		})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}
