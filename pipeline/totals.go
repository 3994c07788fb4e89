package pipeline

import (
	"slices"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/sortedmap"
)

// Totals are all cells of a tally. They never change, so that any number of readers
// share them; [Totals.Edit] begins another version, which shares with this one what
// it leaves alone. The nil Totals have no cell.
//
// There may be a million cells, of as many days and sources as somebody sends. So
// they lie in groups of one day and source, in order, and their sums by kind and id,
// by day and by source are kept up to date with each cell instead of being added up
// for each reader. A cell that counts nothing is not there.
type Totals struct {
	groups  *sortedmap.Snapshot[groupKey, *cellGroup]
	sums    *sortedmap.Snapshot[cellName, nameSum]
	days    *sortedmap.Snapshot[string, groupSum]
	sources *sortedmap.Snapshot[string, groupSum]
	len     int
}

// cellName is what a cell counts, whatever its day and source.
type cellName struct {
	kind Kind
	id   string
}

func (n cellName) compare(o cellName) int {
	if c := strings.Compare(string(n.kind), string(o.kind)); c != 0 {
		return c
	}
	return strings.Compare(n.id, o.id)
}

func (k groupKey) compare(o groupKey) int {
	if c := strings.Compare(k.day, o.day); c != 0 {
		return c
	}
	return strings.Compare(k.source, o.source)
}

// cellGroup holds the cells of one day and source, in the order of their names. It
// may be changed by the editor that made it.
type cellGroup struct {
	cells []cell
	owner *editToken
}

type cell struct {
	name *cellName // shared by all cells of that name
	n    Count
}

// find returns where the cell of a name is or would be.
func (g *cellGroup) find(name cellName) (int, bool) {
	return slices.BinarySearchFunc(g.cells, name, func(c cell, n cellName) int { return c.name.compare(n) })
}

// nameSum is the sum of the cells of one name.
type nameSum struct {
	name *cellName
	n    Count
}

// groupSum is of one day or of one source.
type groupSum struct {
	key    string // shared by all groups
	groups int
	total  Count // of [KindTotal]
}

// ManyGroups is the number of days, or of sources, beyond which readers are warned:
// somebody has taken another field for the source or the time, or writes at random.
const ManyGroups = 1000

// NewTotals returns the totals with the given cells.
func NewTotals(cells Cells) *Totals { return (*Totals)(nil).With(cells) }

// Len returns the number of cells.
func (t *Totals) Len() int {
	if t == nil {
		return 0
	}
	return t.len
}

// Days returns the number of different days.
func (t *Totals) Days() int {
	if t == nil {
		return 0
	}
	return t.days.Len()
}

// Sources returns the number of different sources.
func (t *Totals) Sources() int {
	if t == nil {
		return 0
	}
	return t.sources.Len()
}

// Get returns the count of a cell, zero if it is not there.
func (t *Totals) Get(k CellKey) Count {
	if t == nil {
		return Count{}
	}
	g, ok := t.groups.Get(groupKey{k.Day, k.Source})
	if !ok {
		return Count{}
	}
	return g.get(cellName{k.Kind, k.ID})
}

func (g *cellGroup) get(name cellName) Count {
	if i, found := g.find(name); found {
		return g.cells[i].n
	}
	return Count{}
}

// All yields all cells in the order of [CellKey.Compare].
func (t *Totals) All(yield func(CellKey, Count) bool) {
	if t == nil {
		return
	}
	for k, g := range t.groups.All {
		for _, c := range g.cells {
			if !yield(k.cell(c.name), c.n) {
				return
			}
		}
	}
}

func (k groupKey) cell(name *cellName) CellKey { return CellKey{k.day, k.source, name.kind, name.id} }

// Cells returns all cells. It costs what there is; [Totals.All] does not.
func (t *Totals) Cells() Cells {
	cells := make(Cells, t.Len())
	for k, n := range t.All {
		cells[k] = n
	}
	return cells
}

// With returns the totals in which the given cells have the given counts.
func (t *Totals) With(cells Cells) *Totals {
	e := t.Edit()
	for k, n := range cells {
		e.Set(k, n)
	}
	return e.Totals()
}

// Sum returns the sum over the cells of one kind, of all days and sources.
func (t *Totals) Sum(kind Kind) Count {
	var sum Count
	for _, n := range t.sumsOf(kind) {
		sum = sum.Add(n)
	}
	return sum
}

// sumsOf yields the sums of a kind by id, in ascending order of ids.
func (t *Totals) sumsOf(kind Kind) func(yield func(string, Count) bool) {
	return func(yield func(string, Count) bool) {
		if t == nil {
			return
		}
		for name, sum := range t.sums.From(cellName{kind: kind}) {
			if name.kind != kind || !yield(name.id, sum.n) {
				return
			}
		}
	}
}

// sum returns the sum of the cells of a kind and id, over all days and sources.
func (t *Totals) sum(kind Kind, id string) Count {
	if t == nil {
		return Count{}
	}
	s, _ := t.sums.Get(cellName{kind, id})
	return s.n
}

// check returns an error that wraps [ErrConservation] unless the cells add up to the
// outcomes: those of total, tagged, untagged and rejected, and the primaries of
// themes and of sub-themes. Aspects are not checked: a sub-theme need not have one.
func (t *Totals) check(o Outcomes) error { return checkSums(t.Sum, o) }

// checkSums is the check of cells whose sums by kind are given.
func checkSums(sum func(Kind) Count, o Outcomes) error {
	same := func(n uint64) Count { return Count{Primary: n, Any: n} }
	for _, x := range []struct {
		kind Kind
		want Count
	}{
		{KindTotal, same(o.Messages())},
		{KindTagged, same(o.Tagged)},
		{KindUntagged, same(o.Untagged)},
		{KindRejected, same(o.Rejected)},
		{KindTheme, Count{o.Tagged, sum(KindTheme).Any}},
		{KindSubTheme, Count{o.Tagged, sum(KindSubTheme).Any}},
	} {
		if got := sum(x.kind); got != x.want {
			return phrase.Errorf("%w: cells of kind %s add up to %d primary and %d any, not %d and %d",
				ErrConservation, x.kind, got.Primary, got.Any, x.want.Primary, x.want.Any)
		}
	}
	return nil
}

// CellChange is a cell that counts something else in two versions of the totals.
type CellChange struct {
	CellKey
	Before, After Count
}

// Changes yields the cells in which the totals differ from those before, in the
// order of [CellKey.Compare]. It costs what changed if one of them was edited from
// the other, and what there is if not.
func (t *Totals) Changes(before *Totals) func(yield func(CellChange) bool) {
	return func(yield func(CellChange) bool) {
		var a, b *sortedmap.Snapshot[groupKey, *cellGroup]
		if before != nil {
			a = before.groups
		}
		if t != nil {
			b = t.groups
		}
		sortedmap.Diff(a, b, func(k groupKey, was *cellGroup, _ bool, is *cellGroup, _ bool) bool {
			return was == is || changesOf(k, was, is, yield)
		})
	}
}

// changesOf yields what differs in two versions of a group, of which one may be nil.
func changesOf(k groupKey, was, is *cellGroup, yield func(CellChange) bool) bool {
	var before, after []cell
	if was != nil {
		before = was.cells
	}
	if is != nil {
		after = is.cells
	}
	for len(before) > 0 || len(after) > 0 {
		order := 0
		switch {
		case len(before) == 0:
			order = 1
		case len(after) == 0:
			order = -1
		default:
			order = before[0].name.compare(*after[0].name)
		}
		var c CellChange
		if order <= 0 {
			c.CellKey, c.Before = k.cell(before[0].name), before[0].n
			before = before[1:]
		}
		if order >= 0 {
			c.CellKey, c.After = k.cell(after[0].name), after[0].n
			after = after[1:]
		}
		if c.Before != c.After && !yield(c) {
			return false
		}
	}
	return true
}
