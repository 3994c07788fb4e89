package pipeline

import (
	"cmp"
	"slices"
	"strings"
)

// Suppression says which numbers of some counts are withheld from the public, because
// they, or what follows from them, count fewer than Min people. It is cell suppression
// as statistical offices do it, with complementary cells:
//
// What is published is a set of rows. A row is the sum over some days, some sources
// and some sub-themes (the leaves of the tree total, tagged, theme, sub-theme). For each
// row that is withheld there is a witness: a way to move messages between cells that
// changes the row and no row that is published. So no linear combination of published
// rows gives the number of a row that is withheld. There are four kinds of witnesses:
//
//  1. A message of a child becomes one of another child of the same parent. Those children
//     are withheld everywhere ([familyRule.hidden]): they are too small over all days and
//     sources, or are the complement of those.
//  2. Two messages of two children swap their days. The children are withheld on
//     those days ([block]); over all days of the block together they are published.
//  3. The same with sources.
//  4. Four messages of two children swap days and sources crosswise: the children are
//     withheld by day and source, and published by day, and by source ([Suppression.cross]).
//  5. Two messages swap day and source together: the children are published of all days
//     and sources only ([familyRule.apart]). So it is where days and sources have so little
//     to do with each other that there is none of 2 to 4.
//
// A witness moves nothing to where it is published that there is nothing.
//
// A row is published if no witness changes it. Blocks are made so large that what is
// published is 0 or at least Min; so is by how much it changed since it was published
// before. It is defended against sums and differences, not against bounds: who knows
// that two withheld numbers add up to 7 knows that none is above 7.
//
// It never changes. Nil withholds nothing.
type Suppression struct {
	// Min is the smallest number that is published, beside 0.
	Min uint64

	totals *Totals
	tree   *familyTree
	all    []Count      // by node, over all days and sources
	days   []contextRow // ascending
	// sources are in ascending order of their totals, so that small ones share a block.
	sources  []contextRow
	sourceAt map[string]int // in sources
	groups   []contextGroup // while it is being made
	rules    []familyRule
	nothing  bool // is published: there are fewer than Min messages
	last     *Suppression
	heldBack map[heldKey]Count
}

// contextRow is what was counted of one day, or of one source.
type contextRow struct {
	key   string
	cells []nodeCount // ascending by node
}

// contextGroup is what was counted of one day in one source.
type contextGroup struct {
	day, source *contextRow
	cells       []nodeCount
}

type nodeCount struct {
	node int
	n    Count
}

func (r *contextRow) at(node int) Count {
	i, found := slices.BinarySearchFunc(r.cells, node, func(c nodeCount, n int) int { return cmp.Compare(c.node, n) })
	if !found {
		return Count{}
	}
	return r.cells[i].n
}

func (r *contextRow) add(node int, n Count) {
	i, found := slices.BinarySearchFunc(r.cells, node, func(c nodeCount, n int) int { return cmp.Compare(c.node, n) })
	if !found {
		r.cells = slices.Insert(r.cells, i, nodeCount{node: node})
	}
	r.cells[i].n = r.cells[i].n.Add(n)
}

// familyRule says what is withheld of the children of one node.
type familyRule struct {
	parent int
	units  []unit
	hidden []int // nodes that are withheld everywhere
	days   []block
	dayOf  map[string]int // index of the block of a day
	// Blocks of sources are not ranges of names.
	sources  []block
	sourceOf map[string]int
	// cross are the days and sources whose combinations are withheld.
	crossDays, crossSources map[string]bool
	// apart: nothing is published of single days or sources.
	apart bool
}

// unit is a child, or those children that are withheld everywhere, as one.
type unit struct {
	nodes []int
	all   Count
}

func (u unit) of(r *contextRow) Count {
	var n Count
	for _, node := range u.nodes {
		n = n.Add(r.at(node))
	}
	return n
}

// row returns the count as that of a row. Children that are one unit are no row, but some
// of them may be those of an aspect: it is small if they are counted, and none as primary.
func (u unit) row(n Count) Count {
	if len(u.nodes) > 1 {
		n.Any = max(n.Primary, min(n.Any, 1))
	}
	return n
}

// block is some days or sources, of which some units are withheld one by one.
type block struct {
	keys  []string
	units []int
}

// heldKey names a number that is withheld now and was published before.
type heldKey struct {
	node        int
	day, source string
}

// Suppress returns what has to be withheld of counts so that nobody learns a number from
// 1 to least-1 from what is published. Last is what was published of the same tally before,
// if anything: then no number that is published again may have changed by 1 to least-1, nor
// that of a range of days or of some sources.
// Least of 0 or 1 withholds nothing: the result is nil.
//
// It costs what there is of cells, and is done once for each publication.
func Suppress(c Counts, least uint64, last *Suppression) *Suppression {
	if least < 2 {
		return nil
	}
	s := &Suppression{Min: least, totals: c.Totals, tree: newFamilyTree(c.Totals, c.Info.Themes, last), last: last}
	s.collect()
	s.tree.represent(s.all)
	if s.small(s.all[rootNode], s.before(heldKey{node: rootNode})) || s.all[rootNode].Primary < least {
		s.nothing = true
	}
	for parent := -1; parent < len(s.tree.ids) && !s.nothing; parent++ {
		if rule, any := s.family(parent); any {
			s.rules = append(s.rules, rule)
		}
	}
	s.holdBack()
	s.forget()
	return s
}

// collect sums the cells by node, by day and by source. It looks at each cell once; all
// that follows goes through what it found.
func (s *Suppression) collect() {
	s.all = make([]Count, len(s.tree.ids))
	s.sourceAt = make(map[string]int)
	if s.totals == nil {
		return
	}
	type found struct {
		day, source int
		cells       []nodeCount
	}
	var groups []found
	for k, g := range s.totals.groups.All {
		if n := len(s.days); n == 0 || s.days[n-1].key != k.day {
			s.days = append(s.days, contextRow{key: k.day})
		}
		source, ok := s.sourceAt[k.source]
		if !ok {
			source = len(s.sources)
			s.sourceAt[k.source] = source
			s.sources = append(s.sources, contextRow{key: k.source})
		}
		f := found{day: len(s.days) - 1, source: source, cells: make([]nodeCount, 0, len(g.cells))}
		s.tree.each(g, func(node int, n Count) {
			s.all[node] = s.all[node].Add(n)
			s.days[f.day].add(node, n)
			s.sources[f.source].add(node, n)
			f.cells = append(f.cells, nodeCount{node, n})
		})
		groups = append(groups, f)
	}
	byName := s.sources
	s.sources = slices.SortedFunc(slices.Values(byName), func(a, b contextRow) int {
		return cmp.Or(cmp.Compare(a.at(rootNode).Primary, b.at(rootNode).Primary), strings.Compare(a.key, b.key))
	})
	for i, r := range s.sources {
		s.sourceAt[r.key] = i
	}
	s.groups = make([]contextGroup, 0, len(groups))
	for _, f := range groups {
		s.groups = append(s.groups, contextGroup{&s.days[f.day], &s.sources[s.sourceAt[byName[f.source].key]], f.cells})
	}
}

// counts tells whether a day and source has something of a node.
func (g *contextGroup) counts(node int) bool {
	return slices.ContainsFunc(g.cells, func(c nodeCount) bool { return c.node == node })
}

// small tells whether a number must not be published, for itself or for what changed
// since it was published before.
func (s *Suppression) small(n Count, before *Count) bool {
	few := func(n uint64) bool { return n > 0 && n < s.Min }
	if few(n.Primary) || few(n.Any) {
		return true
	}
	return before != nil && (n.Primary > before.Primary && few(n.Primary-before.Primary) || n.Any > before.Any && few(n.Any-before.Any))
}

// family makes the rule of the children of a node; of -1 the only child is the root.
func (s *Suppression) family(parent int) (rule familyRule, any bool) {
	rule.parent = parent
	var kids []int
	if parent < 0 {
		kids = []int{rootNode}
	} else {
		for _, kid := range s.tree.children[parent] {
			if s.all[kid].Any > 0 {
				kids = append(kids, kid)
			}
		}
		if len(kids) < 2 {
			return rule, false // the child counts what its parent counts
		}
		rule.hidden = s.hide(kids)
	}
	for _, kid := range kids {
		if !slices.Contains(rule.hidden, kid) {
			rule.units = append(rule.units, unit{[]int{kid}, s.all[kid]})
		}
	}
	if len(rule.hidden) > 0 {
		u := unit{nodes: rule.hidden}
		for _, node := range u.nodes {
			u.all = u.all.Add(s.all[node])
		}
		rule.units = append(rule.units, u)
	}
	if parent < 0 || len(rule.units) > 1 {
		s.contexts(&rule)
	}
	return rule, len(rule.hidden) > 0 || len(rule.days) > 0 || len(rule.sources) > 0 || len(rule.crossDays) > 0 || rule.apart
}

// contexts says what is withheld by day and by source.
func (s *Suppression) contexts(rule *familyRule) {
	var ofDays, ofSources bool
	sourcesOf, daysOf := s.met(max(rule.parent, rootNode))
	rule.days, rule.dayOf, ofDays = s.blocks(rule, s.days, sourcesOf, func(key string) heldKey { return heldKey{day: key} })
	rule.sources, rule.sourceOf, ofSources = s.blocks(rule, s.sources, daysOf, func(key string) heldKey { return heldKey{source: key} })
	if ofDays && ofSources {
		s.cross(rule)
		return
	}
	rule.apart = true
	rule.days, rule.dayOf, rule.sources, rule.sourceOf = nil, nil, nil, nil
}

// met returns the sources of each day, and the days of each source, that have something of
// a node.
func (s *Suppression) met(node int) (sourcesOf, daysOf map[*contextRow][]*contextRow) {
	sourcesOf, daysOf = make(map[*contextRow][]*contextRow), make(map[*contextRow][]*contextRow)
	for i := range s.groups {
		if g := &s.groups[i]; g.counts(node) {
			sourcesOf[g.day] = append(sourcesOf[g.day], g.source)
			daysOf[g.source] = append(daysOf[g.source], g.day)
		}
	}
	return sourcesOf, daysOf
}

// hide returns which children are withheld everywhere: the small ones, and the next
// larger ones until they are two at least and add up to Min.
func (s *Suppression) hide(kids []int) []int {
	bySize := slices.SortedStableFunc(slices.Values(kids), func(a, b int) int { return cmp.Compare(s.all[a].Primary, s.all[b].Primary) })
	var hidden, rest []int
	for _, kid := range bySize {
		if s.small(s.all[kid], s.before(heldKey{node: kid})) {
			hidden = append(hidden, kid)
		} else {
			rest = append(rest, kid)
		}
	}
	enough := func() bool {
		var now, was uint64
		for _, kid := range hidden {
			now += s.all[kid].Primary
			if s.last != nil {
				was += s.last.node(kid).Primary
			}
		}
		return len(hidden) > 1 && now >= s.Min && (s.last == nil || now <= was || now-was >= s.Min)
	}
	for len(hidden) > 0 && len(rest) > 0 && !enough() {
		hidden, rest = append(hidden, rest[0]), rest[1:]
	}
	return hidden
}

// node returns the count of a node over all days and sources; 0 if it was not there.
func (s *Suppression) node(node int) Count {
	if node >= len(s.all) {
		return Count{}
	}
	return s.all[node]
}
