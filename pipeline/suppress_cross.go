package pipeline

import (
	"cmp"
	"slices"
)

// crossing finds the days and sources whose combinations are withheld of the children of
// one node. It begins with those of which a combination is small, and grows until what is
// published over all of the days, or over all of the sources, is not small.
type crossing struct {
	s               *Suppression
	rule            *familyRule
	days, sources   map[string]bool        // of the crossing
	byDay, bySource map[string]*contextRow // all there are
}

// cross sets the crossing of a rule, if there has to be one. It has all days and sources if
// fewer would not do.
func (s *Suppression) cross(rule *familyRule) {
	if len(s.days) < 2 || len(s.sources) < 2 {
		return // by day and source is by source, or by day
	}
	c := &crossing{s, rule, make(map[string]bool), make(map[string]bool), byKey(s.days), byKey(s.sources)}
	c.each(func(k groupKey, u int, n figure) {
		if s.small(n) {
			c.add(k.day, k.source)
		}
	})
	c.keep(s.contextsBefore(rule.parent))
	if len(c.days) == 0 {
		return
	}
	if len(c.days) < 2 {
		c.addDay(largestBut(c.days, s.days))
	}
	if len(c.sources) < 2 {
		c.addSource(largestBut(c.sources, s.sources))
	}
	for round := 0; c.grow(); round++ {
		if round == maxRounds {
			c.all()
			break
		}
	}
	rule.crossDays, rule.crossSources = c.days, c.sources
	if !c.witnessed() {
		c.all()
	}
}

func (c *crossing) all() {
	for _, d := range c.s.days {
		c.days[d.key] = true
	}
	for _, r := range c.s.sources {
		c.sources[r.key] = true
	}
}

// maxRounds bounds the time for a crossing that grows by single days. It then has all
// days and sources, which is always enough.
const maxRounds = 64

// each yields what each day and source has of each unit, if anything.
func (c *crossing) each(yield func(k groupKey, u int, n figure)) {
	c.eachGroup(func(k groupKey, units []figure) {
		for u, n := range units {
			if n.n > 0 {
				yield(k, u, n)
			}
		}
	})
}

// eachGroup yields what each day and source has, by unit, if it has any. The slice is used
// again.
func (c *crossing) eachGroup(yield func(k groupKey, units []figure)) {
	unitOf := make([]int, len(c.s.tree.ids))
	for i := range unitOf {
		unitOf[i] = -1
	}
	for u, unit := range c.rule.units {
		for _, node := range unit.nodes {
			unitOf[node] = u
		}
	}
	units := make([]figure, len(c.rule.units))
	for i := range c.s.groups {
		group := &c.s.groups[i]
		clear(units)
		some := false
		for _, cell := range group.cells {
			if u := unitOf[cell.node]; u >= 0 {
				units[u], some = units[u].add(cell.f), true
			}
		}
		if some {
			yield(groupKey{group.day.key, group.source.key}, units)
		}
	}
}

// add adds a day and a source.
func (c *crossing) add(day, source string) {
	c.addDay(day)
	c.addSource(source)
}

// addDay adds a day with the others of its block; it tells whether there was any to add.
func (c *crossing) addDay(day string) bool {
	return join(c.days, day, c.rule.days, c.rule.dayOf)
}

func (c *crossing) addSource(source string) bool {
	return join(c.sources, source, c.rule.sources, c.rule.sourceOf)
}

func join(set map[string]bool, key string, blocks []block, of map[string]int) (grew bool) {
	keys := []string{key}
	if i, ok := of[key]; ok {
		keys = blocks[i].keys
	}
	for _, k := range keys {
		grew = grew || !set[k]
		set[k] = true
	}
	return grew
}

// largestBut returns the largest day or source that is not in a set.
func largestBut(set map[string]bool, rows []contextRow) string {
	best, n := "", uint64(0)
	for _, r := range rows {
		if here := r.at(rootNode).n; !set[r.key] && here > n {
			best, n = r.key, here
		}
	}
	return best
}

// crossSum is a unit over all days of the crossing in one source or block of sources, or
// the other way round.
type crossSum struct {
	n       figure
	outside string // a day that is not in the crossing
	largest uint64 // the number of that day
}

type crossKey struct {
	unit  int    // -1: all of a block together
	key   string // of a day or source
	block int    // index+1 of the block of which the unit is a part; 0: none
}

// place is where a unit is published in a context: on its own, or with its block.
func place(u int, key string, blocks []block, of map[string]int) crossKey {
	if i, ok := of[key]; ok {
		for _, in := range blocks[i].units {
			if in == u {
				return crossKey{unit: u, block: i + 1}
			}
		}
	}
	return crossKey{unit: u, key: key}
}

// grow adds days and sources for what is still small; it tells whether it added any.
func (c *crossing) grow() (grew bool) {
	bySource, byDay := make(map[crossKey]crossSum), make(map[crossKey]crossSum)
	note := func(sums map[crossKey]crossSum, k crossKey, inside bool, other string, n figure) {
		sum := sums[k]
		switch {
		case inside:
			sum.n = sum.n.add(n)
		case n.n > sum.largest:
			sum.outside, sum.largest = other, n.n
		}
		sums[k] = sum
	}
	side := func(sums map[crossKey]crossSum, blocks []block, of map[string]int, rows map[string]*contextRow, key, other string, inside bool, units []figure) {
		var block figure // those of an aspect may be all units of a block, which are a row together
		for u, n := range units {
			if n.n == 0 {
				continue
			}
			at := place(u, key, blocks, of)
			note(sums, at, inside, other, n)
			if at.block > 0 {
				block = block.add(n)
			}
		}
		if block.n == 0 || c.rule.parent < 0 {
			return
		}
		if parent := rows[key].at(c.rule.parent); parent.n >= c.s.Min && !c.s.small(parent) {
			note(sums, crossKey{unit: -1, key: key}, inside, other, block)
		}
	}
	c.eachGroup(func(k groupKey, units []figure) {
		if c.sources[k.source] {
			side(bySource, c.rule.sources, c.rule.sourceOf, c.bySource, k.source, k.day, c.days[k.day], units)
		}
		if c.days[k.day] {
			side(byDay, c.rule.days, c.rule.dayOf, c.byDay, k.day, k.source, c.sources[k.source], units)
		}
	})
	var days, sources []string
	for _, sum := range bySource {
		if sum.largest > 0 && c.s.small(sum.n) {
			days = append(days, sum.outside)
		}
	}
	for _, sum := range byDay {
		if sum.largest > 0 && c.s.small(sum.n) {
			sources = append(sources, sum.outside)
		}
	}
	for _, day := range days {
		grew = c.addDay(day) || grew
	}
	for _, source := range sources {
		grew = c.addSource(source) || grew
	}
	return grew
}

// witnesses looks for messages that can be swapped so that a small combination changes.
type witnesses struct {
	*crossing
	met           map[groupKey]bool // days and sources that have something of the parent
	days, sources []*contextRow     // with which to swap crosswise, the largest first
}

// crossed is a sum of one unit that must not be known if it is small: of a day or a block
// of days, in a source or a block of sources.
type crossed struct{ day, source crossKey }

// witnessed tells whether each such sum has a witness: with another day of its block in
// the same source, with another source of its block on the same day, or with another day
// and another source crosswise. None of them may be where it is published that there is
// nothing.
func (c *crossing) witnessed() bool {
	w := &witnesses{
		crossing: c, met: make(map[groupKey]bool),
		days: largest(c.s.days, c.days), sources: largest(c.s.sources, c.sources),
	}
	for i := range c.s.groups {
		if g := &c.s.groups[i]; g.counts(max(c.rule.parent, rootNode)) {
			w.met[groupKey{g.day.key, g.source.key}] = true
		}
	}
	sums := make(map[crossed]figure)
	c.sums(func(x crossed, _ groupKey, n figure) {
		sums[x] = sums[x].add(n)
	})
	for x, sum := range sums {
		if !c.s.small(sum) {
			delete(sums, x)
		}
	}
	c.sums(func(x crossed, k groupKey, _ figure) {
		if _, open := sums[x]; open && w.moves(x, k) {
			delete(sums, x)
		}
	})
	return len(sums) == 0
}

// sums yields each count with the sums that it is part of.
func (c *crossing) sums(yield func(x crossed, k groupKey, n figure)) {
	c.each(func(k groupKey, u int, n figure) {
		days := []crossKey{{unit: u, key: k.day}}
		if p := place(u, k.day, c.rule.days, c.rule.dayOf); p.block > 0 {
			days = append(days, p)
		}
		sources := []crossKey{{unit: u, key: k.source}}
		if p := place(u, k.source, c.rule.sources, c.rule.sourceOf); p.block > 0 {
			sources = append(sources, p)
		}
		for _, d := range days {
			for _, s := range sources {
				yield(crossed{d, s}, k, n)
			}
		}
	})
}

// moves tells whether a message of a sum can be moved out of it.
func (w *witnesses) moves(x crossed, k groupKey) bool {
	u := x.day.unit
	return x.day.block == 0 && w.sameSource(k, u) || x.source.block == 0 && w.sameDay(k, u) || w.crosswise(x, k)
}

// meets tells whether a day has something of the parent in a source, as far as anybody
// knows: of the root it is withheld that it has nothing.
func (w *witnesses) meets(day, source string) bool {
	return w.rule.parent < 0 || w.met[groupKey{day, source}]
}

// has tells whether there is something of a unit on all of the days and sources.
func (w *witnesses) has(u int, rows ...*contextRow) bool {
	leaf := w.s.tree.leaf[w.rule.units[u].nodes[0]]
	return !slices.ContainsFunc(rows, func(r *contextRow) bool { return r.at(leaf).n == 0 })
}

// counterpart tells whether another of the units is there, too. The root needs none.
func (w *witnesses) counterpart(u int, units []int, rows ...*contextRow) bool {
	return w.rule.parent < 0 || slices.ContainsFunc(units, func(v int) bool { return v != u && w.has(v, rows...) })
}

func (w *witnesses) sameSource(k groupKey, u int) bool {
	i, ok := w.rule.dayOf[k.day]
	if !ok || !slices.Contains(w.rule.days[i].units, u) {
		return false
	}
	b, r := w.rule.days[i], w.bySource[k.source]
	return w.has(u, r) && w.counterpart(u, b.units, r) &&
		slices.ContainsFunc(b.keys, func(day string) bool { return day != k.day && w.met[groupKey{day, k.source}] })
}

func (w *witnesses) sameDay(k groupKey, u int) bool {
	i, ok := w.rule.sourceOf[k.source]
	if !ok || !slices.Contains(w.rule.sources[i].units, u) {
		return false
	}
	b, d := w.rule.sources[i], w.byDay[k.day]
	return w.has(u, d) && w.counterpart(u, b.units, d) &&
		slices.ContainsFunc(b.keys, func(source string) bool { return source != k.source && w.met[groupKey{k.day, source}] })
}

func (w *witnesses) crosswise(x crossed, k groupKey) bool {
	u, d, r := x.day.unit, w.byDay[k.day], w.bySource[k.source]
	all := make([]int, len(w.rule.units))
	for v := range all {
		all[v] = v
	}
	inDays := func(key string) bool {
		return key == k.day || x.day.block > 0 && slices.Contains(w.rule.days[x.day.block-1].keys, key)
	}
	inSources := func(key string) bool {
		return key == k.source || x.source.block > 0 && slices.Contains(w.rule.sources[x.source.block-1].keys, key)
	}
	for _, d2 := range w.days {
		for _, r2 := range w.sources {
			if !inDays(d2.key) && !inSources(r2.key) &&
				w.meets(d2.key, r.key) && w.meets(d.key, r2.key) && w.meets(d2.key, r2.key) &&
				w.has(u, d, d2, r, r2) && w.counterpart(u, all, d, d2, r, r2) {
				return true
			}
		}
	}
	return false
}

// largest returns the largest of some days or sources, [maxPartners] at most.
func largest(rows []contextRow, in map[string]bool) (out []*contextRow) {
	for i := range rows {
		if in[rows[i].key] {
			out = append(out, &rows[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *contextRow) int {
		return cmp.Compare(b.at(rootNode).n, a.at(rootNode).n)
	})
	return out[:min(len(out), maxPartners)]
}

// maxPartners is among how many days, and sources, a witness is looked for: the largest.
const maxPartners = 16

func byKey(rows []contextRow) map[string]*contextRow {
	out := make(map[string]*contextRow, len(rows))
	for i := range rows {
		out[rows[i].key] = &rows[i]
	}
	return out
}
