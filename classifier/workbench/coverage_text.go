package workbench

import (
	"cmp"
	"io"
	"slices"

	"github.com/minyi/minyi/internal/textfmt"
)

// CoverageTextOptions say how much of a coverage is shown.
type CoverageTextOptions struct {
	SubTheme string // only the keywords of this one; empty: all
	Keywords int    // of each sub-theme, the most frequent; 0: 10, negative: all
	Overlaps int    // 0: 15, negative: all
}

// Text writes the coverage for a terminal of 80 columns.
func (c *Coverage) Text(w io.Writer, r Reader, o CoverageTextOptions) error {
	p := page{Reader: r}
	p.writef("%s messages, %s untagged (%s); dictionary %.12s\n", textfmt.Count(c.Rows), textfmt.Count(c.Untagged), textfmt.Share(c.Untagged, c.Rows), c.Dict)
	c.defects(&p)
	p.WriteByte('\n')
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("sub-theme"), MinWidth: shortName},
		{Title: p.say("tagged"), Right: true},
		{Title: p.say("share"), Right: true},
		{Title: p.say("primary"), Right: true},
		{Title: p.say("on one keyword"), Right: true},
		{Title: p.say("below"), Right: true},
	}}
	for _, s := range c.SubThemes {
		t.Row(p.name(s.ID), textfmt.Count(s.Tagged), textfmt.Share(s.Tagged, c.Rows), textfmt.Count(s.Primary), textfmt.Share(s.Single, s.Tagged), textfmt.Count(s.Below))
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
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("keyword"), MinWidth: shortName},
		{Title: p.say("weight"), Right: true},
		{Title: p.say("hits"), Right: true},
		{Title: p.say("messages"), Right: true},
		{Title: p.say("tagged"), Right: true},
		{Title: p.say("alone"), Right: true},
		{Title: p.say("note")},
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
			t.Row(k.Keyword, textfmt.Weight(k.Weight), textfmt.Count(k.Hits), textfmt.Count(k.Messages), textfmt.Count(k.Tagged), textfmt.Count(k.Single), note)
		}
	}
	p.WriteString(t.String())
	if more := len(sorted) - dead - limit; more > 0 {
		p.writef("and %s more\n", textfmt.Count(more))
	}
	if dead > 0 {
		p.writef("%s without a hit\n", textfmt.Count(dead))
	}
}

func (c *Coverage) overlapText(p *page, o CoverageTextOptions) {
	limit := min(atMost(o.Overlaps, 15), len(c.Overlaps))
	if limit == 0 {
		return
	}
	p.writef("\nSub-themes with messages in common\n")
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("pair"), MinWidth: shortName}, {Title: p.say("both"), Right: true}, {Title: "Jaccard", Right: true}, {Title: p.say("conflicts"), Right: true}, {Title: p.say("same text"), Right: true},
	}}
	for _, o := range c.Overlaps[:limit] {
		t.Row(p.name(o.A)+" + "+p.name(o.B), textfmt.Count(o.Both), textfmt.Score(o.Jaccard), textfmt.Count(o.Conflicts), textfmt.Count(o.Shared))
	}
	p.WriteString(t.String())
	p.writef("conflicts: the two strongest, within a tenth of each other's score\n")
}

// atMost resolves a limit: 0 is the default, negative is no limit.
func atMost(limit, usual int) int {
	switch {
	case limit == 0:
		return usual
	case limit < 0:
		return int(^uint(0) >> 1)
	}
	return limit
}
