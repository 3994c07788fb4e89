package pipeline

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/minyi/minyi/dict/phrase"
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
	// Store keeps the last publication: a process that is started again shows that until
	// the next is due, and no number moves by few from the one to the other; and however
	// many processes publish the same counts, they publish the same. Nil: nothing is kept.
	Store PublicationStore
	// OnError is told why a publication could not be made or kept. It is tried again.
	OnError func(error)
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
	if p.OnError == nil {
		p.OnError = func(error) {}
	}
	d := &publishing{Publication: p, to: to}
	if p.Store != nil {
		_ = d.load(ctx) // it is tried again before anything is published
	}
	if p.Begin != nil {
		select {
		case <-p.Begin:
		case <-ctx.Done():
			return
		}
	}
	failed := false
	for ctx.Err() == nil {
		counts, changed, err := from.latest("")
		if failing := err != nil; failing != failed {
			failed = failing
			to.Fail("", err)
		}
		if now := p.Now(); err == nil && !now.Before(d.due) {
			d.step(ctx, counts, now)
		}
		wait := d.due.Sub(p.Now())
		if err == nil && wait <= 0 {
			wait = time.Second // soon there are enough messages for a first one, or the store can be reached
		}
		timer := time.NewTimer(max(wait, 0))
		select {
		case <-ctx.Done():
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// publishing is a [Publish] under way.
type publishing struct {
	Publication
	to   *Board
	due  time.Time // zero: at once
	last Counts    // that were published last, by this process or another
	rev  uint64    // of last in the store
	// shown: the board has last. failing: it was said why nothing could be published.
	shown, failing bool
}

// step publishes what is due, if it may be, and says when the next is.
func (d *publishing) step(ctx context.Context, counts Counts, now time.Time) {
	for ctx.Err() == nil {
		if d.Store != nil {
			if err := d.load(ctx); err != nil || now.Before(d.due) {
				return // another process has published, or it is not known whether
			}
		}
		next, ok := counts.publish(d.Least, d.last)
		if !ok {
			if d.shown {
				d.due = d.after(now)
			}
			return
		}
		err := d.store(ctx, next, now)
		if errors.Is(err, ErrLost) {
			continue
		}
		if err != nil {
			d.fail(err) // nothing is published that nobody would remember
			return
		}
		d.show(next)
		d.due = d.after(now)
		return
	}
}

// after is when the step ends in which something was published.
func (d *publishing) after(at time.Time) time.Time { return at.Truncate(d.Every).Add(d.Every) }

// load shows what the store has, if that is newer than what this process knows.
func (d *publishing) load(ctx context.Context) error {
	body, rev, err := d.Store.LoadPublication(ctx, d.rev)
	if err != nil {
		if ctx.Err() == nil {
			d.fail(err)
		}
		return err
	}
	if d.rev = rev; body == nil {
		return nil
	}
	kept, err := decodePublication(body)
	if err != nil { // of another release: it is replaced
		d.OnError(phrase.Errorf("publish: %w", err))
		return nil
	}
	d.last = kept.counts
	if old := d.last.Suppression; old.Min != d.Least { // it was started with another bound
		again := d.last.whole().Suppressed(d.Least, old)
		if again.Suppression == nil || again.Suppression.nothing {
			return nil
		}
		d.show(again)
		return nil
	}
	d.show(d.last)
	if !kept.at.After(d.Now().Add(d.Every)) { // else the clock of another machine is wrong
		d.due = d.after(kept.at)
	}
	return nil
}

// store keeps what is about to be published.
func (d *publishing) store(ctx context.Context, next Counts, now time.Time) error {
	if d.Store == nil {
		return nil
	}
	body, err := encodePublication(keptPublication{next, now})
	if err == nil {
		d.rev, err = d.Store.StorePublication(ctx, body, d.rev)
	}
	return err
}

// fail says why nothing can be published, once until it can.
func (d *publishing) fail(err error) {
	if !d.failing {
		d.OnError(phrase.Errorf("publish: %w", err))
	}
	d.failing = true
}

// show puts counts on the board, in place of those of another tally.
func (d *publishing) show(next Counts) {
	shown, _ := d.to.Latest("")
	d.to.Put(next)
	d.to.SetCurrent(next.Tally)
	if shown.Tally != "" && shown.Tally != next.Tally {
		d.to.Drop(shown.Tally)
	}
	d.last, d.shown, d.failing = next, true, false
}

// publish returns the counts as they may be published; false: they may not.
func (c Counts) publish(least uint64, last Counts) (Counts, bool) {
	var before *Suppression
	if last.Tally == c.Tally {
		if c.Frontier < last.Frontier {
			return c, false // of a process that lags, or of a bucket that is counted again
		}
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
	hidden := s.hiddenEverywhere
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
			n, no, noAny := s.everywhere(KindSubTheme, sub.ID, Count{sub.Primary, sub.Any})
			subs = append(subs, SubThemeCount{ID: sub.ID, Primary: n.Primary, Any: n.Any, Suppressed: no, AnySuppressed: noAny})
		}
		n, no, noAny := s.everywhere(KindTheme, t.ID, Count{t.Primary, t.Any})
		themes = append(themes, ThemeCount{ID: t.ID, Primary: n.Primary, Any: n.Any, Suppressed: no, AnySuppressed: noAny, SubThemes: subs})
	}
	c.Themes = themes
	return c
}

// hiddenEverywhere tells whether the number of a node over all days and sources must not be
// published.
func (s *Suppression) hiddenEverywhere(node int) bool {
	everything := extent{all: true}
	return s.few(s.all[node].n) || s.withholds(s.tree.under(node), everything, everything)
}

// everywhere returns a count of a theme or sub-theme over all days and sources, with 0 for
// what is withheld of it.
func (s *Suppression) everywhere(k Kind, id string, n Count) (shown Count, no, noAny bool) {
	node, ok := s.tree.of[cellName{k, id}]
	no = ok && s.hiddenEverywhere(node)
	noAny = no || !ok || !s.anyShown[node]
	return s.shown(n, no, noAny), no, noAny
}

// whole returns suppressed counts with what was withheld of them.
func (c Counts) whole() Counts {
	s := c.Suppression
	c.Suppression, c.Withheld, c.Snapshot.Suppressed = nil, WithheldOutcomes{}, false
	c.Tagged, c.Untagged, c.Rejected = s.all[taggedNode].n, s.all[untaggedNode].n, s.all[rejectedNode].n
	c.Themes = slices.Clone(c.Themes)
	for i, t := range c.Themes {
		subs := slices.Clone(t.SubThemes)
		for j, sub := range subs {
			n := s.totals.sum(KindSubTheme, sub.ID)
			subs[j] = SubThemeCount{ID: sub.ID, Primary: n.Primary, Any: n.Any}
		}
		n := s.totals.sum(KindTheme, t.ID)
		c.Themes[i] = ThemeCount{ID: t.ID, Primary: n.Primary, Any: n.Any, SubThemes: subs}
	}
	return c
}

// Outcomes returns how many messages of some days and sources were read, what became of
// them, and which of that is withheld, and 0. Missing is not known of a part of the stream.
func (s *Suppression) Outcomes(q Query) (read uint64, o Outcomes, withheld struct{ Read, Tagged, Untagged, Rejected bool }) {
	days, sources := s.extents(q, Group{}, false, false)
	sums := make([]uint64, len(s.tree.ids))
	for k, g := range s.totals.groups.All {
		if q.hasDay(k.day) && q.hasSource(k.source) {
			s.tree.each(g, func(node int, n uint64) { sums[node] += n })
		}
	}
	hidden := func(node int) bool {
		return s.withholds(s.tree.under(node), days, sources) || s.few(sums[node])
	}
	withheld.Read, withheld.Tagged, withheld.Untagged, withheld.Rejected = hidden(rootNode), hidden(taggedNode), hidden(untaggedNode), hidden(rejectedNode)
	for node, n := range map[int]*uint64{rootNode: &read, taggedNode: &o.Tagged, untaggedNode: &o.Untagged, rejectedNode: &o.Rejected} {
		if !hidden(node) {
			*n = sums[node]
		}
	}
	return read, o, withheld
}
