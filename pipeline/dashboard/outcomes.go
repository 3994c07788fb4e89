package dashboard

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// outcomesJSON is the answer of /api/v1/outcomes.
type outcomesJSON struct {
	Tally    string        `json:"tally"`
	Dict     string        `json:"dict"`
	Frontier uint64        `json:"frontier"`
	AsOf     time.Time     `json:"as_of,omitzero"`
	Rows     []outcomeJSON `json:"rows"`
	Sum      *uint64       `json:"sum"`               // of all messages, or of those chosen; null: withheld
	Undated  *uint64       `json:"undated,omitempty"` // of these; absent of a part, and where numbers are withheld
	Schema   int           `json:"schema"`
}

type outcomeJSON struct {
	Outcome    string  `json:"outcome"`
	Messages   *uint64 `json:"messages"` // null: withheld
	Suppressed bool    `json:"suppressed,omitempty"`
}

// outcomeParameters of /api/v1/outcomes.
var outcomeParameters = []string{"source", "from", "to", "format", "lang"}

// apiOutcomes answers /api/v1/outcomes: what became of the messages, as the page has it
// under "How it adds up".
func (d *Dashboard) apiOutcomes(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, values := range q {
		if !slices.Contains(outcomeParameters, name) || len(values) > 1 {
			refuse(w, r, http.StatusBadRequest, phrase.Errorf("parameter %q: there are %s, each once", name, strings.Join(outcomeParameters, ", ")))
			return
		}
	}
	req := parseRequest(r)
	format, err := fileFormat(q.Get("format"))
	if err = errors.Join((tableQuery{string(pipeline.ByDay), req.filter}).check(), err); err != nil {
		refuse(w, r, http.StatusBadRequest, err)
		return
	}
	m := d.latest.get(r.Context())
	if m.away() {
		refuse(w, r, http.StatusServiceUnavailable, phrase.Errorf("counts cannot be read: %w", errors.Join(m.countsErr, m.statusErr)))
		return
	}
	if d.tagged(w, r, m, format, "") {
		return
	}
	a := d.account(req, m)
	if format == "json" {
		writeJSON(w, http.StatusOK, a.json(m.counts))
		return
	}
	d.writeFile(w, a.file(&m.counts, wordsIn(req.lang), m.currentSince(m.counts.Tally)), format, phrase.Language(req.lang))
}

func (a account) json(c pipeline.Counts) outcomesJSON {
	out := outcomesJSON{Tally: c.Tally, Dict: c.Dict, Frontier: c.Frontier, AsOf: c.AsOf.UTC(), Schema: pipeline.SnapshotSchema}
	for _, o := range a.outcomes() {
		row := outcomeJSON{Outcome: o.id, Messages: &o.n, Suppressed: o.hidden}
		if o.hidden {
			row.Messages = nil
		}
		out.Rows = append(out.Rows, row)
	}
	if !a.hidden.read {
		out.Sum = &a.Stored
	}
	if a.scope.filter == (filter{}) && c.Suppression == nil {
		out.Undated = &a.AbsurdTime
	}
	return out
}

// file has the sum as its last row, as the page has.
func (a account) file(c *pipeline.Counts, w *words, since time.Time) file {
	names := map[string]string{"tagged": w.Tagged, "untagged": w.Untagged, "rejected": w.Rejected, "missing": w.Missing, "sum": w.Stored}
	if a.scope.filter != (filter{}) {
		names["sum"] = w.Read
	}
	return file{
		name: "outcomes", frontier: c.Frontier, header: []string{"outcome", "name", "messages", "share"}, origin: pipeline.Origin(c, since),
		rows: func(yield func([]any) bool) {
			for _, o := range append(a.outcomes(), outcome{"sum", a.Stored, a.hidden.read}) {
				cells := []any{o.id, names[o.id], o.n, fixed{float64(o.n) / float64(max(a.Stored, 1)), "%.6f"}}
				if o.hidden {
					cells[2] = withheld
				}
				if o.hidden || a.hidden.read {
					cells[3] = withheld
				}
				if !yield(cells) {
					return
				}
			}
		},
	}
}
