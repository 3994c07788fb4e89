package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Broker is what this process knows of the broker.
type Broker struct {
	Connected bool
	// Stored and Limit are the bytes of the account's storage. Limit is 0 where the
	// account has none: then the disk is the limit, and only its server knows it. Both
	// are left out unless Known.
	Stored, Limit uint64
	Known         bool
}

var (
	descConnected = prometheus.NewDesc("minyi_broker_connected", "1 while this process is connected to the broker.", nil, nil)
	descStorage   = prometheus.NewDesc("minyi_broker_storage_bytes", "Bytes of the broker's storage that the account uses; as old as a minute.", nil, nil)
	descLimit     = prometheus.NewDesc("minyi_broker_storage_limit_bytes", "Bytes that the account may store; left out where the account has no limit, so that the server's disk is the limit.", nil, nil)
	descCert      = prometheus.NewDesc("minyi_certificate_expiry_timestamp_seconds", "When the page's certificate ends, in seconds since 1970; left out without TLS.", nil, nil)
)

// brokerState collects what is known of the broker at the moment of a scrape.
type brokerState struct{ of func() Broker }

// Describe implements prometheus.Collector.
func (b brokerState) Describe(ch chan<- *prometheus.Desc) {
	ch <- descConnected
	ch <- descStorage
	ch <- descLimit
}

// Collect implements prometheus.Collector.
func (b brokerState) Collect(ch chan<- prometheus.Metric) {
	now := b.of()
	gauge(ch, descConnected, truth(now.Connected))
	if !now.Known {
		return
	}
	gauge(ch, descStorage, float64(now.Stored))
	if now.Limit > 0 {
		gauge(ch, descLimit, float64(now.Limit))
	}
}

// certificate collects when the page's certificate ends.
type certificate struct{ ends func() time.Time }

// Describe implements prometheus.Collector.
func (c certificate) Describe(ch chan<- *prometheus.Desc) { ch <- descCert }

// Collect implements prometheus.Collector.
func (c certificate) Collect(ch chan<- prometheus.Metric) {
	if at := c.ends(); !at.IsZero() {
		gauge(ch, descCert, float64(at.Unix()))
	}
}
