package classifier

import (
	"cmp"
	"slices"
)

// matcher finds the words of a plan in a text of units, and knows which keywords use
// them. It is immutable once built, and safe for concurrent use.
type matcher struct {
	index   index
	entries []entry
	// entrySubs have, for each entry, bit s % 64 for each sub-theme s with a use that
	// does not belong to a rule.
	entrySubs []uint64
	// contexts say, for each entry, where a token may cross its ends.
	contexts []context
	more     []moreUses // the first is not used
	uses     []use
	unless   []unless

	subs     []subInfo
	relative bool          // some sub-theme has a relative threshold
	lengths  []int         // the distinct values of threshold_length
	title    uint32        // the highest title_weight, 1 if no theme has one
	keywords []keywordInfo // of all sub-themes, in order
	rules    []ruleInfo
	triggers []int32 // indexes into rules: see moreUses.trigger
	// damping[n] is damping(n) for the values of n that occur in nearly all texts,
	// and factors[n] is the same value as a factor.
	damping [256]uint64
	factors [256]float64
}

// entry is a word that keywords look for, each once. Nearly all words have one use,
// which allows every occurrence except straddling ones. That use is in the entry
// itself, so that the many words stay in the nearer caches.
type entry struct {
	// gain is the most that the first use can add to the score of its sub-theme, per
	// unit of damping.
	gain         float32
	sub, keyword int32
	// more is an index into matcher.more if there are other uses or conditions, else
	// 0.
	more int32
}

// moreUses are the uses of a word that has several, or one with conditions:
// m.uses[from:from+uses]. The first gains of them can add to a score; the first
// plain of them do not belong to a rule.
type moreUses struct {
	from, uses, gains, plain int32
	// trigger is where m.triggers lists the rules whose rarest word this is; the
	// list ends with -1.
	trigger int32
}

// subsOf returns bit s % 64 for each sub-theme s that can count an entry as a word.
func (m *matcher) subsOf(entry uint32) uint64 { return m.entrySubs[entry] }

// use is one keyword's interest in a word.
type use struct {
	sub      int32
	keyword  int32 // index into matcher.keywords
	rule     int32 // index into matcher.rules, or -1 for a keyword that is one word
	slot     int32 // which of the rule's words this is
	whole    bool
	from, to int32   // its unless words: a range of matcher.unless
	gain     float32 // as in entry; 0 for a rule
}

// unless is a word that hides a use of another word. If the other begins at a, this
// one begins at a - offset.
type unless struct {
	offset int
	codes  []uint32
}

type subInfo struct {
	theme, sub   int
	threshold    int64
	relative     int64
	length       int32 // index into matcher.lengths
	firstKeyword int32
	title        int32 // its theme's title_weight, at least 1
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
	entries      []uint32 // by word
	gain         float32  // as in entry
}

// newMatcher returns the matcher of p for texts that are segmented by g. All words
// of p must have codes in a.
func newMatcher(p *plan, a *alphabet, g *segmenter) *matcher {
	m := &matcher{more: make([]moreUses, 1), title: 1}
	for n := 1; n < len(m.damping); n++ {
		m.damping[n] = damping(n)
		m.factors[n] = float64(m.damping[n]) / scoreUnit
	}
	uses := make(map[string][]use)
	for s := range p.subs {
		m.addSub(&p.subs[s], a, uses)
	}
	words := sortWords(uses, a, g)
	codes := make([][]uint32, len(words))
	for i, w := range words {
		codes[i] = w.codes
		m.addEntry(uses[w.text])
	}
	m.addTriggers()
	m.index = newIndex(codes, a.codes)
	m.contexts = newContexts(codes, g)
	return m
}

// rareWord is a word with its rarity by gse's frequencies.
type rareWord struct {
	text   string
	codes  []uint32
	rarity float32
}

// sortWords returns the words that have uses, the most frequent first, so that the
// words that occur most are close together in memory.
func sortWords(uses map[string][]use, a *alphabet, g *segmenter) []rareWord {
	words := make([]rareWord, 0, len(uses))
	for w := range uses {
		codes := a.codesOf(w)
		words = append(words, rareWord{w, codes, g.rarity(codes)})
	}
	slices.SortFunc(words, func(a, b rareWord) int {
		return cmp.Or(cmp.Compare(a.rarity, b.rarity), cmp.Compare(a.text, b.text))
	})
	return words
}

// addEntry adds the word with the given uses.
func (m *matcher) addEntry(uses []use) {
	slices.SortStableFunc(uses, func(a, b use) int {
		return cmp.Or(cmp.Compare(b.gain, a.gain), cmp.Compare(a.rule, b.rule))
	})
	first := uses[0]
	subs := uint64(0)
	for _, u := range uses {
		if u.rule < 0 {
			subs |= 1 << (u.sub & 63)
		}
	}
	m.entrySubs = append(m.entrySubs, subs)
	e := entry{gain: first.gain, sub: first.sub, keyword: first.keyword}
	if len(uses) > 1 || first.rule >= 0 || first.from < first.to || first.whole {
		e.more = int32(len(m.more))
		m.more = append(m.more, m.moreOf(uses))
	}
	m.entries = append(m.entries, e)
}

// moreOf adds the uses of the word that will be the next entry.
func (m *matcher) moreOf(uses []use) moreUses {
	out := moreUses{from: int32(len(m.uses)), uses: int32(len(uses))}
	m.uses = append(m.uses, uses...)
	for _, u := range uses {
		if u.gain > 0 {
			out.gains++
		}
		if u.rule < 0 {
			out.plain++
		} else {
			m.rules[u.rule].entries[u.slot] = uint32(len(m.entries))
		}
	}
	return out
}

// addTriggers finds the rarest word of each rule, which is the one with the highest
// entry. Most texts do not contain it, and then the other words of the rule need no
// attention.
func (m *matcher) addTriggers() {
	of := make([][]int32, len(m.entries))
	for r := range m.rules {
		rarest := slices.Max(m.rules[r].entries)
		of[rarest] = append(of[rarest], int32(r))
	}
	m.triggers = []int32{-1}
	for i, rules := range of {
		if len(rules) > 0 {
			m.more[m.entries[i].more].trigger = int32(len(m.triggers))
			m.triggers = append(append(m.triggers, rules...), -1)
		}
	}
}

func (m *matcher) addSub(s *subPlan, a *alphabet, uses map[string][]use) {
	sub := int32(len(m.subs))
	length := slices.Index(m.lengths, s.length)
	if length < 0 {
		length = len(m.lengths)
		m.lengths = append(m.lengths, s.length)
	}
	m.subs = append(m.subs, subInfo{s.theme, s.sub, s.threshold, s.relative, int32(length), int32(len(m.keywords)), int32(s.title)})
	m.title = max(m.title, uint32(s.title))
	m.relative = m.relative || s.relative > 0
	for i := range s.keywords {
		k := &s.keywords[i]
		u := use{sub: sub, keyword: int32(len(m.keywords)), rule: -1, whole: k.whole}
		m.keywords = append(m.keywords, keywordInfo{k.weight, sub, k.rule})
		if k.rule {
			u.rule = int32(len(m.rules))
			entries := make([]uint32, len(k.words))
			m.rules = append(m.rules, ruleInfo{sub, u.keyword, len(k.words), k.within, entries, gain(k.weight)})
		} else {
			u.gain = gain(k.weight)
		}
		for slot, w := range k.words {
			u.slot = int32(slot)
			u.from = int32(len(m.unless))
			m.addUnless(a.codesOf(w), k.unless, a)
			u.to = int32(len(m.unless))
			uses[w] = append(uses[w], u)
		}
	}
}

// addUnless adds each place where the word occurs in one of unlessWords, since only
// there that one can hide the word.
func (m *matcher) addUnless(word []uint32, unlessWords []string, a *alphabet) {
	for _, w := range unlessWords {
		codes := a.codesOf(w)
		for offset := 0; offset+len(word) <= len(codes); offset++ {
			if slices.Equal(codes[offset:offset+len(word)], word) {
				m.unless = append(m.unless, unless{offset, codes})
			}
		}
	}
}

// hidden reports whether the occurrence at from lies within an unless word of u.
func (m *matcher) hidden(u *use, units []uint32, from int) bool {
	for _, x := range m.unless[u.from:u.to] {
		start := from - x.offset
		if start >= 0 && start+len(x.codes) < len(units) && slices.Equal(units[start:start+len(x.codes)], x.codes) {
			return true
		}
	}
	return false
}
