package classifier

import (
	"cmp"
	"slices"
)

// engine computes what the oracle of the tests defines, but faster. It is immutable once
// built, and safe for concurrent use. Everything that changes while a text is classified
// is in a scratch.
//
//  1. decode: the text becomes codes of units, normalised on the way.
//  2. scan: the occurrences of the dictionary's words. None: done.
//  3. sieve: compute the most that each sub-theme may score, and drop the
//     occurrences of those that cannot be tagged. If none can be: done.
//  4. For each occurrence that is left, its relation to the tokens: at sight, or
//     by segmenting the span between the cut points around it.
//  5. Filters, the leftmost and longest of each sub-theme, rules.
//  6. Scores and tags.
type engine struct {
	alphabet  *alphabet
	segmenter *segmenter
	matcher   *matcher
}

// newEngine returns the engine of p. It shares the tables of x.
func newEngine(p *plan, x *lexicon) *engine {
	a := newAlphabet(x, p.allWords())
	g := newSegmenter(x, a, p.tokens)
	return &engine{a, g, newMatcher(p, a, g)}
}

// allWords returns every word of the plan: each of their units needs a code.
func (p *plan) allWords() []string {
	var out []string
	for i := range p.subs {
		for _, k := range p.subs[i].keywords {
			out = append(out, k.words...)
			out = append(out, k.unless...)
		}
	}
	return out
}

// scratch holds the buffers that classify reuses from text to text. Between texts, all
// counts and rules are zero; everything else is overwritten.
type scratch struct {
	decoded decoded
	title   int32    // units of the title; 0: there is none, or none is asked for
	places  []uint32 // where a word may begin
	hits    []hit
	crossed []uint8 // of each hit: see context.crossed, and solved
	bounds  bounds
	walk    walk

	matches []match
	pending []int32 // of each sub-theme: where its last match ends

	events      []event
	rules       []ruleState // of each rule
	liveRules   []int32     // rules with a state
	reading     ruleReading
	ruleMatches []match
	merged      []match

	counts  []int32 // of each keyword
	touched []int32 // keywords with a count
	scores  []subScore
	factors []uint64 // of the thresholds, for each of matcher.lengths: see stretch
	scored  int      // how many of matches are in scores
	out     []Match
}

// match is a counted occurrence.
type match struct {
	sub, keyword int32
	from, to     int32 // units, half-open
	relation     Relation
}

type subScore struct {
	score   int64
	matches int32
	next    int32 // where the next of its matches goes in out
}

func (e *engine) classify(r *Result, text []byte) { e.run(r, text, false) }

// run is classify. Where all is set, the scratch has the hits and the matches
// of all sub-themes afterwards, tagged or not.
func (e *engine) run(r *Result, text []byte, all bool) {
	s := &r.scratch
	r.Tags = r.Tags[:0]
	e.alphabet.decode(&s.decoded, text)
	s.title = e.matcher.titleOf(&s.decoded, text)
	e.matcher.index.scan(s)
	s.walk.reset(s.decoded.len())
	s.begin(e.matcher)
	if len(s.hits) == 0 {
		return
	}
	if len(s.rules) < len(e.matcher.rules) {
		s.rules = make([]ruleState, len(e.matcher.rules))
	}
	if !e.matcher.sieve(s, all) {
		return
	}
	e.matcher.cross(s)
	if all || e.narrow(s) {
		e.match(s)
	}
	if len(s.liveRules) > 0 {
		e.matcher.applyRules(s)
	}
	if len(s.matches) > 0 {
		e.matcher.tag(r)
	}
}

// begin prepares s for a text.
func (s *scratch) begin(m *matcher) {
	s.matches, s.events, s.crossed = s.matches[:0], s.events[:0], s.crossed[:0]
	s.scored = 0
	s.pending = slices.Grow(s.pending[:0], len(m.subs))[:len(m.subs)]
	clear(s.pending)
	s.scores = slices.Grow(s.scores[:0], len(m.subs))[:len(m.subs)]
	clear(s.scores)
}

// narrow scores the sub-theme with the highest bound first, if its score may exclude
// others by their relative thresholds. It then drops the hits of the sub-themes that are
// excluded, and those of the scored one, whose matches are in s.scores. It reports
// whether any hits are left.
func (e *engine) narrow(s *scratch) bool {
	m := e.matcher
	if len(s.liveRules) > 0 || s.walk.exact {
		return true
	}
	top, contested := m.lead(s)
	if !contested {
		return true
	}
	for i := range s.hits {
		if m.subsOf(s.hits[i].entry)>>(top&63)&1 != 0 {
			e.matchHit(s, i)
		}
	}
	s.walk.rewind()
	m.score(s)
	score := s.scores[top].score
	if score < m.threshold(s, top) {
		score = 0
	}
	return m.narrow(s, top, score)
}

// match appends the matches of words to s.matches, and sets s.events to what rules need.
func (e *engine) match(s *scratch) {
	for i := range s.hits {
		e.matchHit(s, i)
	}
}

// matchHit is match for one hit.
func (e *engine) matchHit(s *scratch, i int) {
	m := e.matcher
	h := &s.hits[i]
	w := &m.entries[h.entry]
	if w.more == 0 && s.pending[w.sub] > h.from || w.more != 0 && !m.wanted(s, w.more, h.from) {
		return // it overlaps what counts already
	}
	relation := e.relation(s, i)
	if relation == Straddling {
		return
	}
	if w.more == 0 {
		if s.bounds.live[w.sub] {
			s.take(w.sub, w.keyword, h, relation)
		}
		return
	}
	more := &m.more[w.more]
	uses := more.plain
	if len(s.liveRules) > 0 {
		uses = more.uses
	}
	for j := range uses {
		m.apply(s, &m.uses[more.from+j], h, relation)
	}
}

// wanted reports whether an occurrence that begins at from may count for any use of the
// word with that index into m.more. A tenth of the spans are of words of which all
// sub-themes count an overlapping one already.
func (m *matcher) wanted(s *scratch, number, from int32) bool {
	more := &m.more[number]
	uses := m.uses[more.from : more.from+more.uses]
	if len(s.liveRules) == 0 {
		uses = uses[:more.plain]
	}
	for i := range uses {
		if u := &uses[i]; s.bounds.live[u.sub] && (u.rule >= 0 || s.pending[u.sub] <= from) {
			return true
		}
	}
	return false
}

// cross sets s.crossed.
func (m *matcher) cross(s *scratch) {
	units := s.decoded.units
	s.crossed = slices.Grow(s.crossed[:0], len(s.hits))[:len(s.hits)]
	crossed := s.crossed
	for i := range s.hits {
		h := &s.hits[i]
		before := int(h.from) - 1
		if before < 0 {
			before = len(units) - 1 // which is no unit
		}
		crossed[i] = m.contexts[h.entry].crossed(units[before], units[h.to])
	}
}

// apply takes an occurrence for one use of its word, if whole and unless allow it.
func (m *matcher) apply(s *scratch, u *use, h *hit, relation Relation) {
	if !s.bounds.live[u.sub] || u.rule >= 0 && !s.rules[u.rule].live {
		return
	}
	if relation == Inside && u.whole || u.from < u.to && m.hidden(u, s.decoded.units, int(h.from)) {
		return
	}
	if u.rule >= 0 {
		s.note(u.rule, event{slot: u.slot, from: h.from, to: h.to, relation: relation})
	} else {
		s.take(u.sub, u.keyword, h, relation)
	}
}

// solved is added to the relation of a hit where it stands in scratch.crossed.
const solved = 4

// relation returns the relation of hit i to the tokens.
func (e *engine) relation(s *scratch, i int) Relation {
	if s.crossed[i] == 0 {
		return Whole
	}
	if s.crossed[i] < solved {
		e.solve(s, i)
	}
	return Relation(s.crossed[i] - solved)
}

// solve finds the relation of hit i to the tokens. If it has to segment a span for that,
// it finds those of all other hits within the span, too: they may be asked for later, and
// those of a sub-theme that is scored by itself are asked for before those of others.
func (e *engine) solve(s *scratch, i int) {
	g, w, units := e.segmenter, &s.walk, s.decoded.units
	from, to, crossed := int(s.hits[i].from), int(s.hits[i].to), s.crossed[i]
	// The adjacency also knows the unit beyond, which the context of the word does not.
	// In one of eight cases it shows that no token crosses after all.
	if crossed&startCrossed != 0 && (from == 0 || g.adjacency.isCut(units, from)) {
		crossed &^= startCrossed
	}
	if crossed == 0 || crossed == endCrossed && (to == len(units)-1 || g.adjacency.isCut(units, to)) {
		s.crossed[i] = solved + uint8(Whole)
		return
	}
	start := from
	if crossed&startCrossed != 0 {
		start = g.cutBefore(units, from-1)
	}
	g.begin(w, units, start)
	g.extend(w, units, to)
	// A later hit that reaches beyond the end of this span would need a span that
	// overlaps it. So the span is extended to cover that hit, and no unit is solved
	// twice.
	last := i
	for ; last+1 < len(s.hits) && int(s.hits[last+1].from) < w.to; last++ {
		if to := int(s.hits[last+1].to); to > w.to {
			g.extend(w, units, to)
		}
	}
	g.finish(w, units)
	for ; i > 0 && int(s.hits[i-1].from) >= w.from; i-- {
	}
	for ; i <= last; i++ {
		if h := &s.hits[i]; s.crossed[i] != 0 && int(h.to) <= w.to {
			s.crossed[i] = solved + uint8(w.relation(int(h.from), int(h.to)))
		}
	}
}

// take counts an occurrence unless it overlaps one of its sub-theme that is counted
// already. Hits come in the order in which they begin, longer ones first, so the
// leftmost and longest is the one that counts.
func (s *scratch) take(sub, keyword int32, h *hit, relation Relation) {
	if h.from >= s.pending[sub] {
		s.pending[sub] = h.to
		s.matches = append(s.matches, match{sub, keyword, h.from, h.to, relation})
	}
}

// tag sets r.Tags from the scratch's matches.
func (m *matcher) tag(r *Result) {
	s := &r.scratch
	m.score(s)
	m.drop(s)
	total := 0
	for _, i := range s.bounds.active {
		sc, info := &s.scores[i], &m.subs[i]
		if sc.matches == 0 {
			continue
		}
		sc.next = int32(total)
		total += int(sc.matches)
		r.Tags = append(r.Tags, Tag{Theme: info.theme, SubTheme: info.sub, Score: Score(sc.score)})
	}
	s.out = slices.Grow(s.out[:0], total)[:total]
	m.fillMatches(s)
	// The tags are in the order of the dictionary, and so are the sub-themes'
	// stretches of out.
	next := 0
	for i := range r.Tags {
		for s.scores[next].matches == 0 {
			next++
		}
		sc := s.scores[next]
		r.Tags[i].Matches = s.out[sc.next-sc.matches : sc.next : sc.next]
		next++
	}
	slices.SortStableFunc(r.Tags, func(a, b Tag) int { return cmp.Compare(b.Score, a.Score) })
}

// score adds the matches that s.scores does not contain yet. It must not contain any of
// their keywords either, because the damping is that of all matches of a keyword. score
// leaves s.counts zero.
func (m *matcher) score(s *scratch) {
	if len(s.counts) < len(m.keywords) {
		s.counts = make([]int32, len(m.keywords))
	}
	s.touched = slices.Grow(s.touched[:0], len(s.matches))[:len(s.matches)]
	touched := 0
	for i := s.scored; i < len(s.matches); i++ {
		f := &s.matches[i]
		s.scores[f.sub].matches++
		s.touched[touched] = f.keyword
		if s.counts[f.keyword] == 0 {
			touched++
		}
		s.counts[f.keyword] += m.times(s, f)
	}
	s.touched = s.touched[:touched]
	s.scored = len(s.matches)
	for _, k := range s.touched {
		info := &m.keywords[k]
		n := int(s.counts[k])
		s.counts[k] = 0
		switch {
		case n == 1:
			s.scores[info.sub].score += info.weight
		case n < len(m.damping):
			s.scores[info.sub].score += timesMillionths(info.weight, m.damping[n])
		default:
			s.scores[info.sub].score += contribution(info.weight, n)
		}
	}
}

// fillMatches sets s.out to the matches of tagged sub-themes, one sub-theme
// after the other, with offsets in the original text.
func (m *matcher) fillMatches(s *scratch) {
	d := &s.decoded
	at := 0
	for i := range s.matches {
		f := &s.matches[i]
		sc := &s.scores[f.sub]
		if sc.matches == 0 {
			continue
		}
		from, to := int(f.from), int(f.to)
		at = d.jumpNear(at, from)
		end := d.jumps[at].startOf(to)
		if at+1 < len(d.jumps) && to >= d.jumps[at+1].unit {
			end = d.jumps[d.jumpNear(at+1, to)].endBefore(to)
		}
		s.out[sc.next] = Match{
			Keyword: int(f.keyword - m.subs[f.sub].firstKeyword),
			Start:   d.jumps[at].startOf(from), End: end,
			Relation: f.relation, Times: uint8(m.times(s, f)),
		}
		sc.next++
	}
}
