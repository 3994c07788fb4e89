package dashboard

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

//go:embed assets/openapi.json
var openAPI []byte

// openapi answers /api/v1/openapi.json: the description of the API.
func openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	write(w, http.StatusOK, openAPI)
}

// apiError is what the API answers in place of what was asked for.
type apiError struct {
	Error string `json:"error"`
}

// refuse answers an error, in the language that the request names by lang= or
// Accept-Language; in English, as it always was, to a program that names none.
func refuse(w http.ResponseWriter, r *http.Request, code int, err error) {
	lang := phrase.English
	if q := r.URL.Query().Get("lang"); q == zh || q == en || r.Header.Get("Accept-Language") != "" {
		lang = phrase.Language(parseRequest(r).lang)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Vary", "Accept-Language")
	writeJSON(w, code, apiError{strings.Join(strings.Fields(lang.Error(err)), " ")})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	b, err := json.Marshal(v)
	if err == nil {
		b, err = pipeline.Stamp{}.On(b)
	}
	if err != nil {
		panic("the answers of the API encode: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	write(w, code, append(b, '\n'))
}

// parameters of /api/v1/counts.
var parameters = []string{"by", "source", "theme", "from", "to", "tally", "format", "lang", "intervals", "close"}

// apiCounts answers /api/v1/counts: a table of counts in JSON, CSV or XLSX. Old counts
// are never given for new ones: while the broker does not answer, it is 503.
func (d *Dashboard) apiCounts(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, values := range q {
		if !slices.Contains(parameters, name) || len(values) > 1 {
			refuse(w, r, http.StatusBadRequest, phrase.Errorf("parameter %q: there are %s, each once", name, strings.Join(parameters, ", ")))
			return
		}
	}
	table := tableQuery{q.Get("by"), newFilter(q)}
	if table.by == "" {
		table.by = string(pipeline.BySubTheme)
	}
	intervals, err := intervalsWanted(q.Get("intervals"), table)
	closeCalls, err2 := closeWanted(q.Get("close"), table)
	format, err3 := fileFormat(q.Get("format"))
	if err = errors.Join(table.check(), err, err2, err3); err != nil {
		refuse(w, r, http.StatusBadRequest, err)
		return
	}
	m := d.latest.get(r.Context())
	if m.away() {
		refuse(w, r, http.StatusServiceUnavailable, phrase.Errorf("counts cannot be read: %w", errors.Join(m.countsErr, m.statusErr)))
		return
	}
	if tally := q.Get("tally"); tally != "" && tally != m.counts.Tally {
		counts, err := d.cfg.Board.Latest(tally)
		if err != nil {
			refuse(w, r, http.StatusNotFound, phrase.Errorf("tally %s is not followed here: %w", tally, err))
			return
		}
		m.counts = counts
	}
	if closeCalls && !m.counts.HasCloseCalls() {
		refuse(w, r, http.StatusBadRequest, phrase.New("close: this tally has no close calls, or they are not published (--min-cell)"))
		return
	}
	t := apiTable{query: table, counts: m.counts, since: m.currentSince(m.counts.Tally), lang: parseRequest(r).lang}
	tag := ""
	if intervals {
		if t.measure = d.cfg.Measure(m.counts.Dict); t.measure != nil {
			tag = "-" + t.measure.ID()
		}
	}
	if d.tagged(w, r, m, format, tag) {
		return
	}
	t.names = d.names(parseRequest(r), m)
	t.rows = d.tables.get(m.counts, table)
	if closeCalls {
		t.close = m.counts.Totals.CloseCalls(table.selected())
	}
	if format == "json" {
		writeJSON(w, http.StatusOK, t.table().JSON())
		return
	}
	d.writeFile(w, t.file(), format, phrase.Language(parseRequest(r).lang))
}

// tagged says in the head of an answer which counts it has, and names it by the frontier and
// all else that it depends on but its address. It returns true if the reader has the same
// already: then that was answered.
func (d *Dashboard) tagged(w http.ResponseWriter, r *http.Request, m moment, format, more string) bool {
	c := &m.counts
	tag := fmt.Sprintf("%s-%d-%d%s", c.Tally, c.Frontier, c.Revision, more)
	if c.Suppression != nil {
		tag += fmt.Sprintf("-min%d", c.Suppression.Min)
	}
	if format != "json" { // files have names
		tag += "-" + parseRequest(r).lang + d.namesID
	}
	tag = `"` + tag + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	sayOrigin(h, c, m.currentSince(c.Tally))
	if !matches(r.Header.Get("If-None-Match"), tag) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// intervalsWanted reads the parameter intervals: 1, or 0 or nothing.
func intervalsWanted(value string, q tableQuery) (bool, error) {
	switch value {
	case "", "0":
		return false, nil
	case "1":
		if by := q.dimensions(); !slices.Contains(by, pipeline.ByTheme) && !slices.Contains(by, pipeline.BySubTheme) {
			return false, phrase.New("intervals go with the dimensions theme and subtheme: only those were measured")
		}
		return true, nil
	}
	return false, phrase.Errorf("intervals: %q is neither 0 nor 1", value)
}

// closeWanted reads the parameter close: 1, or 0 or nothing.
func closeWanted(value string, q tableQuery) (bool, error) {
	switch value {
	case "", "0":
		return false, nil
	case "1":
		if q.by != string(pipeline.BySubTheme) {
			return false, phrase.New("close calls go with by=subtheme: they are counted by sub-theme")
		}
		return true, nil
	}
	return false, phrase.Errorf("close: %q is neither 0 nor 1", value)
}

// matches tells whether a list of tags names one.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}

// apiTable is an answer of /api/v1/counts.
type apiTable struct {
	query   tableQuery
	counts  pipeline.Counts
	rows    []pipeline.Group
	names   names
	lang    string
	measure *measure.Measure  // with which the shares have intervals; nil: they have none
	close   map[string]uint64 // close calls by sub-theme; nil: not asked for
	since   time.Time         // when the tally became the current one; zero: it is not, or that is not known
}

// table is the answer in the forms that the commands print, too.
func (t apiTable) table() pipeline.Table {
	rows := make([]pipeline.Compared, len(t.rows))
	for i, r := range t.rows {
		rows[i].Group = r
	}
	return pipeline.Table{Counts: t.counts, By: t.query.dimensions(), Rows: rows, Measure: t.measure, CloseCalls: t.close}
}

// file is the answer as CSV or XLSX.
func (t apiTable) file() file {
	table := t.table()
	return file{
		name: t.query.by, frontier: t.counts.Frontier, header: table.Header(), origin: pipeline.Origin(&t.counts, t.since),
		rows: func(yield func([]any) bool) {
			for _, r := range table.Rows {
				if !yield(table.Cells(r, t.name)) {
					return
				}
			}
		},
	}
}

// name returns what a row is called.
func (t apiTable) name(d pipeline.Dimension, id string) string {
	switch d {
	case pipeline.BySource:
		return t.names.source(id)
	case pipeline.ByAspect:
		for _, a := range dict.Aspects() {
			if a.ID == id && t.lang == en {
				return a.Name.En
			} else if a.ID == id {
				return a.Name.Zh
			}
		}
	}
	return t.names.of(id)
}

// sayOrigin says in the head of an answer which counts it has: a CSV file has no other place
// for it, and JSON is the same bytes for the same counts, whenever they became current.
func sayOrigin(h http.Header, c *pipeline.Counts, since time.Time) {
	for _, r := range pipeline.Origin(c, since) {
		h.Set("Minyi-"+strings.ReplaceAll(r.Name, "_", "-"), r.Value)
	}
}

// maxText is how long a text to classify may be, in bytes.
const maxText = 1 << 20

// errPrivate means that this page takes no texts.
var errPrivate = phrase.New("this page takes and shows no text (--private); minyi classify tags one at the terminal")

// apiClassify answers POST /api/v1/classify: a text as the body, its themes as the
// answer. The text is in no address, so that no log of a proxy has it.
func (d *Dashboard) apiClassify(w http.ResponseWriter, r *http.Request) {
	if d.cfg.Private {
		refuse(w, r, http.StatusForbidden, errPrivate)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxText))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		refuse(w, r, http.StatusRequestEntityTooLarge, phrase.Errorf("the text is longer than %d bytes", maxText))
		return
	case err != nil:
		refuse(w, r, http.StatusBadRequest, phrase.Errorf("read the text: %w", err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	write(w, http.StatusOK, append(d.cfg.Classify(text), '\n'))
}
