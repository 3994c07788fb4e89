package classifier

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/go-ego/gse"
)

// lexicon is gse's dictionary in the form that classifiers use: units have
// codes, words are a double array over codes. It does not depend on the
// dictionary of themes, and never changes.
type lexicon struct {
	// units are all units of gse's words; the code of units[i] is i+1. The most
	// frequent come first, so that what is used together lies together.
	units []string
	// words maps each of gse's words to the bits of float32(log2(its
	// frequency)), which is at least 1.
	words trie
	// adjacent has every pair of units that stand side by side in a word.
	adjacent pairSet
	// total is the sum of all frequencies.
	total float64
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

func (p *pairSet) has(a, b uint32) bool {
	h := p.hash(a, b)
	return p.bits[h>>6]>>(h&63)&1 != 0
}

// adjacentLog2Bits is for about 300,000 pairs: one in fifteen others is taken
// for one of them, which only makes a span longer.
const adjacentLog2Bits = 22

// word is an entry of gse's dictionary.
type word struct {
	text      string
	frequency float64
}

// gseWords returns the words of seg that count, in gse's order.
func gseWords(seg *gse.Segmenter) []word {
	d := seg.Dictionary()
	out := make([]word, 0, len(d.Tokens))
	for i := range d.Tokens {
		text := d.Tokens[i].Text()
		// Of a word that stands in the file twice, or was removed, the trie knows another index or none.
		if at, _, err := d.Value([]byte(text)); err == nil && at == i {
			out = append(out, word{text, d.Tokens[i].Freq()})
		}
	}
	return out
}

// hashWords returns the hex SHA-256 of words and frequencies, the name of a
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

// newLexicon builds the tables of words. It takes some 0.3 s for gse's.
func newLexicon(words []word, total float64) *lexicon {
	x := &lexicon{total: total, adjacent: newPairSet(adjacentLog2Bits)}
	code := x.assignCodes(words)
	entries := make([]trieEntry, len(words))
	var codes []uint32 // of all entries, one after the other
	for i, w := range words {
		from := len(codes)
		for u := range unitsOf(w.text) {
			codes = append(codes, code[u])
		}
		entries[i] = trieEntry{codes[from:len(codes):len(codes)], math.Float32bits(log2(w.frequency))}
		for j := from + 1; j < len(codes); j++ {
			x.adjacent.add(codes[j-1], codes[j])
		}
	}
	x.words = newTrie(entries)
	return x
}

// log2 is rounded as gse rounds it.
func log2(x float64) float32 { return float32(math.Log2(x)) }

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

// unitsOf yields the units of s, a normalised text, or a word of gse's, whose
// runs gse has lower-cased.
func unitsOf(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for len(s) > 0 {
			r, size := utf8.DecodeRuneInString(s)
			if inRun(r) {
				for size < len(s) {
					next, n := utf8.DecodeRuneInString(s[size:])
					if !inRun(next) {
						break
					}
					size += n
				}
			}
			if !yield(s[:size]) {
				return
			}
			s = s[size:]
		}
	}
}
