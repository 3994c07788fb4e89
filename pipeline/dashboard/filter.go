package dashboard

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// filter says which messages are counted. Empty fields allow all.
type filter struct {
	theme    string // id of a theme, or of a sub-theme: livelihood/education
	source   string
	from, to string // days, both included
}

func newFilter(q url.Values) filter {
	return filter{theme: q.Get("theme"), source: q.Get("source"), from: q.Get("from"), to: q.Get("to")}
}

// add writes the filter as the query of an address.
func (f filter) add(q url.Values) {
	for name, value := range map[string]string{"theme": f.theme, "source": f.source, "from": f.from, "to": f.to} {
		if value != "" {
			q.Set(name, value)
		}
	}
}

// dimension returns the dimension of the filter's theme.
func (f filter) dimension() pipeline.Dimension {
	if strings.Contains(f.theme, "/") {
		return pipeline.BySubTheme
	}
	return pipeline.ByTheme
}

// allows tells whether a theme or sub-theme is the filter's, or belongs to it.
func (f filter) allows(id string) bool {
	return f.theme == "" || id == f.theme || strings.HasPrefix(id, f.theme+"/") || strings.HasPrefix(f.theme, id+"/")
}

// tableQuery is a table: of which messages, and by what.
type tableQuery struct {
	by string // dimensions, with a comma between them
	filter
}

func (q tableQuery) dimensions() []pipeline.Dimension {
	var out []pipeline.Dimension
	for name := range strings.SplitSeq(q.by, ",") {
		out = append(out, pipeline.Dimension(name))
	}
	return out
}

// query returns what is asked of the totals. A table of a theme by day and source is
// one by theme, too, of which one is kept.
func (q tableQuery) query() (query pipeline.Query, added bool) {
	query = q.selected()
	query.By = q.dimensions()
	if q.theme != "" && !slices.ContainsFunc(query.By, hasIDs) {
		query.By, added = append([]pipeline.Dimension{q.dimension()}, query.By...), true
	}
	return query, added
}

// selected returns the query of all messages of the days and the source.
func (f filter) selected() pipeline.Query {
	q := pipeline.Query{From: f.from, To: f.to}
	if f.source != "" {
		q.Sources = []string{f.source}
	}
	return q
}

func hasIDs(d pipeline.Dimension) bool { return d != pipeline.ByDay && d != pipeline.BySource }

// check returns an error that says what is wrong with the query.
func (q tableQuery) check() error {
	query, _ := q.query()
	errs := []error{query.Validate()}
	if q.theme != "" && (slices.Contains(query.By, pipeline.ByAspect) || slices.Contains(query.By, pipeline.ByReason)) {
		errs = append(errs, phrase.New("theme goes with the dimensions theme, subtheme, day and source"))
	}
	return errors.Join(errs...)
}

// rows computes the table, in ascending order of its keys.
func (q tableQuery) rows(c pipeline.Counts) []pipeline.Group {
	if q.by == byClose {
		return q.closeRows(c.Totals)
	}
	query, added := q.query()
	rows := c.Query(query)
	if q.theme == "" {
		return rows
	}
	out := rows[:0]
	for _, r := range rows {
		switch {
		case added && r.ID == q.theme:
			r.ID = ""
			out = append(out, r)
		case !added && q.allows(r.ID):
			out = append(out, r)
		}
	}
	return out
}
