package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// hide decides which numbers of some periods of the same counts are not shown: those of
// fewer than least messages, and those from which they would follow. Themes are withheld
// by [pipeline.Suppress], which defends against sums and differences of any ranges of
// days; here the days are the pieces into which the periods cut the calendar, as no
// smaller ones are published by theme, and sources are not told apart, as no theme is
// published by source. Days and sources are published as totals only, so each is a row of
// its own.
func hide(c pipeline.Counts, least uint64, periods ...*period) {
	c = pieces(c, periods)
	s := pipeline.Suppress(c, least, nil)
	c.Suppression = s
	for _, p := range periods {
		p.hidden = make(map[cell]bool)
		if s == nil {
			continue
		}
		for _, by := range []pipeline.Dimension{pipeline.ByTheme, pipeline.BySubTheme, pipeline.ByAspect, pipeline.ByReason} {
			for _, g := range c.Query(pipeline.Query{By: []pipeline.Dimension{by}, From: p.asked.From, To: p.asked.To}) {
				p.hidden[cell{by, g.ID}], p.hidden[cell{by, g.ID + anySuffix}] = g.Suppressed, g.Suppressed
			}
		}
		for by, kind := range map[pipeline.Dimension]pipeline.Kind{
			ofTotal: pipeline.KindTotal, ofTagged: pipeline.KindTagged, ofUntagged: pipeline.KindUntagged, ofRejected: pipeline.KindRejected,
		} {
			n := p.count(cell{by: by}).Primary
			p.hidden[cell{by: by}] = n > 0 && n < least || s.Withholds(kind, p.asked.From, p.asked.To)
		}
		p.hidden[cell{by: ofValid}] = p.hidden[cell{by: ofTotal}] || p.hidden[cell{by: ofRejected}]
		p.hideRow(pipeline.ByDay, len(p.byDay), least)
		p.hideRow(byMonth, len(p.byMonth), least)
		p.hideRow(pipeline.BySource, mostSources, least)
	}
}

// hideRow hides small totals of a row whose sum is shown, and the next larger ones until
// those that are not shown are two at least and add up to least. Only the largest are listed.
func (p *period) hideRow(by pipeline.Dimension, listed int, least uint64) {
	rows := slices.SortedStableFunc(slices.Values(p.rows(by)), func(x, y pipeline.Group) int { return cmp.Compare(x.Primary, y.Primary) })
	unlisted := max(len(rows)-listed, 0)
	count, sum := min(unlisted, 1), uint64(0) // those that are not listed are one that is not shown
	for _, g := range rows[:unlisted] {
		sum += g.Primary
	}
	enough := count == 0 || sum >= least
	for _, g := range rows[unlisted:] {
		if g.Primary >= least && enough {
			return
		}
		count, sum = count+1, sum+g.Primary
		enough = count > 1 && sum >= least
		p.hidden[cell{by, keyOf(g, by)}] = true
	}
}

// allTime is the day of what was before the first period.
const allTime = "0001-01-01"

// pieces returns the counts with the days joined that no period tells apart, and sources
// joined. A piece is called by its first day, so that queries of the periods have it.
func pieces(c pipeline.Counts, periods []*period) pipeline.Counts {
	var starts []string
	for _, p := range periods {
		if p.asked.From != "" {
			starts = append(starts, p.asked.From)
		}
		if p.asked.To != "" {
			starts = append(starts, plusDays(p.asked.To, 1))
		}
	}
	slices.Sort(starts)
	cells := make(pipeline.Cells)
	for k, n := range c.Totals.All {
		if _, err := time.Parse(time.DateOnly, k.Day); err == nil {
			i, found := slices.BinarySearch(starts, k.Day)
			switch {
			case found:
			case i == 0:
				k.Day = allTime
			default:
				k.Day = starts[i-1]
			}
		}
		k.Source = ""
		cells[k] = cells[k].Add(n)
	}
	c.Totals = pipeline.NewTotals(cells)
	return c
}
