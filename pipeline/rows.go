package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/minyi/minyi/internal/sortedmap"
)

// Dimension is a way to group cells into a table.
type Dimension string

// The dimensions of [Totals.By].
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
	// Suppressed: the counts are withheld; AnySuppressed: Any is. They are 0 here.
	Suppressed    bool `json:"-"`
	AnySuppressed bool `json:"-"`
}

// kind returns the cells that a dimension looks at; "" for an unknown one.
func (d Dimension) kind() Kind {
	switch d {
	case ByTheme:
		return KindTheme
	case BySubTheme:
		return KindSubTheme
	case ByAspect:
		return KindAspect
	case ByReason:
		return KindRejected
	case ByDay, BySource:
		return KindTotal
	}
	return ""
}

// By groups the cells, and returns one row for each id that occurs, in ascending
// order of ids; nil for an unknown dimension. ByDay and BySource count the messages
// read (KindTotal), ByReason the rejected ones.
func (t *Totals) By(d Dimension) []Row {
	if d.kind() == "" {
		return nil
	}
	rows := []Row{}
	for id, n := range t.rows(d) {
		rows = append(rows, Row{ID: id, Count: n})
	}
	return rows
}

// rows yields the rows of By.
func (t *Totals) rows(d Dimension) func(yield func(string, Count) bool) {
	groups := func(m *sortedmap.Snapshot[string, groupSum]) func(yield func(string, Count) bool) {
		return func(yield func(string, Count) bool) {
			for id, s := range m.All {
				if (s.total != Count{}) && !yield(id, s.total) {
					return
				}
			}
		}
	}
	switch {
	case t == nil:
		return func(func(string, Count) bool) {}
	case d == ByDay:
		return groups(t.days)
	case d == BySource:
		return groups(t.sources)
	}
	return t.sumsOf(d.kind())
}

// Of returns the count of one row of By, zero if there is none.
func (t *Totals) Of(d Dimension, id string) Count {
	switch {
	case t == nil:
		return Count{}
	case d == ByDay:
		s, _ := t.days.Get(id)
		return s.total
	case d == BySource:
		s, _ := t.sources.Get(id)
		return s.total
	}
	return t.sum(d.kind(), id)
}

// Top returns the n rows of By that have the largest primary counts, the largest
// first and of equal ones the first by id, and how many others there are and what
// they add up to.
func (t *Totals) Top(d Dimension, n int) (rows []Row, others int, rest Count) {
	larger := func(a, b Row) int { return cmp.Or(cmp.Compare(b.Primary, a.Primary), strings.Compare(a.ID, b.ID)) }
	rows = make([]Row, 0, n+1)
	for id, c := range t.rows(d) {
		r := Row{ID: id, Count: c}
		i, _ := slices.BinarySearchFunc(rows, r, larger)
		if i == n {
			others, rest = others+1, rest.Add(c)
			continue
		}
		rows = slices.Insert(rows, i, r)
		if len(rows) > n {
			others, rest = others+1, rest.Add(rows[n].Count)
			rows = rows[:n]
		}
	}
	return rows, others, rest
}
