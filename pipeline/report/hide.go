package report

import (
	"slices"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// hide decides which numbers of some periods of the same counts are not shown: those of
// fewer than least messages, and those from which they would follow. Themes are withheld
// by [pipeline.Suppress], which defends against sums and differences of any ranges of
// days; here the days are the pieces into which the periods cut the calendar, as no
// smaller ones are published by theme, and sources are not told apart, as no theme is
// published by source. Rows of days, months and sources are of totals only, see hideRows.
func hide(c pipeline.Counts, least uint64, periods ...*period) {
	starts, whole := startsOf(periods), c
	c = pieces(c, starts)
	s := pipeline.Suppress(c, least, nil)
	c.Suppression = s
	for _, p := range periods {
		p.hidden = make(map[cell]bool)
		if s == nil {
			continue
		}
		showsAny := func(pipeline.Dimension, string) bool { return false }
		if p.name == nowName { // any is shown of no other period
			showsAny = c.AnyOnce(pipeline.Query{From: p.asked.From, To: p.asked.To})
		}
		for _, by := range []pipeline.Dimension{pipeline.ByTheme, pipeline.BySubTheme, pipeline.ByAspect, pipeline.ByReason} {
			for _, g := range c.Query(pipeline.Query{By: []pipeline.Dimension{by}, From: p.asked.From, To: p.asked.To}) {
				p.hidden[cell{by, g.ID}], p.hidden[cell{by, g.ID + anySuffix}] = g.Suppressed, g.Suppressed || !showsAny(by, g.ID)
			}
		}
		for by, kind := range map[pipeline.Dimension]pipeline.Kind{
			ofTotal: pipeline.KindTotal, ofTagged: pipeline.KindTagged, ofUntagged: pipeline.KindUntagged, ofRejected: pipeline.KindRejected,
		} {
			n := p.count(cell{by: by}).Primary
			p.hidden[cell{by: by}] = n > 0 && n < least || s.Withholds(kind, p.asked.From, p.asked.To)
		}
		p.hidden[cell{by: ofValid}] = p.hidden[cell{by: ofTotal}] || p.hidden[cell{by: ofRejected}]
		p.hideRows(whole, c, starts, least)
	}
}

// hideRows hides totals of days, months and sources. If the total of the period is hidden
// all of them are, as they add up to it. Otherwise what they might show is kept secret by
// others of the same piece of the calendar, for which messages change their day within the
// piece, and by other sources, for which messages change their source within the period:
// by that no other number of the report changes. Joined are the same counts by piece.
func (p *period) hideRows(c, joined pipeline.Counts, starts []string, least uint64) {
	all := p.hidden[cell{by: ofTotal}]
	rows := p.rowsOfDays()
	for _, r := range rows {
		p.hidden[r.cell] = all || r.n > 0 && r.n < least
	}
	for _, piece := range joined.Query(pipeline.Query{By: []pipeline.Dimension{pipeline.ByDay}, From: p.asked.From, To: p.asked.To}) {
		one := totals(c, func(day string) (string, bool) {
			return p.listedAs(day), p.has(day) && pieceOf(day, starts) == piece.Day
		}, false)
		one.Suppression = pipeline.Suppress(one, least, nil)
		for _, r := range rows {
			if slices.ContainsFunc(r.days, func(day string) bool { return pieceOf(day, starts) == piece.Day }) {
				p.hidden[r.cell] = p.hidden[r.cell] || piece.Suppressed || one.Suppression.Withholds(pipeline.KindTotal, r.from, r.to)
			}
		}
	}
	one := totals(c, func(day string) (string, bool) { return allTime, p.has(day) }, true)
	one.Suppression = pipeline.Suppress(one, least, nil)
	for _, g := range one.Query(pipeline.Query{By: []pipeline.Dimension{pipeline.BySource}}) {
		p.hidden[cell{pipeline.BySource, g.Source}] = all || g.Suppressed
	}
}

// dayRow is a row of a day or of a month.
type dayRow struct {
	cell     cell
	n        uint64
	days     []string
	from, to string
}

// rowsOfDays returns the rows of days or, if those are too many to be listed, of months and
// the day with the most messages.
func (p *period) rowsOfDays() (rows []dayRow) {
	if p.listsDays() {
		for _, g := range p.byDay {
			rows = append(rows, dayRow{cell{pipeline.ByDay, g.Day}, g.Primary, []string{g.Day}, g.Day, g.Day})
		}
		return rows
	}
	for _, g := range p.byMonth {
		r := dayRow{cell{byMonth, g.Day}, g.Primary, nil, g.Day + "-01", g.Day + "-31"}
		for _, d := range p.byDay {
			if monthOf(d.Day) == g.Day {
				r.days = append(r.days, d.Day)
			}
		}
		rows = append(rows, r)
	}
	peak := p.peak()
	return append(rows, dayRow{cell{pipeline.ByDay, peak.Day}, peak.Primary, []string{peak.Day}, peak.Day, peak.Day})
}

// listedAs is the first of those days that no row tells apart from this one.
func (p *period) listedAs(day string) string {
	if _, err := time.Parse(time.DateOnly, day); err != nil || p.listsDays() {
		return day
	}
	switch peak := p.peak().Day; {
	case day == peak:
		return day
	case monthOf(day) == monthOf(peak) && day > peak:
		return plusDays(peak, 1)
	}
	return monthOf(day) + "-01" // may be the peak itself only if no day precedes it
}

// totals returns the totals of messages only, by day and, if asked for, by source. As says
// as which day a day is counted, and whether it is.
func totals(c pipeline.Counts, as func(day string) (string, bool), sources bool) pipeline.Counts {
	cells := make(pipeline.Cells)
	var of, day string // cells come day by day
	counted := false
	for k, n := range c.Totals.All {
		if k.Kind != pipeline.KindTotal {
			continue
		}
		if k.Day != of {
			of = k.Day
			day, counted = as(of)
		}
		if !counted {
			continue
		}
		k.Day = day
		if !sources {
			k.Source = ""
		}
		cells[k] = cells[k].Add(n)
	}
	c.Totals, c.Suppression = pipeline.NewTotals(cells), nil
	return c
}

// allTime is the day of what was before the first period.
const allTime = "0001-01-01"

// startsOf returns the days on which a period begins, or on the day before ended.
func startsOf(periods []*period) (starts []string) {
	for _, p := range periods {
		if p.asked.From != "" {
			starts = append(starts, p.asked.From)
		}
		if p.asked.To != "" {
			starts = append(starts, plusDays(p.asked.To, 1))
		}
	}
	slices.Sort(starts)
	return starts
}

// pieceOf returns the first day of the piece that a day is in; what is no day is a piece.
func pieceOf(day string, starts []string) string {
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return day
	}
	i, found := slices.BinarySearch(starts, day)
	switch {
	case found:
		return day
	case i == 0:
		return allTime
	}
	return starts[i-1]
}

// pieces returns the counts with the days joined that no period tells apart, and sources
// joined. A piece is called by its first day, so that queries of the periods have it.
func pieces(c pipeline.Counts, starts []string) pipeline.Counts {
	cells := make(pipeline.Cells)
	for k, n := range c.Totals.All {
		k.Day, k.Source = pieceOf(k.Day, starts), ""
		cells[k] = cells[k].Add(n)
	}
	c.Totals = pipeline.NewTotals(cells)
	return c
}
