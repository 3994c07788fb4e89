package pipeline

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// Query groups counts by one or more dimensions, of some days and sources.
type Query struct {
	// By are the dimensions, in the order in which the rows are sorted: day, source and
	// at most one of theme, subtheme, aspect and reason. Two of those do not go together:
	// a message may be in any of several, so that what is counted of one by another is
	// no number that cells have.
	By       []Dimension
	From, To string   // days, both included; empty: no limit
	Sources  []string // empty: all
}

// Group is a row of a query: what was counted of one value of each dimension.
type Group struct {
	Day, Source, ID string // empty for a dimension that the query does not have
	Count
	// Of is what the row is a share of: the tagged messages of the same day and source,
	// as far as the query has those dimensions; the rejected ones for reasons; all
	// messages of the query where it has neither theme nor reason.
	Of uint64
	// Suppressed means that the counts are withheld, and are 0 here; AnySuppressed that Any
	// is, OfSuppressed that Of is. See [Suppression].
	Suppressed, AnySuppressed, OfSuppressed bool
}

// Share is the part of Of that the row is as primary, from 0 to 1; 0 of nothing.
func (g Group) Share() float64 {
	if g.Of == 0 {
		return 0
	}
	return float64(g.Primary) / float64(g.Of)
}

// Key returns the value of a dimension.
func (g Group) Key(d Dimension) string {
	switch d {
	case ByDay:
		return g.Day
	case BySource:
		return g.Source
	}
	return g.ID
}

// key is the group without its numbers.
func (g Group) key() Group { return Group{Day: g.Day, Source: g.Source, ID: g.ID} }

// Validate returns an error that names what is wrong with the query.
func (q Query) Validate() error {
	var errs []error
	of := make(map[string]Dimension)
	for _, d := range q.By {
		what := string(d)
		if d != ByDay && d != BySource {
			what = "id"
		}
		switch other, twice := of[what]; {
		case d.kind() == "":
			errs = append(errs, phrase.Errorf("unknown dimension %q; there are %s", d, joinDimensions()))
		case twice && other == d:
			errs = append(errs, phrase.Errorf("dimension %s twice", d))
		case twice:
			errs = append(errs, phrase.Errorf("%s and %s do not go together: a suggestion has several of each, so their counts do not add up", other, d))
		}
		of[what] = d
	}
	for _, day := range []string{q.From, q.To} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			errs = append(errs, phrase.Errorf("%q is no day such as 2022-04-15", day))
		}
	}
	if q.From != "" && q.To != "" && q.To < q.From {
		errs = append(errs, phrase.Errorf("%s is before %s", q.To, q.From))
	}
	return errors.Join(errs...)
}

func joinDimensions() string {
	var names []string
	for _, d := range Dimensions() {
		names = append(names, string(d))
	}
	return strings.Join(names, ", ")
}

// id returns the dimension of ids, "" if there is none.
func (q Query) id() Dimension {
	for _, d := range q.By {
		if d != ByDay && d != BySource {
			return d
		}
	}
	return ""
}

// Query returns a row for each combination of values that occurs, in the order of the
// dimensions. The query must be valid.
func (t *Totals) Query(q Query) []Group {
	rows, _ := t.query(q)
	return rows
}

// query returns the rows, and what those of each day and source are shares of.
func (t *Totals) query(q Query) ([]Group, map[groupKey]uint64) {
	if t == nil {
		return nil, nil
	}
	id, whole := q.id(), KindTotal
	kind := cmp.Or(id.kind(), KindTotal)
	switch id {
	case ByTheme, BySubTheme, ByAspect:
		whole = KindTagged
	case ByReason:
		whole = KindRejected
	}
	byDay, bySource := slices.Contains(q.By, ByDay), slices.Contains(q.By, BySource)
	counts, of := make(map[Group]Count), make(map[groupKey]uint64)
	for k, g := range t.passing(q) {
		var row Group
		if byDay {
			row.Day = k.day
		}
		if bySource {
			row.Source = k.source
		}
		base := q.baseOf(row)
		for _, c := range g.cells {
			if c.name.kind == whole {
				of[base] += c.n.Primary
			}
			if c.name.kind == kind {
				if id != "" {
					row.ID = c.name.id
				}
				counts[row] = counts[row].Add(c.n)
			}
		}
	}
	rows := make([]Group, 0, len(counts))
	for row, n := range counts {
		row.Count, row.Of = n, of[q.baseOf(row)]
		rows = append(rows, row)
	}
	slices.SortFunc(rows, q.compare)
	return rows, of
}

// baseOf names what a row is a share of: its day and source, or all messages of the query.
func (q Query) baseOf(row Group) groupKey {
	if q.id() == "" {
		return groupKey{}
	}
	return groupKey{row.Day, row.Source}
}

// passing yields the groups of the days and sources of a query.
func (t *Totals) passing(q Query) iter.Seq2[groupKey, *cellGroup] {
	return func(yield func(groupKey, *cellGroup) bool) {
		for k, g := range t.groups.From(groupKey{day: q.From}) {
			if q.To != "" && k.day > q.To {
				return
			}
			if (q.From != "" || q.To != "") && (k.day == DayBefore || k.day == DayAfter) {
				continue // nobody knows which days those were
			}
			if len(q.Sources) > 0 && !slices.Contains(q.Sources, k.source) {
				continue
			}
			if !yield(k, g) {
				return
			}
		}
	}
}

// HasCloseCalls tells whether close calls are counted, and may be shown: which of them may
// be published with a [Suppression] is not worked out.
func (c *Counts) HasCloseCalls() bool {
	return c.Suppression == nil && slices.Contains(c.Info.Spec.Counted, KindClose)
}

// CloseCalls returns, by sub-theme, how many messages of the days and sources of a query
// have it as their primary although another one has half of its score or more
// ([KindClose]). A sub-theme with none is not there.
func (t *Totals) CloseCalls(q Query) map[string]uint64 {
	out := make(map[string]uint64)
	if q.From == "" && q.To == "" && len(q.Sources) == 0 {
		for id, n := range t.sumsOf(KindClose) {
			out[id] = n.Primary
		}
		return out
	}
	if t == nil {
		return out
	}
	for _, g := range t.passing(q) {
		for _, c := range g.cells {
			if c.name.kind == KindClose {
				out[c.name.id] += c.n.Primary
			}
		}
	}
	return out
}

// Compared is a row of two queries that differ in their days.
type Compared struct {
	Group
	Before Group // the same of the earlier days; zero numbers if it has no such row
}

// Points is by how many percentage points the share changed.
func (c Compared) Points() float64 { return 100 * (c.Share() - c.Before.Share()) }

// Compare returns the rows of a query beside those of the same query of other days. A
// row that only one of them has is there, with nothing in the other.
func (t *Totals) Compare(q Query, from, to string) []Compared {
	before := q
	before.From, before.To = from, to
	was := make(map[Group]Group)
	ofWas := make(map[string]uint64) // by source, where the query has them
	for _, g := range t.Query(before) {
		was[g.key()] = g
		ofWas[g.Source] = g.Of
	}
	var rows []Compared
	ofIs := make(map[string]uint64)
	for _, g := range t.Query(q) {
		b, ok := was[g.key()]
		if !ok {
			b = g.key()
		}
		delete(was, g.key())
		rows = append(rows, Compared{g, b})
		ofIs[g.Source] = g.Of
	}
	for key, b := range was {
		rows = append(rows, Compared{key, b})
	}
	for i := range rows { // a share of nothing is 0 of something
		rows[i].Of = ofIs[rows[i].Source]
		rows[i].Before.Of = ofWas[rows[i].Source]
	}
	if q.id() == "" {
		for i := range rows {
			rows[i].Of, rows[i].Before.Of = anyOf(ofIs), anyOf(ofWas)
		}
	}
	slices.SortFunc(rows, func(a, b Compared) int {
		order := 0
		for _, d := range q.By {
			order = cmp.Or(order, strings.Compare(a.Key(d), b.Key(d)))
		}
		return order
	})
	return rows
}

// anyOf returns one of equal values, 0 of none.
func anyOf(m map[string]uint64) uint64 {
	for _, n := range m {
		return n
	}
	return 0
}
