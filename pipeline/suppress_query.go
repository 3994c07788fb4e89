package pipeline

import (
	"cmp"
	"slices"
	"strings"
)

// extent is which days, or which sources, a row is the sum over.
type extent struct {
	all bool
	one string            // if has is nil
	has func(string) bool // nil: only one
}

// cuts tells whether a row has a part of some days or sources, neither none nor all.
func (e extent) cuts(keys int, of func(string) bool, each func(func(string) bool)) bool {
	if e.all {
		return false
	}
	if e.has == nil {
		return keys > 1 && of(e.one)
	}
	some, n := 0, 0
	each(func(key string) bool {
		if n++; e.has(key) {
			some++
		}
		return some == 0 || some == n
	})
	return some > 0 && some < n
}

// cutsBlock is cuts of a block.
func (e extent) cutsBlock(b *block) bool {
	return e.cuts(len(b.keys),
		func(key string) bool { return slices.Contains(b.keys, key) },
		func(yield func(string) bool) { slices.Values(b.keys)(yield) })
}

// cutsSet is cuts of the days or sources of a crossing.
func (e extent) cutsSet(set map[string]bool) bool {
	return e.cuts(len(set),
		func(key string) bool { return set[key] },
		func(yield func(string) bool) {
			for key := range set {
				if !yield(key) {
					return
				}
			}
		})
}

// withholds tells whether a row must not be published: whether a witness changes it.
func (s *Suppression) withholds(set leafSet, days, sources extent) bool {
	if s.nothing {
		return true
	}
	for i := range s.rules {
		r := &s.rules[i]
		if s.splitsNodes(r.hidden, set) || r.apart && (!days.all || !sources.all) && s.splitsUnits(r, nil, set) {
			return true
		}
		if s.cutsAny(r, set, r.days, r.dayOf, days) || s.cutsAny(r, set, r.sources, r.sourceOf, sources) {
			return true
		}
		if r.crossDays != nil && s.splitsUnits(r, nil, set) && days.cutsSet(r.crossDays) && sources.cutsSet(r.crossSources) {
			return true
		}
	}
	return false
}

// cutsAny tells whether a row has a part of a block, and some of its units.
func (s *Suppression) cutsAny(r *familyRule, set leafSet, blocks []block, of map[string]int, e extent) bool {
	if e.all {
		return false
	}
	if e.has == nil {
		i, ok := of[e.one]
		return ok && s.splitsUnits(r, blocks[i].units, set) && e.cutsBlock(&blocks[i])
	}
	for i := range blocks {
		if s.splitsUnits(r, blocks[i].units, set) && e.cutsBlock(&blocks[i]) {
			return true
		}
	}
	return false
}

// splitsNodes tells whether a row has some of the nodes and not all.
func (s *Suppression) splitsNodes(nodes []int, set leafSet) bool {
	n := 0
	for _, node := range nodes {
		if set[s.tree.leaf[node]] {
			n++
		}
	}
	return n > 0 && n < len(nodes)
}

// splitsUnits tells whether a row has some of the units and not all; nil are all units of
// the family. The messages of the root are moved without a counterpart.
func (s *Suppression) splitsUnits(r *familyRule, units []int, set leafSet) bool {
	n, of := 0, len(units)
	count := func(u int) {
		if set[s.tree.leaf[r.units[u].nodes[0]]] {
			n++
		}
	}
	if units == nil {
		of = len(r.units)
		for u := range r.units {
			count(u)
		}
	}
	for _, u := range units {
		count(u)
	}
	return n > 0 && (n < of || r.parent < 0)
}

// before returns what a number has to be compared with, nil if nothing was published
// before: what it was when it was published last or, if it never was, in the last
// publication. The latter matters too: of two days that were withheld, and of which the sum
// was published, each may change by nothing or by Min when they are published, or else the
// sum would have changed by less.
func (s *Suppression) before(k heldKey) *Count {
	l := s.last
	if l == nil {
		return nil
	}
	if n, ok := l.heldBack[k]; ok {
		return &n
	}
	n := l.number(k)
	return &n
}

// wasPublished returns what was published of a number, false if it never was.
func (s *Suppression) wasPublished(k heldKey) (Count, bool) {
	l := s.last
	if l == nil || k.node >= len(l.all) {
		return Count{}, false
	}
	if n, ok := l.heldBack[k]; ok {
		return n, true
	}
	return l.number(k), !l.withholds(l.tree.under(k.node), k.days(), k.sources())
}

func (k heldKey) days() extent    { return extent{all: k.day == "", one: k.day} }
func (k heldKey) sources() extent { return extent{all: k.source == "", one: k.source} }

// number returns the count that a key names.
func (s *Suppression) number(k heldKey) Count {
	r := s.day(k.day)
	switch {
	case k.day == "" && k.source == "":
		return s.node(k.node)
	case k.day == "":
		r = s.source(k.source)
	}
	if r == nil {
		return Count{}
	}
	return r.at(k.node)
}

// day returns what was counted of a day, nil if nothing was.
func (s *Suppression) day(key string) *contextRow {
	i, ok := slices.BinarySearchFunc(s.days, key, func(r contextRow, key string) int { return strings.Compare(r.key, key) })
	if !ok {
		return nil
	}
	return &s.days[i]
}

// source returns what was counted of a source, nil if nothing was.
func (s *Suppression) source(key string) *contextRow {
	i, ok := s.sourceAt[key]
	if !ok {
		return nil
	}
	return &s.sources[i]
}

// holdBack notes what was published before of the numbers that are withheld now.
func (s *Suppression) holdBack() {
	if s.last == nil {
		return
	}
	s.heldBack = make(map[heldKey]Count)
	note := func(k heldKey) {
		if was, ok := s.wasPublished(k); ok && s.withholds(s.tree.under(k.node), k.days(), k.sources()) {
			s.heldBack[k] = was
		}
	}
	for node := range s.all {
		note(heldKey{node: node})
	}
	for _, r := range s.days {
		for _, c := range r.cells {
			note(heldKey{node: c.node, day: r.key})
		}
	}
	for _, r := range s.sources {
		for _, c := range r.cells {
			note(heldKey{node: c.node, source: r.key})
		}
	}
}

// forget lets go of what was published before, so that it does not keep what was published
// before that, and of what only the making needs.
func (s *Suppression) forget() { s.last, s.groups = nil, nil }

// maxWithheld bounds the rows of a table that may hold nothing but that they are
// withheld. If there are more, none of those is listed.
const maxWithheld = 200_000

// Query is [Totals.Query] as it may be published. Rows that are withheld are there, with
// zero counts: among them rows that count nothing, as that must not be seen either. If
// there are too many of those, no row that is withheld is there.
func (c Counts) Query(q Query) []Group {
	rows, s := c.Totals.Query(q), c.Suppression
	if s == nil {
		return rows
	}
	byDay, bySource := slices.Contains(q.By, ByDay), slices.Contains(q.By, BySource)
	extra, listed := s.mayBeWithheld(q, byDay, bySource)
	there := make(map[Group]bool, len(rows))
	for _, r := range rows {
		there[r.key()] = true
	}
	for _, key := range extra {
		if !there[key] {
			there[key] = true
			rows = append(rows, key)
		}
	}
	id := q.id()
	sets, whole := make(map[string]leafSet), s.whole(id)
	out := rows[:0]
	for _, r := range rows {
		days, sources := s.extents(q, r, byDay, bySource)
		set, ok := sets[r.ID]
		if !ok {
			set, _ = s.tree.row(id, r.ID)
			sets[r.ID] = set
		}
		r.Suppressed = set == nil || s.withholds(set, days, sources) || s.small(r.Count, nil)
		if r.Suppressed {
			r.Count = Count{}
		} else if (r.Count == Count{}) {
			continue // it was to be seen whether nothing may be said of it
		}
		ofDays, ofSources := days, sources
		if id == "" {
			ofDays, ofSources = s.extents(q, Group{}, false, false)
		}
		if r.OfSuppressed = s.withholds(whole, ofDays, ofSources) || s.small(Count{r.Of, r.Of}, nil); r.OfSuppressed {
			r.Of = 0
		}
		if listed || !r.Suppressed {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, q.compare)
	return out
}

// whole returns the leaves of what shares are of.
func (s *Suppression) whole(id Dimension) leafSet {
	switch id {
	case ByTheme, BySubTheme, ByAspect:
		return s.tree.under(taggedNode)
	case ByReason:
		return s.tree.under(rejectedNode)
	}
	return s.tree.under(rootNode)
}

// compare orders rows by the dimensions of the query.
func (q Query) compare(a, b Group) int {
	order := 0
	for _, d := range q.By {
		order = cmp.Or(order, strings.Compare(a.Key(d), b.Key(d)))
	}
	return order
}

// extents returns the days and sources that a row is the sum over.
func (s *Suppression) extents(q Query, r Group, byDay, bySource bool) (days, sources extent) {
	days, sources = extent{all: true}, extent{all: true}
	switch {
	case byDay:
		days = extent{all: len(s.days) == 1, one: r.Day}
	case q.From != "" || q.To != "":
		days.has = q.hasDay
		days.all = !slices.ContainsFunc(s.days, func(r contextRow) bool { return !q.hasDay(r.key) })
	}
	switch {
	case bySource:
		sources = extent{all: len(s.sources) == 1, one: r.Source}
	case len(q.Sources) > 0:
		sources.has = q.hasSource
		sources.all = !slices.ContainsFunc(s.sources, func(r contextRow) bool { return !q.hasSource(r.key) })
	}
	return days, sources
}

// hasDay tells whether the query counts a day.
func (q Query) hasDay(day string) bool {
	if q.From == "" && q.To == "" {
		return true
	}
	return day != DayBefore && day != DayAfter && day >= q.From && (q.To == "" || day <= q.To)
}

func (q Query) hasSource(source string) bool {
	return len(q.Sources) == 0 || slices.Contains(q.Sources, source)
}

// mayBeWithheld returns the rows of a query that may be withheld although they count
// nothing; listed is false if there are too many.
func (s *Suppression) mayBeWithheld(q Query, byDay, bySource bool) (rows []Group, listed bool) {
	ids := s.idsOf(q.id())
	days, sources := []string{""}, []string{""}
	if byDay {
		days = keysOf(s.days, q.hasDay)
	}
	if bySource {
		sources = keysOf(s.sources, q.hasSource)
	}
	if len(days)*len(sources)*len(ids) > maxWithheld {
		return nil, false
	}
	for _, day := range days {
		for _, source := range sources {
			for _, id := range ids {
				rows = append(rows, Group{Day: day, Source: source, ID: id})
			}
		}
	}
	return rows, true
}

func keysOf(rows []contextRow, has func(string) bool) (keys []string) {
	for _, r := range rows {
		if has(r.key) {
			keys = append(keys, r.key)
		}
	}
	return keys
}

// idsOf returns the ids of a dimension that count anything.
func (s *Suppression) idsOf(d Dimension) (ids []string) {
	if d == "" {
		return []string{""}
	}
	for id := range s.totals.sumsOf(d.kind()) {
		ids = append(ids, id)
	}
	return ids
}

// Withholds tells whether the number of all messages of some days (both included; empty: no
// limit), or of those that are tagged, untagged or rejected, must not be published, beside
// that it may be too small itself. Other kinds are withheld always: [Counts.Query] has them.
func (s *Suppression) Withholds(k Kind, from, to string) bool {
	if s == nil {
		return false
	}
	node, ok := map[Kind]int{KindTotal: rootNode, KindTagged: taggedNode, KindUntagged: untaggedNode, KindRejected: rejectedNode}[k]
	if !ok {
		return true
	}
	days, sources := s.extents(Query{From: from, To: to}, Group{}, false, false)
	return s.withholds(s.tree.under(node), days, sources)
}
