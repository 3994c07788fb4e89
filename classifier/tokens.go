package classifier

import "slices"

// Token is one of gse's tokens in a text.
type Token struct {
	Start, End int // byte offsets into the original text, half-open
}

// Occurrence is a place where a word of the dictionary occurs, whether it counts
// there or not.
type Occurrence struct {
	Start, End int // byte offsets into the original text, half-open
	Relation   Relation
}

// Tokens appends the tokens of text to dst, in order: as gse cuts the normalised
// text, with the dictionary's own tokens (`token: true`). Characters that
// normalisation removes belong to no token. It keeps no reference to text, which may
// be any bytes shorter than 2 GiB.
//
// It is meant for measurements, which need every token; Classify segments far less.
// Tokens uses the buffers of r, and overwrites its Tags. It is safe for concurrent
// use if each goroutine has its own r.
func (c *Classifier) Tokens(r *Result, dst []Token, text []byte) []Token {
	s, g := c.begin(r, text)
	d, w := &s.decoded, &s.walk
	n := d.len()
	for from := 0; from < n; {
		to := g.solveNext(w, d.units, from)
		for start := from; start < to; {
			end := start + 1
			for end < to && !w.isBorder(end) {
				end++
			}
			dst = append(dst, Token{d.start(start), d.end(end - 1)})
			start = end
		}
		from = to
	}
	return dst
}

// Occurrences appends to dst every occurrence of a word of a keyword or a rule in
// text, sorted by Start, longer ones first. This includes straddling ones, those
// that `match: whole` or unless refuses, and those that a longer word hides. It uses
// the buffers of r, and overwrites its Tags.
func (c *Classifier) Occurrences(r *Result, dst []Occurrence, text []byte) []Occurrence {
	s, _ := c.begin(r, text)
	c.engine.matcher.index.scan(s)
	d := &s.decoded
	s.crossed = slices.Grow(s.crossed[:0], len(s.hits))[:len(s.hits)]
	for i := range s.crossed {
		s.crossed[i] = startCrossed | endCrossed
	}
	for i, h := range s.hits {
		dst = append(dst, Occurrence{d.start(int(h.from)), d.end(int(h.to) - 1), c.engine.relation(s, i)})
	}
	return dst
}

// Units returns the number of units of text, which is what ThresholdLength of a theme
// is compared with. It uses the buffers of r, and overwrites its Tags.
func (c *Classifier) Units(r *Result, text []byte) int {
	s, _ := c.begin(r, text)
	return s.decoded.len()
}

// begin decodes text into the scratch of r.
func (c *Classifier) begin(r *Result, text []byte) (*scratch, *segmenter) {
	r.Tags = r.Tags[:0]
	s := &r.scratch
	c.engine.alphabet.decode(&s.decoded, text)
	s.walk.reset(s.decoded.len())
	return s, c.engine.segmenter
}

// isBorder reports whether unit i of the text begins a token. i must lie within the
// span that was solved last, and not at its ends.
func (w *walk) isBorder(i int) bool {
	if i -= w.from; w.to-w.from <= maskUnits {
		return w.mask>>i&1 != 0
	}
	return w.border[i]
}
