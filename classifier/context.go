package classifier

import "sync"

// context says, for each end of one word of the dictionary, which neighbouring units
// allow a token of gse's words to cross that end. Both sets are bitmaps of hashes: a
// bit may be set without reason, which costs only time.
type context struct {
	// before: with this unit just before the word, some token crosses the start.
	before unitSet
	// after: with this unit just after the word, some token that begins within the
	// word crosses the end.
	after unitSet
}

// unitSet is a set of units. The most frequent units, which have the lowest codes,
// have a bit each, and are close together in memory; the others share bits by their
// hash.
type unitSet [unitSetBits / 64]uint64

const (
	unitSetLog2 = 10
	unitSetBits = 1 << unitSetLog2
)

func unitSetHash(c uint32) uint32 {
	rare := unitSetBits/2 + c*0x9E3779B1>>(33-unitSetLog2)
	frequent := uint32(int32(c-unitSetBits/2) >> 31) // all bits or none: no branch, since it cannot be guessed
	return c&frequent | rare&^frequent
}

func (s *unitSet) add(c uint32) {
	h := unitSetHash(c)
	s[h>>6] |= 1 << (h & 63)
}

// addAll adds the units of x.
func (s *unitSet) addAll(x *unitSet) {
	for i := range s {
		s[i] |= x[i]
	}
}

// bit returns 1 if c may be in s, and 0 if it is not.
func (s *unitSet) bit(c uint32) uint8 {
	h := unitSetHash(c)
	return uint8(s[h>>6]>>(h&63)) & 1
}

// What context.crossed returns.
const (
	startCrossed = 1 << iota
	endCrossed
)

// crossed returns which ends of a word a token may cross, if the word lies between
// the units before and after. 0: both ends are cut points.
//
// after covers the tokens that begin within the word. If none crosses the start, no
// other token can cross the end. If a token may cross the start, it may also cross
// the end although endCrossed is not set.
func (x *context) crossed(before, after uint32) uint8 {
	return x.before.bit(before) | x.after.bit(after)<<1
}

// newContexts returns the contexts of words in texts that are segmented by g.
func newContexts(words [][]uint32, g *segmenter) []context {
	contexts := make([]context, len(words))
	for _, t := range []*trie{&g.words, &g.added} {
		if len(t.nodes) > 0 {
			var after sync.WaitGroup
			after.Go(func() { addAfter(contexts, words, t) }) // the two set different fields
			addBefore(contexts, words, t)
			after.Wait()
		}
	}
	return contexts
}

// addBefore goes through the nodes of t that are not the first of a word. For each
// it finds the words that such a node may begin to cover, and adds the unit before
// the node to them. At most nodes a word of t ends, and then those are all words that
// begin with the node's unit: their units are collected by that unit.
func addBefore(contexts []context, words [][]uint32, t *trie) {
	last := uint32(0)
	for _, w := range words {
		last = max(last, w[0])
	}
	byFirst := make([][]int, last+1)
	for i, w := range words {
		byFirst[w[0]] = append(byFirst[w[0]], i)
	}
	ended := make([]*unitSet, last+1)
	for slot, node := range t.nodes {
		parent := node.check()
		if parent == trieFree || parent == 0 {
			continue
		}
		c := t.codeAt(uint32(slot), parent)
		if c > last || len(byFirst[c]) == 0 {
			continue
		}
		before := t.codeAt(parent, t.nodes[parent].check())
		if node.value() != 0 {
			if ended[c] == nil {
				ended[c] = new(unitSet)
			}
			ended[c].add(before)
			continue
		}
		for _, i := range byFirst[c] {
			if t.covers(uint32(slot), node, words[i][1:]) {
				contexts[i].before.add(before)
			}
		}
	}
	for i, w := range words {
		if all := ended[w[0]]; all != nil {
			contexts[i].before.addAll(all)
		}
	}
}

// covers reports whether t has a word that continues from node, at slot, and agrees
// with rest as far as it lies within rest.
func (t *trie) covers(slot uint32, node trieNode, rest []uint32) bool {
	for _, c := range rest {
		if node.value() != 0 {
			return true
		}
		if slot, node = t.child(slot, node, c); slot == 0 {
			return false
		}
	}
	return true
}

// addAfter adds, for each node of t that continues the end of a word, the node's
// unit to the context of that word.
func addAfter(contexts []context, words [][]uint32, t *trie) {
	type end struct{ word, next int32 } // next: an index into ends
	ends := []end{{}}
	first := make([]int32, len(t.nodes)) // by node: the ends of words that lead there
	for i, w := range words {
		for from := range w {
			if slot, _ := t.find(w[from:]...); slot != 0 {
				ends = append(ends, end{int32(i), first[slot]})
				first[slot] = int32(len(ends) - 1)
			}
		}
	}
	for slot, node := range t.nodes {
		parent := node.check()
		if parent == trieFree || parent == 0 {
			continue
		}
		for e := first[parent]; e != 0; e = ends[e].next {
			contexts[ends[e].word].after.add(t.codeAt(uint32(slot), parent))
		}
	}
}

// codeAt returns the code that leads from the parent to the node at slot.
func (t *trie) codeAt(slot, parent uint32) uint32 {
	return slot - t.nodes[parent].child(0)
}
