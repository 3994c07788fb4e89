package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/internal/workbook"
	"github.com/minyi/minyi/pipeline"
)

// showOptions say which counts are shown, and in which form. `minyi counts` and
// `minyi up --once` have the same.
type showOptions struct {
	by      []string
	from    string
	to      string
	sources []string
	compare string
	minCell uint64
	json    bool
	csv     bool
	xlsx    string
}

// register adds the flags. The flag of sources has a name that the command does not use
// for something else.
func (o *showOptions) register(cmd *cobra.Command, sourceFlag string) {
	f := cmd.Flags()
	f.StringSliceVar(&o.by, "by", nil, "group by day, source and one of theme, subtheme, aspect, reason, such as subtheme,day")
	f.StringVar(&o.from, "from", "", "first day, such as 2022-04-15")
	f.StringVar(&o.to, "to", "", "last day")
	f.StringSliceVar(&o.sources, sourceFlag, nil, "only these sources")
	f.StringVar(&o.compare, "compare", "", "beside the same of other days, FROM..TO, with the change of shares in percentage points")
	f.BoolVar(&o.csv, "csv", false, "as CSV")
	f.StringVar(&o.xlsx, "xlsx", "", "write a workbook to this file")
}

// asked reports whether some of the counts are asked for, or in groups.
func (o *showOptions) asked() bool {
	return len(o.by) > 0 || o.from != "" || o.to != "" || len(o.sources) > 0 || o.compare != ""
}

// query is what is asked for; by sub-themes if it does not say.
func (o *showOptions) query() pipeline.Query {
	q := pipeline.Query{From: o.from, To: o.to, Sources: o.sources}
	for _, d := range o.by {
		q.By = append(q.By, pipeline.Dimension(d))
	}
	if len(q.By) == 0 {
		q.By = []pipeline.Dimension{pipeline.BySubTheme}
	}
	return q
}

// validate returns a wrong usage by its name.
func (o *showOptions) validate() error {
	forms := 0
	for _, is := range []bool{o.json, o.csv, o.xlsx != ""} {
		if is {
			forms++
		}
	}
	if forms > 1 {
		return usageError("give one of --json, --csv and --xlsx")
	}
	q := o.query()
	if err := q.Validate(); err != nil {
		return usageError("%w", err)
	}
	if err := checkMinCell(o.minCell); err != nil {
		return err
	}
	if o.minCell > 0 && o.compare != "" {
		return usageError("--min-cell does not go with --compare: a difference says what either withholds")
	}
	if o.compare == "" {
		return nil
	}
	if slices.Contains(q.By, pipeline.ByDay) {
		return usageError("--compare sets days beside days; it does not go with --by day")
	}
	from, to, ok := strings.Cut(o.compare, "..")
	if err := (pipeline.Query{From: from, To: to}).Validate(); err != nil || !ok {
		return usageError("--compare %s: give two days, such as 2022-04-01..2022-04-30", o.compare)
	}
	return nil
}

// answer is what a query gives, in all forms.
type answer struct {
	counts   pipeline.Counts
	query    pipeline.Query
	rows     []pipeline.Compared
	compared bool
}

func (o *showOptions) answer(c pipeline.Counts) answer {
	q := o.query()
	if o.compare != "" {
		from, to, _ := strings.Cut(o.compare, "..")
		return answer{c, q, c.Totals.Compare(q, from, to), true}
	}
	rows := make([]pipeline.Compared, 0, 64)
	for _, g := range c.Query(q) {
		rows = append(rows, pipeline.Compared{Group: g})
	}
	return answer{c, q, rows, false}
}

// printCounts prints counts in the form that was asked for.
func (a *app) printCounts(c pipeline.Counts, o showOptions) error {
	c = c.Suppressed(o.minCell, nil)
	switch {
	case o.json && !o.asked():
		return a.writeJSON(c.Snapshot.JSON())
	case o.json:
		return a.writeJSON(o.answer(c).json())
	case o.csv:
		w := newCSVTable(a.data())
		w.w.UseCRLF = false
		if err := a.tabulate(o.answer(c), w); err != nil {
			return err
		}
		return w.flush()
	case o.xlsx != "":
		return a.writeWorkbook(o.answer(c), o.xlsx)
	case !o.asked():
		a.writeCounts(&c.Snapshot, c.Info.Themes)
		return nil
	}
	a.writeAnswer(o.answer(c))
	return nil
}

// jsonRow is a row in JSON. A row of one dimension has an id; a row of several has a
// key by the name of each.
type jsonRow struct {
	ID       string   `json:"id,omitempty"`
	Theme    string   `json:"theme,omitempty"`
	SubTheme string   `json:"subtheme,omitempty"`
	Aspect   string   `json:"aspect,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Source   string   `json:"source,omitempty"`
	Day      string   `json:"day,omitempty"`
	Primary  *uint64  `json:"primary"` // null: withheld
	Any      *uint64  `json:"any"`
	Of       *uint64  `json:"of"`
	Before   *jsonRow `json:"before,omitempty"`
	Points   *float64 `json:"change_points,omitempty"`

	Suppressed bool `json:"suppressed,omitempty"`
}

// newJSONRow returns a row with the numbers that are not withheld.
func newJSONRow(g pipeline.Group) jsonRow {
	row := jsonRow{Suppressed: g.Suppressed || g.OfSuppressed}
	if !g.Suppressed {
		row.Primary, row.Any = &g.Primary, &g.Any
	}
	if !g.OfSuppressed {
		row.Of = &g.Of
	}
	return row
}

func (x answer) json() any {
	rows := make([]jsonRow, 0, len(x.rows))
	for _, r := range x.rows {
		row := newJSONRow(r.Group)
		for _, d := range x.query.By {
			key := map[pipeline.Dimension]*string{
				pipeline.ByTheme: &row.Theme, pipeline.BySubTheme: &row.SubTheme, pipeline.ByAspect: &row.Aspect,
				pipeline.ByReason: &row.Reason, pipeline.BySource: &row.Source, pipeline.ByDay: &row.Day,
			}[d]
			if len(x.query.By) == 1 {
				key = &row.ID
			}
			*key = r.Key(d)
		}
		if x.compared {
			points := round(r.Points(), 4)
			before := newJSONRow(r.Before)
			row.Before, row.Points = &before, &points
		}
		rows = append(rows, row)
	}
	return struct {
		Tally    string    `json:"tally"`
		Dict     string    `json:"dict"`
		Frontier uint64    `json:"frontier"`
		AsOf     time.Time `json:"as_of,omitzero"`
		By       string    `json:"by"`
		Rows     []jsonRow `json:"rows"`
		Schema   int       `json:"schema"`
	}{x.counts.Tally, x.counts.Dict, x.counts.Frontier, x.counts.AsOf.UTC(), x.by(), rows, pipeline.SnapshotSchema}
}

func (x answer) by() string {
	names := make([]string, 0, len(x.query.By))
	for _, d := range x.query.By {
		names = append(names, string(d))
	}
	return strings.Join(names, ",")
}

// named reports whether a dimension has a column of names beside that of ids.
func (x answer) named(d pipeline.Dimension) bool {
	return len(x.query.By) == 1 || d == pipeline.ByTheme || d == pipeline.BySubTheme || d == pipeline.ByAspect
}

// tabulate writes an answer as a table of ids, names and numbers; shares are from 0 to 1.
func (a *app) tabulate(x answer, to tableWriter) error {
	var header []string
	for _, d := range x.query.By {
		header = append(header, string(d))
		if x.named(d) {
			header = append(header, "name")
		}
	}
	header = append(header, "primary", "any", "share")
	if x.compared {
		header = append(header, "primary_before", "any_before", "share_before", "change_points")
	}
	if err := to.Sheet(x.by(), header); err != nil {
		return err
	}
	for _, r := range x.rows {
		var cells []any
		for _, d := range x.query.By {
			cells = append(cells, r.Key(d))
			if x.named(d) {
				cells = append(cells, a.rowName(x.counts.Info.Themes, d, r.Key(d)))
			}
		}
		cells = append(cells, r.Primary, r.Any, round(r.Share(), 6))
		last := cells[len(cells)-3:]
		if r.Suppressed {
			last[0], last[1] = withheld, withheld
		}
		if r.Suppressed || r.OfSuppressed {
			last[2] = withheld
		}
		if x.compared {
			cells = append(cells, r.Before.Primary, r.Before.Any, round(r.Before.Share(), 6), round(r.Points(), 4))
		}
		if err := to.Row(cells); err != nil {
			return err
		}
	}
	return nil
}

// round rounds to a number of digits after the point.
func round(f float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(f*scale) / scale
}

// writeWorkbook writes an answer as an Excel workbook.
func (a *app) writeWorkbook(x answer, path string) error {
	err := writeFile(path, func(to io.Writer) (err error) {
		w, err := workbook.NewWriter("")
		if err != nil {
			return err
		}
		defer func() {
			if e := w.Close(); err == nil {
				err = e
			}
		}()
		if err := a.tabulate(x, w); err != nil {
			return err
		}
		_, err = w.WriteTo(to)
		return err
	})
	if err == nil {
		a.notef("%s written", path)
	}
	return err
}

// writeAnswer prints an answer for people: days in their order, else the largest first.
func (a *app) writeAnswer(x answer) {
	w := tableWords[a.lang]
	t := textfmt.Table{}
	for _, d := range x.query.By {
		t.Columns = append(t.Columns, textfmt.Column{Title: string(d)})
	}
	t.Columns = append(t.Columns, textfmt.Column{Title: w.primary, Right: true}, textfmt.Column{Title: a.inLanguage("占比", "share"), Right: true}, textfmt.Column{Title: w.any, Right: true})
	if x.compared {
		t.Columns = append(t.Columns, textfmt.Column{Title: a.inLanguage("之前", "before"), Right: true},
			textfmt.Column{Title: a.inLanguage("占比", "share"), Right: true}, textfmt.Column{Title: a.inLanguage("百分点", "points"), Right: true})
	}
	rows := x.rows
	if !slices.Contains(x.query.By, pipeline.ByDay) {
		rows = slices.SortedStableFunc(slices.Values(rows), func(x, y pipeline.Compared) int { return cmp.Compare(y.Primary, x.Primary) })
	}
	for _, r := range rows {
		var cells []string
		for _, d := range x.query.By {
			cells = append(cells, a.rowName(x.counts.Info.Themes, d, r.Key(d)))
		}
		cells = append(cells, number(r.Primary, r.Suppressed), share(r.Primary, r.Of, r.Suppressed || r.OfSuppressed), number(r.Any, r.Suppressed))
		if x.compared {
			cells = append(cells, textfmt.Count(r.Before.Primary), textfmt.Share(r.Before.Primary, r.Before.Of), fmt.Sprintf("%+.2f", r.Points()))
		}
		t.Bar(r.Primary, cells...)
	}
	fmt.Fprint(a.stdout, t.String())
	if slices.ContainsFunc(rows, func(r pipeline.Compared) bool { return r.Suppressed }) {
		fmt.Fprintln(a.stdout, a.withheldNote())
	}
	if slices.Contains(x.query.By, pipeline.ByDay) {
		a.writeUndated(&x.counts.Snapshot)
	}
}

// plainCell keeps a spreadsheet from taking text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// rowName is what a row of a table is called in the chosen language.
func (a *app) rowName(tree pipeline.ThemeTree, by pipeline.Dimension, id string) string {
	if by == pipeline.ByAspect {
		for _, aspect := range dict.Aspects() {
			if aspect.ID == id {
				return a.inLanguage(aspect.Name.Zh, aspect.Name.En)
			}
		}
	}
	return a.name(tree, id)
}
