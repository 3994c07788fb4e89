package classifier

import (
	"cmp"
	"slices"
)

// event is an allowed occurrence of a word of a rule.
type event struct {
	slot     int32
	from, to int32
	relation Relation
	next     int32 // the next event of the same rule: an index into events, plus 1
}

// ruleState is what a text has of one rule.
type ruleState struct {
	live        bool  // its events are wanted
	first, last int32 // its events: indexes into events, plus 1
}

// ruleReading is the reading of one rule: its events by where they end, and of
// each of its words the last so far, which is the nearest to any end to come.
type ruleReading struct {
	events []event
	last   []event // by slot; to is 0 where there is none
}

// note takes down an event of rule r.
func (s *scratch) note(r int32, e event) {
	s.events = append(s.events, e)
	added := int32(len(s.events))
	st := &s.rules[r]
	if st.last == 0 {
		st.first = added
	} else {
		s.events[st.last-1].next = added
	}
	st.last = added
}

// applyRules merges the matches of rules into s.matches, in the order of where
// they begin, then end, then by keyword.
func (m *matcher) applyRules(s *scratch) {
	s.ruleMatches = s.ruleMatches[:0]
	for _, r := range s.liveRules {
		st := s.rules[r]
		s.rules[r] = ruleState{}
		s.orderEvents(st)
		m.applyRule(s, &m.rules[r])
	}
	s.liveRules = s.liveRules[:0]
	if len(s.ruleMatches) > 0 {
		slices.SortFunc(s.ruleMatches, compareMatches)
		s.mergeMatches()
	}
}

func compareMatches(a, b match) int {
	return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.keyword, b.keyword))
}

// mergeMatches merges s.ruleMatches, which are in order, into s.matches. These are
// by where they begin; but where a longer word of one sub-theme took the place of
// a shorter, it stands before shorter ones of others.
func (s *scratch) mergeMatches() {
	for i := range s.matches {
		for j := i; j > 0 && compareMatches(s.matches[j], s.matches[j-1]) < 0; j-- {
			s.matches[j], s.matches[j-1] = s.matches[j-1], s.matches[j]
		}
	}
	merged := s.merged[:0]
	rules := s.ruleMatches
	for _, f := range s.matches {
		for len(rules) > 0 && compareMatches(rules[0], f) < 0 {
			merged = append(merged, rules[0])
			rules = rules[1:]
		}
		merged = append(merged, f)
	}
	merged = append(merged, rules...)
	s.matches, s.merged = merged, s.matches
}

// orderEvents sets s.reading.events to the events of a rule by where they end.
// They come by where they begin, and no word is long: each moves a few places.
func (s *scratch) orderEvents(st ruleState) {
	events := s.reading.events[:0]
	for i := st.first; i != 0; i = s.events[i-1].next {
		events = append(events, s.events[i-1])
		for j := len(events) - 1; j > 0 && events[j-1].to > events[j].to; j-- {
			events[j-1], events[j] = events[j], events[j-1]
		}
	}
	s.reading.events = events
}

// applyRule appends the matches of r, whose events are s.reading's, to s.ruleMatches.
func (m *matcher) applyRule(s *scratch, r *ruleInfo) {
	events := s.reading.events
	s.reading.last = slices.Grow(s.reading.last[:0], r.words)[:r.words]
	last := s.reading.last
	clear(last)
	floor, seen := int32(0), 0
	for i, e := range events {
		if e.from >= floor {
			if last[e.slot].to == 0 {
				seen++
			}
			last[e.slot] = e
		}
		// What ends at the same place is read before anything is decided.
		if seen < r.words || i+1 < len(events) && events[i+1].to == e.to {
			continue
		}
		f := match{sub: r.sub, keyword: r.keyword, from: e.to, to: e.to, relation: Whole}
		for _, l := range last {
			f.from = min(f.from, l.from)
			f.relation = max(f.relation, l.relation)
		}
		if s.decoded.runeAt(int(f.to))-s.decoded.runeAt(int(f.from)) <= r.within {
			s.ruleMatches = append(s.ruleMatches, f)
			floor, seen = e.to, 0
			clear(last)
		}
	}
}
