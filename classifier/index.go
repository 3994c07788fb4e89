package classifier

import (
	"math"
	"slices"
)

// index finds the words of a dictionary in a text of units. It is immutable once
// built, and safe for concurrent use.
//
// It passes over a text twice. First it tests every place against a filter of the
// first two units of all words, in a loop without branches. Then it looks up the
// places that pass in the trie of words, with few branches. Branches are avoided
// because a processor mispredicts them in unpredictable text, and a misprediction
// costs as much as a dozen places.
type index struct {
	words    trie // maps a word to its number, plus 1
	filter   []neighbours
	openings []firstStep // by code: the step from the root of words
	// thirds has a set for each pair of units that begins a word, by the slot of the
	// pair's node: the thirdBit of every unit that continues the pair in a longer
	// word.
	thirds []uint32
	// alone[c] says whether unit c by itself is a word.
	alone    []bool
	hasAlone bool
}

// neighbours are sets of neighbourBit: after has the units that may follow this one
// at the beginning of a word, before has the units that may precede this one as the
// second of a word. Two units can begin a word only if each is in the set of the
// other. This test decides most places, and the sets of the frequent units are close
// together, in the nearest cache.
type neighbours struct{ after, before uint64 }

// neighbourBit and thirdBit map unit c to its bit in sets of 64 and of 32. The
// frequent units, which have the lowest codes, are spread evenly.
func neighbourBit(c uint32) uint32 { return c & 63 }
func thirdBit(c uint32) uint32     { return c & 31 }

// hit is an occurrence of a word.
type hit struct {
	entry    uint32
	from, to int32 // units, half-open
}

// newIndex returns the index of words, whose codes are at most maxCode. Word i has
// number i.
func newIndex(words [][]uint32, maxCode int) index {
	x := index{filter: make([]neighbours, maxCode+1), alone: make([]bool, maxCode+1)}
	entries := make([]trieEntry, len(words))
	for i, w := range words {
		entries[i] = trieEntry{w, uint32(i) + 1}
	}
	x.words = newTrie(entries)
	x.openings = x.words.firstSteps(maxCode)
	x.thirds = make([]uint32, len(x.words.nodes))
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
		x.alone[first], x.hasAlone = true, true
		x.filter[first].after = math.MaxUint64
		for c := range x.filter {
			x.filter[c].before |= 1 << neighbourBit(first)
		}
		return
	}
	x.filter[first].after |= 1 << neighbourBit(w[1])
	x.filter[w[1]].before |= 1 << neighbourBit(first)
	if len(w) > 2 {
		slot, _ := x.words.find(first, w[1])
		x.thirds[slot] |= 1 << thirdBit(w[2])
	}
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
	x.look(s, places[:n])
}

// look sets s.hits to the words that begin at places.
func (x *index) look(s *scratch, places []uint32) {
	units := s.decoded.units
	end := len(units) - 1
	nodes := x.words.nodes
	thirds := x.thirds[:len(nodes)]
	last := uint32(len(nodes) - 1) // a free slot
	hits := s.hits[:cap(s.hits)]
	n := 0
	for _, at := range places {
		if n+2 > len(hits) {
			hits = slices.Grow(hits[:n], n+64)
			hits = hits[:cap(hits)]
		}
		i, before := int(at), n
		first, second, third := units[i], units[i+1], units[min(i+2, end)]
		if x.hasAlone && x.alone[first] {
			hits[n] = hit{x.words.get(first) - 1, int32(i), int32(i) + 1}
			n++
		}
		f := x.openings[first]
		slot := min(f.base+second, last)
		node := nodes[slot]
		if node.check() != f.slot {
			slot, node = last, emptyTrieNode
		}
		hits[n] = hit{node.value() - 1, int32(i), int32(i) + 2}
		n += int((node.value() + maxTrieValue) >> trieValueBits) // 1 for a word
		if thirds[slot]>>thirdBit(third)&1 != 0 {
			hits = x.longer(hits[:n], slot, units, i)
			n = len(hits)
			hits = hits[:cap(hits)]
		}
		if n > before+1 {
			slices.Reverse(hits[before:n])
		}
	}
	s.hits = hits[:n]
}

// longer appends the words of three or more units that begin at i. slot is that of
// the node of the first two.
func (x *index) longer(hits []hit, slot uint32, units []uint32, i int) []hit {
	node := x.words.nodes[slot]
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
