package metrics

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minyi/minyi/pipeline"
)

// Counts reads the exact totals of the current tally.
type Counts interface {
	// Counts returns a snapshot and the cells it was made of, or an error when
	// the broker does not answer. It is called from several goroutines; the
	// cells are only read.
	Counts(ctx context.Context) (pipeline.Snapshot, pipeline.Cells, error)
}

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
	descDict     = prometheus.NewDesc("minyi_tally_dictionary_info", "The dictionary of the current tally; always 1.", []string{"tally", "version"}, nil)
)

// totals collects the exact counts at the moment of a scrape.
type totals struct {
	counts  Counts
	timeout time.Duration
	log     *slog.Logger
	sources *sources
}

func newTotals(c Counts, timeout time.Duration, log *slog.Logger) *totals {
	return &totals{counts: c, timeout: timeout, log: log, sources: newSources(MaxSources)}
}

// Describe implements prometheus.Collector.
func (t *totals) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descUp, descStored, descMessages, descRejected, descSource, descTheme, descSubTheme, descCounted, descDict,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (t *totals) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), t.timeout)
	defer cancel()
	s, cells, err := t.counts.Counts(ctx)
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
	gauge(ch, descDict, 1, id, s.Dict)
	for _, th := range s.Themes {
		gauge(ch, descTheme, float64(th.Primary), id, th.ID, countPrimary)
		gauge(ch, descTheme, float64(th.Any), id, th.ID, countAny)
		for _, sub := range th.SubThemes {
			gauge(ch, descSubTheme, float64(sub.Primary), id, th.ID, sub.ID, countPrimary)
			gauge(ch, descSubTheme, float64(sub.Any), id, th.ID, sub.ID, countAny)
		}
	}
	if cells == nil {
		return
	}
	for reason, n := range byReason(cells) {
		gauge(ch, descRejected, float64(n), id, string(reason))
	}
	for source, n := range t.sources.cap(cells.By(pipeline.BySource)) {
		gauge(ch, descSource, float64(n), id, source)
	}
}

// byReason has every reason, zero too; what is no known reason is [other].
func byReason(cells pipeline.Cells) map[pipeline.Reason]uint64 {
	out := make(map[pipeline.Reason]uint64)
	for _, r := range pipeline.Reasons() {
		out[r] = 0
	}
	for _, row := range cells.By(pipeline.ByReason) {
		r := pipeline.Reason(row.ID)
		if _, ok := out[r]; !ok {
			r = other
		}
		out[r] += row.Primary
	}
	return out
}
