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
		if s.splitsHidden(r, set) || r.apart && (!days.all || !sources.all) && s.splitsUnits(r, nil, set) {
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

// splitsHidden tells whether a row has some of what is withheld everywhere, and not all.
func (s *Suppression) splitsHidden(r *familyRule, set leafSet) bool {
	if len(r.hidden) == 0 {
		return false
	}
	some, all := r.units[len(r.units)-1].in(set)
	return some && !all
}

// splitsUnits tells whether a row has some of what is below the units and not all; nil are
// all units of the family. The messages of the root are moved without a counterpart.
func (s *Suppression) splitsUnits(r *familyRule, units []int, set leafSet) bool {
	some, all := false, r.parent >= 0
	count := func(u int) {
		has, whole := r.units[u].in(set)
		some, all = some || has, all && whole
	}
	if units == nil {
		for u := range r.units {
			count(u)
		}
	}
	for _, u := range units {
		count(u)
	}
	return some && !all
}

// in tells whether a row has some of what is below a unit, and all of it.
func (u unit) in(set leafSet) (some, all bool) {
	all = true
	for _, leaf := range u.leaves {
		some, all = some || set[leaf], all && set[leaf]
	}
	return some, all
}

// maxWithheld bounds the rows of a table that may hold nothing but that they are
// withheld. If there are more, none of those is listed.
const maxWithheld = 200_000

// Query is [Totals.Query] as it may be published. Rows that are withheld are there, with
// zero counts: among them rows that count nothing, as that must not be seen either. If
// there are too many of those, no row that is withheld is there. A row that is nobody's
// primary, and of which any is withheld, is not there: that some mention it is not told.
func (c Counts) Query(q Query) []Group {
	rows, of := c.Totals.query(q)
	s := c.Suppression
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
			key.Of = of[q.baseOf(key)]
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
		r.Suppressed = set == nil || s.withholds(set, days, sources) || s.few(r.Primary)
		r.AnySuppressed = r.Suppressed || !s.showsAny(id, r.ID, days, sources)
		r.Count = s.shown(r.Count, r.Suppressed, r.AnySuppressed)
		if !r.Suppressed && r.Count == (Count{}) {
			continue // nothing may be said of it, or that it counts nothing
		}
		ofDays, ofSources := days, sources
		if id == "" {
			ofDays, ofSources = s.extents(q, Group{}, false, false)
		}
		if r.OfSuppressed = s.withholds(whole, ofDays, ofSources) || s.few(r.Of); r.OfSuppressed {
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

// shown returns a count with 0 for what is withheld of it.
func (s *Suppression) shown(n Count, all, any bool) Count {
	if all {
		n.Primary = 0
	}
	if all || any {
		n.Any = 0
	}
	return n
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
