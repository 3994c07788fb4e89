package report

import (
	"cmp"
	"slices"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// Days is a period: calendar days, both included; empty: no limit.
type Days struct {
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// has reports whether a day is in the period, as [pipeline.Query] has it.
func (d Days) has(day string) bool {
	if d.From == "" && d.To == "" {
		return true
	}
	return day != pipeline.DayBefore && day != pipeline.DayAfter && day >= d.From && (d.To == "" || day <= d.To)
}

// period holds what was counted in some days: answers of [pipeline.Totals.Query], as
// minyi counts --by gives them.
type period struct {
	name  string // in cells of figures: now, before, then, recent, prior
	asked Days
	first string // the first and the last day with messages, within what was asked
	last  string

	total, tagged, untagged, rejected uint64

	byDay, byMonth, bySource, byTheme, bySubTheme, byAspect, byReason []pipeline.Group

	hidden map[cell]bool
}

// cell is one number of a period.
type cell struct {
	by pipeline.Dimension // or one of the outcomes, below
	id string
}

// The cells that are no row of a dimension.
const (
	ofTotal    pipeline.Dimension = "total"
	ofTagged   pipeline.Dimension = "tagged"
	ofUntagged pipeline.Dimension = "untagged"
	ofRejected pipeline.Dimension = "rejected"
	ofValid    pipeline.Dimension = "valid" // suggestions: tagged and untagged

	byMonth pipeline.Dimension = "month" // messages read, by month; the id is its first seven characters
)

func newPeriod(name string, t *pipeline.Totals, days Days) *period {
	p := &period{name: name, asked: days}
	query := func(by ...pipeline.Dimension) []pipeline.Group {
		return t.Query(pipeline.Query{By: by, From: days.From, To: days.To})
	}
	for _, g := range query() {
		p.total += g.Primary
	}
	p.byDay, p.bySource = query(pipeline.ByDay), query(pipeline.BySource)
	p.byTheme, p.bySubTheme, p.byAspect = query(pipeline.ByTheme), query(pipeline.BySubTheme), query(pipeline.ByAspect)
	p.byReason = query(pipeline.ByReason)
	for _, g := range p.byTheme {
		p.tagged += g.Primary
	}
	for _, g := range p.byReason {
		p.rejected += g.Primary
	}
	p.untagged = p.total - p.tagged - p.rejected
	for _, g := range p.byDay {
		if g.Day == pipeline.DayBefore || g.Day == pipeline.DayAfter {
			continue
		}
		if p.first == "" {
			p.first = g.Day
		}
		p.last = g.Day
	}
	for _, g := range p.byDay {
		month := monthOf(g.Day)
		if n := len(p.byMonth); n == 0 || p.byMonth[n-1].Day != month {
			p.byMonth = append(p.byMonth, pipeline.Group{Day: month, Of: g.Of})
		}
		sum := &p.byMonth[len(p.byMonth)-1]
		sum.Count = sum.Add(g.Count)
	}
	return p
}

// monthOf returns the month of a day.
func monthOf(day string) string { return day[:min(len(day), len("2006-01"))] }

// has tells whether a day is counted in the period.
func (p *period) has(day string) bool {
	if p.asked == (Days{}) {
		return true
	}
	return day != pipeline.DayBefore && day != pipeline.DayAfter && day >= p.asked.From && (p.asked.To == "" || day <= p.asked.To)
}

// listsDays tells whether each day has a row; otherwise months have.
func (p *period) listsDays() bool { return len(p.byDay) <= mostDays }

// peak is the day with the most messages; there is one at least.
func (p *period) peak() pipeline.Group {
	return slices.MaxFunc(p.byDay, func(x, y pipeline.Group) int {
		return cmp.Or(cmp.Compare(x.Primary, y.Primary), cmp.Compare(y.Day, x.Day))
	})
}

// rows returns the groups of a dimension.
func (p *period) rows(by pipeline.Dimension) []pipeline.Group {
	switch by {
	case pipeline.ByDay:
		return p.byDay
	case byMonth:
		return p.byMonth
	case pipeline.BySource:
		return p.bySource
	case pipeline.ByTheme:
		return p.byTheme
	case pipeline.BySubTheme:
		return p.bySubTheme
	case pipeline.ByAspect:
		return p.byAspect
	case pipeline.ByReason:
		return p.byReason
	}
	return nil
}

// count returns the count of a cell, zero if there is none.
func (p *period) count(c cell) pipeline.Count {
	same := func(n uint64) pipeline.Count { return pipeline.Count{Primary: n, Any: n} }
	switch c.by {
	case ofTotal:
		return same(p.total)
	case ofTagged:
		return same(p.tagged)
	case ofUntagged:
		return same(p.untagged)
	case ofRejected:
		return same(p.rejected)
	case ofValid:
		return same(p.tagged + p.untagged)
	}
	rows := p.rows(c.by)
	i, found := slices.BinarySearchFunc(rows, c.id, func(g pipeline.Group, id string) int { return cmp.Compare(keyOf(g, c.by), id) })
	if !found {
		return pipeline.Count{}
	}
	return rows[i].Count
}

// keyOf returns the value of a dimension of a row.
func keyOf(g pipeline.Group, by pipeline.Dimension) string {
	if by == byMonth {
		by = pipeline.ByDay
	}
	return g.Key(by)
}

// days returns how many calendar days the period has.
func (p *period) days() int {
	from, to := cmp.Or(p.asked.From, p.first), cmp.Or(p.asked.To, p.last)
	return daysBetween(from, to)
}

// bounds returns the days that the period is said to be of.
func (p *period) bounds() Days {
	return Days{cmp.Or(p.asked.From, p.first), cmp.Or(p.asked.To, p.last)}
}

// Span returns the days of these that messages were counted of, from the first to the
// last, and how many messages they have.
func (d Days) Span(t *pipeline.Totals) (Days, uint64) {
	p := newPeriod("", t, d)
	return Days{p.first, p.last}, p.total
}

// Previous returns as many days just before these. Days without limits are those that
// were counted. False if there are none.
func (d Days) Previous(t *pipeline.Totals) (Days, bool) {
	d = newPeriod("", t, d).bounds()
	n := daysBetween(d.From, d.To)
	if n == 0 {
		return Days{}, false
	}
	return Days{plusDays(d.From, -n), plusDays(d.From, -1)}, true
}

// daysBetween counts calendar days, both included; 0 if one is no day.
func daysBetween(from, to string) int {
	a, errA := time.Parse(time.DateOnly, from)
	b, errB := time.Parse(time.DateOnly, to)
	if errA != nil || errB != nil || b.Before(a) {
		return 0
	}
	return int(b.Sub(a).Hours()/24) + 1
}

// plusDays is the day that is n days later.
func plusDays(day string, n int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, n).Format(time.DateOnly)
}

// name of the cell in figures.
func (c cell) String() string {
	if c.id == "" {
		return string(c.by)
	}
	return string(c.by) + ":" + c.id
}

// at is the cell's name in a period.
func (p *period) at(c cell) string { return c.String() + " " + p.name }

// number is the figure of a cell's primary count.
func (p *period) number(c cell) Figure {
	return p.hiding(numberOf(p.at(c), p.count(c).Primary), c)
}

// any is the figure of how many messages mention it at all.
func (p *period) any(c cell) Figure {
	return p.hiding(numberOf("any "+p.at(c), p.count(c).Any), cell{c.by, c.id + anySuffix})
}

// anySuffix marks the cell of any counts among those that are hidden.
const anySuffix = " any"

// share is the figure of the part that a cell is of another.
func (p *period) share(c, of cell) Figure {
	name := c.String() + " " + p.name
	if of.by != ofTagged {
		name = c.String() + "/" + of.String() + " " + p.name
	}
	return p.hiding(shareOf(name, p.count(c).Primary, p.count(of).Primary), c, of)
}

// hiding hides a figure if one of the cells that it is made of is hidden.
func (p *period) hiding(f Figure, of ...cell) Figure {
	if slices.ContainsFunc(of, func(c cell) bool { return p.hidden[c] }) {
		return f.hide()
	}
	return f
}

// pair is a period and an earlier one.
type pair struct{ now, before *period }

func (x pair) hiding(f Figure, of ...cell) Figure {
	return x.before.hiding(x.now.hiding(f, of...), of...)
}

// at names a cell in both periods.
func (x pair) at(c cell) string { return c.String() + " " + x.now.name + "-" + x.before.name }

// change is by how much a cell changed.
func (x pair) change(c cell) Figure {
	return x.hiding(changeOf(x.at(c), x.now.count(c).Primary, x.before.count(c).Primary), c)
}

// growth is the change as a part of what was before.
func (x pair) growth(c cell) Figure {
	return x.hiding(growthOf(x.at(c), x.now.count(c).Primary, x.before.count(c).Primary), c)
}

// points is the change of the part that a cell is of another, in percentage points.
func (x pair) points(c, of cell) Figure {
	n, b := x.now, x.before
	return x.hiding(pointsOf(x.at(c), n.count(c).Primary, n.count(of).Primary, b.count(c).Primary, b.count(of).Primary), c, of)
}
