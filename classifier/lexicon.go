package classifier

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"

	"github.com/go-ego/gse"
)

// lexicon is gse's dictionary in the form that classifiers use: units have codes,
// and words are a double array over codes. It does not depend on the dictionary of
// themes, and never changes, so segmenters may share it.
type lexicon struct {
	// units are all units of gse's words; the code of units[i] is i+1. The most
	// frequent come first, so that what is used together is close together in
	// memory.
	units []string
	// words maps each of gse's words to its class. Words of the same frequency have
	// the same class; classes begin with 1.
	words trie
	// logs has float32(log2(frequency)) of each class; logs[0] is not used.
	logs      []float32
	adjacency adjacency
	// total is the sum of all frequencies.
	total float64
}

// adjacency says which units are neighbours in the words of a dictionary. It may
// report neighbours that are none, which costs only time. It never misses
// neighbours.
type adjacency struct {
	// pairs has two bits for the hash of a pair: see pairInner.
	pairs []uint64
	// triples has a bit for the hash of three units that are neighbours in a word.
	triples []uint64
}

// Values of the bits of a pair. Pairs with the same hash share their bits, and so
// may be taken for a word.
const (
	pairInner uint64 = 1 // it stands in words, but begins none
	pairOpens uint64 = 2 // it begins longer words
	pairWord  uint64 = 3 // it is a word, and may be all of the others, too
)

// Both tables have two halves. One is for frequentUnits, which have the lowest codes and
// are nine tenths of most texts, and the other for pairs and triples with a rarer unit:
// so most of what is asked for lies close together. The half of the frequent pairs has a
// place for each of them, and hashes are shared only in the other three.
//
// The sizes are for gse's 300,000 pairs and 285,000 triples. Both tables together take a
// megabyte.
const (
	pairSlotsLog2   = 21
	tripleSlotsLog2 = 22
	frequentLog2    = (pairSlotsLog2 - 1) / 2
	frequentUnits   = 1 << frequentLog2
)

func newAdjacency() adjacency {
	return adjacency{make([]uint64, 1<<(pairSlotsLog2-5)), make([]uint64, 1<<(tripleSlotsLog2-6))}
}

func (x *adjacency) clone() adjacency {
	return adjacency{slices.Clone(x.pairs), slices.Clone(x.triples)}
}

func pairSlot(a, b uint32) uint32 {
	slot := pairHash(a, b)>>(33-pairSlotsLog2) | 1<<(pairSlotsLog2-1)
	if a|b < frequentUnits {
		slot = a<<frequentLog2 | b
	}
	return slot
}

func tripleSlot(a, b, c uint32) uint32 {
	slot := tripleHash(a, b, c) >> (33 - tripleSlotsLog2)
	if a|b|c >= frequentUnits {
		slot |= 1 << (tripleSlotsLog2 - 1)
	}
	return slot
}

func pairHash(a, b uint32) uint32 { return (a*0x9E3779B1 ^ b*0x85EBCA77) * 0xC2B2AE3D }

func tripleHash(a, b, c uint32) uint32 {
	h := (a*0x9E3779B1 ^ b*0x85EBCA77) * 0x27D4EB2F
	return (h ^ h>>15 ^ c*0x165667B1) * 0xC2B2AE3D
}

// add adds a word of a dictionary.
func (x *adjacency) add(word []uint32) {
	for i := 1; i < len(word); i++ {
		bits := pairInner
		switch {
		case len(word) == 2:
			bits = pairWord
		case i == 1:
			bits = pairOpens
		}
		slot := pairSlot(word[i-1], word[i])
		x.pairs[slot>>5] |= bits << (slot & 31 * 2)
	}
	for i := 2; i < len(word); i++ {
		slot := tripleSlot(word[i-2], word[i-1], word[i])
		x.triples[slot>>6] |= 1 << (slot & 63)
	}
}

// pair returns what is known of a pair, or 0.
func (x *adjacency) pair(a, b uint32) uint64 {
	slot := pairSlot(a, b)
	return x.pairs[slot>>5] >> (slot & 31 * 2) & 3
}

// triple reports whether a b c may be neighbours in a word.
func (x *adjacency) triple(a, b, c uint32) bool {
	slot := tripleSlot(a, b, c)
	return x.triples[slot>>6]>>(slot&63)&1 != 0
}

// isCut reports whether no word crosses position i, 0 < i < len(units) - 1. A word
// that did would be the pair around i, or would contain it and a third unit next to
// it.
func (x *adjacency) isCut(units []uint32, i int) bool {
	a, b := units[i-1], units[i]
	switch x.pair(a, b) {
	case 0:
		return true
	case pairWord:
		return false
	}
	return (i < 2 || !x.triple(units[i-2], a, b)) && !x.triple(a, b, units[i+1])
}

// loadGse returns a new segmenter with gse's simplified dictionary. The traditional
// one would be of no use, because texts are converted to simplified characters
// before they are segmented.
func loadGse() (*gse.Segmenter, error) {
	seg := &gse.Segmenter{NotLoadHMM: true, SkipLog: true}
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		return nil, err
	}
	return seg, nil
}

// word is an entry of gse's dictionary.
type word struct {
	text      string
	frequency float64
}

// gseWords returns the words of seg that are in effect, in gse's order.
func gseWords(seg *gse.Segmenter) []word {
	d := seg.Dictionary()
	out := make([]word, 0, len(d.Tokens))
	for i := range d.Tokens {
		text := d.Tokens[i].Text()
		// If a word is in the file twice, or was removed, the trie has another index
		// for it, or none.
		if at, _, err := d.Value([]byte(text)); err == nil && at == i {
			out = append(out, word{text, d.Tokens[i].Freq()})
		}
	}
	return out
}

// hashWords returns the hex SHA-256 of words and frequencies. It identifies a
// segmenter's dictionary.
func hashWords(words []word) string {
	h := sha256.New()
	var b []byte
	for _, w := range words {
		b = append(b[:0], w.text...)
		b = append(b, 0)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(w.frequency))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// newLexicon builds the tables of words. It takes some 0.3 s for gse's words.
func newLexicon(words []word, total float64) *lexicon {
	x := &lexicon{total: total, adjacency: newAdjacency()}
	code := x.assignCodes(words)
	entries := make([]trieEntry, len(words))
	class := x.assignClasses(words)
	var codes []uint32 // of all entries, one after the other
	for i, w := range words {
		from := len(codes)
		for u := range unitsOf(w.text) {
			codes = append(codes, code[u])
		}
		entries[i] = trieEntry{codes[from:len(codes):len(codes)], class[w.frequency]}
		x.adjacency.add(entries[i].codes)
	}
	x.words = newTrie(entries)
	return x
}

// log2 rounds as gse does.
func log2(x float64) float32 { return float32(math.Log2(x)) }

// assignClasses sets x.logs, and returns the class of each frequency.
func (x *lexicon) assignClasses(words []word) map[float64]uint32 {
	class := make(map[float64]uint32)
	x.logs = []float32{0}
	for _, w := range words {
		if class[w.frequency] == 0 {
			class[w.frequency] = uint32(len(x.logs))
			x.logs = append(x.logs, log2(w.frequency))
		}
	}
	return class
}

// assignCodes sets x.units, and returns the code of each.
func (x *lexicon) assignCodes(words []word) map[string]uint32 {
	weight := make(map[string]float64)
	for _, w := range words {
		for u := range unitsOf(w.text) {
			weight[u] += w.frequency
		}
	}
	for u := range weight {
		x.units = append(x.units, u)
	}
	slices.SortFunc(x.units, func(a, b string) int {
		return cmp.Or(cmp.Compare(weight[b], weight[a]), cmp.Compare(a, b))
	})
	code := make(map[string]uint32, len(x.units))
	for i, u := range x.units {
		code[u] = uint32(i) + 1
	}
	return code
}
