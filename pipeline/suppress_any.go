package pipeline

import (
	"cmp"
	"slices"
)

// A message has one primary sub-theme and may have others, of the same theme or not. So
// any of a theme, any of its sub-themes and the primaries overlap, and their differences
// count messages. Any is therefore published of themes and sub-themes over all days and
// sources only, and if none of these is small (P is primary, A is any, T is tagged):
//
//	also     A-P of a theme or sub-theme: those that have it, and another as primary
//	without  T-A of a theme: those that have nothing of it
//	         A(theme)-A of a sub-theme: those of the theme that do not have it
//	shared   the sum of A of the sub-themes, less that of the theme: how often one of a
//	         message's sub-themes is not the first of the theme
//
// All that can be computed from what is published, and is negative of no message whatever it
// has, is a sum of these, and of what follows from primaries. DESIGN.md has the proof. Each of
// them counts messages as they come, so it must also have grown by 0 or by Min between two
// publications in which it could be computed.

// anyFamily is what was published of any of a theme and its sub-themes. The numbers are
// those of the last publication that had them.
type anyFamily struct {
	Theme         int // node
	Also, Without uint64
	Subs          []anySub
	// Together tells that whenever any of the theme was published, any of all sub-themes
	// was. Then shared can be computed. It ends for good when that is not possible.
	Together bool
	Shared   uint64
	// Reserved is the sub-theme of which any is never published, so that nobody can
	// compute shared; 0: there is none yet.
	Reserved int
}

// anySub is a sub-theme of which any was published.
type anySub struct {
	Node          int
	Also, Without uint64
}

// sub returns what was published of a sub-theme, zeros if nothing was.
func (f *anyFamily) sub(node int) *anySub {
	for i := range f.Subs {
		if f.Subs[i].Node == node {
			return &f.Subs[i]
		}
	}
	f.Subs = append(f.Subs, anySub{Node: node})
	return &f.Subs[len(f.Subs)-1]
}

// anyPlanner decides of which themes and sub-themes any is published.
type anyPlanner struct {
	s *Suppression
	// of returns what is counted of a node in the days of which any is published, and
	// whether its primary count is published.
	of    func(node int) (n Count, public bool)
	shown []bool // by node
}

// planAny decides of which nodes any is published over all days and sources.
func (s *Suppression) planAny(last *Suppression) {
	if last != nil {
		s.any = last.any
	}
	p := &anyPlanner{s: s, shown: make([]bool, len(s.tree.ids)), of: func(node int) (Count, bool) {
		name := s.tree.ids[node]
		return s.totals.sum(name.kind, name.id), !s.hiddenEverywhere(node)
	}}
	if !s.nothing {
		s.any = p.plan(s.any)
	}
	s.anyShown = p.shown
}

// plan returns what was published, with this publication. It does not change before.
func (p *anyPlanner) plan(before []anyFamily) (after []anyFamily) {
	was := make(map[int]anyFamily, len(before))
	for _, f := range before {
		was[f.Theme] = f
	}
	tagged, public := p.of(taggedNode)
	for _, theme := range p.s.tree.children[taggedNode] {
		f, ok := was[theme]
		if !ok {
			f = anyFamily{Theme: theme, Together: true}
		}
		f.Subs = append([]anySub(nil), f.Subs...)
		if public {
			p.family(&f, tagged.Primary)
		}
		after = append(after, f)
	}
	return after
}

func (p *anyPlanner) family(f *anyFamily, tagged uint64) {
	n, public := p.of(f.Theme)
	also, without := n.Any-n.Primary, tagged-n.Any
	if !public || !p.clean(f.Also, also) || !p.clean(f.Without, without) {
		return
	}
	subs := p.s.tree.children[f.Theme]
	var good []int
	var sum uint64
	for _, node := range subs {
		kid, public := p.of(node)
		if sum += kid.Any; public && p.clean(f.sub(node).Also, kid.Any-kid.Primary) && p.clean(f.sub(node).Without, n.Any-kid.Any) {
			good = append(good, node)
		}
	}
	shared := sum - n.Any
	if f.Together = f.Together && len(good) == len(subs) && p.clean(f.Shared, shared); !f.Together {
		good = p.reserve(f, subs, good)
	}
	f.Also, f.Without, f.Shared, p.shown[f.Theme] = also, without, shared, true
	for _, node := range good {
		kid, _ := p.of(node)
		*f.sub(node) = anySub{node, kid.Any - kid.Primary, n.Any - kid.Any}
		p.shown[node] = true
	}
}

// reserve takes the reserved sub-theme out of those of which any may be published. It
// chooses one when the first of them is: if possible one that is not small, so that nobody
// can guess it, and of those one that is not published anyway, and the smallest.
func (p *anyPlanner) reserve(f *anyFamily, subs, good []int) (rest []int) {
	if f.Reserved == 0 && len(good) > 0 {
		f.Reserved = slices.MinFunc(subs, func(a, b int) int {
			x, _ := p.of(a)
			y, _ := p.of(b)
			if x.Any < p.s.Min || y.Any < p.s.Min {
				return cmp.Compare(y.Any, x.Any)
			}
			return cmp.Or(order(slices.Contains(good, a), slices.Contains(good, b)), cmp.Compare(x.Any, y.Any))
		})
	}
	for _, node := range good {
		if node != f.Reserved {
			rest = append(rest, node)
		}
	}
	return rest
}

// order is that of false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// clean tells whether a number may be told from what it was.
func (p *anyPlanner) clean(was, is uint64) bool { return is >= was && !p.s.few(is-was) }

// showsAny tells whether any of a row is published where its primary count is.
func (s *Suppression) showsAny(d Dimension, id string, days, sources extent) bool {
	if d != ByTheme && d != BySubTheme && d != ByAspect {
		return true // it is the primary count
	}
	node, ok := s.tree.of[cellName{d.kind(), id}]
	return ok && days.all && sources.all && s.anyShown[node]
}

// AnyOnce tells of which themes and sub-themes any may be published of the days of a query,
// if it is published of no other days and sources, and of no aspect.
func (c Counts) AnyOnce(q Query) func(d Dimension, id string) bool {
	s := c.Suppression
	if s == nil {
		return func(Dimension, string) bool { return true }
	}
	p := &anyPlanner{s: s, shown: make([]bool, len(s.tree.ids))}
	days, sources := s.extents(q, Group{}, false, false)
	sums := make([]Count, len(s.tree.ids))
	for _, g := range s.totals.passing(q) {
		for _, cell := range g.cells {
			if node, ok := s.tree.of[*cell.name]; ok {
				sums[node] = sums[node].Add(cell.n)
			}
		}
	}
	p.of = func(node int) (Count, bool) {
		return sums[node], !s.few(sums[node].Primary) && !s.withholds(s.tree.under(node), days, sources)
	}
	p.plan(nil)
	return func(d Dimension, id string) bool {
		node, ok := s.tree.of[cellName{d.kind(), id}]
		return ok && d != ByAspect && p.shown[node]
	}
}

// anyOfEverything is as if any of all themes and sub-themes had been published.
func (s *Suppression) anyOfEverything() (out []anyFamily) {
	of := func(node int) Count { return s.totals.sum(s.tree.ids[node].kind, s.tree.ids[node].id) }
	tagged := of(taggedNode).Primary
	for _, theme := range s.tree.children[taggedNode] {
		n := of(theme)
		f := anyFamily{Theme: theme, Also: n.Any - n.Primary, Without: tagged - n.Any}
		for _, node := range s.tree.children[theme] {
			kid := of(node)
			f.Subs = append(f.Subs, anySub{node, kid.Any - kid.Primary, n.Any - kid.Any})
		}
		out = append(out, f)
	}
	return out
}
