package dashboard

import (
	"net/url"

	"github.com/minyi/minyi/pipeline"
)

// download has the addresses of a table as files.
type download struct{ CSV, XLSX string }

// files returns the addresses of a table of the API as files.
func files(path string, q url.Values) download {
	in := func(format string) string {
		q.Set("format", format)
		return path + "?" + q.Encode()
	}
	return download{in("csv"), in("xlsx")}
}

// downloads sets the addresses of all tables as files: of the messages that were chosen, with
// the columns that the page has.
func (v *view) downloads(r request, m moment) {
	v.Downloads = make(map[string]download)
	for _, by := range pipeline.Dimensions() {
		v.Downloads[string(by)] = r.table(by)
	}
	v.Downloads[string(pipeline.ByTheme)] = r.table(pipeline.ByTheme, intervalsOf(m)...)
	v.Downloads[string(pipeline.BySubTheme)] = r.subThemeFiles(m)
	v.AreasFiles = r.of(pipeline.Livelihood).subThemeFiles(m)
	q := url.Values{"lang": {r.lang}}
	r.of("").add(q)
	v.OutcomesFiles = files("/api/v1/outcomes", q)
	v.TalliesFiles = files("/api/v1/tallies", url.Values{})
}

// table returns the addresses of a table of counts; more are further parameters, which are 1.
func (r request) table(by pipeline.Dimension, more ...string) download {
	q := url.Values{"by": {string(by)}, "lang": {r.lang}}
	for _, name := range more {
		q.Set(name, "1")
	}
	r.add(q)
	return files("/api/v1/counts", q)
}

// of returns the request of the same messages of a theme; empty: of all.
func (r request) of(theme string) request {
	r.theme = theme
	return r
}

// subThemeFiles returns the addresses of the table of a request's sub-themes.
func (r request) subThemeFiles(m moment) download {
	more := intervalsOf(m)
	if m.counts.HasCloseCalls() {
		more = append(more, "close")
	}
	return r.table(pipeline.BySubTheme, more...)
}

// intervalsOf names the parameter that asks for intervals, where the page has them.
func intervalsOf(m moment) []string {
	if m.measure == nil {
		return nil
	}
	return []string{"intervals"}
}
