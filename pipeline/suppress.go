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
// What is below a child is withheld with it, or else the rest of it would follow.
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
// published is 0 or at least Min, and that it grew by at least Min in the publication in
// which it grew last ([figure]): so it also differs by 0 or at least Min from what it was
// in any earlier publication. It is defended against sums and differences, not against
// bounds: who knows that two withheld numbers add up to 7 knows that none is above 7.
//
// It never changes. Nil withholds nothing.
type Suppression struct {
	// Min is the smallest number that is published, beside 0.
	Min uint64

	totals *Totals
	tree   *familyTree
	step   uint32       // how many publications of the tally there were, with this one
	moves  []groupMoves // ascending
	all    []figure     // by node, over all days and sources
	days   []contextRow // ascending
	// sources are in ascending order of their totals, so that small ones share a block.
	sources  []contextRow
	sourceAt map[string]int // in sources
	groups   []contextGroup // while it is being made
	rules    []familyRule
	asleep   []familyRule // of earlier publications: see keepAsleep
	any      []anyFamily
	anyShown []bool       // by node: of all days and sources
	nothing  bool         // is published: there are fewer than Min messages, or fewer are new
	last     *Suppression // while it is being made
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
	f    figure
}

// find is a binary search without a function for each step: half of the time went there.
func (r *contextRow) find(node int) (int, bool) {
	from, to := 0, len(r.cells)
	for from < to {
		if mid := int(uint(from+to) >> 1); r.cells[mid].node < node {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, from < len(r.cells) && r.cells[from].node == node
}

func (r *contextRow) at(node int) figure {
	if i, found := r.find(node); found {
		return r.cells[i].f
	}
	return figure{}
}

func (r *contextRow) add(node int, f figure) {
	i, found := r.find(node)
	if !found {
		r.cells = slices.Insert(r.cells, i, nodeCount{node: node})
	}
	r.cells[i].f = r.cells[i].f.add(f)
}

// familyRule says what is withheld of the children of one node.
type familyRule struct {
	parent int
	units  []unit
	hidden []int // nodes that are withheld everywhere; they are the last unit
	days   []block
	dayOf  map[string]int // index of the block of a day
	// Blocks of sources are not ranges of names.
	sources  []block
	sourceOf map[string]int
	// cross are the days and sources whose combinations are withheld.
	crossDays, crossSources map[string]bool
	// apart: nothing is published of single days or sources.
	apart   bool
	decided bool // what is withheld of single days and sources
}

// unit is a child, or those children that are withheld everywhere, as one.
type unit struct {
	nodes  []int
	leaves []int // nodes below them that count anything, and have no children that do
	all    figure
}

func (u unit) of(r *contextRow) figure {
	f := r.at(u.nodes[0])
	for _, node := range u.nodes[1:] {
		f = f.add(r.at(node))
	}
	return f
}

// block is some days or sources, of which some units are withheld one by one.
type block struct {
	keys  []string
	units []int
}

// Suppress returns what has to be withheld of counts so that nobody learns a number from
// 1 to least-1 from what is published, nor that one grew by so few. Last is what was
// published of the same tally before, if anything: it knows when each cell grew last, in
// all publications that there were.
// Least of 0 or 1 withholds nothing: the result is nil.
//
// It costs what there is of cells, and is done once for each publication.
func Suppress(c Counts, least uint64, last *Suppression) *Suppression {
	if least < 2 {
		return nil
	}
	s := &Suppression{Min: least, totals: c.Totals, tree: newFamilyTree(c.Totals, c.Info.Themes, last), last: last}
	s.move(last)
	s.collect()
	s.tree.represent(s.all)
	if s.small(s.all[rootNode]) || s.all[rootNode].n < least {
		s.nothing = true
	}
	for parent := -1; parent < len(s.tree.ids) && !s.nothing; parent++ {
		rule, any := s.family(parent)
		if any {
			s.rules = append(s.rules, rule)
		}
		s.keepAsleep(&rule)
	}
	s.planAny(last)
	s.last, s.groups = nil, nil
	return s
}

// collect sums the cells by node, by day and by source. It looks at each cell once; all
// that follows goes through what it found.
func (s *Suppression) collect() {
	s.all = make([]figure, len(s.tree.ids))
	s.sourceAt = make(map[string]int)
	type found struct {
		day, source int
		cells       []nodeCount
	}
	var groups []found
	for i := range s.moves {
		g := &s.moves[i]
		k := g.key
		if n := len(s.days); n == 0 || s.days[n-1].key != k.day {
			s.days = append(s.days, contextRow{key: k.day})
		}
		source, ok := s.sourceAt[k.source]
		if !ok {
			source = len(s.sources)
			s.sourceAt[k.source] = source
			s.sources = append(s.sources, contextRow{key: k.source})
		}
		f := found{day: len(s.days) - 1, source: source, cells: make([]nodeCount, 0, len(g.of.cells))}
		s.tree.figures(g, func(node int, n figure) {
			s.all[node] = s.all[node].add(n)
			s.days[f.day].add(node, n)
			s.sources[f.source].add(node, n)
			f.cells = append(f.cells, nodeCount{node, n})
		})
		groups = append(groups, f)
	}
	at := s.sortSources()
	s.groups = make([]contextGroup, 0, len(groups))
	for _, f := range groups {
		s.groups = append(s.groups, contextGroup{&s.days[f.day], &s.sources[at[f.source]], f.cells})
	}
}

// sortSources puts the sources in order; it returns where each of them is now.
func (s *Suppression) sortSources() (at []int) {
	type sized struct {
		n    uint64
		from int
	}
	order := make([]sized, len(s.sources))
	for i := range s.sources {
		order[i] = sized{s.sources[i].at(rootNode).n, i}
	}
	slices.SortFunc(order, func(a, b sized) int {
		if a.n != b.n {
			return cmp.Compare(a.n, b.n)
		}
		return strings.Compare(s.sources[a.from].key, s.sources[b.from].key)
	})
	sorted := make([]contextRow, len(order))
	at = make([]int, len(order))
	for to, o := range order {
		sorted[to], at[o.from] = s.sources[o.from], to
		s.sourceAt[sorted[to].key] = to
	}
	s.sources = sorted
	return at
}

// counts tells whether a day and source has something of a node.
func (g *contextGroup) counts(node int) bool {
	return slices.ContainsFunc(g.cells, func(c nodeCount) bool { return c.node == node })
}

// few tells whether a number must not be published.
func (s *Suppression) few(n uint64) bool { return n > 0 && n < s.Min }

// small tells whether a number must not be published, for itself or for how much it grew
// when it grew last.
func (s *Suppression) small(f figure) bool {
	return s.few(f.n) || s.few(f.last.By)
}

// family makes the rule of the children of a node; of -1 the only child is the root.
func (s *Suppression) family(parent int) (rule familyRule, any bool) {
	rule.parent = parent
	var kids []int
	if parent < 0 {
		kids = []int{rootNode}
	} else {
		for _, kid := range s.tree.children[parent] {
			if s.all[kid].n > 0 {
				kids = append(kids, kid)
			}
		}
		if len(kids) < 2 {
			return rule, false // the child counts what its parent counts
		}
		rule.hidden = s.hide(parent, kids)
	}
	for _, kid := range kids {
		if !slices.Contains(rule.hidden, kid) {
			rule.units = append(rule.units, s.unit([]int{kid}))
		}
	}
	if len(rule.hidden) > 0 {
		rule.units = append(rule.units, s.unit(rule.hidden))
	}
	if parent < 0 || len(rule.units) > 1 {
		s.contexts(&rule)
	}
	return rule, len(rule.hidden) > 0 || len(rule.days) > 0 || len(rule.sources) > 0 || len(rule.crossDays) > 0 || rule.apart
}

// contexts says what is withheld by day and by source.
func (s *Suppression) contexts(rule *familyRule) {
	rule.decided = true
	was := s.contextsBefore(rule.parent)
	if was == nil {
		was = new(familyRule)
	}
	var ofDays, ofSources bool
	sourcesOf, daysOf := s.met(max(rule.parent, rootNode))
	rule.days, rule.dayOf, ofDays = s.blocks(rule, s.days, sourcesOf, was, was.days)
	rule.sources, rule.sourceOf, ofSources = s.blocks(rule, s.sources, daysOf, was, was.sources)
	if ofDays && ofSources && !s.stillApart(rule) {
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

// unit returns some children as one.
func (s *Suppression) unit(nodes []int) unit {
	u := unit{nodes: nodes, all: s.all[nodes[0]]}
	for _, node := range nodes[1:] {
		u.all = u.all.add(s.all[node])
	}
	counts := func(node int) bool { return s.all[node].n > 0 }
	for node, in := range s.tree.under(nodes...) {
		if in && counts(node) && !slices.ContainsFunc(s.tree.children[node], counts) {
			u.leaves = append(u.leaves, node)
		}
	}
	return u
}

// hide returns which children are withheld everywhere: the small ones, and the next
// larger ones until they are two at least and not small together.
func (s *Suppression) hide(parent int, kids []int) []int {
	still := s.stillHidden(parent)
	bySize := slices.SortedStableFunc(slices.Values(kids), func(a, b int) int { return cmp.Compare(s.all[a].n, s.all[b].n) })
	var hidden, rest []int
	for _, kid := range bySize {
		if s.small(s.all[kid]) || slices.Contains(still, kid) {
			hidden = append(hidden, kid)
		} else {
			rest = append(rest, kid)
		}
	}
	enough := func() bool {
		sum := s.unit(hidden).all
		return len(hidden) > 1 && sum.n >= s.Min && !s.small(sum)
	}
	for len(hidden) > 0 && len(rest) > 0 && !enough() {
		hidden, rest = append(hidden, rest[0]), rest[1:]
	}
	return hidden
}
