package classifier

import (
	"math"
	"slices"
)

// segmenter finds the borders of gse's tokens around a few places of a text
// without segmenting the rest. It is immutable once built, and safe for
// concurrent use.
//
// gse takes the shortest path from the start of the text to its end, over all
// words and all single units. A cut point is a boundary that no word of the
// dictionary can cross, because the units around it stand side by side in none:
// every path passes it, and between two cut points the shortest path is the
// same whatever stands before and after. So a span between cut points is solved by itself.
//
// There is one exception. gse adds distances up in float32 from the start of the
// text, so that the roundings of a sum, and with them which of two nearly equal
// paths wins, depend on everything before. Where the best path of a span wins
// by less than the roundings can add up to, the span is solved again with gse's
// own sums, which a walk from the start of the text yields: see [walk].
type segmenter struct {
	// words has gse's words, and added those that the dictionary adds. Both map
	// them to an index into distances.
	words, added trie
	distances    []float32
	// first has, by code, the step from the root of words.
	first []firstStep
	// single are the distances of single units, by code: of the word of one unit
	// where there is one, of gse's pseudo-token otherwise.
	single    []float32
	adjacency adjacency
	// longest is at least every distance in single.
	longest float32
}

// addedTokenFrequency is the frequency of a word that the dictionary adds to
// the segmenter's (token: true). gse's total is 33.3 million, so its distance
// is 15.0: less than that of nearly any two words together, so that the word
// wins over its parts; yet so little of the total that a hundred such words
// change the distance of every other by only 0.004. A word that gse has already
// keeps gse's frequency.
const addedTokenFrequency = 1000

// pseudoDistance is gse's distance of a unit that is no word.
const pseudoDistance = 32

// newSegmenter returns a segmenter with the words of x and tokens, which are to
// be added to them. It shares the tables of x, and does not write to them.
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

// rarity returns the distance of a word, and for units that are no word a number
// above every distance.
func (g *segmenter) rarity(codes []uint32) float32 {
	if class := max(g.words.get(codes...), g.added.get(codes...)); class != 0 {
		return g.distances[class]
	}
	return math.MaxFloat32
}

// cutBefore returns the last cut point at or before i that the adjacency knows, or 0.
func (g *segmenter) cutBefore(units []uint32, i int) int {
	for i > 0 && !g.adjacency.isCut(units, i) {
		i--
	}
	return max(i, 0)
}

// begin begins a span at the cut point from. Spans of one text must come from
// left to right.
func (g *segmenter) begin(w *walk, units []uint32, from int) {
	base := float32(0)
	if w.exact {
		g.advance(w, units, from)
		base = w.base
	}
	w.begin(from, base)
}

// finish sets the borders of the span, which extend has brought to its end.
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

// solveNext solves the span from the cut point from to the next one, and returns that.
func (g *segmenter) solveNext(w *walk, units []uint32, from int) (to int) {
	g.begin(w, units, from)
	g.extend(w, units, from+1)
	g.finish(w, units)
	return w.to
}

// advance brings the exact walk to the cut point to, which is not behind it.
func (g *segmenter) advance(w *walk, units []uint32, to int) {
	w.begin(w.at, w.base)
	g.extend(w, units, to)
	n := w.to - w.from
	w.at, w.base = to, w.steps[n].length()
	w.clear(n)
}

// extend goes on with the shortest paths of the span that was begun, up to the
// first cut point at or after to, and no further than the end of the text. Its
// sums are gse's where that of the span's start is: they are made in the same
// order, and of two equal ones the first stays.
//
// Words show where cut points are: one that no word from before reaches beyond.
func (g *segmenter) extend(w *walk, units []uint32, to int) {
	nodes, distances, steps := g.words.nodes, g.distances, w.steps
	last := uint32(len(nodes) - 1) // which is free
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

// relaxLonger offers the words of three units and more that begin at i, where the
// node of the first two is at slot, and returns where the longest ends. Most
// threes begin none, and the adjacency knows it without a look at the trie,
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

// relaxAdded offers the added words of two units and more that begin at i, and
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

// tolerance returns the slack that the best path of a span needs for it to be
// gse's, whatever the sum before the span; see trace.
//
// No sum of gse's in the first k units is above k x longest, and adding to it
// rounds by at most 2^-24 of that. Over a path of n tokens this adds up to
// n x k x longest x 2^-24, and as much again for the roundings of our own sums,
// which are smaller. Two paths can be off by that in opposite directions: times
// two. A twentieth more covers the roundings of this very computation.
func (g *segmenter) tolerance(from, to int) float32 {
	const roundings = 2 * 1.05 / (1 << 24)
	return roundings * g.longest * float32(to+(to-from))
}
