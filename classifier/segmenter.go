package classifier

import (
	"math"
	"slices"
)

// segmenter finds the borders of gse's tokens around a few places of a text without
// segmenting the rest. It is immutable once built, and safe for concurrent use.
//
// gse takes the shortest path from the start of the text to its end, over all words
// and all single units. A cut point is a boundary that no word of the dictionary can
// cross, because the units around it are neighbours in none. Every path passes it,
// so between two cut points the shortest path is the same whatever comes before and
// after. Therefore a span between cut points is solved by itself.
//
// There is one exception. gse adds distances in float32 from the start of the text,
// so that the rounding of a sum depends on everything before it. That rounding can
// decide which of two nearly equal paths is the shorter. If the best path of a span
// is shorter by less than the rounding errors can add up to, the span is solved
// again with gse's own sums, which a walk from the start of the text computes: see
// [walk].
type segmenter struct {
	// words has gse's words, and added has those that the dictionary adds. Both map
	// words to an index into distances.
	words, added trie
	distances    []float32
	// first has the step from the root of words, by code.
	first []firstStep
	// single has the distances of single units, by code: that of the word of one
	// unit if there is one, that of gse's pseudo-token otherwise.
	single    []float32
	adjacency adjacency
	// longest is at least as great as every distance in single.
	longest float32
}

// addedTokenFrequency is the frequency of a word that the dictionary adds to the
// segmenter's (token: true). gse's total is 33.3 million, so the distance of the
// word is 15.0. That is less than the distance of nearly any two words together, so
// that the word wins over its parts; yet the frequency is so small a part of the
// total that a hundred such words change the distance of every other word by only
// 0.004. A word that gse already has keeps gse's frequency.
const addedTokenFrequency = 1000

// pseudoDistance is gse's distance of a unit that is not a word.
const pseudoDistance = 32

// newSegmenter returns a segmenter with the words of x and, in addition, tokens. It
// shares the tables of x, and does not write to them.
func newSegmenter(x *lexicon, a *alphabet, tokens []string) *segmenter {
	g := &segmenter{words: x.words, adjacency: x.adjacency, longest: pseudoDistance}
	if len(tokens) > 0 {
		g.adjacency = x.adjacency.clone()
	}
	total := x.total
	var added []trieEntry
	for _, w := range tokens {
		codes := a.codesOf(w)
		if g.words.get(codes...) != 0 {
			continue // gse has it, and AddToken does nothing
		}
		total += addedTokenFrequency
		added = append(added, trieEntry{codes, uint32(len(x.logs))})
		g.adjacency.add(codes)
	}
	if len(added) > 0 {
		g.added = newTrie(added)
	}
	logTotal := log2(total)
	for _, l := range append(slices.Clone(x.logs), log2(addedTokenFrequency)) {
		g.distances = append(g.distances, logTotal-l)
	}
	g.first = g.words.firstSteps(a.codes)
	g.single = make([]float32, a.codes+1)
	for c := range g.single {
		g.single[c] = g.singleDistance(uint32(c))
		g.longest = max(g.longest, g.single[c])
	}
	return g
}

func (g *segmenter) singleDistance(c uint32) float32 {
	if c != unknownCode {
		if class := max(g.words.get(c), g.added.get(c)); class != 0 {
			return g.distances[class]
		}
	}
	return pseudoDistance
}

// rarity returns the distance of a word, and math.MaxFloat32 for units that are no
// word.
func (g *segmenter) rarity(codes []uint32) float32 {
	if class := max(g.words.get(codes...), g.added.get(codes...)); class != 0 {
		return g.distances[class]
	}
	return math.MaxFloat32
}

// cutBefore returns the last cut point at or before i that the adjacency knows, or
// 0.
func (g *segmenter) cutBefore(units []uint32, i int) int {
	for i > 0 && !g.adjacency.isCut(units, i) {
		i--
	}
	return max(i, 0)
}

// begin begins a span at the cut point from. The spans of a text must be begun from
// left to right.
func (g *segmenter) begin(w *walk, units []uint32, from int) {
	base := float32(0)
	if w.exact {
		g.advance(w, units, from)
		base = w.base
	}
	w.begin(from, base)
}

// finish finds the borders of the span after extend has reached its end.
func (g *segmenter) finish(w *walk, units []uint32) {
	// A span at the start of the text begins with gse's own sum, which is 0.
	if slack := w.trace(); w.exact || w.from == 0 || slack > g.tolerance(w.from, w.to) {
		return
	}
	w.fallbacks++
	from, to := w.from, w.to
	g.advance(w, units, from)
	w.begin(from, w.base)
	g.extend(w, units, to)
	w.trace()
}

// solveNext solves the span between the cut point from and the next one, which it
// returns.
func (g *segmenter) solveNext(w *walk, units []uint32, from int) (to int) {
	g.begin(w, units, from)
	g.extend(w, units, from+1)
	g.finish(w, units)
	return w.to
}

// advance moves the exact walk to the cut point to, which is at or after its place.
func (g *segmenter) advance(w *walk, units []uint32, to int) {
	w.begin(w.at, w.base)
	g.extend(w, units, to)
	n := w.to - w.from
	w.at, w.base = to, w.steps[n].length()
	w.clear(n)
}

// extend continues the shortest paths of the current span up to the first cut point
// at or after to, or to the end of the text. If the sum at the start of the span is
// gse's, so are its sums, since it adds in the same order, and of two equal paths
// keeps the first.
//
// Words show where cut points are: at a place that no earlier word reaches beyond.
func (g *segmenter) extend(w *walk, units []uint32, to int) {
	nodes, distances, steps := g.words.nodes, g.distances, w.steps
	last := uint32(len(nodes) - 1) // a free slot
	to -= w.from
	span := units[w.from:]
	i := w.to - w.from
	reach := i // the farthest end of a word that begins before i
	for i < reach || i < to && i < len(span)-1 {
		if reach = max(reach, i+1); i+2 >= len(steps) {
			w.grow(2 * len(steps))
			steps = w.steps
		}
		c := span[i]
		base := steps[i].length()
		steps[i+1].relax(base+g.single[c], i)
		f := g.first[c]
		slot := min(f.base+span[i+1], last)
		if node := nodes[slot]; node.check() == f.slot {
			if class := node.value(); class != 0 {
				steps[i+2].relax(base+distances[class], i)
				reach = max(reach, i+2)
			}
			if node.opens() {
				reach = max(reach, g.relaxLonger(w, span, i, slot, node))
				steps = w.steps
			}
		}
		if len(g.added.nodes) > 0 {
			reach = max(reach, g.relaxAdded(w, span, i))
			steps = w.steps
		}
		i++
	}
	w.to = w.from + i
}

// relaxLonger offers the words of three or more units that begin at i, where slot is
// that of the node of the first two, and returns where the longest ends. Most
// triples begin no word, and the adjacency says so without an access to the trie,
// which is too large for the nearer caches.
func (g *segmenter) relaxLonger(w *walk, span []uint32, i int, slot uint32, node trieNode) (end int) {
	for j := i + 2; j < len(span) && node.opens() && g.adjacency.triple(span[j-2], span[j-1], span[j]); j++ {
		if slot, node = g.words.child(slot, node, span[j]); slot == 0 {
			break
		}
		if class := node.value(); class != 0 {
			end = j + 1
			w.relax(i, end, g.distances[class])
		}
	}
	return end
}

// relaxAdded offers the added words of two or more units that begin at i, and
// returns where the longest ends.
func (g *segmenter) relaxAdded(w *walk, span []uint32, i int) (end int) {
	slot, node := g.added.find(span[i])
	for j := i + 1; j < len(span) && slot != 0; j++ {
		if slot, node = g.added.child(slot, node, span[j]); slot == 0 {
			break
		}
		if class := node.value(); class != 0 {
			end = j + 1
			w.relax(i, end, g.distances[class])
		}
	}
	return end
}

// tolerance returns the slack with which the best path of a span is certainly gse's,
// whatever the sum before the span is; see trace.
//
// None of gse's sums in the first k units is greater than k x longest, and adding to
// it rounds by at most 2^-24 of that. Over a path of n tokens this adds up to n x k
// x longest x 2^-24, and as much again for the rounding of this package's own sums,
// which are smaller. The errors of two paths can have opposite signs, which doubles
// the bound. Another twentieth covers the rounding of this computation itself.
func (g *segmenter) tolerance(from, to int) float32 {
	const roundings = 2 * 1.05 / (1 << 24)
	return roundings * g.longest * float32(to+(to-from))
}
