package pipeline

import (
	"slices"
	"strings"
)

// Dimension is a way to group cells into a table.
type Dimension string

// The dimensions of [Cells.By].
const (
	ByTheme    Dimension = "theme"
	BySubTheme Dimension = "subtheme"
	ByAspect   Dimension = "aspect"
	ByDay      Dimension = "day"    // messages read, by day
	BySource   Dimension = "source" // messages read, by source
	ByReason   Dimension = "reason" // messages rejected, by reason
)

// Dimensions lists them all.
func Dimensions() []Dimension {
	return []Dimension{ByTheme, BySubTheme, ByAspect, ByDay, BySource, ByReason}
}

// Row is one line of a table.
type Row struct {
	ID string `json:"id"`
	Count
}

// By groups the cells, and returns one row for each id that occurs, in ascending
// order of ids; nil for an unknown dimension. ByDay and BySource count the messages
// read (KindTotal), ByReason the rejected ones.
func (c Cells) By(d Dimension) []Row {
	kind, id := d.selector()
	if id == nil {
		return nil
	}
	sums := make(map[string]Count)
	for k, n := range c {
		if k.Kind == kind {
			sums[id(k)] = sums[id(k)].Add(n)
		}
	}
	rows := make([]Row, 0, len(sums))
	for id, n := range sums {
		rows = append(rows, Row{ID: id, Count: n})
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

// selector returns which cells a dimension looks at and how it names their group.
func (d Dimension) selector() (Kind, func(CellKey) string) {
	id := func(k CellKey) string { return k.ID }
	switch d {
	case ByTheme:
		return KindTheme, id
	case BySubTheme:
		return KindSubTheme, id
	case ByAspect:
		return KindAspect, id
	case ByReason:
		return KindRejected, id
	case ByDay:
		return KindTotal, func(k CellKey) string { return k.Day }
	case BySource:
		return KindTotal, func(k CellKey) string { return k.Source }
	}
	return "", nil
}
