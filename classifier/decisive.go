package classifier

import (
	"cmp"
	"slices"
)

// Decisive finds the keywords without which a text would lose a tag. It sets r to
// the tags of text, as Classify does, and calls visit for each pair of a tag, by its
// index in r.Tags, and a keyword of its sub-theme that matched, by its index in
// Keywords, such that the dictionary without that keyword does not tag the text with
// the sub-theme. Pairs come in the order of the tags, and then of the keywords.
//
// Striking a keyword out does more than to take its share from the score: shorter
// words that it covered then count; and the highest score of the text, which a
// relative threshold is a share of, may be a lower one. What `token: true` adds to the
// segmenter stays there, because without it every text could be cut differently.
//
// It takes longer than Classify, and allocates. It is safe for concurrent use, as long
// as each goroutine has its own Result.
func (c *Classifier) Decisive(r *Result, text []byte, visit func(tag, keyword int)) {
	c.engine.run(r, text, true)
	if len(r.Tags) == 0 {
		return
	}
	m, s := c.engine.matcher, &r.scratch
	d := decisive{engine: c.engine, scratch: s}
	top, second := d.highest()
	for i := range r.Tags {
		t := &r.Tags[i]
		sub := int32(m.subAt(t.Theme, t.SubTheme))
		best := top.score
		if top.sub == sub {
			best = second.score
		}
		d.collect(sub)
		for _, keyword := range d.matched(sub, t.Matches) {
			score, matches := d.scoreWithout(keyword)
			if !matches || score < m.threshold(s, int(sub)) || !hasShare(score, m.subs[sub].relative, max(best, score)) {
				visit(i, int(keyword-m.subs[sub].firstKeyword))
			}
		}
	}
}

// subAt returns the index of a sub-theme into m.subs.
func (m *matcher) subAt(theme, sub int) int {
	i, _ := slices.BinarySearchFunc(m.subs, [2]int{theme, sub}, func(s subInfo, at [2]int) int {
		return cmp.Or(cmp.Compare(s.theme, at[0]), cmp.Compare(s.sub, at[1]))
	})
	return i
}

// decisive looks at one text, of which engine.run has found everything.
type decisive struct {
	engine  *engine
	scratch *scratch
	// allowed are the occurrences of words of one sub-theme that may count, by where
	// they begin, longer first: the hits that steps 1 to 3 of the package comment
	// leave. rules are its matches of rules.
	allowed, rules []match
	counts         map[int32]int // by keyword: matches without the one struck out
	keywords       []int32
}

type scored struct {
	sub   int32
	score int64
}

// highest returns the two highest scores of sub-themes that reach their thresholds.
func (d *decisive) highest() (top, second scored) {
	s, m := d.scratch, d.engine.matcher
	top.sub, second.sub = -1, -1
	for i := range s.scores {
		score := s.scores[i].score
		switch {
		case score < m.threshold(s, i):
		case score > top.score:
			top, second = scored{int32(i), score}, top
		case score > second.score:
			second = scored{int32(i), score}
		}
	}
	return top, second
}

// collect sets allowed and rules to those of a sub-theme.
func (d *decisive) collect(sub int32) {
	s, m := d.scratch, d.engine.matcher
	d.allowed, d.rules = d.allowed[:0], d.rules[:0]
	s.walk.rewind()
	for i := range s.hits {
		h := &s.hits[i]
		if m.subsOf(h.entry)>>(sub&63)&1 == 0 {
			continue
		}
		for _, u := range m.usesOf(h.entry) {
			if u.sub != sub || u.rule >= 0 {
				continue
			}
			relation := d.engine.relation(s, i)
			if relation == Straddling || relation == Inside && u.whole || m.hidden(&u, s.decoded.units, int(h.from)) {
				continue
			}
			d.allowed = append(d.allowed, match{sub, u.keyword, h.from, h.to, relation})
		}
	}
	for _, f := range s.matches {
		if f.sub == sub && m.keywords[f.keyword].rule {
			d.rules = append(d.rules, f)
		}
	}
}

// matched returns the keywords of matches of one sub-theme, each once, in order.
func (d *decisive) matched(sub int32, matches []Match) []int32 {
	d.keywords = d.keywords[:0]
	for _, f := range matches {
		d.keywords = append(d.keywords, d.engine.matcher.subs[sub].firstKeyword+int32(f.Keyword))
	}
	slices.Sort(d.keywords)
	d.keywords = slices.Compact(d.keywords)
	return d.keywords
}

// scoreWithout returns the score of the collected sub-theme without a keyword, and
// whether anything matches then: step 4 of the package comment, and the sum.
func (d *decisive) scoreWithout(keyword int32) (score int64, matches bool) {
	if d.counts == nil {
		d.counts = map[int32]int{}
	}
	clear(d.counts)
	m := d.engine.matcher
	end := int32(0)
	for _, f := range d.allowed {
		if f.keyword != keyword && f.from >= end {
			end = f.to
			d.counts[f.keyword] += int(m.times(d.scratch, &f))
		}
	}
	for _, f := range d.rules {
		if f.keyword != keyword {
			d.counts[f.keyword] += int(m.times(d.scratch, &f))
		}
	}
	for k, n := range d.counts {
		score += contribution(m.keywords[k].weight, n)
	}
	return score, len(d.counts) > 0
}
