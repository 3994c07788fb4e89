package compare

import "github.com/minyi/minyi/pipeline"

// Carry returns counts as they will be when a delta that begins directly behind their
// frontier is added. So two tallies that commit at different times are compared at one
// frontier: a tally is a function of the stream and its spec, and it does not matter who
// computes the next part of it. The revision stays that of the counts.
func Carry(c pipeline.Counts, d *pipeline.Delta) pipeline.Counts {
	if d.From != c.Frontier+1 {
		panic("a delta that does not begin behind the frontier")
	}
	edit := c.Totals.Edit()
	for k, n := range d.Cells {
		edit.Set(k, c.Totals.Get(k).Add(n))
	}
	c.Totals = edit.Totals()
	c.Frontier = d.To
	c.Stored += d.Len()
	c.Outcomes = c.Add(d.Outcomes)
	c.AbsurdTime += d.AbsurdTime
	c.Themes = c.Info.Themes.Themes(c.Totals)
	if d.Mark.Seq != 0 {
		c.AsOf = d.Mark.Stored.UTC()
	}
	return c
}
