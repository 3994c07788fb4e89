package dashboard

import (
	"fmt"

	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// sureness says how sure the shares of a page are: between what they are by the measure of
// the dictionary, and how many messages are close calls.
type sureness struct {
	measure *measure.Measure  // nil: the dictionary was not measured
	close   map[string]uint64 // by sub-theme; nil: not counted, or not to be published
	w       *words
}

// interval stands beside a share.
type interval struct {
	Range      string // 31.9–35.0, in percent; a dash: it cannot be said; empty: nothing is measured
	RangeTitle string // what that is, or why it cannot be said
}

// unsure stands for an interval that cannot be given.
const unsure = "–"

// sureness returns that of the messages of a request, whatever its theme.
func (d *Dashboard) sureness(r request, m moment) sureness {
	s := sureness{measure: m.measure, w: wordsIn(r.lang)}
	if m.counts.HasCloseCalls() {
		r.theme = ""
		s.close = make(map[string]uint64)
		for _, g := range d.tables.get(m.counts, tableQuery{byClose, r.filter}) {
			s.close[g.ID] = g.Primary
		}
	}
	return s
}

// interval returns what stands beside the share n / of of a theme or sub-theme.
func (s sureness) interval(id string, n, of uint64, hidden bool) interval {
	if s.measure == nil || hidden || of == 0 {
		return interval{}
	}
	switch i, why := s.measure.Interval(id, n, of); why {
	case measure.Given:
		return interval{
			fmt.Sprintf("%.1f–%.1f", 100*i.Low, 100*i.High),
			fmt.Sprintf(s.w.IntervalF, fmt.Sprintf("%.1f", 100*i.Share), fmt.Sprintf("%.1f", 100*i.Low), fmt.Sprintf("%.1f", 100*i.High)),
		}
	case measure.FewTexts:
		return interval{unsure, s.w.FewLabels}
	case measure.NoTell:
		return interval{unsure, s.w.NoTell}
	}
	return interval{}
}

// closeCalls returns how many messages of a sub-theme are close calls; empty: not known.
func (s sureness) closeCalls(id string) string {
	if s.close == nil {
		return ""
	}
	return textfmt.Count(s.close[id])
}

// note says what the intervals of a page are from; empty: there are none.
func (s sureness) note() string {
	if s.measure == nil {
		return ""
	}
	l := s.measure.Labels
	return fmt.Sprintf(s.w.IntervalsF, textfmt.Count(l.Texts), l.File)
}

// byClose is a table that only pages have: the close calls by sub-theme.
const byClose = "close"

// closeRows computes that table.
func (q tableQuery) closeRows(t *pipeline.Totals) (rows []pipeline.Group) {
	for id, n := range t.CloseCalls(q.selected()) {
		rows = append(rows, pipeline.Group{ID: id, Count: pipeline.Count{Primary: n, Any: n}})
	}
	return rows
}
