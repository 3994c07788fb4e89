package classifier

import "sync"

// context is what gse's words say of the ends of one word of the dictionary:
// which unit before it, and which after it, there must be for a token to cross
// that end. Both are bitmaps of hashes: a bit may be set for nothing, which only
// costs time.
type context struct {
	// before: some word crosses the start, with this unit just before it.
	before unitSet
	// after: some word that begins within crosses the end, with this unit just after.
	after unitSet
}

// unitSet is a set of units. The most frequent units, which have the lowest
// codes, have a bit each, and lie together; the others share bits by their hash.
type unitSet [unitSetBits / 64]uint64

const (
	unitSetLog2 = 10
	unitSetBits = 1 << unitSetLog2
)

func unitSetHash(c uint32) uint32 {
	if c < unitSetBits/2 {
		return c
	}
	return unitSetBits/2 + c*0x9E3779B1>>(33-unitSetLog2)
}

func (s *unitSet) add(c uint32) {
	h := unitSetHash(c)
	s[h>>6] |= 1 << (h & 63)
}

// bit returns 1 where c may be in s, else 0.
func (s *unitSet) bit(c uint32) uint8 {
	h := unitSetHash(c)
	return uint8(s[h>>6]>>(h&63)) & 1
}

// What context.crossed returns.
const (
	startCrossed = 1 << iota
	endCrossed
)

// crossed returns whether a token may cross an end of a word that lies between
// the units before and after. 0: both ends are cut points.
//
// A token that crosses the end and no unit before is one that begins within; so
// where nothing crosses the start, after tells all. Otherwise a token may cross
// the end without endCrossed.
func (x *context) crossed(before, after uint32) uint8 {
	return x.before.bit(before) | x.after.bit(after)<<1
}

// newContexts returns the contexts of words in texts that g segments.
func newContexts(words [][]uint32, g *segmenter) []context {
	contexts := make([]context, len(words))
	for _, t := range []*trie{&g.words, &g.added} {
		if len(t.nodes) > 0 {
			var after sync.WaitGroup
			after.Go(func() { addAfter(contexts, words, t) }) // each sets a field of its own
			addBefore(contexts, words, t)
			after.Wait()
		}
	}
	return contexts
}

// addBefore adds, for each node of t that is not the first of a word, the unit
// before it to the words that such a node may begin to cover.
func addBefore(contexts []context, words [][]uint32, t *trie) {
	byFirst := make(map[uint32][]int)
	last := uint32(0)
	for i, w := range words {
		byFirst[w[0]] = append(byFirst[w[0]], i)
		last = max(last, w[0])
	}
	of := make([][]int, last+1) // the same, for a million look-ups
	for c, indexes := range byFirst {
		of[c] = indexes
	}
	for slot, node := range t.nodes {
		parent := node.check()
		if parent == trieFree || parent == 0 {
			continue
		}
		c := t.codeAt(uint32(slot), parent)
		if c > last {
			continue
		}
		before := t.codeAt(parent, t.nodes[parent].check())
		for _, i := range of[c] {
			if t.covers(uint32(slot), node, words[i][1:]) {
				contexts[i].before.add(before)
			}
		}
	}
}

// covers reports whether a word of t goes on from node, at slot, such that all of
// it that lies within rest agrees with rest.
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

// addAfter adds, for each node of t that continues the end of a word, its unit to
// that word's.
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

// codeAt returns the code by which the node at slot is reached from its parent.
func (t *trie) codeAt(slot, parent uint32) uint32 {
	return slot - t.nodes[parent].child(0)
}
