package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
)

// The positions of a tally, as this process sees them.
var (
	descLast     = prometheus.NewDesc("minyi_stream_last_sequence", "Last sequence of the stream, as this process last heard.", []string{"tally"}, nil)
	descPlanned  = prometheus.NewDesc("minyi_planned_sequence", "Sequence up to which ranges were handed out.", []string{"tally"}, nil)
	descFrontier = prometheus.NewDesc("minyi_frontier_sequence", "Sequence up to which everything is counted.", []string{"tally"}, nil)
	descLag      = prometheus.NewDesc("minyi_lag_messages", "Messages stored but not yet counted: last sequence of the stream less the frontier.", []string{"tally"}, nil)
	descReady    = prometheus.NewDesc("minyi_ready", "1 while the engine runs and has heard of its stream.", []string{"tally"}, nil)
	descCurrent  = prometheus.NewDesc("minyi_current", "1 for the tally that the alias current names.", []string{"tally"}, nil)
)

// statuses collects the position of every tally at the moment of a scrape. A
// gauge set by events would go stale just when it matters: when nothing moves.
type statuses struct{ m *Metrics }

// Describe implements prometheus.Collector.
func (s statuses) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descLast, descPlanned, descFrontier, descLag, descReady, descCurrent} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s statuses) Collect(ch chan<- prometheus.Metric) {
	for _, o := range s.m.observers() {
		if o.tally.Status == nil {
			continue
		}
		st, id := o.tally.Status(), o.tally.ID
		gauge(ch, descLast, float64(st.Last), id)
		gauge(ch, descPlanned, float64(st.Planned), id)
		gauge(ch, descFrontier, float64(st.Frontier), id)
		gauge(ch, descLag, float64(st.Lag), id)
		gauge(ch, descReady, truth(st.Ready), id)
		gauge(ch, descCurrent, truth(st.Current), id)
	}
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
