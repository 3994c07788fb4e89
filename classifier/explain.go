package classifier

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Explanation says how a text came to its tags: every occurrence that Classify
// counted or refused. It is made for people, and takes longer than Classify; its
// tags are the same. It marshals to JSON.
type Explanation struct {
	Text string `json:"text"`
	// Tokens are the text as segmented. Removed characters belong to no token.
	Tokens []ExplainedToken `json:"tokens"`
	// SubThemes are those of which a keyword with a positive weight occurs, counted
	// or refused. Tagged ones come first; both parts are by descending score.
	SubThemes []ExplainedSubTheme `json:"subthemes"`
	// Against is the number of other sub-themes whose keywords occur: all those
	// keywords have negative weights.
	Against int `json:"against"`
	// Primary is the id of the highest-scoring tagged sub-theme, and Why says in an
	// English sentence what made it the primary. For an untagged text Primary is
	// null.
	Primary *string `json:"primary"`
	Why     string  `json:"why"`
	// Doubt compares the primary with the sub-theme that is tagged beside it with the
	// highest score.
	Doubt
	Dict string `json:"dict"` // version of the dictionary
	// Exact says that two segmentations were so nearly equal that the sums of the
	// whole preceding text had to be computed as gse computes them.
	Exact bool `json:"exact"`
}

// ExplainedToken is a token, as a half-open range of bytes of the original text.
type ExplainedToken struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// ExplainedSubTheme is a sub-theme with the occurrences of its keywords.
type ExplainedSubTheme struct {
	ID    string `json:"id"`
	Name  string `json:"name"` // Chinese
	Score Score  `json:"score"`
	// Threshold is what the score must reach in a text of this length.
	Threshold Score `json:"threshold"`
	// LengthFactor is by what the dictionary's threshold was multiplied because of
	// the length; 0 if it was not.
	LengthFactor Score `json:"length_factor,omitempty"`
	// RelativeThreshold is that of its theme: the required share of the highest
	// score.
	RelativeThreshold Score `json:"relative_threshold,omitempty"`
	Tagged            bool  `json:"tagged"`
	// Lost says, for a sub-theme that reached its threshold and is not tagged, which
	// higher score excludes it, in an English sentence. Otherwise it is empty.
	Lost string `json:"lost,omitempty"`
	// Chance is how likely the tag is right, from 0 to 1, where whoever asked for the
	// explanation knows it from a measure of the dictionary; otherwise 0.
	Chance   float64            `json:"chance,omitempty"`
	Keywords []ExplainedKeyword `json:"keywords"` // by descending contribution
}

// ExplainedKeyword is a keyword, or a rule, that occurs in the text.
type ExplainedKeyword struct {
	Keyword string `json:"keyword"`
	Weight  Score  `json:"weight"`
	Count   int    `json:"count"` // how many occurrences counted
	// N is what they count as, if some of them count several times because they stand in
	// the title; otherwise it is 0, and n is Count.
	N int `json:"n,omitempty"`
	// Contribution is weight x (1 + ln n), or 0 if n is 0.
	Contribution Score                 `json:"contribution"`
	Occurrences  []ExplainedOccurrence `json:"occurrences"` // in the order of Start
}

// ExplainedOccurrence is a place where a keyword occurs. For a rule there is one for
// each match, and one for each occurrence of one of its words that is refused.
type ExplainedOccurrence struct {
	Start    int    `json:"start"` // byte offsets in the original text, half-open
	End      int    `json:"end"`
	Text     string `json:"text"`
	Relation string `json:"relation"` // whole, inside or straddling
	Counted  bool   `json:"counted"`
	// Times is how often it counts, if that is several times because it stands in the
	// title.
	Times int `json:"times,omitempty"`
	// Refused says why it is not counted: "straddling", "match: whole", "unless",
	// "overlap", or empty.
	Refused string `json:"refused,omitempty"`
	// By is what caused the refusal: the unless word, or the keyword that overlaps
	// it.
	By string `json:"by,omitempty"`
}

// String returns "whole", "inside" or "straddling".
func (r Relation) String() string {
	switch r {
	case Whole:
		return "whole"
	case Inside:
		return "inside"
	case Straddling:
		return "straddling"
	}
	return fmt.Sprintf("Relation(%d)", uint8(r))
}

// Explain explains the tags of text. It is safe for concurrent use.
func (c *Classifier) Explain(text []byte) *Explanation {
	var r Result
	c.engine.run(&r, text, true)
	x := &explainer{c: c, text: text, decoded: &r.scratch.decoded, title: r.scratch.title}
	e := &Explanation{Text: string(text), Dict: c.dict.Version(), Exact: r.scratch.walk.fallbacks > 0}
	x.segment(e)
	x.collect(&r.scratch)
	x.settle(&r.scratch)
	x.report(e)
	e.lose()
	e.Primary, e.Why = e.why(phrase.English)
	e.Doubt = c.Doubt(r.Tags)
	return e
}

// explainer goes through a text again, and keeps all that the engine drops.
type explainer struct {
	c       *Classifier
	text    []byte
	decoded *decoded
	title   int32  // units of the title
	border  []bool // whether a token begins there, by unit
	// by keyword, in the order of the text
	occurrences map[int32][]explained
}

// explained is an occurrence of a keyword, in units.
type explained struct {
	from, to int32
	relation Relation
	refused  string
	by       string
	counted  bool
}

// segment finds the tokens of the whole text.
func (x *explainer) segment(e *Explanation) {
	d, g := x.decoded, x.c.engine.segmenter
	n := d.len()
	x.border = make([]bool, n+1)
	var w walk
	w.reset(n)
	w.exact = true
	for from := 0; from < n; {
		to := g.solveNext(&w, d.units, from)
		for i := from; i < to; i++ {
			x.border[i] = w.begins(i)
		}
		from = to
	}
	x.border[n] = true
	for from := 0; from < n; {
		to := from + 1
		for !x.border[to] {
			to++
		}
		start, end := x.offsets(int32(from), int32(to))
		e.Tokens = append(e.Tokens, ExplainedToken{start, end, string(x.text[start:end])})
		from = to
	}
}

func (x *explainer) offsets(from, to int32) (start, end int) {
	return x.decoded.start(int(from)), x.decoded.end(int(to) - 1)
}

func (x *explainer) relation(from, to int32) Relation {
	switch {
	case x.border[from] && x.border[to]:
		return Whole
	case slices.Contains(x.border[from+1:to], true):
		return Straddling
	}
	return Inside
}

// collect records every occurrence, and applies the steps that look at one
// occurrence only.
func (x *explainer) collect(s *scratch) {
	m := x.c.engine.matcher
	x.occurrences = make(map[int32][]explained)
	for i := range s.hits {
		h := &s.hits[i]
		for _, u := range m.usesOf(h.entry) {
			o := explained{from: h.from, to: h.to, relation: x.relation(h.from, h.to)}
			switch {
			case o.relation == Straddling:
				o.refused = "straddling"
			case o.relation == Inside && u.whole:
				o.refused = "match: whole"
			case m.hidden(&u, s.decoded.units, int(h.from)):
				o.refused, o.by = "unless", x.hiding(&u, h.from)
			}
			if u.rule < 0 || o.refused != "" {
				x.occurrences[u.keyword] = append(x.occurrences[u.keyword], o)
			}
		}
	}
}

// usesOf returns all uses of an entry.
func (m *matcher) usesOf(entry uint32) []use {
	e := m.entries[entry]
	if e.more == 0 {
		return []use{{sub: e.sub, keyword: e.keyword, rule: -1}}
	}
	more := m.more[e.more]
	return m.uses[more.from : more.from+more.uses]
}

// hiding returns the longest unless word of u around an occurrence, as it is in the
// text.
func (x *explainer) hiding(u *use, from int32) string {
	m, units := x.c.engine.matcher, x.decoded.units
	longest := ""
	for _, h := range m.unless[u.from:u.to] {
		at := int(from) - h.offset
		if at < 0 || at+len(h.codes) >= len(units) || !slices.Equal(units[at:at+len(h.codes)], h.codes) {
			continue
		}
		start, end := x.offsets(int32(at), int32(at+len(h.codes)))
		if end-start > len(longest) {
			longest = string(x.text[start:end])
		}
	}
	return longest
}

// settle marks the occurrences that Classify counted, and those refused for overlap.
func (x *explainer) settle(s *scratch) {
	m := x.c.engine.matcher
	counted := make(map[int32][]match) // of each sub-theme: its words
	for _, f := range s.matches {
		if m.keywords[f.keyword].rule {
			o := explained{from: f.from, to: f.to, relation: f.relation, counted: true}
			x.occurrences[f.keyword] = append(x.occurrences[f.keyword], o)
		} else {
			counted[f.sub] = append(counted[f.sub], f)
		}
	}
	for k, occurrences := range x.occurrences {
		for i := range occurrences {
			o := &occurrences[i]
			if o.refused == "" && !o.counted {
				x.settleOne(o, k, counted[m.keywords[k].sub])
			}
		}
		slices.SortStableFunc(occurrences, func(a, b explained) int { return cmp.Compare(a.from, b.from) })
	}
}

// settleOne finds, among the counted matches of the sub-theme, o itself or the match
// that overlaps it.
func (x *explainer) settleOne(o *explained, keyword int32, counted []match) {
	// The first that ends after o begins.
	i, _ := slices.BinarySearchFunc(counted, o.from, func(f match, from int32) int { return cmp.Compare(f.to, from+1) })
	f := counted[i]
	if f.keyword == keyword && f.from == o.from {
		o.counted = true
		return
	}
	o.refused, o.by = "overlap", x.c.keywordText(f.keyword)
}

// report computes the sub-themes of e.
func (x *explainer) report(e *Explanation) {
	for sub := range x.c.engine.matcher.subs {
		s := x.reportSub(int32(sub))
		switch {
		case slices.ContainsFunc(s.Keywords, func(k ExplainedKeyword) bool { return k.Weight > 0 }):
			e.SubThemes = append(e.SubThemes, s)
		case len(s.Keywords) > 0:
			e.Against++
		}
	}
	e.sort()
}

func (e *Explanation) sort() {
	slices.SortStableFunc(e.SubThemes, func(a, b ExplainedSubTheme) int {
		if a.Tagged != b.Tagged {
			return map[bool]int{true: -1, false: 1}[a.Tagged]
		}
		return cmp.Compare(b.Score, a.Score)
	})
}

// lose removes the tag from sub-themes that reach their thresholds but not their
// relative threshold of the highest score.
func (e *Explanation) lose() {
	if len(e.SubThemes) == 0 || !e.SubThemes[0].Tagged {
		return
	}
	top := e.SubThemes[0]
	for i := range e.SubThemes {
		s := &e.SubThemes[i]
		if s.Tagged && !hasShare(int64(s.Score), int64(s.RelativeThreshold), int64(top.Score)) {
			s.Tagged = false
			s.Lost = s.lost(phrase.English, &top)
		}
	}
	e.sort()
}

func (x *explainer) reportSub(sub int32) ExplainedSubTheme {
	m := x.c.engine.matcher
	info := m.subs[sub]
	s := &x.c.dict.Themes[info.theme].SubThemes[info.sub]
	factor := stretch(x.decoded.len(), m.lengths[info.length])
	out := ExplainedSubTheme{
		ID: s.ID, Name: s.Name.Zh, Threshold: Score(stretched(info.threshold, factor)), RelativeThreshold: Score(info.relative),
	}
	if factor != stretchUnit {
		out.LengthFactor = Score(factor * (scoreUnit / stretchUnit))
	}
	counted := 0
	for i := range s.Keywords {
		k := info.firstKeyword + int32(i)
		if len(x.occurrences[k]) == 0 {
			continue
		}
		keyword := x.reportKeyword(k)
		counted += keyword.Count
		out.Score += keyword.Contribution
		out.Keywords = append(out.Keywords, keyword)
	}
	out.Tagged = counted > 0 && out.Score >= out.Threshold
	slices.SortStableFunc(out.Keywords, func(a, b ExplainedKeyword) int { return cmp.Compare(b.Contribution, a.Contribution) })
	return out
}

func (x *explainer) reportKeyword(k int32) ExplainedKeyword {
	info := &x.c.engine.matcher.keywords[k]
	out := ExplainedKeyword{Keyword: x.c.keywordText(k), Weight: Score(info.weight)}
	n := 0
	for _, o := range x.occurrences[k] {
		times := 0
		if o.counted {
			out.Count++
			n++
			if title := int(x.c.engine.matcher.subs[info.sub].title); title > 1 && o.to <= x.title {
				times = title
				n += title - 1
			}
		}
		start, end := x.offsets(o.from, o.to)
		out.Occurrences = append(out.Occurrences, ExplainedOccurrence{
			Start: start, End: end, Text: string(x.text[start:end]),
			Relation: o.relation.String(), Counted: o.counted, Times: times, Refused: o.refused, By: o.by,
		})
	}
	if n > out.Count {
		out.N = n
	}
	if n > 0 {
		out.Contribution = Score(contribution(info.weight, n))
	}
	return out
}

// keywordText returns keyword k, an index into matcher.keywords, in the form that
// people see.
func (c *Classifier) keywordText(k int32) string {
	m := c.engine.matcher
	info := m.subs[m.keywords[k].sub]
	return keywordText(&c.dict.Themes[info.theme].SubThemes[info.sub].Keywords[k-info.firstKeyword])
}

// lost says which higher score excludes s.
func (s *ExplainedSubTheme) lost(in phrase.Language, top *ExplainedSubTheme) string {
	return in.Say("score %s reaches the threshold %s, but is less than %s of the highest score, %s of %s",
		s.Score, s.Threshold, s.RelativeThreshold, top.Score, top.ID)
}

// why returns the primary sub-theme and what made it the primary.
func (e *Explanation) why(in phrase.Language) (primary *string, why string) {
	subs := e.SubThemes
	if len(subs) == 0 {
		if e.Against > 0 {
			return nil, in.Say("no keyword that occurs in the text speaks for a sub-theme")
		}
		return nil, in.Say("no keyword of the dictionary occurs in the text")
	}
	first := &subs[0]
	if !first.Tagged {
		best := first
		for i := range subs {
			if s := &subs[i]; s.Score-s.Threshold > best.Score-best.Threshold {
				best = s
			}
		}
		return nil, in.Say("no sub-theme reaches its threshold; nearest is %s with %s of %s", best.ID, best.Score, best.Threshold)
	}
	switch {
	case len(subs) > 1 && subs[1].Tagged && first.Score == subs[1].Score:
		why = in.Say("%s and %s both score %s; the first is earlier in the dictionary", first.ID, subs[1].ID, first.Score)
	case len(subs) > 1 && subs[1].Tagged:
		why = in.Say("%s has the highest score: %s, before %s with %s", first.ID, first.Score, subs[1].ID, subs[1].Score)
	case slices.ContainsFunc(subs, func(s ExplainedSubTheme) bool { return s.Lost != "" }):
		why = in.Say("%s has the highest score: %s; beside it the others that reach their thresholds are too little", first.ID, first.Score)
	default:
		why = in.Say("%s is the only sub-theme to reach its threshold: %s of %s", first.ID, first.Score, first.Threshold)
	}
	return &first.ID, why
}
