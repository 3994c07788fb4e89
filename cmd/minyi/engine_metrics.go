package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/pipeline/metrics"
)

// storageEvery is how often the broker is asked how full the account is. A scrape must
// not ask: it would wait for a broker that does not answer.
const storageEvery = time.Minute

// storage is what was heard last.
type storage struct{ used, limit uint64 }

// watchStorage asks the broker now and then how full the account is. What cannot be had
// is left out of the metrics, so that an old number is never taken for a new one.
func (e *engine) watchStorage(ctx context.Context) {
	for ctx.Err() == nil {
		ask, cancel := context.WithTimeout(ctx, 10*time.Second)
		used, limit, err := e.conn.Storage(ask)
		cancel()
		if err == nil {
			e.stored.Store(&storage{used, limit})
		} else {
			e.stored.Store(nil)
		}
		select {
		case <-ctx.Done():
		case <-time.After(storageEvery):
		}
	}
}

// brokerStatus is what the metrics say of the broker.
func (e *engine) brokerStatus() metrics.Broker {
	b := metrics.Broker{Connected: e.conn.Connected()}
	if s := e.stored.Load(); s != nil {
		b.Stored, b.Limit, b.Known = s.used, s.limit, true
	}
	return b
}

// certificateEnds returns a function that says when the page's certificate ends. It reads
// the file again at each call, as a renewed certificate is used without a restart.
func (o *pageOptions) certificateEnds() func() time.Time {
	return func() time.Time {
		var file struct {
			TLS struct {
				Cert string `yaml:"cert_file"`
			} `yaml:"tls_server_config"`
		}
		b, err := os.ReadFile(o.webConfig)
		if err != nil || yaml.Unmarshal(b, &file) != nil || file.TLS.Cert == "" {
			return time.Time{}
		}
		path := file.TLS.Cert
		if !filepath.IsAbs(path) { // exporter-toolkit reads it so
			path = filepath.Join(filepath.Dir(o.webConfig), path)
		}
		pemBytes, err := os.ReadFile(path)
		if err != nil {
			return time.Time{}
		}
		block, _ := pem.Decode(pemBytes)
		if block == nil {
			return time.Time{}
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}
		}
		return cert.NotAfter
	}
}
