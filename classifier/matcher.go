package classifier

import (
	"slices"
)

// matcher finds the words of a plan in a text of units. It is immutable once
// built, and safe for concurrent use.
type matcher struct {
	words trie // maps a word to its index in entries, plus 1
	// pairs has the first two units of every word; alone[c] is 1 where unit c by
	// itself is a word. Most places of a text are in neither and are passed in
	// a nanosecond.
	pairs pairSet
	alone []uint8
	// openings has the node of every such pair, by hash: one access of memory in
	// place of two steps from the root.
	openings     []opening
	openingShift uint8
	entries      []entry
	uses         []use
	unless       []unless

	subs     []subInfo
	keywords []keywordInfo // of all sub-themes, in order
	rules    []ruleInfo
	// damping[n] is damping(n), for the n that there are in nearly all texts.
	damping []uint64
}

// pairSet is a set of pairs of codes that may also hold a pair that was never
// added: a bitmap of hashes.
type pairSet struct {
	bits  []uint64
	shift uint8 // 32 less the log2 of the number of bits
}

func newPairSet(log2Bits int) pairSet {
	return pairSet{make([]uint64, 1<<(log2Bits-6)), uint8(32 - log2Bits)}
}

func (p *pairSet) hash(a, b uint32) uint32 {
	return (a*0x9E3779B1 ^ b*0x85EBCA77) * 0xC2B2AE3D >> p.shift
}

func (p *pairSet) add(a, b uint32) {
	h := p.hash(a, b)
	p.bits[h>>6] |= 1 << (h & 63)
}

// bit returns 1 where the pair may be in p, else 0.
func (p *pairSet) bit(a, b uint32) uint8 {
	h := p.hash(a, b)
	return uint8(p.bits[h>>6]>>(h&63)) & 1
}

// opening is the start of words: their node in matcher.words. It is free where node is 0.
type opening struct {
	a, b uint32
	node trieNode // with the slot of the node itself for its check
}

// entry is a word that keywords look for, each once. Nearly all have one use,
// without a rule or unless: it is in the entry itself, so that the many words
// stay in the nearer caches.
type entry struct {
	sub, keyword int32
	whole        bool
	// several is the number of uses, at from, of any other entry; else 0.
	from, several int32
}

// use is one keyword's looking for a word.
type use struct {
	sub      int32
	keyword  int32 // index into matcher.keywords
	rule     int32 // index into matcher.rules, or -1 for a keyword that is one word
	slot     int32 // which of the rule's words this is
	whole    bool
	from, to int32 // its unless
}

// unless is a word that hides a use of another one: where the other begins at
// a, this one would begin at a - offset.
type unless struct {
	offset int
	codes  []uint32
}

type subInfo struct {
	theme, sub   int
	threshold    int64
	firstKeyword int32
}

type keywordInfo struct {
	weight int64
	sub    int32
	rule   bool
}

type ruleInfo struct {
	sub, keyword int32
	words        int
	within       int
	all          uint64 // what ruleState.seen is when every word occurs
}

// newMatcher returns the matcher of p, all of whose words have codes in a.
func newMatcher(p *plan, a *alphabet) *matcher {
	m := &matcher{alone: make([]uint8, a.codes+1), damping: make([]uint64, 256)}
	for n := 1; n < len(m.damping); n++ {
		m.damping[n] = damping(n)
	}
	uses := make(map[string][]use)
	for s := range p.subs {
		m.addSub(&p.subs[s], a, uses)
	}
	var entries []trieEntry
	pairs := 0
	words := make([]string, 0, len(uses))
	for w := range uses {
		words = append(words, w)
	}
	slices.Sort(words)
	for _, w := range words {
		codes := a.codesOf(nil, w)
		e, first := entry{}, uses[w][0]
		if len(uses[w]) == 1 && first.rule < 0 && first.from == first.to {
			e = entry{sub: first.sub, keyword: first.keyword, whole: first.whole}
		} else {
			e.from, e.several = int32(len(m.uses)), int32(len(uses[w]))
			m.uses = append(m.uses, uses[w]...)
		}
		m.entries = append(m.entries, e)
		entries = append(entries, trieEntry{codes, uint32(len(m.entries))})
		if len(codes) > 1 {
			pairs++
		}
	}
	m.words = newTrie(entries)
	m.fillFilters(entries, pairs)
	return m
}

// fillFilters sets pairs and alone. There are 32 bits to a pair, so that one
// in thirty other places is looked at in vain.
func (m *matcher) fillFilters(entries []trieEntry, pairs int) {
	log2Bits := 12
	for log2Bits < 22 && 1<<log2Bits < 32*pairs {
		log2Bits++
	}
	m.pairs = newPairSet(log2Bits)
	for _, e := range entries {
		if len(e.codes) > 1 {
			m.pairs.add(e.codes[0], e.codes[1])
		} else {
			m.alone[e.codes[0]] = 1
		}
	}
	m.fillOpenings(entries, pairs)
}

// openingHash spreads pairs over the slots of openings.
func (m *matcher) openingHash(a, b uint32) uint32 {
	return (a*0x85EBCA77 ^ b*0x9E3779B1) * 0x27D4EB2F >> m.openingShift
}

// fillOpenings sets openings from the first pairs of entries; there are at most
// pairs of them.
func (m *matcher) fillOpenings(entries []trieEntry, pairs int) {
	log2Slots := 4
	for 1<<log2Slots < pairs*3/2 {
		log2Slots++
	}
	m.openings = make([]opening, 1<<log2Slots)
	m.openingShift = uint8(32 - log2Slots)
	for _, e := range entries {
		if len(e.codes) < 2 || m.opening(e.codes[0], e.codes[1]) != nil {
			continue
		}
		a, b := e.codes[0], e.codes[1]
		i := m.openingHash(a, b)
		for m.openings[i].node != 0 {
			i = (i + 1) & uint32(len(m.openings)-1)
		}
		slot, node := m.words.find(a, b)
		m.openings[i] = opening{a, b, node.withCheck(slot)}
	}
}

// opening returns the words that begin with a b, or nil.
func (m *matcher) opening(a, b uint32) *opening {
	for i := m.openingHash(a, b); ; i = (i + 1) & uint32(len(m.openings)-1) {
		o := &m.openings[i]
		if o.a == a && o.b == b && o.node != 0 {
			return o
		}
		if o.node == 0 {
			return nil
		}
	}
}

func (m *matcher) addSub(s *subPlan, a *alphabet, uses map[string][]use) {
	sub := int32(len(m.subs))
	m.subs = append(m.subs, subInfo{s.theme, s.sub, s.threshold, int32(len(m.keywords))})
	for i := range s.keywords {
		k := &s.keywords[i]
		u := use{sub: sub, keyword: int32(len(m.keywords)), rule: -1, whole: k.whole}
		m.keywords = append(m.keywords, keywordInfo{k.weight, sub, k.rule})
		if k.rule {
			u.rule = int32(len(m.rules))
			all := uint64(1)<<min(len(k.words), maxRuleMask) - 1
			m.rules = append(m.rules, ruleInfo{sub, u.keyword, len(k.words), k.within, all})
		}
		for slot, w := range k.words {
			u.slot = int32(slot)
			u.from = int32(len(m.unless))
			m.addUnless(a.codesOf(nil, w), k.unless, a)
			u.to = int32(len(m.unless))
			uses[w] = append(uses[w], u)
		}
	}
}

// addUnless adds, for each place where the word stands in one of unlessWords,
// that one: only there can it hide the word.
func (m *matcher) addUnless(word []uint32, unlessWords []string, a *alphabet) {
	for _, w := range unlessWords {
		codes := a.codesOf(nil, w)
		for offset := 0; offset+len(word) <= len(codes); offset++ {
			if slices.Equal(codes[offset:offset+len(word)], word) {
				m.unless = append(m.unless, unless{offset, codes})
			}
		}
	}
}

// hit is an occurrence of a word.
type hit struct {
	entry    uint32
	from, to int32 // units, half-open
}

// scan sets s.hits to all occurrences of the words, by where they begin,
// shorter first.
func (m *matcher) scan(s *scratch) {
	units := s.decoded.units
	// The filter writes every place, and keeps those that pass: no branch, which
	// the processor would guess wrong at every tenth place.
	s.places = slices.Grow(s.places[:0], len(units))[:len(units)]
	pairs, alone, places := m.pairs, m.alone, s.places
	n := 0
	c := units[0]
	for i, next := range units[1:] {
		places[n] = uint32(i)
		n += int(pairs.bit(c, next) | alone[c])
		c = next
	}
	s.hits = s.hits[:0]
	for _, i := range places[:n] {
		s.hits = m.scanAt(s.hits, units, int(i))
	}
}

func (m *matcher) scanAt(hits []hit, units []uint32, i int) []hit {
	if m.alone[units[i]] != 0 {
		hits = append(hits, hit{m.words.get(units[i]) - 1, int32(i), int32(i) + 1})
	}
	o := m.opening(units[i], units[i+1])
	if o == nil {
		return hits
	}
	slot, node := o.node.check(), o.node
	for j := i + 2; ; j++ {
		if v := node.value(); v != 0 {
			hits = append(hits, hit{v - 1, int32(i), int32(j)})
		}
		if j == len(units) || !node.opens() {
			return hits
		}
		if slot, node = m.words.child(slot, node, units[j]); slot == 0 {
			return hits
		}
	}
}

// hidden reports whether the occurrence at from stands within an unless word of u.
func (m *matcher) hidden(u *use, units []uint32, from int) bool {
	for _, x := range m.unless[u.from:u.to] {
		start := from - x.offset
		if start >= 0 && start+len(x.codes) < len(units) && slices.Equal(units[start:start+len(x.codes)], x.codes) {
			return true
		}
	}
	return false
}
