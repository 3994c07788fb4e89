package classifier

import (
	"math"
	"slices"
)

// index finds the words of a dictionary in a text of units. It is immutable once
// built, and safe for concurrent use.
//
// It passes over a text three times. First it tests every place against a filter of
// the first two units of all words. Then it tests the places that pass against hashes:
// of the words of two units, and of the first three units of the longer words. Neither
// loop has a branch, because a processor mispredicts branches in unpredictable text,
// and a misprediction costs as much as a dozen places. Last, it looks up what is left
// in the trie of words: nearly every place that is left has a word.
type index struct {
	words    trie // maps a word to its number, plus 1
	filter   []neighbours
	openings []firstStep // by code: the step from the root of words
	// prefixes has a bit for the hash of each word of two units, and for the hash of
	// the first three units of each longer word. A bit may be set without reason,
	// which costs only time.
	prefixes *[1 << (prefixSlotsLog2 - 6)]uint64
	// alone[c] is 1 if unit c by itself is a word, else 0.
	alone    []uint8
	hasAlone bool
}

// neighbours are sets of neighbourBit: after has the units that may follow this one
// at the beginning of a word, before has the units that may precede this one as the
// second of a word. Two units can begin a word only if each is in the set of the
// other. This test decides most places, and the sets of the frequent units are close
// together, in the nearest cache.
type neighbours struct{ after, before uint64 }

// neighbourBit maps unit c to its bit in a set of 64. The frequent units, which have
// the lowest codes, are spread evenly.
func neighbourBit(c uint32) uint32 { return c & 63 }

// prefixSlotsLog2 is the size of index.prefixes. With the 10,000 words of the default
// dictionary one bit in 25 is set, and the 32 kB stay in the nearer caches.
const prefixSlotsLog2 = 18

// prefixBit returns 1 if the bit of the highest bits of pairHash or tripleHash is set, and
// 0 if it is not.
func (x *index) prefixBit(slot uint32) uint32 {
	return uint32(x.prefixes[slot>>6]>>(slot&63)) & 1
}

func prefixOfTwo(a, b uint32) uint32 { return pairHash(a, b) >> (32 - prefixSlotsLog2) }

func prefixOfThree(a, b, c uint32) uint32 {
	return tripleHash(a, b, c) >> (32 - prefixSlotsLog2)
}

// hit is an occurrence of a word.
type hit struct {
	entry    uint32
	from, to int32 // units, half-open
}

// newIndex returns the index of words, whose codes are at most maxCode. Word i has
// number i.
func newIndex(words [][]uint32, maxCode int) index {
	x := index{
		filter:   make([]neighbours, maxCode+1),
		alone:    make([]uint8, maxCode+1),
		prefixes: new([1 << (prefixSlotsLog2 - 6)]uint64),
	}
	entries := make([]trieEntry, len(words))
	for i, w := range words {
		entries[i] = trieEntry{w, uint32(i) + 1}
	}
	x.words = newTrie(entries)
	x.openings = x.words.firstSteps(maxCode)
	for _, w := range words {
		x.open(w)
	}
	return x
}

// open adds a word to everything except the trie.
func (x *index) open(w []uint32) {
	first := w[0]
	if len(w) == 1 {
		// It is a word whatever follows it, including the code for the end of the
		// text.
		x.alone[first], x.hasAlone = 1, true
		x.filter[first].after = math.MaxUint64
		for c := range x.filter {
			x.filter[c].before |= 1 << neighbourBit(first)
		}
		return
	}
	x.filter[first].after |= 1 << neighbourBit(w[1])
	x.filter[w[1]].before |= 1 << neighbourBit(first)
	slot := prefixOfTwo(first, w[1])
	if len(w) > 2 {
		slot = prefixOfThree(first, w[1], w[2])
	}
	x.prefixes[slot>>6] |= 1 << (slot & 63)
}

// scan sets s.hits to all occurrences of the words, sorted by where they begin, and
// longer ones first.
func (x *index) scan(s *scratch) {
	units := s.decoded.units
	// The filter writes every place, and keeps the places that pass.
	s.places = slices.Grow(s.places[:0], len(units))[:len(units)]
	places, filter := s.places, x.filter
	n := 0
	first := units[0]
	after := filter[first].after
	for i, c := range units[1:] {
		f := &filter[c]
		places[n] = uint32(i)
		n += int(after >> neighbourBit(c) & (f.before >> neighbourBit(first)) & 1)
		first, after = c, f.after
	}
	s.places = places[:n]
	x.narrow(s)
	x.look(s)
}

// longerMark is added to a place twice its number: a word of three or more units may
// begin there.
const longerMark = 1

// narrow drops the places where no word begins by the hashes of prefixes. A place that
// stays becomes twice its number, plus longerMark if a longer word may begin there.
func (x *index) narrow(s *scratch) {
	units, places := s.decoded.units, s.places
	end := uint32(len(units) - 1)
	n := 0
	for _, i := range places {
		first, second, third := units[i], units[i+1], units[min(i+2, end)]
		two := x.prefixBit(prefixOfTwo(first, second))
		three := x.prefixBit(prefixOfThree(first, second, third))
		places[n] = i<<1 | three
		n += int(two | three | uint32(x.alone[first]))
	}
	s.places = places[:n]
}

// look sets s.hits to the words that begin at the places that narrow has left.
func (x *index) look(s *scratch) {
	units := s.decoded.units
	nodes := x.words.nodes
	last := uint32(len(nodes) - 1) // a free slot
	hits := s.hits[:cap(s.hits)]
	n := 0
	for _, place := range s.places {
		if n+2 > len(hits) {
			hits = slices.Grow(hits[:n], n+64)
			hits = hits[:cap(hits)]
		}
		i, before := int(place>>1), n
		first, second := units[i], units[i+1]
		f := x.openings[first]
		slot := min(f.base+second, last)
		node := nodes[slot]
		if node.check() != f.slot {
			node = emptyTrieNode
		}
		if place&longerMark != 0 {
			hits = x.longer(hits[:n], slot, node, units, i)
			if n = len(hits); n > before+1 {
				slices.Reverse(hits[before:])
			}
			hits = slices.Grow(hits, 2)
			hits = hits[:cap(hits)]
		}
		hits[n] = hit{node.value() - 1, int32(i), int32(i) + 2}
		n += int((node.value() + maxTrieValue) >> trieValueBits) // 1 for a word
		if x.hasAlone && x.alone[first] != 0 {
			hits[n] = hit{x.words.get(first) - 1, int32(i), int32(i) + 1}
			n++
		}
	}
	s.hits = hits[:n]
}

// longer appends the words of three or more units that begin at i, where slot is that
// of the node of the first two.
func (x *index) longer(hits []hit, slot uint32, node trieNode, units []uint32, i int) []hit {
	for j := i + 2; j < len(units) && node.opens(); j++ {
		if slot, node = x.words.child(slot, node, units[j]); slot == 0 {
			return hits
		}
		if v := node.value(); v != 0 {
			hits = append(hits, hit{v - 1, int32(i), int32(j) + 1})
		}
	}
	return hits
}
