package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/measure"
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

	intervals bool             // of minyi counts only
	measure   *measure.Measure // of the dictionary of the counts
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
	return len(o.by) > 0 || o.from != "" || o.to != "" || len(o.sources) > 0 || o.compare != "" || o.intervals
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
	if o.intervals && !slices.Contains(q.By, pipeline.ByTheme) && !slices.Contains(q.By, pipeline.BySubTheme) {
		return usageError("--intervals are of the shares of themes and sub-themes: add theme or subtheme to --by")
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
	measure  *measure.Measure // nil: no intervals are asked for
}

func (o *showOptions) answer(c pipeline.Counts) answer {
	q := o.query()
	if o.compare != "" {
		from, to, _ := strings.Cut(o.compare, "..")
		return answer{c, q, c.Totals.Compare(q, from, to), true, o.measure}
	}
	rows := make([]pipeline.Compared, 0, 64)
	for _, g := range c.Query(q) {
		rows = append(rows, pipeline.Compared{Group: g})
	}
	return answer{c, q, rows, false, o.measure}
}

// printCounts prints counts in the form that was asked for.
func (a *app) printCounts(w which, o showOptions) error {
	c := w.counts.Suppressed(o.minCell, nil)
	switch {
	case o.json && !o.asked():
		return a.writeJSON(c.JSON())
	case o.json:
		return a.writeJSON(o.answer(c).table().JSON())
	case o.csv:
		table := newCSVTable(a.data())
		table.w.UseCRLF = false
		if err := a.tabulate(o.answer(c), table); err != nil {
			return err
		}
		return table.flush()
	case o.xlsx != "":
		return a.writeWorkbook(o.answer(c), w, o.xlsx)
	case !o.asked():
		a.writeCounts(&c.Snapshot, c.Info.Themes)
		return nil
	}
	a.writeAnswer(o.answer(c))
	return nil
}

func (x answer) table() pipeline.Table {
	return pipeline.Table{Counts: x.counts, By: x.query.By, Rows: x.rows, Compared: x.compared, Measure: x.measure}
}

// tabulate writes an answer as a table of ids, names and numbers; shares are from 0 to 1.
func (a *app) tabulate(x answer, to tableWriter) error {
	table := x.table()
	if err := to.Sheet(table.Name(), table.Header()); err != nil {
		return err
	}
	for _, r := range x.rows {
		cells := table.Cells(r, func(d pipeline.Dimension, id string) string { return a.rowName(x.counts.Info.Themes, d, id) })
		if err := to.Row(cells); err != nil {
			return err
		}
	}
	return nil
}

// writeWorkbook writes an answer as an Excel workbook, with sheets that say which counts
// these are and what the columns mean.
func (a *app) writeWorkbook(x answer, of which, path string) error {
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
		if err := pipeline.WriteOrigin(w, pipeline.Origin(of.counts, of.since()), x.table().Header(), a.language()); err != nil {
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
		c := textfmt.Column{Title: a.dimension(d)}
		if d == pipeline.ByAspect { // which are named by clauses
			c.MinWidth = 20
		}
		t.Columns = append(t.Columns, c)
	}
	t.Columns = append(t.Columns, textfmt.Column{Title: w.primary, Right: true}, textfmt.Column{Title: a.inLanguage("占比", "share"), Right: true}, textfmt.Column{Title: w.any, Right: true})
	if x.compared {
		t.Columns = append(t.Columns, textfmt.Column{Title: a.inLanguage("之前", "before"), Right: true},
			textfmt.Column{Title: a.inLanguage("占比", "share"), Right: true}, textfmt.Column{Title: a.inLanguage("百分点", "points"), Right: true})
	}
	table := x.table()
	if table.Measured() {
		t.Columns = append(t.Columns, textfmt.Column{Title: a.inLanguage("校正", "corrected"), Right: true}, textfmt.Column{Title: a.inLanguage("95% 区间", "95 %"), Right: true})
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
		cells = append(cells, number(r.Primary, r.Suppressed), share(r.Primary, r.Of, r.Suppressed || r.OfSuppressed), number(r.Any, r.AnySuppressed))
		if x.compared {
			cells = append(cells, textfmt.Count(r.Before.Primary), textfmt.Share(r.Before.Primary, r.Before.Of), fmt.Sprintf("%+.2f", r.Points()))
		}
		if table.Measured() {
			cells = append(cells, a.intervalCells(table.Interval(r.Group))...)
		}
		t.Bar(r.Primary, cells...)
	}
	fmt.Fprint(a.stdout, t.String())
	if table.Measured() {
		a.writeMeasure(table.Measure)
	}
	if slices.ContainsFunc(rows, func(r pipeline.Compared) bool { return r.Suppressed || r.AnySuppressed }) {
		fmt.Fprintln(a.stdout, a.withheldNote())
	}
	if slices.Contains(x.query.By, pipeline.ByDay) {
		a.writeUndated(&x.counts.Snapshot)
	}
}

// dimension is what a column of a table for people is called.
func (a *app) dimension(d pipeline.Dimension) string {
	if zh, ok := dimensionsZh[d]; ok && a.lang == "zh" {
		return zh
	}
	return string(d)
}

var dimensionsZh = map[pipeline.Dimension]string{
	pipeline.ByDay: "日期", pipeline.BySource: "来源", pipeline.ByTheme: "主题", pipeline.BySubTheme: "子主题", pipeline.ByAspect: "方面", pipeline.ByReason: "原因",
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
