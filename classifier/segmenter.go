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
// words and all single units. A cut point is a boundary of units that stand
// side by side in no word of the dictionary: no word crosses it, so every path
// passes it, and between two cut points the shortest path is the same whatever
// stands before and after. So a span between cut points is solved by itself.
//
// But for one thing: gse adds distances up in float32 from the start of the
// text, so that the roundings of a sum, and with them which of two nearly equal
// paths wins, depend on everything before. Where the best path of a span wins
// by less than the roundings can add up to, the span is solved again with gse's
// own sums, which a walk from the start of the text yields: see [walk].
type segmenter struct {
	// words maps gse's words to the bits of their distance.
	words trie
	// added has the words that the dictionary adds, in the same way.
	added trie
	// single are the distances of single units, by code: of the word of one unit
	// where there is one, of gse's pseudo-token otherwise.
	single   []float32
	adjacent pairSet
	// longest is at least every distance in single.
	longest float32
}

// pseudoDistance is gse's distance of a unit that is no word.
const pseudoDistance = 32

// newSegmenter takes over the tables of x. tokens are the words to add.
func newSegmenter(x *lexicon, a *alphabet, tokens []string) *segmenter {
	g := &segmenter{words: x.words, adjacent: x.adjacent, longest: pseudoDistance}
	total := x.total
	var added []trieEntry
	for _, w := range tokens {
		codes := a.codesOf(nil, w)
		if g.words.get(codes) != 0 {
			continue // gse has it, and AddToken does nothing
		}
		total += addedTokenFrequency
		added = append(added, trieEntry{codes: codes})
		for i := 1; i < len(codes); i++ {
			g.adjacent.add(codes[i-1], codes[i])
		}
	}
	logTotal := log2(total)
	for i := range g.words.nodes {
		if n := &g.words.nodes[i]; n.value != 0 {
			n.value = math.Float32bits(logTotal - math.Float32frombits(n.value))
		}
	}
	for i := range added {
		added[i].value = math.Float32bits(logTotal - log2(addedTokenFrequency))
	}
	if len(added) > 0 {
		g.added = newTrie(added)
	}
	g.single = make([]float32, a.codes+1)
	for c := range g.single {
		g.single[c] = g.singleDistance(uint32(c))
		g.longest = max(g.longest, g.single[c])
	}
	return g
}

func (g *segmenter) singleDistance(c uint32) float32 {
	if v := g.words.get([]uint32{c}); v != 0 && c != unknownCode {
		return math.Float32frombits(v)
	}
	if len(g.added.nodes) > 0 && c != unknownCode {
		if v := g.added.get([]uint32{c}); v != 0 {
			return math.Float32frombits(v)
		}
	}
	return pseudoDistance
}

// walk is the state of a segmenter within one text.
type walk struct {
	steps []step
	// border tells of the last span solved, whose first unit is from, whether a
	// token begins at from + i.
	border   []bool
	from, to int

	// at is a cut point, and base gse's own sum there: where the exact walk is.
	at   int
	base float32
	// exact is set once a text needs gse's own sums, or may as well have them.
	exact bool
	// fallbacks counts the spans that were solved again.
	fallbacks int
}

// step is the shortest path to a position of a span.
type step struct {
	best   float32
	second float32 // of the paths by another last token
	back   int32   // where the last token of the best begins
}

// exactFrom is the length in units from which gse's own sums are used at once.
// Roundings grow with a text: one of this length nearly always has a span that
// needs them. And so a text ten times as long costs no more a byte.
const exactFrom = 1 << 14

func (w *walk) reset(n int) {
	w.from, w.to = 0, 0
	w.at, w.base = 0, 0
	w.exact = n >= exactFrom
	w.fallbacks = 0
}

// isCut reports whether position i, 0 < i < len(units), is a cut point.
func (g *segmenter) isCut(units []uint32, i int) bool {
	return !g.adjacent.has(units[i-1], units[i])
}

// cutBefore returns the last cut point at or before i.
func (g *segmenter) cutBefore(units []uint32, i int) int {
	for i > 0 && !g.isCut(units, i) {
		i--
	}
	return i
}

// cutAfter returns the first cut point at or after i, of n units.
func (g *segmenter) cutAfter(units []uint32, n, i int) int {
	for i < n && !g.isCut(units, i) {
		i++
	}
	return i
}

// solve sets the borders of the span units[from:to], whose ends are cut points.
// Spans of one text must be solved from left to right.
func (g *segmenter) solve(w *walk, units []uint32, from, to int) {
	if w.exact {
		g.solveExactly(w, units, from, to)
		return
	}
	// A span at the start of the text begins with gse's own sum, which is 0.
	g.shortest(w, units[from:to], 0)
	if !w.trace(from, to, g.tolerance(from, to)) {
		w.fallbacks++
		w.exact = true
		g.solveExactly(w, units, from, to)
	}
}

func (g *segmenter) solveExactly(w *walk, units []uint32, from, to int) {
	g.advance(w, units, from)
	g.shortest(w, units[from:to], w.base)
	w.trace(from, to, 0)
}

// advance brings the exact walk to the cut point to, which is not behind it:
// over one span between cut points after the other, as gse adds up.
func (g *segmenter) advance(w *walk, units []uint32, to int) {
	at, base := w.at, w.base
	for at < to {
		next := g.cutAfter(units, to, at+1)
		if next == at+1 {
			base += g.single[units[at]]
		} else {
			base = g.shortest(w, units[at:next], base)
		}
		at = next
	}
	w.at, w.base = at, base
}

// shortest finds the shortest path through span from the sum base, and returns
// the sum at its end. Its sums are gse's where base is: they are made in the
// same order, and of two equal ones the first stays.
func (g *segmenter) shortest(w *walk, span []uint32, base float32) float32 {
	w.steps = slices.Grow(w.steps[:0], len(span)+1)[:len(span)+1]
	steps := w.steps
	for i := range steps {
		steps[i] = step{best: math.MaxFloat32, second: math.MaxFloat32}
	}
	steps[0].best = base
	for i, c := range span {
		base := steps[i].best
		steps[i+1].relax(base+g.single[c], i)
		g.words.relax(steps, span, i, base)
		if len(g.added.nodes) > 0 {
			g.added.relax(steps, span, i, base)
		}
	}
	return steps[len(span)].best
}

// relax offers the words of at least two units that begin at i.
func (t *trie) relax(steps []step, span []uint32, i int, base float32) {
	node := t.child(0, span[i])
	for j := i + 1; j < len(span) && node != 0; j++ {
		if node = t.child(node, span[j]); node == 0 {
			return
		}
		if v := t.nodes[node].value; v != 0 {
			steps[j+1].relax(base+math.Float32frombits(v), i)
		}
	}
}

func (s *step) relax(distance float32, back int) {
	if distance < s.best {
		s.second = s.best
		s.best, s.back = distance, int32(back)
	} else if distance < s.second {
		s.second = distance
	}
}

// tolerance returns by how much more than another a path of n units must win
// for each of them to win whatever the sum before it; see trace.
//
// No sum of gse's in the first k units is above k x longest, and adding to it
// rounds by at most 2^-24 of that. Over a path of n tokens this adds up to
// n x k x longest x 2^-24, and as much again for the roundings of our own sums,
// which are smaller. Two paths can be off by that in opposite directions: times
// two. A twentieth more covers the roundings of this very computation.
func (g *segmenter) tolerance(from, to int) float32 {
	if from == 0 {
		return 0 // our sums are gse's
	}
	const roundings = 2 * 1.05 / (1 << 24)
	return roundings * g.longest * float32(to+(to-from))
}

// trace sets the borders of the best path. It reports whether at each of them
// the best wins by more than tolerance x the units before it in the span; with
// a tolerance of 0, always.
func (w *walk) trace(from, to int, tolerance float32) bool {
	n := to - from
	w.from, w.to = from, to
	w.border = slices.Grow(w.border[:0], n+1)[:n+1]
	clear(w.border)
	w.border[0] = true
	sure := true
	for i := n; i > 0; i = int(w.steps[i].back) {
		w.border[i] = true
		s := &w.steps[i]
		if tolerance > 0 && s.second-s.best <= tolerance*float32(i) {
			sure = false
		}
	}
	return sure
}

// relation returns how units a to b of the text lie in the span that was solved
// last, which holds them.
func (w *walk) relation(a, b int) Relation {
	a, b = a-w.from, b-w.from
	if w.border[a] && w.border[b] {
		return Whole
	}
	for _, border := range w.border[a+1 : b] {
		if border {
			return Straddling
		}
	}
	return Inside
}
