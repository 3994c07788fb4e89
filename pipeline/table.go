package pipeline

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/internal/measure"
)

// Table is what a query of counts gives, in the forms that programs read: commands and
// the page print the same.
type Table struct {
	Counts   Counts
	By       []Dimension
	Rows     []Compared
	Compared bool // the rows have a Before
	// Measure is that of the dictionary of the counts. With it, shares of themes and
	// sub-themes have intervals; nil: there are none.
	Measure *measure.Measure
	// CloseCalls is how many of a sub-theme's messages are close calls, for a table by
	// sub-theme alone; nil: the table does not have them.
	CloseCalls map[string]uint64
}

// Measured reports whether the rows have intervals.
func (t Table) Measured() bool {
	return t.Measure != nil && (slices.Contains(t.By, ByTheme) || slices.Contains(t.By, BySubTheme))
}

// Interval returns what the share of a row stands for, or why that cannot be said: see
// [measure.Measure.Interval]. What is withheld has none.
func (t Table) Interval(g Group) (measure.Interval, measure.Why) {
	if g.Suppressed || g.OfSuppressed {
		return measure.Interval{}, measure.Nothing
	}
	return t.Measure.Interval(g.ID, g.Primary, g.Of)
}

// tableRow is a row in JSON. A row of one dimension has an id; a row of several has a
// key by the name of each.
type tableRow struct {
	ID       string    `json:"id,omitempty"`
	Theme    string    `json:"theme,omitempty"`
	SubTheme string    `json:"subtheme,omitempty"`
	Aspect   string    `json:"aspect,omitempty"`
	Reason   string    `json:"reason,omitempty"`
	Source   string    `json:"source,omitempty"`
	Day      string    `json:"day,omitempty"`
	Primary  *uint64   `json:"primary"` // null: withheld
	Any      *uint64   `json:"any"`
	Of       *uint64   `json:"of"`
	Before   *tableRow `json:"before,omitempty"`
	Points   *float64  `json:"change_points,omitempty"`

	Interval   *tableInterval `json:"interval,omitempty"`
	NoInterval measure.Why    `json:"no_interval,omitempty"`

	CloseCalls *uint64 `json:"close_calls,omitempty"`

	Suppressed bool `json:"suppressed,omitempty"`
}

// tableInterval is between what a share is, from 0 to 1.
type tableInterval struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// tableMeasure says what intervals are from.
type tableMeasure struct {
	Texts    int       `json:"texts"` // that are labelled
	File     string    `json:"file"`
	By       string    `json:"by"`
	Measured time.Time `json:"measured"`
}

// newTableRow returns a row with the numbers that are not withheld.
func newTableRow(g Group) tableRow {
	return tableRow{
		Primary: unless(g.Suppressed, &g.Primary), Any: unless(g.AnySuppressed, &g.Any), Of: unless(g.OfSuppressed, &g.Of),
		Suppressed: g.Suppressed || g.AnySuppressed || g.OfSuppressed,
	}
}

// JSON returns the stable shape of the table.
func (t Table) JSON() any {
	rows := make([]tableRow, 0, len(t.Rows))
	for _, r := range t.Rows {
		row := newTableRow(r.Group)
		for _, d := range t.By {
			*row.key(d, len(t.By) == 1) = r.Key(d)
		}
		if t.Compared {
			points := round(r.Points(), 4)
			before := newTableRow(r.Before)
			row.Before, row.Points = &before, &points
		}
		if t.Measured() {
			i, why := t.Interval(r.Group)
			row.NoInterval = why
			if why == measure.Given {
				row.Interval = &tableInterval{round(i.Share, 6), round(i.Low, 6), round(i.High, 6)}
			}
		}
		if t.CloseCalls != nil {
			n := t.CloseCalls[r.ID]
			row.CloseCalls = &n
		}
		rows = append(rows, row)
	}
	c := &t.Counts
	var of *tableMeasure
	if m := t.Measure; t.Measured() {
		of = &tableMeasure{m.Labels.Texts, m.Labels.File, m.By, m.Measured}
	}
	return struct {
		Tally    string        `json:"tally"`
		Dict     string        `json:"dict"`
		Frontier uint64        `json:"frontier"`
		AsOf     time.Time     `json:"as_of,omitzero"`
		By       string        `json:"by"`
		Rows     []tableRow    `json:"rows"`
		Measure  *tableMeasure `json:"measure,omitempty"`
		Schema   int           `json:"schema"`
	}{c.Tally, c.Dict, c.Frontier, c.AsOf.UTC(), t.Name(), rows, of, SnapshotSchema}
}

func (r *tableRow) key(d Dimension, alone bool) *string {
	switch {
	case alone:
		return &r.ID
	case d == ByTheme:
		return &r.Theme
	case d == BySubTheme:
		return &r.SubTheme
	case d == ByAspect:
		return &r.Aspect
	case d == ByReason:
		return &r.Reason
	case d == BySource:
		return &r.Source
	}
	return &r.Day
}

// Name is the dimensions with commas between them.
func (t Table) Name() string {
	names := make([]string, 0, len(t.By))
	for _, d := range t.By {
		names = append(names, string(d))
	}
	return strings.Join(names, ",")
}

// named reports whether a dimension has a column of names beside that of ids.
func (t Table) named(d Dimension) bool {
	return len(t.By) == 1 || d == ByTheme || d == BySubTheme || d == ByAspect
}

// Header are the names of the columns of CSV and XLSX.
func (t Table) Header() []string {
	var header []string
	for _, d := range t.By {
		header = append(header, string(d))
		if t.named(d) {
			header = append(header, "name")
		}
	}
	header = append(header, "primary", "any", "share")
	if t.Compared {
		header = append(header, "primary_before", "any_before", "share_before", "change_points")
	}
	if t.Measured() {
		header = append(header, "share_corrected", "share_low", "share_high")
	}
	if t.CloseCalls != nil {
		header = append(header, "close_calls")
	}
	return header
}

// Withheld stands in a cell of a table for a count that is withheld.
const Withheld = "*"

// Cells are the cells of a row: strings, uint64 and float64. name is what a value of a
// dimension is called; shares are from 0 to 1.
func (t Table) Cells(r Compared, name func(d Dimension, id string) string) []any {
	var cells []any
	for _, d := range t.By {
		cells = append(cells, r.Key(d))
		if t.named(d) {
			cells = append(cells, name(d, r.Key(d)))
		}
	}
	cells = append(cells, r.Primary, r.Any, round(r.Share(), 6))
	last := cells[len(cells)-3:]
	if r.Suppressed {
		last[0] = Withheld
	}
	if r.AnySuppressed {
		last[1] = Withheld
	}
	if r.Suppressed || r.OfSuppressed {
		last[2] = Withheld
	}
	if t.Compared {
		cells = append(cells, r.Before.Primary, r.Before.Any, round(r.Before.Share(), 6), round(r.Points(), 4))
	}
	if t.Measured() {
		if i, why := t.Interval(r.Group); why == measure.Given {
			cells = append(cells, round(i.Share, 6), round(i.Low, 6), round(i.High, 6))
		} else {
			cells = append(cells, "", "", "")
		}
	}
	if t.CloseCalls != nil {
		cells = append(cells, t.CloseCalls[r.ID])
	}
	return cells
}

// round rounds to a number of digits after the point.
func round(f float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(f*scale) / scale
}
