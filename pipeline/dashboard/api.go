package dashboard

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/workbook"
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

func refuse(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, code, apiError{oneLine(err)})
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
var parameters = []string{"by", "source", "theme", "from", "to", "tally", "format", "lang", "intervals"}

// apiCounts answers /api/v1/counts: a table of counts in JSON, CSV or XLSX. Old counts
// are never given for new ones: while the broker does not answer, it is 503.
func (d *Dashboard) apiCounts(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for name, values := range q {
		if !slices.Contains(parameters, name) || len(values) > 1 {
			refuse(w, http.StatusBadRequest, fmt.Errorf("parameter %q: there are %s, each once", name, strings.Join(parameters, ", ")))
			return
		}
	}
	table := tableQuery{q.Get("by"), newFilter(q)}
	if table.by == "" {
		table.by = string(pipeline.BySubTheme)
	}
	intervals, err := intervalsWanted(q.Get("intervals"), table)
	if err = errors.Join(table.check(), err); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	m := d.latest.get(r.Context())
	if m.away() {
		refuse(w, http.StatusServiceUnavailable, fmt.Errorf("counts cannot be read: %w", errors.Join(m.countsErr, m.statusErr)))
		return
	}
	if tally := q.Get("tally"); tally != "" && tally != m.counts.Tally {
		counts, err := d.cfg.Board.Latest(tally)
		if err != nil {
			refuse(w, http.StatusNotFound, fmt.Errorf("tally %s is not followed here: %w", tally, err))
			return
		}
		m.counts = counts
	}
	t := apiTable{query: table, counts: m.counts}
	tag := fmt.Sprintf("%s-%d-%d", m.counts.Tally, m.counts.Frontier, m.counts.Revision)
	if intervals {
		if t.measure = d.cfg.Measure(m.counts.Dict); t.measure != nil {
			tag += "-" + t.measure.ID()
		}
	}
	tag = `"` + tag + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	t.since = m.currentSince(m.counts.Tally)
	sayOrigin(h, &m.counts, t.since)
	if matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	t.names, t.lang = d.names(parseRequest(r), m), parseRequest(r).lang
	t.rows = d.tables.get(m.counts, table)
	switch format := q.Get("format"); format {
	case "", "json":
		writeJSON(w, http.StatusOK, t.table().JSON())
	case "csv", "xlsx":
		d.writeFile(w, t, format)
	default:
		h.Del("ETag")
		refuse(w, http.StatusBadRequest, fmt.Errorf("format: %q is none of json, csv, xlsx", format))
	}
}

// intervalsWanted reads the parameter intervals: 1, or 0 or nothing.
func intervalsWanted(value string, q tableQuery) (bool, error) {
	switch value {
	case "", "0":
		return false, nil
	case "1":
		if by := q.dimensions(); !slices.Contains(by, pipeline.ByTheme) && !slices.Contains(by, pipeline.BySubTheme) {
			return false, errors.New("intervals go with the dimensions theme and subtheme: only those were measured")
		}
		return true, nil
	}
	return false, fmt.Errorf("intervals: %q is neither 0 nor 1", value)
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
	measure *measure.Measure // with which the shares have intervals; nil: they have none
	since   time.Time        // when the tally became the current one; zero: it is not, or that is not known
}

// table is the answer in the forms that the commands print, too.
func (t apiTable) table() pipeline.Table {
	rows := make([]pipeline.Compared, len(t.rows))
	for i, r := range t.rows {
		rows[i].Group = r
	}
	return pipeline.Table{Counts: t.counts, By: t.query.dimensions(), Rows: rows, Measure: t.measure}
}

// tabulate yields the header and then the rows of the table as a file.
func (t apiTable) tabulate(row func(cells []any) error) error {
	table := t.table()
	var header []any
	for _, name := range table.Header() {
		header = append(header, name)
	}
	if err := row(header); err != nil {
		return err
	}
	for _, r := range table.Rows {
		if err := row(table.Cells(r, t.name)); err != nil {
			return err
		}
	}
	return nil
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

// writeFile answers with a file.
func (d *Dashboard) writeFile(w http.ResponseWriter, t apiTable, format string) {
	var b bytes.Buffer
	kind, err := "text/csv; charset=utf-8", error(nil)
	if format == "csv" {
		err = t.csv(&b)
	} else {
		kind, err = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", t.xlsx(&b)
	}
	if err != nil {
		d.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="minyi-%s-%d.%s"`, strings.ReplaceAll(t.query.by, ",", "-"), t.counts.Frontier, format))
	write(w, http.StatusOK, b.Bytes())
}

func (t apiTable) csv(to io.Writer) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	err := t.tabulate(func(cells []any) error {
		var record []string
		for _, c := range cells {
			switch c := c.(type) {
			case string:
				record = append(record, plainCell(c))
			case uint64:
				record = append(record, strconv.FormatUint(c, 10))
			case float64:
				record = append(record, strconv.FormatFloat(c, 'f', -1, 64))
			}
		}
		return w.Write(record)
	})
	w.Flush()
	return errors.Join(err, w.Error())
}

// plainCell keeps a spreadsheet from taking text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (t apiTable) xlsx(to io.Writer) (err error) {
	w, err := workbook.NewWriter("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	begun := false
	err = t.tabulate(func(cells []any) error {
		if begun {
			return w.Row(cells)
		}
		begun = true
		header := make([]string, len(cells))
		for i, c := range cells {
			header[i], _ = c.(string)
		}
		return w.Sheet(t.query.by, header)
	})
	if err == nil {
		err = t.origin(w)
	}
	if err != nil {
		return err
	}
	_, err = w.WriteTo(to)
	return err
}

// origin writes the sheet that says which counts these are.
func (t apiTable) origin(w *workbook.Writer) error {
	if err := w.Sheet(pipeline.OriginSheet, []string{"what", "value"}); err != nil {
		return err
	}
	for _, r := range pipeline.Origin(&t.counts, t.since) {
		if err := w.Row([]any{r.Name, r.Value}); err != nil {
			return err
		}
	}
	return nil
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
var errPrivate = errors.New("this page takes and shows no text (--private); minyi classify tags one at the terminal")

// apiClassify answers POST /api/v1/classify: a text as the body, its themes as the
// answer. The text is in no address, so that no log of a proxy has it.
func (d *Dashboard) apiClassify(w http.ResponseWriter, r *http.Request) {
	if d.cfg.Private {
		refuse(w, http.StatusForbidden, errPrivate)
		return
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxText))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Errorf("the text is longer than %d bytes", maxText))
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, fmt.Errorf("read the text: %w", err))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/json")
	write(w, http.StatusOK, append(d.cfg.Classify(text), '\n'))
}
