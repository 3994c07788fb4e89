package dashboard

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/minyi/minyi/pipeline"
)

// tables computes tables, and keeps those of the newest totals, as many readers look
// at the same ones. Safe for concurrent use.
type tables struct {
	mu   sync.Mutex
	of   *pipeline.Totals
	rows map[tableQuery][]pipeline.Group
}

// maxTables is how many tables are kept.
const maxTables = 256

// get returns the rows of a table, which must not be changed.
func (c *tables) get(counts pipeline.Counts, q tableQuery) []pipeline.Group {
	t := counts.Totals
	c.mu.Lock()
	if c.rows == nil || c.of != t || len(c.rows) >= maxTables { // before the first counts t is nil, too
		c.of, c.rows = t, make(map[tableQuery][]pipeline.Group)
	}
	rows, ok := c.rows[q]
	c.mu.Unlock()
	if ok {
		return rows
	}
	rows = q.rows(counts)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == t {
		c.rows[q] = rows
	}
	return rows
}

// scope is the counts of the messages that pass a filter.
type scope struct {
	counts pipeline.Counts
	filter filter
	tables *tables
}

// by returns the table of one dimension, in ascending order of ids.
func (s scope) by(d pipeline.Dimension) []pipeline.Row {
	if s.filter == (filter{}) && s.counts.Suppression == nil {
		return s.counts.Totals.By(d)
	}
	groups := s.tables.get(s.counts, tableQuery{string(d), s.filter})
	rows := make([]pipeline.Row, len(groups))
	for i, g := range groups {
		rows[i] = pipeline.Row{ID: g.Key(d), Count: g.Count, Suppressed: g.Suppressed, AnySuppressed: g.AnySuppressed}
	}
	return rows
}

// rows returns the table of one dimension by its ids.
func (s scope) rows(d pipeline.Dimension) map[string]pipeline.Row {
	out := make(map[string]pipeline.Row)
	for _, r := range s.by(d) {
		out[r.ID] = r
	}
	return out
}

// top is [pipeline.Totals.Top] of what passes.
func (s scope) top(d pipeline.Dimension, n int) (rows []pipeline.Row, others int, rest pipeline.Row) {
	if s.filter == (filter{}) && s.counts.Suppression == nil {
		rows, others, rest.Count = s.counts.Totals.Top(d, n)
		return rows, others, rest
	}
	rows = s.by(d)
	slices.SortFunc(rows, func(a, b pipeline.Row) int {
		return cmp.Or(cmp.Compare(b.Primary, a.Primary), strings.Compare(a.ID, b.ID))
	})
	for _, r := range rows[min(n, len(rows)):] {
		others, rest.Count, rest.Suppressed = others+1, rest.Add(r.Count), rest.Suppressed || r.Suppressed
	}
	return rows[:min(n, len(rows))], others, rest
}

// outcomes returns what became of the messages that pass. Missing is not known of a
// part of the stream.
func (s scope) outcomes() (o pipeline.Outcomes) {
	for _, g := range s.tables.get(s.counts, tableQuery{string(pipeline.ByTheme), s.filter}) {
		o.Tagged = g.Of
	}
	for _, r := range s.by(pipeline.ByReason) {
		o.Rejected += r.Primary
	}
	var read uint64
	for _, r := range s.by(pipeline.BySource) {
		read += r.Primary
	}
	o.Untagged = read - o.Tagged - o.Rejected
	return o
}
