package classifier

import (
	"cmp"
	"iter"
	"math/big"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ego/gse"
)

// oracle is the definition of what a classifier does, written as plainly as possible
// and with gse itself. It is slow, and right by definition: the engine is tested against
// it.
type oracle struct {
	plan       *plan
	normalizer *normalizer
	gse        *gse.Segmenter

	// first has the first rune of each keyword's first word, by sub-theme. A keyword
	// whose first rune is not in the text has no match. Testing that for thousands of
	// keywords takes most of the time of a text, and is faster if their first runes
	// are together in memory.
	first  [][]rune
	places runePlaces // of the text that was read last
	last   []normRune // that text

	dropped int // tags that relative thresholds took away, of all texts
}

// runePlaces says where each rune occurs in a text.
type runePlaces struct {
	has  []uint64 // a bit for each rune
	head []int32  // for each rune: its first position; set where has is
	next []int32  // for each position: the next one of the same rune, or -1
}

func newRunePlaces() runePlaces {
	return runePlaces{has: make([]uint64, utf8.MaxRune/64+1), head: make([]int32, utf8.MaxRune+1)}
}

func (p *runePlaces) contains(r rune) bool { return p.has[r/64]>>(r%64)&1 != 0 }

// read replaces the runes of the last text with those of the next one.
func (p *runePlaces) read(last, text []normRune) {
	for _, n := range last {
		p.has[n.r/64] = 0
	}
	p.next = slices.Grow(p.next[:0], len(text))[:len(text)]
	for i, n := range slices.Backward(text) {
		p.next[i] = -1
		if p.contains(n.r) {
			p.next[i] = p.head[n.r]
		}
		p.has[n.r/64] |= 1 << (n.r % 64)
		p.head[n.r] = int32(i)
	}
}

// each yields the positions of a rune, in ascending order.
func (p *runePlaces) each(r rune) iter.Seq[int] {
	return func(yield func(int) bool) {
		if !p.contains(r) {
			return
		}
		for i := p.head[r]; i >= 0 && yield(int(i)); i = p.next[i] {
		}
	}
}

// newOracle returns the oracle of p. It adds the plan's tokens to seg, so nobody else may
// use seg afterwards unless with the same tokens.
func newOracle(p *plan, seg *gse.Segmenter) (*oracle, error) {
	for _, w := range p.tokens {
		if err := seg.AddToken(w, addedTokenFrequency); err != nil {
			return nil, err
		}
	}
	if len(p.tokens) > 0 {
		seg.CalcToken()
	}
	return oracleOf(p, seg), nil
}

// oracleOf returns the oracle of p. seg must have the plan's tokens already.
func oracleOf(p *plan, seg *gse.Segmenter) *oracle {
	o := &oracle{plan: p, normalizer: newNormalizer(), gse: seg, places: newRunePlaces()}
	for _, s := range p.subs {
		first := make([]rune, len(s.keywords))
		for i, k := range s.keywords {
			first[i], _ = utf8.DecodeRuneInString(k.words[0])
		}
		o.first = append(o.first, first)
	}
	return o
}

// reading is a normalised and segmented text. Positions count its runes.
//
// It is valid until its oracle reads the next text.
type reading struct {
	runes  []normRune
	text   string // the runes
	byteAt []int  // of each position, in text
	runeAt []int  // of each byte of text, and of its end
	unit   []bool // of each position: it is a unit border
	token  []bool // of each position: it is a token border
	units  int64
	title  int // where the title ends; 0: there is none

	places *runePlaces
	found  map[string][]span // what occurrences returned before
}

type span struct{ start, end int } // positions, half-open

func (o *oracle) read(text []byte) *reading {
	t := &reading{runes: o.normalizer.normalise(text), places: &o.places, found: make(map[string][]span)}
	o.places.read(o.last, t.runes)
	o.last = t.runes
	var b strings.Builder
	for i, n := range t.runes {
		t.byteAt = append(t.byteAt, b.Len())
		b.WriteRune(n.r)
		for range utf8.RuneLen(n.r) {
			t.runeAt = append(t.runeAt, i)
		}
	}
	t.byteAt = append(t.byteAt, b.Len())
	t.runeAt = append(t.runeAt, len(t.runes))
	t.text = b.String()
	t.unit = unitBorders(t.runes)
	t.units = -1 // there is a border more than there are units
	for _, border := range t.unit {
		if border {
			t.units++
		}
	}
	t.title = t.endOfTitle()
	t.token = make([]bool, len(t.runes)+1)
	t.token[0] = true
	for _, s := range o.gse.Segment([]byte(t.text)) {
		t.token[t.runeAt[s.End()]] = true
	}
	return t
}

// endOfTitle returns the position of the line feed that ends the first line that is not
// blank, if something follows and at most 60 units precede. Otherwise it returns 0.
func (t *reading) endOfTitle() int {
	units, blank, end := 0, true, 0
	for i, n := range t.runes {
		space := unicode.IsSpace(n.r)
		switch {
		case end > 0 && !space:
			return end
		case end == 0 && !blank && n.r == '\n' && units <= 60:
			end = i
		case end == 0 && !blank && n.r == '\n':
			return 0
		}
		blank = blank && space
		if t.unit[i+1] {
			units++
		}
	}
	return 0
}

// times returns how often a match counts in n.
func (t *reading) times(s *subPlan, f found) int {
	if f.end <= t.title {
		return s.title
	}
	return 1
}

// occurrences returns where word stands in t as a run of whole units.
func (t *reading) occurrences(word string) []span {
	if out, ok := t.found[word]; ok {
		return out
	}
	var out []span
	first, _ := utf8.DecodeRuneInString(word)
	for i := range t.places.each(first) {
		if !strings.HasPrefix(t.text[t.byteAt[i]:], word) {
			continue
		}
		s := span{i, t.runeAt[t.byteAt[i]+len(word)]}
		if t.unit[s.start] && t.unit[s.end] {
			out = append(out, s)
		}
	}
	t.found[word] = out
	return out
}

func (t *reading) relation(s span) Relation {
	if t.token[s.start] && t.token[s.end] {
		return Whole
	}
	if slices.Contains(t.token[s.start+1:s.end], true) {
		return Straddling
	}
	return Inside
}

// allowed returns the occurrences of one of the keyword's words that may count.
func (t *reading) allowed(word string, k *keywordPlan) []span {
	var out []span
	for _, s := range t.occurrences(word) {
		relation := t.relation(s)
		if relation == Straddling || relation == Inside && k.whole {
			continue
		}
		if !t.within(s, k.unless) {
			out = append(out, s)
		}
	}
	return out
}

// within reports whether s lies in an occurrence of one of words.
func (t *reading) within(s span, words []string) bool {
	for _, w := range words {
		for _, u := range t.occurrences(w) {
			if u.start <= s.start && s.end <= u.end {
				return true
			}
		}
	}
	return false
}

// found is a match in positions.
type found struct {
	keyword int
	span
	relation Relation
}

func compareFound(a, b found) int {
	return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), cmp.Compare(a.keyword, b.keyword))
}

// words returns the matches of the sub-theme's words: leftmost first, the
// longest of those that begin there.
func (t *reading) words(s *subPlan, first []rune) []found {
	var all []found
	for i := range s.keywords {
		k := &s.keywords[i]
		if !t.places.contains(first[i]) || k.rule {
			continue
		}
		for _, at := range t.allowed(k.words[0], k) {
			all = append(all, found{i, at, t.relation(at)})
		}
	}
	slices.SortFunc(all, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var out []found
	end := 0
	for _, f := range all {
		if f.start >= end {
			out = append(out, f)
			end = f.end
		}
	}
	return out
}

// rule returns the matches of the sub-theme's keyword i, which is a rule.
func (t *reading) rule(s *subPlan, i int) []found {
	k := &s.keywords[i]
	occurrences := make([][]span, len(k.words))
	var ends []int
	for w, word := range k.words {
		occurrences[w] = t.allowed(word, k)
		for _, at := range occurrences[w] {
			ends = append(ends, at.end)
		}
	}
	slices.Sort(ends)
	var out []found
	floor := 0
	for _, end := range ends {
		f := found{i, span{end, end}, Whole}
		complete := true
		for w := range k.words {
			// The nearest: each word has one length, so the last to end is the last to begin.
			nearest := span{-1, -1}
			for _, at := range occurrences[w] {
				if at.start >= floor && at.end <= end {
					nearest = at
				}
			}
			if nearest.start < 0 {
				complete = false
				break
			}
			f.start = min(f.start, nearest.start)
			f.relation = max(f.relation, t.relation(nearest))
		}
		if complete && f.end-f.start <= k.within {
			out = append(out, f)
			floor = end
		}
	}
	return out
}

func (o *oracle) classify(text []byte) []Tag {
	t := o.read(text)
	var tags []Tag
	var shares []int64 // of each tag
	for i := range o.plan.subs {
		s := &o.plan.subs[i]
		matches := t.words(s, o.first[i])
		for k := range s.keywords {
			if t.places.contains(o.first[i][k]) && s.keywords[k].rule {
				matches = append(matches, t.rule(s, k)...)
			}
		}
		if len(matches) == 0 {
			continue
		}
		if tag, ok := t.tag(s, matches); ok {
			tags = append(tags, tag)
			shares = append(shares, s.relative)
		}
	}
	tags = o.beside(tags, shares)
	slices.SortStableFunc(tags, func(a, b Tag) int { return cmp.Compare(b.Score, a.Score) })
	return tags
}

// beside returns the tags whose scores are at least their share of the highest score.
// shares are the relative thresholds of their themes.
func (o *oracle) beside(tags []Tag, shares []int64) []Tag {
	var top Score
	for _, tag := range tags {
		top = max(top, tag.Score)
	}
	var out []Tag
	for i, tag := range tags {
		score := new(big.Int).Mul(big.NewInt(int64(tag.Score)), big.NewInt(scoreUnit))
		least := new(big.Int).Mul(big.NewInt(int64(top)), big.NewInt(shares[i]))
		if score.Cmp(least) >= 0 {
			out = append(out, tag)
		} else {
			o.dropped++
		}
	}
	return out
}

// tag scores the matches of a sub-theme. It sorts them.
func (t *reading) tag(s *subPlan, matches []found) (Tag, bool) {
	tag := Tag{Theme: s.theme, SubTheme: s.sub}
	n := make(map[int]int)
	for _, f := range matches {
		n[f.keyword] += t.times(s, f)
	}
	var score int64
	for k := range s.keywords {
		if n[k] > 0 {
			score += contribution(s.keywords[k].weight, n[k])
		}
	}
	tag.Score = Score(score)
	slices.SortFunc(matches, compareFound)
	for _, f := range matches {
		tag.Matches = append(tag.Matches, Match{
			Keyword: f.keyword, Relation: f.relation,
			Start: t.runes[f.start].start, End: t.runes[f.end-1].end, Times: uint8(t.times(s, f)),
		})
	}
	return tag, len(matches) > 0 && t.reaches(score, s)
}

// reaches reports whether a score reaches the threshold of s in a text of this length:
// threshold x sqrt(units / threshold_length), that factor at least 1 and rounded
// down to thousandths.
func (t *reading) reaches(score int64, s *subPlan) bool {
	factor := big.NewInt(1000)
	if s.length > 0 && t.units > int64(s.length) {
		// The greatest whole f with f x f x length <= units x 1000 x 1000.
		square := new(big.Int).Mul(big.NewInt(t.units), big.NewInt(1000*1000))
		factor.Sqrt(square.Div(square, big.NewInt(int64(s.length))))
	}
	have := new(big.Int).Mul(big.NewInt(score), big.NewInt(1000))
	return have.Cmp(factor.Mul(factor, big.NewInt(s.threshold))) >= 0
}

// unitBorders returns for each position 0 to len(runes) whether a unit begins
// there or the text ends.
func unitBorders(runes []normRune) []bool {
	border := make([]bool, len(runes)+1)
	border[0], border[len(runes)] = true, true
	for i := 1; i < len(runes); i++ {
		border[i] = !inRun(runes[i-1].r) || !inRun(runes[i].r)
	}
	return border
}
