package metrics

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/minyi/minyi/pipeline"
)

// Build says what is running; it becomes minyi_build_info.
type Build struct {
	Version   string // of the program; default "unknown"
	Revision  string // of the source; default "unknown"
	GoVersion string // default "unknown"
	Semantics string // of the classifier; default "unknown"
}

// Config of the metrics of a process. The zero Config works.
type Config struct {
	Build Build

	// Board has the counts of the current tally; while it has none that are known to
	// be the newest they are left out, and minyi_tally_up is 0. Nil: no minyi_tally_…
	// gauges.
	Board *pipeline.Board

	// Fleet is asked at every scrape what is done with which tallies; nil: no
	// minyi_tally_state and minyi_current_tally_workers.
	Fleet func() Fleet

	// Broker is asked at every scrape how the broker is; it must answer at once, from
	// what is known. Nil: no minyi_broker_ gauges.
	Broker func() Broker

	// CertificateEnds says when the certificate of the page ends; the zero time: there is
	// none. Nil: no minyi_certificate_expiry_timestamp_seconds.
	CertificateEnds func() time.Time

	// Log gets a record when a scrape fails; default: none.
	Log *slog.Logger
}

func (c Config) validate() Config {
	for _, s := range []*string{&c.Build.Version, &c.Build.Revision, &c.Build.GoVersion, &c.Build.Semantics} {
		if *s == "" {
			*s = "unknown"
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Metrics are the metrics of a process, in a registry of their own. Safe for
// concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	vectors  vectors

	mu      sync.Mutex
	tallies map[string]*Observer // by id
}

// New returns the metrics of a process, those of the Go runtime and of the
// operating system among them.
func New(c Config) *Metrics {
	c = c.validate()
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	f := promauto.With(reg)
	f.NewGaugeVec(prometheus.GaugeOpts{
		Name: "minyi_build_info",
		Help: "What is running; always 1. Processes of other semantics count other tallies.",
	}, []string{"version", "revision", "goversion", "semantics"}).
		WithLabelValues(c.Build.Version, c.Build.Revision, c.Build.GoVersion, c.Build.Semantics).Set(1)

	m := &Metrics{registry: reg, vectors: newVectors(f), tallies: make(map[string]*Observer)}
	reg.MustRegister(statuses{m})
	if c.Fleet != nil {
		reg.MustRegister(fleet{c.Fleet})
	}
	if c.Broker != nil {
		reg.MustRegister(brokerState{c.Broker})
	}
	if c.CertificateEnds != nil {
		reg.MustRegister(certificate{c.CertificateEnds})
	}
	if c.Board != nil {
		reg.MustRegister(newTotals(c.Board, c.Log))
	}
	m.handler = withinScrape(promhttp.InstrumentMetricHandler(reg, promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		ErrorLog:            errorLog{c.Log},
		ErrorHandling:       promhttp.ContinueOnError,
		Registry:            reg,
		MaxRequestsInFlight: 4, // a scrape reads all counts: do not let scrapers pile up
		// Exemplars exist in OpenMetrics only. A scraper that does not ask for it gets the
		// classic text.
		EnableOpenMetrics: true,
	})))
	return m
}

// Handler answers scrapes.
func (m *Metrics) Handler() http.Handler { return m.handler }

// Tally describes a tally to [Metrics.Observe].
type Tally struct {
	ID   string // 12 hex digits
	Dict string // version of its dictionary
	Tree pipeline.ThemeTree

	// Status is asked at every scrape; nil: no position gauges.
	Status func() pipeline.Status
}

// Observe returns the observer for the engine of one tally; all its series
// exist when it returns. A second call for the same tally (an engine that was
// started again) goes on counting where the first one was.
func (m *Metrics) Observe(t Tally) *Observer {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.vectors.observer(t)
	m.tallies[t.ID] = o
	return o
}

// Remove drops every series of a tally that was retired. Its engine must have
// stopped.
func (m *Metrics) Remove(tally string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.tallies, tally)
	m.vectors.remove(tally)
}

// observers returns the observers of all tallies.
func (m *Metrics) observers() []*Observer {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]*Observer, 0, len(m.tallies))
	for _, o := range m.tallies {
		out = append(out, o)
	}
	return out
}

// errorLog writes the errors of promhttp to a structured log.
type errorLog struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) {
	l.log.Warn("scrape of metrics", "error", v)
}
