package metrics

import (
	"errors"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minyi/minyi/pipeline"
)

// States of minyi_tally_messages. They add up to minyi_tally_stored_messages.
const (
	stateTagged   = "tagged"
	stateUntagged = "untagged"
	stateRejected = "rejected"
	stateMissing  = "missing"
)

// The exact totals.
var (
	descUp       = prometheus.NewDesc("minyi_tally_up", "1 if the counts could be read for this scrape; if 0, the other minyi_tally_ metrics are left out.", nil, nil)
	descStored   = prometheus.NewDesc("minyi_tally_stored_messages", "Exact number of stored messages up to the frontier of the current tally: tagged, untagged, rejected and missing.", []string{"tally"}, nil)
	descMessages = prometheus.NewDesc("minyi_tally_messages", "Exact number of messages of the current tally by state: tagged, untagged, rejected or missing.", []string{"tally", "state"}, nil)
	descRejected = prometheus.NewDesc("minyi_tally_rejected_messages", "Exact number of rejected messages of the current tally by reason.", []string{"tally", "reason"}, nil)
	descSource   = prometheus.NewDesc("minyi_tally_source_messages", "Exact number of messages read of the current tally by source; beyond 50 sources: other.", []string{"tally", "source"}, nil)
	descTheme    = prometheus.NewDesc("minyi_tally_theme_suggestions", "Exact number of suggestions of the current tally by theme: as primary, or at all (any).", []string{"tally", "theme", "count"}, nil)
	descSubTheme = prometheus.NewDesc("minyi_tally_subtheme_suggestions", "Exact number of suggestions of the current tally by sub-theme: as primary, or at all (any).", []string{"tally", "theme", "subtheme", "count"}, nil)
	descCounted  = prometheus.NewDesc("minyi_tally_frontier_sequence", "Sequence of the stream up to which the current tally is counted.", []string{"tally"}, nil)
	descCells    = prometheus.NewDesc("minyi_tally_cells", "Number of counts that are stored of the current tally, of all days, sources, themes and so on.", []string{"tally"}, nil)
	descGroups   = prometheus.NewDesc("minyi_tally_distinct", "Number of different days and sources that the current tally counts on their own. Above 1,000 check which fields the source and the time are taken from, or bound them with --cell-sources and --cell-days: minyi doctor.", []string{"tally", "dimension"}, nil)
	descSince    = prometheus.NewDesc("minyi_tally_promoted_timestamp_seconds", "When the current tally became that, in seconds since 1970; left out where it is not known. A change of it is a promotion or a rollback.", []string{"tally"}, nil)
	descUndated  = prometheus.NewDesc("minyi_tally_undated_messages", "Exact number of suggestions of the current tally without a time that could be read: they are counted on the day on which the broker stored them.", []string{"tally"}, nil)
	descClose    = prometheus.NewDesc("minyi_tally_close_suggestions", "Exact number of suggestions of the current tally whose second sub-theme has half of the first one's score or more: their primary is uncertain.", []string{"tally"}, nil)
	descDict     = prometheus.NewDesc("minyi_tally_dictionary_info", "The dictionary of the current tally; always 1.", []string{"tally", "version"}, nil)
)

// totals collects the counts that the board has at the moment of a scrape.
type totals struct {
	board   *pipeline.Board
	log     *slog.Logger
	sources *sources
}

func newTotals(b *pipeline.Board, log *slog.Logger) *totals {
	return &totals{board: b, log: log, sources: newSources(MaxSources)}
}

// Describe implements prometheus.Collector.
func (t *totals) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descUp, descStored, descMessages, descRejected, descSource, descTheme, descSubTheme, descCounted, descDict, descCells, descGroups, descSince, descUndated, descClose,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (t *totals) Collect(ch chan<- prometheus.Metric) {
	s, err := t.board.Latest("")
	if errors.Is(err, pipeline.ErrNotCounted) {
		gauge(ch, descUp, 1)
		return // there is nothing yet
	}
	gauge(ch, descUp, truth(err == nil))
	if err != nil {
		t.log.Warn("read counts for metrics", "error", err)
		return
	}
	id := s.Tally
	gauge(ch, descCounted, float64(s.Frontier), id)
	gauge(ch, descStored, float64(s.Stored), id)
	gauge(ch, descMessages, float64(s.Tagged), id, stateTagged)
	gauge(ch, descMessages, float64(s.Untagged), id, stateUntagged)
	gauge(ch, descMessages, float64(s.Rejected), id, stateRejected)
	gauge(ch, descMessages, float64(s.Missing), id, stateMissing)
	gauge(ch, descUndated, float64(s.Totals.Sum(pipeline.KindUndated).Primary), id)
	gauge(ch, descClose, float64(s.Totals.Sum(pipeline.KindClose).Primary), id)
	gauge(ch, descDict, 1, id, s.Dict)
	if p := t.board.Promotion(); p.Tally == id && !p.At.IsZero() {
		gauge(ch, descSince, float64(p.At.UnixMilli())/1000, id)
	}
	for _, th := range s.Themes {
		gauge(ch, descTheme, float64(th.Primary), id, th.ID, countPrimary)
		gauge(ch, descTheme, float64(th.Any), id, th.ID, countAny)
		for _, sub := range th.SubThemes {
			gauge(ch, descSubTheme, float64(sub.Primary), id, th.ID, sub.ID, countPrimary)
			gauge(ch, descSubTheme, float64(sub.Any), id, th.ID, sub.ID, countAny)
		}
	}
	gauge(ch, descCells, float64(s.Totals.Len()), id)
	gauge(ch, descGroups, float64(s.Totals.Days()), id, string(pipeline.ByDay))
	gauge(ch, descGroups, float64(s.Totals.Sources()), id, string(pipeline.BySource))
	for reason, n := range byReason(s.Totals) {
		gauge(ch, descRejected, float64(n), id, string(reason))
	}
	for source, n := range t.sources.cap(s.Totals) {
		gauge(ch, descSource, float64(n), id, source)
	}
}

// byReason has every reason, zero too; what is no known reason is [other].
func byReason(t *pipeline.Totals) map[pipeline.Reason]uint64 {
	out := make(map[pipeline.Reason]uint64)
	for _, r := range pipeline.Reasons() {
		out[r] = 0
	}
	for _, row := range t.By(pipeline.ByReason) {
		r := pipeline.Reason(row.ID)
		if _, ok := out[r]; !ok {
			r = other
		}
		out[r] += row.Primary
	}
	return out
}
