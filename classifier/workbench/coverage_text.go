package workbench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// CoverageTextOptions tell how much of a coverage is shown.
type CoverageTextOptions struct {
	SubTheme string // only the keywords of this one; empty: all
	Keywords int    // of each sub-theme, the most frequent; 0: 10, negative: all
	Overlaps int    // 0: 15, negative: all
}

// Text writes the coverage for a terminal of 80 columns.
func (c *Coverage) Text(w io.Writer, o CoverageTextOptions) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s messages, %s untagged (%s); dictionary %.12s\n", grouped(c.Rows), grouped(c.Untagged), percent(c.Untagged, c.Rows), c.Dict)
	c.mended(&b)
	b.WriteByte('\n')
	t := table{columns: []column{
		{title: "sub-theme", shrink: true},
		{title: "tagged", right: true},
		{title: "share", right: true},
		{title: "primary", right: true},
		{title: "on one keyword", right: true},
		{title: "below", right: true},
	}}
	for _, s := range c.SubThemes {
		t.add(s.ID, grouped(s.Tagged), percent(s.Tagged, c.Rows), grouped(s.Primary), percent(s.Single, s.Tagged), grouped(s.Below))
	}
	b.WriteString(t.String())
	b.WriteString("\nbelow: messages with keywords for it, but too low a score\n")
	c.keywordText(&b, o)
	c.overlapText(&b, o)
	_, err := io.WriteString(w, b.String())
	return err
}

func (c *Coverage) keywordText(b *strings.Builder, o CoverageTextOptions) {
	limit := atMost(o.Keywords, 10)
	for i := 0; i < len(c.Keywords); {
		end := i
		for end < len(c.Keywords) && c.Keywords[end].SubTheme == c.Keywords[i].SubTheme {
			end++
		}
		if o.SubTheme == "" || o.SubTheme == c.Keywords[i].SubTheme {
			keywordBlock(b, c.Keywords[i:end], limit)
		}
		i = end
	}
}

// keywordBlock shows the keywords of one sub-theme.
func keywordBlock(b *strings.Builder, words []KeywordCoverage, limit int) {
	sorted := slices.Clone(words)
	slices.SortStableFunc(sorted, func(a, b KeywordCoverage) int {
		return cmp.Or(cmp.Compare(b.Messages, a.Messages), cmp.Compare(b.Hits, a.Hits))
	})
	fmt.Fprintf(b, "\n%s\n", words[0].SubTheme)
	t := table{columns: []column{
		{title: "keyword", shrink: true},
		{title: "weight", right: true},
		{title: "hits", right: true},
		{title: "messages", right: true},
		{title: "tagged", right: true},
		{title: "alone", right: true},
		{title: "note"},
	}}
	dead := 0
	for i, k := range sorted {
		if k.Dead {
			dead++
		} else if i < limit {
			note := ""
			if k.Dominating {
				note = "dominates"
			}
			t.add(k.Keyword, number(k.Weight), grouped(k.Hits), grouped(k.Messages), grouped(k.Tagged), grouped(k.Single), note)
		}
	}
	b.WriteString(t.String())
	if more := len(sorted) - dead - limit; more > 0 {
		fmt.Fprintf(b, "and %s more\n", grouped(more))
	}
	if dead > 0 {
		fmt.Fprintf(b, "%s without a hit\n", grouped(dead))
	}
}

func (c *Coverage) overlapText(b *strings.Builder, o CoverageTextOptions) {
	limit := min(atMost(o.Overlaps, 15), len(c.Overlaps))
	if limit == 0 {
		return
	}
	b.WriteString("\nSub-themes with messages in common\n")
	t := table{columns: []column{
		{title: "pair", shrink: true}, {title: "both", right: true}, {title: "Jaccard", right: true}, {title: "conflicts", right: true}, {title: "same text", right: true},
	}}
	for _, p := range c.Overlaps[:limit] {
		t.add(p.A+" + "+p.B, grouped(p.Both), decimals(p.Jaccard), grouped(p.Conflicts), grouped(p.Shared))
	}
	b.WriteString(t.String())
	b.WriteString("conflicts: the two strongest, within a tenth of each other's score\n")
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
