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
	pairs   pairSet
	alone   []uint8
	entries []entry
	uses    []use
	unless  []unless

	subs     []subInfo
	keywords []keywordInfo // of all sub-themes, in order
	rules    []ruleInfo
}

// entry is a word that keywords look for, each once.
type entry struct {
	units    int
	from, to int // its uses
	// solo is the sub-theme of an entry with one use, which is no rule's; else -1.
	solo int32
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
}

type ruleInfo struct {
	sub, keyword int32
	words        int
	within       int
}

// newMatcher returns the matcher of p, all of whose words have codes in a.
func newMatcher(p *plan, a *alphabet) *matcher {
	m := &matcher{alone: make([]uint8, a.codes+1)}
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
		e := entry{units: len(codes), from: len(m.uses), solo: -1}
		m.uses = append(m.uses, uses[w]...)
		e.to = len(m.uses)
		if first := m.uses[e.from]; e.to-e.from == 1 && first.rule < 0 {
			e.solo = first.sub
		}
		m.entries = append(m.entries, e)
		entries = append(entries, trieEntry{codes, uint32(len(m.entries))})
		if len(codes) > 1 {
			pairs++
		}
	}
	m.fillFilters(entries, pairs)
	m.words = newTrie(entries)
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
}

func (m *matcher) addSub(s *subPlan, a *alphabet, uses map[string][]use) {
	sub := int32(len(m.subs))
	m.subs = append(m.subs, subInfo{s.theme, s.sub, s.threshold, int32(len(m.keywords))})
	for i := range s.keywords {
		k := &s.keywords[i]
		u := use{sub: sub, keyword: int32(len(m.keywords)), rule: -1, whole: k.whole}
		m.keywords = append(m.keywords, keywordInfo{k.weight, sub})
		if k.rule {
			u.rule = int32(len(m.rules))
			m.rules = append(m.rules, ruleInfo{sub, u.keyword, len(k.words), k.within})
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
	entry    int32
	from, to int32 // units, half-open
}

// scan appends all occurrences of the words in units, which end in an
// unknownCode that is not of the text, by where they begin, shorter first.
func (m *matcher) scan(hits []hit, units []uint32) []hit {
	pairs, alone := &m.pairs, m.alone
	for i := 0; i+1 < len(units); i++ {
		c := units[i]
		if pairs.has(c, units[i+1]) || alone[c] != 0 {
			hits = m.scanAt(hits, units, i)
		}
	}
	return hits
}

func (m *matcher) scanAt(hits []hit, units []uint32, i int) []hit {
	var node int32
	for j := i; j < len(units); j++ {
		if node = m.words.child(node, units[j]); node == 0 {
			break
		}
		if v := m.words.nodes[node].value; v != 0 {
			hits = append(hits, hit{int32(v) - 1, int32(i), int32(j) + 1})
		}
	}
	return hits
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
