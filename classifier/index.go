package classifier

import "slices"

// index finds the words of a dictionary in a text of units. It is immutable once
// built, and safe for concurrent use.
//
// It goes over a text twice. First every place is tested against a bitmap of the
// first two units of all words, in a loop without a branch; then the places
// that pass are looked up in a hash table of those pairs, nearly without one: a
// processor guesses wrong where texts are not predictable, and a wrong guess
// costs as much as a dozen places.
type index struct {
	words trie // maps a word to its number, plus 1
	// filter has a bit for the hash of the first two units of every word;
	// alone[c] is 1 where unit c by itself is a word.
	filter      []uint64
	filterShift uint8 // 64 less the log2 of the number of bits
	alone       []uint8
	hasAlone    bool
	// openings are a hash table, at most half full, of the same pairs.
	openings     []opening
	openingShift uint8
}

// opening is two units that begin words. It is free where pair is 0; then all is 0.
type opening struct {
	pair uint64
	// words has, from the low bits up: the number of the word that the pair is,
	// plus 1; the slot of its node in index.words; a bit for the hash of every
	// unit that continues it in a longer word; and, at the top, 1 if it is a word.
	words uint64
}

const (
	openingThird = trieValueBits + trieSlotBits // where the bits of third units begin
	thirdBits    = 4                            // log2 of their number
)

// hit is an occurrence of a word.
type hit struct {
	entry    uint32
	from, to int32 // units, half-open
}

// pairKey is two units as one number, and pairHash spreads it over the high bits.
func pairKey(a, b uint32) uint64  { return uint64(a)<<32 | uint64(b) }
func pairHash(pair uint64) uint64 { return pair * 0x9E3779B97F4A7C15 }
func thirdHash(c uint32) uint32   { return c * 0x9E3779B1 >> (32 - thirdBits) }
func firstPair(w []uint32) uint64 { return pairKey(w[0], w[1]) }
func (o *opening) word() uint32   { return uint32(o.words) & maxTrieValue }
func (o *opening) slot() uint32   { return uint32(o.words>>trieValueBits) & maxTrieSlots }

// newIndex returns the index of words, whose codes are at most maxCode. Word i
// has number i.
func newIndex(words [][]uint32, maxCode int) index {
	x := index{alone: make([]uint8, maxCode+1)}
	entries := make([]trieEntry, len(words))
	pairs := 0
	for i, w := range words {
		entries[i] = trieEntry{w, uint32(i) + 1}
		if len(w) > 1 {
			pairs++
		} else {
			x.alone[w[0]] = 1
			x.hasAlone = true
		}
	}
	x.words = newTrie(entries)
	// 32 bits to a pair: one in thirty other places is looked up in vain.
	log2Bits, log2Slots := 12, 6
	for log2Bits < 22 && 1<<log2Bits < 32*pairs {
		log2Bits++
	}
	for 1<<log2Slots < 2*pairs {
		log2Slots++
	}
	x.filter, x.filterShift = make([]uint64, 1<<(log2Bits-6)), uint8(64-log2Bits)
	x.openings, x.openingShift = make([]opening, 1<<log2Slots), uint8(64-log2Slots)
	for _, w := range words {
		if len(w) > 1 {
			x.open(w)
		}
	}
	return x
}

// open adds a word to filter and openings.
func (x *index) open(w []uint32) {
	pair := firstPair(w)
	bit := pairHash(pair) >> x.filterShift
	x.filter[bit>>6] |= 1 << (bit & 63)
	o := x.opening(pair)
	if o.pair == 0 {
		slot, node := x.words.find(w[0], w[1])
		o.pair = pair
		o.words = uint64(node.value()) | uint64(slot)<<trieValueBits
	}
	if len(w) == 2 {
		o.words |= 1 << 63
	} else {
		o.words |= 1 << (openingThird + thirdHash(w[2]))
	}
}

// opening returns the slot where pair is, or would be.
func (x *index) opening(pair uint64) *opening {
	i := int(pairHash(pair) >> x.openingShift)
	for {
		o := &x.openings[i&(len(x.openings)-1)]
		if o.pair == pair || o.pair == 0 {
			return o
		}
		i++
	}
}

// scan sets s.hits to all occurrences of the words, by where they begin,
// shorter first.
func (x *index) scan(s *scratch) {
	units := s.decoded.units
	// The filter writes every place, and keeps those that pass.
	s.places = slices.Grow(s.places[:0], len(units))[:len(units)]
	places := s.places
	n := 0
	pair := uint64(units[0])
	if x.hasAlone {
		for i, c := range units[1:] {
			first := uint32(pair)
			pair = pair<<32 | uint64(c)
			bit := pairHash(pair) >> x.filterShift
			places[n] = uint32(i)
			n += int((x.filter[bit>>6]>>(bit&63) | uint64(x.alone[first])) & 1)
		}
	} else {
		for i, c := range units[1:] {
			pair = pair<<32 | uint64(c)
			bit := pairHash(pair) >> x.filterShift
			places[n] = uint32(i)
			n += int(x.filter[bit>>6] >> (bit & 63) & 1)
		}
	}
	x.look(s, places[:n])
}

// look sets s.hits to the words that begin at places.
func (x *index) look(s *scratch, places []uint32) {
	units := s.decoded.units
	end := len(units) - 1
	hits := s.hits[:cap(s.hits)]
	n := 0
	for _, at := range places {
		if n+2 > len(hits) {
			hits = slices.Grow(hits[:n], n+64)
			hits = hits[:cap(hits)]
		}
		i := int(at)
		first, second, third := units[i], units[i+1], units[min(i+2, end)]
		if x.hasAlone && x.alone[first] != 0 {
			hits[n] = hit{x.words.get(first) - 1, int32(i), int32(i) + 1}
			n++
		}
		o := x.opening(pairKey(first, second))
		hits[n] = hit{o.word() - 1, int32(i), int32(i) + 2}
		n += int(o.words >> 63)
		if o.words>>(openingThird+thirdHash(third))&1 != 0 {
			hits = x.longer(hits[:n], o.slot(), units, i)
			n = len(hits)
			hits = hits[:cap(hits)]
		}
	}
	s.hits = hits[:n]
}

// longer appends the words of three units and more that begin at i, where the
// node of the first two is at slot.
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
