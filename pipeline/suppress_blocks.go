package pipeline

import "slices"

// blockMaker makes the blocks of days, or of sources, of one family. It goes through them
// in their order. A context in which a unit is small opens a block, which closes when what
// is published of it is large enough: each unit over the block, and in each context
// the units together.
type blockMaker struct {
	s    *Suppression
	rule *familyRule
	rows []*contextRow // in which the parent counts something
	// others are the contexts of the other kind in which the parent counts something in a
	// row, and what they count: witnesses go through them.
	others map[*contextRow][]*contextRow
	// kept are units that are withheld in a row as they were before, and together tells
	// whether the next row is of the same block; nil: there are no such.
	kept     [][]int
	together []bool
}

// openBlock is rows[from:to], with some units.
type openBlock struct {
	from, to int
	units    []openUnit // one for each of the rule
	links    *links     // nil: to be made
}

type openUnit struct {
	has bool
	sum figure // over the rows of the block
}

// blocks makes the blocks of some contexts; ok is false if there are none that would do:
// then nothing may be published of single contexts.
func (s *Suppression) blocks(rule *familyRule, contexts []contextRow, others map[*contextRow][]*contextRow, was *familyRule, before []block) (out []block, of map[string]int, ok bool) {
	m := &blockMaker{s: s, rule: rule, others: others}
	for i := range contexts {
		if contexts[i].at(max(rule.parent, rootNode)).n > 0 {
			m.rows = append(m.rows, &contexts[i])
		}
	}
	m.keep(was, before)
	open, ok := m.make()
	of = make(map[string]int)
	for _, b := range open {
		var named block
		for _, r := range m.rows[b.from:b.to] {
			named.keys = append(named.keys, r.key)
			of[r.key] = len(out)
		}
		for u := range b.units {
			if b.units[u].has {
				named.units = append(named.units, u)
			}
		}
		out = append(out, named)
	}
	return out, of, ok
}

func (m *blockMaker) make() (done []openBlock, ok bool) {
	var open *openBlock
	for i := range m.rows {
		if open == nil {
			if !m.anySmall(i) && (m.kept == nil || m.kept[i] == nil) {
				continue
			}
			open = m.open(i)
		}
		m.add(open, i)
		if (m.together == nil || !m.together[i]) && m.enough(open) {
			done, open = append(done, *open), nil
		}
	}
	// The last one may be too small: it grows backwards, over blocks that were closed.
	for step := 1; open != nil; step *= 2 {
		if open.from == 0 {
			return append(done, *open), m.enough(open)
		}
		if m.enough(open) {
			return append(done, *open), true
		}
		from, old := max(0, open.from-step), *open
		for len(done) > 0 && done[len(done)-1].to > from {
			last := done[len(done)-1]
			done = done[:len(done)-1]
			from = min(from, last.from)
		}
		open = m.open(from)
		for i := from; i < old.to; i++ {
			m.add(open, i)
		}
	}
	return done, true
}

func (m *blockMaker) open(row int) *openBlock {
	return &openBlock{from: row, to: row, units: make([]openUnit, len(m.rule.units))}
}

// add appends the next row to a block: its small units join, and more until the units
// together are not small in any row.
func (m *blockMaker) add(b *openBlock, row int) {
	b.to = row + 1
	if b.links != nil {
		m.link(b, row)
	}
	for u := range b.units {
		if b.units[u].has {
			m.sum(b, u, row)
		}
	}
	grew := false
	for u := range b.units {
		if !b.units[u].has && m.small(row, u) {
			grew = true
			m.take(b, u)
		}
	}
	if m.kept != nil {
		for _, u := range m.kept[row] {
			if !b.units[u].has {
				grew = true
				m.take(b, u)
			}
		}
	}
	if m.rule.parent < 0 {
		return
	}
	if m.join(b, row) || grew {
		for again := true; again; { // what joined may be small in other rows
			again = false
			for i := b.from; i < b.to; i++ {
				again = m.join(b, i) || again
			}
		}
	}
}

// take adds a unit to a block.
func (m *blockMaker) take(b *openBlock, u int) {
	b.units[u].has, b.links = true, nil // the links are those of all units
	for i := b.from; i < b.to; i++ {
		m.sum(b, u, i)
	}
}

func (m *blockMaker) sum(b *openBlock, u, row int) {
	b.units[u].sum = b.units[u].sum.add(m.rule.units[u].of(m.rows[row]))
}

func (m *blockMaker) anySmall(i int) bool {
	for u := range m.rule.units {
		if m.small(i, u) {
			return true
		}
	}
	return false
}

// small tells whether a unit must not be published of one context.
func (m *blockMaker) small(i, u int) bool { return m.s.small(m.rule.units[u].of(m.rows[i])) }

// join adds units until those of the block are not small together in a row; it tells
// whether it added any.
func (m *blockMaker) join(b *openBlock, row int) (grew bool) {
	r := m.rows[row]
	if parent := r.at(m.rule.parent); parent.n < m.s.Min || m.s.small(parent) { // the parent is withheld here itself, and so are all of its children together
		for u := range b.units {
			if !b.units[u].has {
				m.take(b, u)
				grew = true
			}
		}
		return grew
	}
	for {
		var sum figure
		n := 0
		for u := range b.units {
			if b.units[u].has {
				sum, n = sum.add(m.rule.units[u].of(r)), n+1
			}
		}
		small := sum.n > 0 && !m.suffices(sum)
		if !small && (n == 0 || n > 1) {
			return grew
		}
		u := m.complement(b, r, sum)
		if u < 0 {
			return grew
		}
		m.take(b, u)
		grew = true
	}
}

// suffices tells whether units may be published together of a context.
func (m *blockMaker) suffices(sum figure) bool { return sum.n >= m.s.Min && !m.s.small(sum) }

// complement returns the unit that costs the reader least: the smallest of those that
// are large enough here, or the largest here; -1: there is no other.
func (m *blockMaker) complement(b *openBlock, r *contextRow, have figure) int {
	best, bestHere := -1, uint64(0)
	fits := false
	for u, unit := range m.rule.units {
		if b.units[u].has {
			continue
		}
		here := unit.of(r)
		enough := m.suffices(have.add(here))
		switch {
		case best < 0, enough && !fits:
		case enough && unit.all.n < m.rule.units[best].all.n:
		case !enough && !fits && here.n > bestHere:
		default:
			continue
		}
		best, bestHere, fits = u, here.n, enough
	}
	return best
}

// enough tells whether what is published of a block is not small: its units over all
// of its contexts, and what changed of them.
func (m *blockMaker) enough(b *openBlock) bool {
	if b.to-b.from < 2 {
		return false
	}
	if b.links == nil {
		b.links = &links{group: make(map[*contextRow]int)}
		for i := b.from; i < b.to; i++ {
			m.link(b, i)
		}
	}
	if b.links.groups > 1 {
		return false
	}
	return !slices.ContainsFunc(b.units, func(u openUnit) bool { return u.has && m.s.small(u.sum) })
}

// links are groups of contexts between which messages can be moved so that nobody sees
// it in the other contexts (of days: in the sources).
type links struct {
	group  map[*contextRow]int // of a context of the other kind
	root   []int               // groups that were joined
	groups int                 // how many there are
}

func (l *links) find(g int) int {
	for l.root[g] != g {
		l.root[g] = l.root[l.root[g]]
		g = l.root[g]
	}
	return g
}

// link adds a row to the links of a block.
func (m *blockMaker) link(b *openBlock, row int) {
	l := b.links
	own := len(l.root)
	l.root = append(l.root, own)
	l.groups++
	for _, other := range m.others[m.rows[row]] {
		if !m.hasAll(b, other) {
			continue
		}
		g, ok := l.group[other]
		if !ok {
			l.group[other] = own
			continue
		}
		if g = l.find(g); g != own {
			l.root[g] = own
			l.groups--
		}
	}
}

// hasAll tells whether a context counts something of each unit of a block: what is known
// to be nothing cannot have been moved.
func (m *blockMaker) hasAll(b *openBlock, r *contextRow) bool {
	for u := range b.units {
		if b.units[u].has && r.at(m.s.tree.leaf[m.rule.units[u].nodes[0]]).n == 0 {
			return false
		}
	}
	return true
}
