package report

import (
	"cmp"
	"slices"

	"github.com/minyi/minyi/pipeline"
)

// NearText is a text that suggestions have with small changes, as letters have that many
// write after one pattern: each with another name, place or number.
type NearText struct {
	SameText        // Count has those with the very same text, too; Seq and Text are an example
	Texts    uint64 // how many different texts they have
}

// Suggestions that say nearly the same are found by MinHash (Broder, On the Resemblance and
// Containment of Documents, 1997): equal bands of the smallest hashes of their 4-grams make
// candidates, and of those that are frequent enough an example is the pattern. How many
// suggestions are near to it is then counted exactly, by the Jaccard index of the 4-grams.
const (
	nearBands = 4
	nearRows  = 3 // hashes of a band
	// leastGrams is how many 4-grams a text has at least: a short text is near to many.
	leastGrams = 16
	// leastTexts is how many different texts a pattern has at least.
	leastTexts = 3
	// leastNear and one of leastNearPart suggestions have a band of a pattern.
	leastNear     = 10
	leastNearPart = 100_000
	mostPatterns  = 100
	mostExamples  = 400 // that are fetched to find them
)

// grams returns hashes of the 4-grams of a plain text, each once, ascending, in buf if it
// is large enough.
func grams(plain string, buf []uint64) []uint64 {
	buf = buf[:0]
	var a, b, c uint64
	n := 0
	for _, r := range plain {
		if n++; n >= 4 {
			buf = append(buf, mix(mix(a|b<<21|c<<42)^uint64(r)))
		}
		a, b, c = b, c, uint64(r)
	}
	slices.Sort(buf)
	return slices.Compact(buf)
}

// jaccard is the part that two sets of grams have in common; 0 if both are empty.
func jaccard(x, y []uint64) float64 {
	both, all := 0, len(x)+len(y)
	for i, j := 0, 0; i < len(x) && j < len(y); {
		switch {
		case x[i] < y[j]:
			i++
		case x[i] > y[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	if all == both {
		return 0
	}
	return float64(both) / float64(all-both)
}

// bandsOf returns the bands of a text; two texts have one in common the more likely the
// more grams they have in common.
func bandsOf(grams []uint64) (bands [nearBands]uint64) {
	for i := range bands {
		h := uint64(i)
		for row := range nearRows {
			seed, least := mix(uint64(i*nearRows+row+1)), ^uint64(0)
			for _, g := range grams {
				least = min(least, (g^seed)*0x9e3779b97f4a7c15)
			}
			h = mix(h ^ least)
		}
		bands[i] = h
	}
	return bands
}

// band is the suggestions that have a band.
type band struct {
	count, seq uint64 // of the first
	// texts are the smallest digests of their texts, ascending; 0: there are no more.
	texts [leastTexts]uint64
}

func (b *band) add(count, seq uint64, digests ...uint64) {
	if b.count == 0 || seq < b.seq {
		b.seq = seq
	}
	b.count += count
	for _, d := range digests {
		i := slices.IndexFunc(b.texts[:], func(x uint64) bool { return x == 0 || x >= d })
		if d == 0 || i < 0 || b.texts[i] == d {
			continue
		}
		copy(b.texts[i+1:], b.texts[i:])
		b.texts[i] = d
	}
}

// pattern is a text that others are compared with.
type pattern struct {
	seq   uint64
	text  string
	grams []uint64
}

// nearGroup is the suggestions that are near to a pattern.
type nearGroup struct {
	sameGroup
	texts map[uint64]uint64 // how many have each text, by its digest
}

// bands counts the bands of a text that may be frequent.
func (r *textReader) bandsOf(t *TextCounter, plain string, digest, seq uint64) {
	r.grams = grams(plain, r.grams)
	if len(r.grams) < leastGrams {
		return
	}
	for _, h := range bandsOf(r.grams) {
		if t.near.atMost(h) < t.leastNear() {
			continue
		}
		b := r.bands[h]
		if b == nil {
			b = new(band)
			r.bands[h] = b
		}
		b.add(1, seq, digest)
	}
}

func (t *TextCounter) leastNear() uint64 {
	return max(leastNear, t.minCell, t.texts.Read/leastNearPart)
}

// Patterns chooses the texts that many suggestions are near to, when all messages have been
// read twice. If there are any, the messages are read once more, with SeenNear.
func (t *TextCounter) Patterns(text func(seq uint64) (string, bool)) bool {
	bands := make(map[uint64]*band)
	for _, r := range t.readers {
		for h, b := range r.bands {
			if bands[h] == nil {
				bands[h] = new(band)
			}
			bands[h].add(b.count, b.seq, b.texts[:]...)
		}
		r.bands = nil
	}
	var all []*band
	seen := make(map[uint64]bool)
	for _, b := range bands {
		if b.count >= t.leastNear() && b.texts[leastTexts-1] != 0 {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(x, y *band) int { return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(x.seq, y.seq)) })
	for _, b := range all {
		if seen[b.seq] {
			continue
		}
		seen[b.seq] = true
		if s, ok := text(b.seq); ok {
			t.pattern(b.seq, s)
		}
		if len(t.patterns) == mostPatterns || len(seen) == mostExamples {
			break
		}
	}
	return len(t.patterns) > 0
}

// pattern adds a text to the patterns, unless it is near to one.
func (t *TextCounter) pattern(seq uint64, text string) {
	p := pattern{seq, text, grams(plainText(text), nil)}
	if slices.ContainsFunc(t.patterns, func(o pattern) bool { return jaccard(o.grams, p.grams) >= nearlySame }) {
		return
	}
	if t.has == nil {
		t.has = make(map[uint64][]int)
	}
	for _, g := range p.grams {
		t.has[g] = append(t.has[g], len(t.patterns))
	}
	t.patterns = append(t.patterns, p)
}

// SeenNear returns what looks at messages the third time; it is what [pipeline.Reread]
// wants.
func (t *TextCounter) SeenNear() func(*pipeline.Message, *pipeline.Suggestion) {
	r, both := t.reader(), make([]int, len(t.patterns))
	return func(_ *pipeline.Message, x *pipeline.Suggestion) {
		if !t.days.has(x.Day) {
			return
		}
		plain := plainText(string(x.Text))
		r.grams = grams(plain, r.grams)
		i := t.nearest(r.grams, both)
		if i < 0 {
			return
		}
		g := r.nears[i]
		if g == nil {
			g = &nearGroup{sameGroup{sources: make(map[string]uint64), first: x.Day, last: x.Day}, make(map[uint64]uint64)}
			r.nears[i] = g
		}
		g.add(t.patterns[i].seq, x)
		g.texts[digestOf(plain, x.Text)]++
	}
}

// nearest returns the pattern that is nearest, the first of several; -1: none is near.
// Both has room for a number of each pattern.
func (t *TextCounter) nearest(grams []uint64, both []int) int {
	clear(both)
	for _, g := range grams {
		for _, i := range t.has[g] {
			both[i]++
		}
	}
	at, best := -1, 0.0
	for i, n := range both {
		if all := len(grams) + len(t.patterns[i].grams) - n; n > 0 {
			if j := float64(n) / float64(all); j >= nearlySame && j > best {
				at, best = i, j
			}
		}
	}
	return at
}

// nearTexts returns the groups with the most suggestions. One is left out if it would show
// a small number beside the texts that are listed.
func (t *TextCounter) nearTexts(quote bool) (out []NearText) {
	for i, p := range t.patterns {
		all := nearGroup{sameGroup{sources: make(map[string]uint64)}, make(map[uint64]uint64)}
		for _, r := range t.readers {
			if g := r.nears[i]; g != nil {
				all.join(&g.sameGroup)
				for d, n := range g.texts {
					all.texts[d] += n
				}
			}
		}
		rest := all.count
		for d := range t.groups {
			rest -= all.texts[d]
		}
		if all.count < max(leastNear, t.minCell) || len(all.texts) < leastTexts || rest > 0 && rest < t.minCell {
			continue
		}
		n := NearText{all.listed(), uint64(len(all.texts))}
		if quote {
			n.Text = cut(Excerpt(p.text), mostSameText)
		}
		out = append(out, n)
	}
	slices.SortFunc(out, func(x, y NearText) int { return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Seq, y.Seq)) })
	return out[:min(len(out), mostSame)]
}
