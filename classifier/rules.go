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

// ruleState holds the events of one rule in a text.
type ruleState struct {
	live        bool  // its events are needed
	first, last int32 // its events: indexes into events, plus 1
}

// ruleReading is the state of reading one rule: its events sorted by their ends, and
// the last event so far of each of its words, which is the nearest to any later end.
type ruleReading struct {
	events []event
	last   []event // by slot; to is 0 if there is none
}

// note records an event of rule r.
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

// applyRules merges the matches of rules into s.matches, sorted by where they begin,
// then by where they end, then by keyword.
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

// mergeMatches merges s.ruleMatches, which are sorted, into s.matches. These are
// nearly sorted by where they begin; but a longer word of one sub-theme that
// replaced a shorter one is before the shorter ones of other sub-themes.
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

// orderEvents sets s.reading.events to the events of a rule, sorted by where they
// end. They come sorted by where they begin, and words are short, so each moves a
// few places.
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

// applyRule appends the matches of r, whose events are s.reading's, to
// s.ruleMatches.
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
		// Events that end at the same place are all read before a match is decided.
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
