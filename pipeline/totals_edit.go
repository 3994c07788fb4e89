package pipeline

import (
	"slices"
	"strings"

	"github.com/minyi/minyi/internal/sortedmap"
)

// TotalsEditor makes the next version of [Totals]. Not safe for concurrent use.
type TotalsEditor struct {
	groups  *sortedmap.Map[groupKey, *cellGroup]
	sums    *sortedmap.Map[cellName, nameSum]
	days    *sortedmap.Map[string, groupSum]
	sources *sortedmap.Map[string, groupSum]
	len     int

	// The group of the last cell: cells most often come in order.
	key  groupKey
	last *cellGroup
	self *editToken // of the groups that may be changed in place
}

// editToken is what an editor and the groups that no version refers to have in common.
type editToken struct{ _ byte }

// Edit begins another version of the totals.
func (t *Totals) Edit() *TotalsEditor {
	var e *TotalsEditor
	if t == nil {
		e = &TotalsEditor{
			groups: sortedmap.New[groupKey, *cellGroup](groupKey.compare),
			sums:   sortedmap.New[cellName, nameSum](cellName.compare),
			days:   sortedmap.New[string, groupSum](strings.Compare), sources: sortedmap.New[string, groupSum](strings.Compare),
		}
	} else {
		e = &TotalsEditor{
			groups: t.groups.Thaw(), sums: t.sums.Thaw(), days: t.days.Thaw(), sources: t.sources.Thaw(), len: t.len,
		}
	}
	e.self = &editToken{}
	return e
}

// Totals returns the version as it is now. Further edits do not change it.
func (e *TotalsEditor) Totals() *Totals {
	e.last, e.self = nil, &editToken{} // what exists is copied before it is changed
	return &Totals{
		groups: e.groups.Snapshot(), sums: e.sums.Snapshot(), days: e.days.Snapshot(), sources: e.sources.Snapshot(), len: e.len,
	}
}

// Get returns the count of a cell, zero if it is not there.
func (e *TotalsEditor) Get(k CellKey) Count {
	group := groupKey{k.Day, k.Source}
	if e.last != nil && e.key == group {
		return e.last.get(cellName{k.Kind, k.ID})
	}
	g, ok := e.groups.Get(group)
	if !ok {
		return Count{}
	}
	return g.get(cellName{k.Kind, k.ID})
}

// add adds a count to its cell, and returns the sum.
func (e *TotalsEditor) add(c *CellCount) Count {
	n := e.Get(c.CellKey).Add(c.Count)
	e.Set(c.CellKey, n)
	return n
}

// Set gives a cell another count; zero removes it.
func (e *TotalsEditor) Set(k CellKey, n Count) {
	name := cellName{k.Kind, k.ID}
	g := e.group(groupKey{k.Day, k.Source}, n != Count{})
	if g == nil {
		return
	}
	var was Count
	i, found := g.find(name)
	switch {
	case found && n != Count{}:
		was, g.cells[i].n = g.cells[i].n, n
	case found:
		was = g.cells[i].n
		g.cells = slices.Delete(g.cells, i, i+1)
		e.len--
	case n != Count{}:
		g.makeRoom()
		g.cells = slices.Insert(g.cells, i, cell{n: n})
		e.len++
	}
	shared := e.addToSum(name, was, n)
	if !found && n != (Count{}) {
		g.cells[i].name = shared
	}
	if k.Kind == KindTotal {
		add := func(m *sortedmap.Map[string, groupSum], key string) {
			s, _ := m.Get(key)
			s.total = s.total.replace(was, n)
			m.Set(s.key, s)
		}
		add(e.days, k.Day)
		add(e.sources, k.Source)
	}
	if len(g.cells) == 0 {
		e.removeGroup()
	}
}

// makeRoom makes room for another cell. Most groups of very many have half a dozen cells,
// for which twice the room would be kept as soon as the fifth comes.
func (g *cellGroup) makeRoom() {
	n := len(g.cells)
	if n == cap(g.cells) {
		g.cells = append(make([]cell, 0, n+2+n/4), g.cells...)
	}
}

// replace returns the sum in which one term was replaced.
func (c Count) replace(was, is Count) Count {
	return Count{c.Primary - was.Primary + is.Primary, c.Any - was.Any + is.Any}
}

// addToSum replaces a term of the sum of a name, and returns the shared name.
func (e *TotalsEditor) addToSum(name cellName, was, is Count) *cellName {
	s, ok := e.sums.Get(name)
	if !ok {
		s.name = &cellName{Kind(strings.Clone(string(name.kind))), strings.Clone(name.id)}
	}
	if s.n = s.n.replace(was, is); s.n == (Count{}) {
		e.sums.Delete(name)
	} else {
		e.sums.Set(*s.name, s)
	}
	return s.name
}

// group returns a group that may be changed. If there is none it is made, or nil is
// returned.
func (e *TotalsEditor) group(k groupKey, create bool) *cellGroup {
	if e.last != nil && e.key == k {
		return e.last
	}
	g, ok := e.groups.Get(k)
	switch {
	case !ok && !create:
		return nil
	case !ok:
		g = &cellGroup{owner: e.self}
		// The key came out of a longer text, which it would keep in memory.
		k = groupKey{addGroup(e.days, k.day), addGroup(e.sources, k.source)}
		e.groups.Set(k, g)
	case g.owner != e.self:
		g = &cellGroup{cells: slices.Clone(g.cells), owner: e.self}
		e.groups.Set(k, g)
	}
	e.key, e.last = k, g
	return g
}

// addGroup counts one more group of a day or source, and returns the shared text.
func addGroup(m *sortedmap.Map[string, groupSum], key string) string {
	s, ok := m.Get(key)
	if !ok {
		s.key = strings.Clone(key)
	}
	s.groups++
	m.Set(s.key, s)
	return s.key
}

// removeGroup removes the last group, which has no cell any more.
func (e *TotalsEditor) removeGroup() {
	e.groups.Delete(e.key)
	for m, key := range map[*sortedmap.Map[string, groupSum]]string{e.days: e.key.day, e.sources: e.key.source} {
		s, _ := m.Get(key)
		if s.groups--; s.groups == 0 {
			m.Delete(key)
		} else {
			m.Set(key, s)
		}
	}
	e.last = nil
}
