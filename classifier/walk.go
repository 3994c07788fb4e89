package classifier

import (
	"math"
	"slices"
)

// walk is the state of a segmenter within one text.
type walk struct {
	// steps are the positions of the span that is being solved. Between spans, none
	// has been reached.
	steps []step
	// from and to are the span that was solved last. For a short span, bit i of mask
	// says whether a token begins at from + i, or the span ends there; for a long
	// one, border[i] says so.
	from, to int
	mask     uint32
	border   []bool

	// at is a cut point that the exact walk has reached, and base is gse's own sum
	// there.
	at   int
	base float32
	// exact says that all spans of the text are solved with gse's own sums.
	exact bool
	// fallbacks counts the spans that were solved again.
	fallbacks int
}

// maskUnits is the length of the longest span whose borders are a mask.
const maskUnits = 30

// step is the shortest path to a position of a span. A path is a number with the
// bits of its length, a float32 that is not negative, above the position where its
// last token begins. So paths compare as integers, without a branch, and of two with
// the same length the smaller is the one whose last token begins first.
type step struct {
	best   uint64
	second uint64 // among the paths with another last token
}

// farthest is greater than any path. Its length is infinite, so that the lead over it is.
const farthest = 0x7F800000<<32 | math.MaxUint32

// unreached is a step to which no path has come yet.
var unreached = step{farthest, farthest}

func (s *step) length() float32 { return math.Float32frombits(uint32(s.best >> 32)) }

// lead returns by how much the best path is shorter than the second.
func (s *step) lead() float32 {
	return math.Float32frombits(uint32(s.second>>32)) - s.length()
}

func (s *step) relax(length float32, back int) {
	path := uint64(math.Float32bits(length))<<32 | uint64(uint32(back))
	s.second = min(s.second, max(s.best, path))
	s.best = min(s.best, path)
}

// exactFrom is the length in units from which gse's own sums are used from the
// start. Rounding errors grow with the length of the text, and a text of this length
// nearly always has a span that needs gse's sums. Besides, a text ten times as long
// then takes no longer per byte.
const exactFrom = 1 << 14

func (w *walk) reset(n int) {
	w.rewind()
	w.exact = n >= exactFrom
	w.fallbacks = 0
}

// rewind allows spans from the start of the text again.
func (w *walk) rewind() {
	w.from, w.to = 0, 0
	w.at, w.base = 0, 0
}

func (w *walk) begin(from int, base float32) {
	w.from, w.to = from, from
	if len(w.steps) == 0 {
		w.grow(2 * maskUnits)
	}
	w.steps[0].best = uint64(math.Float32bits(base)) << 32
}

// grow makes room for n more steps.
func (w *walk) grow(n int) {
	known := len(w.steps)
	w.steps = slices.Grow(w.steps, n)
	w.steps = w.steps[:cap(w.steps)]
	for i := known; i < len(w.steps); i++ {
		w.steps[i] = unreached
	}
}

// relax offers a word from step i to step j.
func (w *walk) relax(i, j int, distance float32) {
	if j >= len(w.steps) {
		w.grow(2 * j)
	}
	w.steps[j].relax(w.steps[i].length()+distance, i)
}

// trace sets the borders of the best path through the span. For each position on
// that path it divides the lead over the second-best path by the number of units
// before it, because each unit may add a rounding error. It returns the least of
// these quotients.
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

// clear makes the first n + 1 steps unreached.
func (w *walk) clear(n int) {
	steps := w.steps[:n+1]
	for i := range steps {
		steps[i] = unreached
	}
}

// relation returns the relation of units a to b of the text to the tokens. They must
// lie within the span that was solved last.
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

// begins reports whether a token begins at position i of the text, which must lie
// within the span that was solved last.
func (w *walk) begins(i int) bool {
	if w.to-w.from <= maskUnits {
		return w.mask>>(i-w.from)&1 != 0
	}
	return w.border[i-w.from]
}
