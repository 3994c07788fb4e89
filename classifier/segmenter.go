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
// But for one thing: gse adds distances up in float32 from the start of the
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

// rarity returns the distance of a word, or more than any where it is none.
func (g *segmenter) rarity(codes []uint32) float32 {
	if class := max(g.words.get(codes...), g.added.get(codes...)); class != 0 {
		return g.distances[class]
	}
	return math.MaxFloat32
}

// walk is the state of a segmenter within one text.
type walk struct {
	// steps are of the positions of the span that is being solved. Between
	// spans none is reached.
	steps []step
	// from and to are the span that was solved last. Of a short one, bit i of
	// mask tells whether a token begins at from + i, or the span ends there; of a
	// long one, border[i].
	from, to int
	mask     uint32
	border   []bool

	// at is a cut point, and base gse's own sum there: where the exact walk is.
	at   int
	base float32
	// exact is set where a text may as well have gse's own sums throughout.
	exact bool
	// fallbacks counts the spans that were solved again.
	fallbacks int
}

// maskUnits is the length of the longest span whose borders are a mask.
const maskUnits = 30

// step is the shortest path to a position of a span. Each is the bits of its
// length, a float32 that is not negative, above where its last token begins: so
// they compare as whole numbers, without a branch, and of two equal lengths the
// one whose last token begins first is the less.
type step struct {
	best   uint64
	second uint64 // of the paths by another last token
}

// farthest is more than any length.
const farthest = math.MaxUint64

// unreached is the step that no path has come to yet.
var unreached = step{farthest, farthest}

func (s *step) length() float32 { return math.Float32frombits(uint32(s.best >> 32)) }

// lead is by how much the best path is shorter than the second.
func (s *step) lead() float32 {
	if s.second == farthest {
		return math.MaxFloat32
	}
	return math.Float32frombits(uint32(s.second>>32)) - s.length()
}

func (s *step) relax(length float32, back int) {
	path := uint64(math.Float32bits(length))<<32 | uint64(uint32(back))
	s.second = min(s.second, max(s.best, path))
	s.best = min(s.best, path)
}

// exactFrom is the length in units from which gse's own sums are used at once.
// Roundings grow with a text: one of this length nearly always has a span that
// needs them. And so a text ten times as long costs no more a byte.
const exactFrom = 1 << 14

func (w *walk) reset(n int) {
	w.rewind()
	w.exact = n >= exactFrom
	w.fallbacks = 0
}

// rewind lets spans come from the start of the text again.
func (w *walk) rewind() {
	w.from, w.to = 0, 0
	w.at, w.base = 0, 0
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

func (w *walk) begin(from int, base float32) {
	w.from, w.to = from, from
	if len(w.steps) == 0 {
		w.grow(2 * maskUnits)
	}
	w.steps[0].best = uint64(math.Float32bits(base)) << 32
}

// grow makes room for steps up to n.
func (w *walk) grow(n int) {
	known := len(w.steps)
	w.steps = slices.Grow(w.steps, n)
	w.steps = w.steps[:cap(w.steps)]
	for i := known; i < len(w.steps); i++ {
		w.steps[i] = unreached
	}
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

// relax offers a word from step i to step j.
func (w *walk) relax(i, j int, distance float32) {
	if j >= len(w.steps) {
		w.grow(2 * j)
	}
	w.steps[j].relax(w.steps[i].length()+distance, i)
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

// trace sets the borders of the best path through the span. It returns
// by how much the path wins, at the place where that is least: over the next
// best to that place, for each unit before it, since each may add a rounding.
func (w *walk) trace() (slack float32) {
	n := w.to - w.from
	short := n <= maskUnits
	w.mask = 1
	if !short {
		w.border = slices.Grow(w.border[:0], n+1)[:n+1]
		clear(w.border)
		w.border[0] = true
	}
	slack = math.MaxFloat32
	for i := n; i > 0; {
		if short {
			w.mask |= 1 << i
		} else {
			w.border[i] = true
		}
		s := &w.steps[i]
		slack = min(slack, s.lead()/float32(i))
		i = int(uint32(s.best))
	}
	w.clear(n)
	return slack
}

// clear makes the steps up to n unreached.
func (w *walk) clear(n int) {
	steps := w.steps[:n+1]
	for i := range steps {
		steps[i] = unreached
	}
}

// relation returns how units a to b of the text lie in the span that was solved
// last, which holds them.
func (w *walk) relation(a, b int) Relation {
	a, b = a-w.from, b-w.from
	if w.to-w.from <= maskUnits {
		switch within := w.mask >> a; {
		case within&1 != 0 && within>>(b-a)&1 != 0:
			return Whole
		case within&(1<<(b-a)-2) != 0:
			return Straddling
		}
		return Inside
	}
	if w.border[a] && w.border[b] {
		return Whole
	}
	if slices.Contains(w.border[a+1:b], true) {
		return Straddling
	}
	return Inside
}

// begins reports whether a token begins at position i of the text, which is in
// the span that was solved last.
func (w *walk) begins(i int) bool {
	if w.to-w.from <= maskUnits {
		return w.mask>>(i-w.from)&1 != 0
	}
	return w.border[i-w.from]
}
