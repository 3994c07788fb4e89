package pipeline

import (
	"context"
	"time"
)

// Publication says how counts get to the public.
type Publication struct {
	// Least is the smallest number that is published, beside 0; see [Suppress].
	Least uint64
	// Every is the time between two publications, at multiples of it since midnight UTC;
	// default 1 h. Who asks twice in between sees the same twice, and so learns nothing of
	// a message that came meanwhile.
	Every time.Duration
	// Begin is closed when the first publication may be made; nil: at once.
	Begin <-chan struct{}
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Publish puts on a board what may be published of the current tally of another, at fixed
// times, until ctx ends. Fewer than Least messages are not published, nor are counts to
// which fewer were added since: those before stay. Why no newer counts can be had is said
// at once.
func Publish(ctx context.Context, from, to *Board, p Publication) {
	if p.Every <= 0 {
		p.Every = time.Hour
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Begin != nil {
		select {
		case <-p.Begin:
		case <-ctx.Done():
			return
		}
	}
	var last Counts
	due, failed := p.Now(), false
	for ctx.Err() == nil {
		counts, changed, err := from.latest("")
		if failing := err != nil; failing != failed {
			failed = failing
			to.Fail("", err)
		}
		if now := p.Now(); err == nil && !now.Before(due) {
			due = now.Truncate(p.Every).Add(p.Every)
			if next, ok := counts.publish(p.Least, last); ok {
				to.Put(next)
				to.SetCurrent(next.Tally)
				if last.Tally != "" && last.Tally != next.Tally {
					to.Drop(last.Tally)
				}
				last = next
			}
		}
		timer := time.NewTimer(due.Sub(p.Now()))
		if last.Tally == "" && err == nil {
			timer.Reset(time.Second) // soon there are enough messages for a first one
			due = p.Now()
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// publish returns the counts as they may be published; false: they may not.
func (c Counts) publish(least uint64, last Counts) (Counts, bool) {
	var before *Suppression
	if last.Tally == c.Tally {
		before = last.Suppression
	}
	if c = c.Suppressed(least, before); c.Suppression == nil || c.Suppression.nothing || c.Tally == "" {
		return c, false
	}
	return c, true
}

// Suppressed returns the counts without what may not be published; see [Suppress]. Its
// Totals still have everything, for [Counts.Query] to sum up.
func (c Counts) Suppressed(least uint64, last *Suppression) Counts {
	s := Suppress(c, least, last)
	if s == nil {
		return c
	}
	c.Suppression, c.AbsurdTime = s, 0
	everything := extent{all: true}
	hidden := func(node int) bool {
		return s.withholds(s.tree.under(node), everything, everything) || s.small(s.all[node], nil)
	}
	c.Withheld = WithheldOutcomes{hidden(taggedNode), hidden(untaggedNode), hidden(rejectedNode)}
	c.Snapshot.Suppressed = c.Withheld != WithheldOutcomes{}
	for i, node := range []int{taggedNode, untaggedNode, rejectedNode} {
		if hidden(node) {
			*[]*uint64{&c.Tagged, &c.Untagged, &c.Rejected}[i] = 0
		}
	}
	themes := make([]ThemeCount, 0, len(c.Themes))
	for _, t := range c.Themes {
		subs := make([]SubThemeCount, 0, len(t.SubThemes))
		for _, sub := range t.SubThemes {
			if node, ok := s.tree.of[cellName{KindSubTheme, sub.ID}]; ok && hidden(node) {
				sub = SubThemeCount{ID: sub.ID, Suppressed: true}
			}
			subs = append(subs, sub)
		}
		if node, ok := s.tree.of[cellName{KindTheme, t.ID}]; ok && hidden(node) {
			t = ThemeCount{ID: t.ID, Suppressed: true}
		}
		t.SubThemes = subs
		themes = append(themes, t)
	}
	c.Themes = themes
	return c
}

// Outcomes returns how many messages of some days and sources were read, what became of
// them, and which of that is withheld, and 0. Missing is not known of a part of the stream.
func (s *Suppression) Outcomes(q Query) (read uint64, o Outcomes, withheld struct{ Read, Tagged, Untagged, Rejected bool }) {
	days, sources := s.extents(q, Group{}, false, false)
	sums := make([]Count, len(s.tree.ids))
	for k, g := range s.totals.groups.All {
		if q.hasDay(k.day) && q.hasSource(k.source) {
			s.tree.each(g, func(node int, n Count) { sums[node] = sums[node].Add(n) })
		}
	}
	hidden := func(node int) bool {
		return s.withholds(s.tree.under(node), days, sources) || s.small(sums[node], nil)
	}
	withheld.Read, withheld.Tagged, withheld.Untagged, withheld.Rejected = hidden(rootNode), hidden(taggedNode), hidden(untaggedNode), hidden(rejectedNode)
	for node, n := range map[int]*uint64{rootNode: &read, taggedNode: &o.Tagged, untaggedNode: &o.Untagged, rejectedNode: &o.Rejected} {
		if !hidden(node) {
			*n = sums[node].Primary
		}
	}
	return read, o, withheld
}
