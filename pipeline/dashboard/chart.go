package dashboard

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// maxColumns is how many columns can be read on a phone. A longer time is
// shown by month, then by year.
const maxColumns = 92

// fewColumns is up to how many columns would look like blocks if they filled the width.
const fewColumns = 7

// maxYears bounds the work for days of absurd years.
const maxYears = 10_000

// columnStep is the distance of two columns, columnWidth what of it is filled,
// chartHeight the highest column, in units of the drawing.
const (
	columnStep  = 10
	columnWidth = 8
	chartHeight = 100
)

// chart is a column chart of the messages over time.
type chart struct {
	Title, Label string // Label: the name of the first column of its table
	Alt          string // the chart in words
	Peak         string
	First, Last  string
	ViewBox      string
	Few          bool // columns, so that it is not as wide as it can be
	Columns      []column
}

// column is one column, and one line of the table.
type column struct {
	Name, N, Share      string
	X, Y, Width, Height string
}

// newChart returns the chart of a table by day, nil when no day is known.
func newChart(days []pipeline.Row, w *words) *chart {
	labels := []struct{ title, label string }{{w.Days, w.Day}, {w.Months, w.Month}, {w.Years, w.Year}}
	for i, p := range periods {
		rows := p.columns(days)
		if len(rows) == 0 {
			return nil
		}
		if len(rows) <= maxColumns || i == len(periods)-1 {
			return draw(rows[max(0, len(rows)-maxColumns):], labels[i].title, labels[i].label, w)
		}
	}
	return nil
}

// draw lays the columns out, the highest as high as the drawing.
func draw(rows []pipeline.Row, title, label string, w *words) *chart {
	peak, sum, part := rows[0], uint64(0), false
	for _, r := range rows {
		sum, part = sum+r.Primary, part || r.Suppressed
		if r.Primary > peak.Primary {
			peak = r
		}
	}
	c := &chart{
		Title: title, Label: label,
		First: rows[0].ID, Last: rows[len(rows)-1].ID,
		Peak:    fmt.Sprintf(form(peak.Primary, w.PeakF), peak.ID, number(peak.Primary, peak.Suppressed)),
		ViewBox: fmt.Sprintf("0 0 %d %d", len(rows)*columnStep, chartHeight), Few: len(rows) <= fewColumns,
	}
	c.Alt = fmt.Sprintf(w.ChartF, c.First, c.Last, c.Peak)
	for i, r := range rows {
		h := 0.0
		if r.Primary > 0 {
			h = max(1, chartHeight*float64(r.Primary)/float64(peak.Primary))
		}
		c.Columns = append(c.Columns, column{
			Name: r.ID, N: number(r.Primary, r.Suppressed), Share: share(r.Primary, sum, part),
			X: strconv.Itoa(i*columnStep + (columnStep-columnWidth)/2), Width: strconv.Itoa(columnWidth),
			Y: decimal(chartHeight - h), Height: decimal(h),
		})
	}
	return c
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// period is how much time a column stands for.
type period struct {
	layout string
	start  func(time.Time) time.Time
	next   func(time.Time) time.Time
}

var periods = []period{
	{time.DateOnly, func(t time.Time) time.Time { return t }, func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
	{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.Day()) }, func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
	{"2006", func(t time.Time) time.Time { return t.AddDate(0, 0, 1-t.YearDay()) }, func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
}

// columns groups rows by day into periods. Periods without messages are
// included with zero, so that a gap looks like a gap.
func (p period) columns(days []pipeline.Row) []pipeline.Row {
	sums, hidden := make(map[string]uint64), make(map[string]bool)
	var starts []time.Time
	for _, d := range days {
		t, err := time.Parse(time.DateOnly, d.ID)
		if err != nil {
			continue // written by another program: it is in the totals, but has no date
		}
		starts = append(starts, p.start(t))
		sums[t.Format(p.layout)] += d.Primary
		hidden[t.Format(p.layout)] = hidden[t.Format(p.layout)] || d.Suppressed
	}
	if len(starts) == 0 {
		return nil
	}
	first, last := slices.MinFunc(starts, time.Time.Compare), slices.MaxFunc(starts, time.Time.Compare)
	var out []pipeline.Row
	for t := first; !t.After(last) && len(out) <= maxYears; t = p.next(t) {
		id := t.Format(p.layout)
		row := pipeline.Row{ID: id, Count: pipeline.Count{Primary: sums[id], Any: sums[id]}}
		if hidden[id] {
			row = pipeline.Row{ID: id, Suppressed: true}
		}
		out = append(out, row)
	}
	return out
}
