package workbench

import (
	"cmp"
	"io"
	"slices"
)

// CoverageTextOptions tell how much of a coverage is shown.
type CoverageTextOptions struct {
	SubTheme string // only the keywords of this one; empty: all
	Keywords int    // of each sub-theme, the most frequent; 0: 10, negative: all
	Overlaps int    // 0: 15, negative: all
}

// Text writes the coverage for a terminal of 80 columns.
func (c *Coverage) Text(w io.Writer, r Reader, o CoverageTextOptions) error {
	p := page{Reader: r}
	p.writef("%s messages, %s untagged (%s); dictionary %.12s\n", grouped(c.Rows), grouped(c.Untagged), percent(c.Untagged, c.Rows), c.Dict)
	c.mended(&p)
	p.WriteByte('\n')
	t := table{columns: []column{
		{title: p.say("sub-theme"), shrink: true},
		{title: p.say("tagged"), right: true},
		{title: p.say("share"), right: true},
		{title: p.say("primary"), right: true},
		{title: p.say("on one keyword"), right: true},
		{title: p.say("below"), right: true},
	}}
	for _, s := range c.SubThemes {
		t.add(p.name(s.ID), grouped(s.Tagged), percent(s.Tagged, c.Rows), grouped(s.Primary), percent(s.Single, s.Tagged), grouped(s.Below))
	}
	p.WriteString(t.String())
	p.writef("\nbelow: messages with keywords for it, but too low a score\n")
	c.keywordText(&p, o)
	c.overlapText(&p, o)
	_, err := io.WriteString(w, p.String())
	return err
}

func (c *Coverage) keywordText(p *page, o CoverageTextOptions) {
	limit := atMost(o.Keywords, 10)
	for i := 0; i < len(c.Keywords); {
		end := i
		for end < len(c.Keywords) && c.Keywords[end].SubTheme == c.Keywords[i].SubTheme {
			end++
		}
		if o.SubTheme == "" || o.SubTheme == c.Keywords[i].SubTheme {
			keywordBlock(p, c.Keywords[i:end], limit)
		}
		i = end
	}
}

// keywordBlock shows the keywords of one sub-theme.
func keywordBlock(p *page, words []KeywordCoverage, limit int) {
	sorted := slices.Clone(words)
	slices.SortStableFunc(sorted, func(a, b KeywordCoverage) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(b.Hits, a.Hits))
	})
	p.WriteString("\n" + p.heading(words[0].SubTheme) + "\n")
	t := table{columns: []column{
		{title: p.say("keyword"), shrink: true},
		{title: p.say("weight"), right: true},
		{title: p.say("hits"), right: true},
		{title: p.say("messages"), right: true},
		{title: p.say("tagged"), right: true},
		{title: p.say("alone"), right: true},
		{title: p.say("note")},
	}}
	dead := 0
	for i, k := range sorted {
		if k.Dead {
			dead++
		} else if i < limit {
			note := ""
			if k.Dominating {
				note = p.say("dominates")
			}
			t.add(k.Keyword, number(k.Weight), grouped(k.Hits), grouped(k.Messages), grouped(k.Tagged), grouped(k.Single), note)
		}
	}
	p.WriteString(t.String())
	if more := len(sorted) - dead - limit; more > 0 {
		p.writef("and %s more\n", grouped(more))
	}
	if dead > 0 {
		p.writef("%s without a hit\n", grouped(dead))
	}
}

func (c *Coverage) overlapText(p *page, o CoverageTextOptions) {
	limit := min(atMost(o.Overlaps, 15), len(c.Overlaps))
	if limit == 0 {
		return
	}
	p.writef("\nSub-themes with messages in common\n")
	t := table{columns: []column{
		{title: p.say("pair"), shrink: true}, {title: p.say("both"), right: true}, {title: "Jaccard", right: true}, {title: p.say("conflicts"), right: true}, {title: p.say("same text"), right: true},
	}}
	for _, o := range c.Overlaps[:limit] {
		t.add(p.name(o.A)+" + "+p.name(o.B), grouped(o.Both), decimals(o.Jaccard), grouped(o.Conflicts), grouped(o.Shared))
	}
	p.WriteString(t.String())
	p.writef("conflicts: the two strongest, within a tenth of each other's score\n")
}

// atMost resolves a limit: 0 is the usual, negative is none.
func atMost(limit, usual int) int {
	switch {
	case limit == 0:
		return usual
	case limit < 0:
		return int(^uint(0) >> 1)
	}
	return limit
}
