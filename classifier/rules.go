package classifier

import (
	"cmp"
	"slices"
)

// ruleState is the reading of one rule through a text: of each of its words the
// last occurrence, which is the nearest to any end still to come.
type ruleState struct {
	last []event // by slot; to is 0 where there is none
}

// applyRules adds the matches of rules to s.matches, which it leaves ordered by
// where they begin, then end, then by keyword.
func (m *matcher) applyRules(s *scratch) {
	// Events come by where they begin. Rules read by where words end.
	slices.SortFunc(s.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.rule, b.rule), cmp.Compare(a.to, b.to))
	})
	words := len(s.matches)
	for from := 0; from < len(s.events); {
		to := from
		for to < len(s.events) && s.events[to].rule == s.events[from].rule {
			to++
		}
		m.applyRule(s, s.events[from:to])
		from = to
	}
	if len(s.matches) > words {
		slices.SortFunc(s.matches, func(a, b match) int {
			return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.keyword, b.keyword))
		})
	}
}

// applyRule reads the events of one rule.
func (m *matcher) applyRule(s *scratch, events []event) {
	r := &m.rules[events[0].rule]
	st := &s.rule
	st.last = slices.Grow(st.last[:0], r.words)[:r.words]
	clear(st.last)
	floor, seen := int32(0), 0
	for i, e := range events {
		if e.from >= floor {
			if st.last[e.slot].to == 0 {
				seen++
			}
			st.last[e.slot] = e
		}
		// What ends at the same place is read before anything is decided.
		if seen < r.words || i+1 < len(events) && events[i+1].to == e.to {
			continue
		}
		f := match{sub: r.sub, keyword: r.keyword, from: e.to, to: e.to, relation: Whole}
		for _, l := range st.last {
			f.from = min(f.from, l.from)
			f.relation = max(f.relation, l.relation)
		}
		if s.decoded.runeAt(int(f.to))-s.decoded.runeAt(int(f.from)) <= r.within {
			s.matches = append(s.matches, f)
			floor, seen = e.to, 0
			clear(st.last)
		}
	}
}
