package broker

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// A reading hands over the same messages whichever way they come: intercepted in the
// process, intercepted from TCP, and through the library, as with TLS.
func TestReadingEveryWay(t *testing.T) {
	t.Parallel()
	cert, roots := selfSigned(t)
	for _, way := range []struct {
		name   string
		secure bool
		dir    func(s *server.Server, o *Options)
		raw    bool // whether an interceptor must be the way
	}{
		{"in process", false, func(s *server.Server, o *Options) { o.Server = s }, true},
		{"TCP", false, func(s *server.Server, o *Options) { o.URL = s.ClientURL() }, true},
		{"TLS", true, func(s *server.Server, o *Options) {
			o.URL, o.TLS = s.ClientURL(), &tls.Config{RootCAs: roots}
		}, false},
	} {
		t.Run(way.name, func(t *testing.T) {
			opts := &server.Options{}
			if way.secure {
				opts.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
			}
			s := brokertest.NATS(t, opts)
			var o Options
			way.dir(s, &o)
			conn, err := Connect(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.EnsureSuggestions(t.Context()); err != nil {
				t.Fatal(err)
			}
			compareReading(t, conn, way.raw)
			if n := s.NumClients(); n != 2 {
				t.Errorf("%d connections, not one to ask and one to read", n)
			}
		})
	}
}

// compareReading publishes messages of every kind and reads them.
func compareReading(t *testing.T, conn *Conn, raw bool) {
	t.Helper()
	var want []string
	for i := range 10_000 {
		m := nats.NewMsg("suggestions.s" + strconv.Itoa(i%7))
		m.Data = bytes.Repeat([]byte{byte('a' + i%26)}, i%300)
		described := ""
		switch i % 5 {
		case 1:
			m.Header.Set("Nats-Msg-Id", strconv.Itoa(i))
		case 2:
			described = "text/plain"
			m.Header.Set("Content-Type", described)
		case 3:
			m.Header.Set("X-Content-Type", "text/html")
		}
		if i == 5000 {
			m.Data = bytes.Repeat([]byte("z"), 900_000)
		}
		if _, err := conn.js.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute)); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("%d %s %q %d", i+1, m.Subject, described, len(m.Data)))
	}
	select {
	case <-conn.js.PublishAsyncComplete():
	case <-t.Context().Done():
		t.Fatal("not stored")
	}
	var got []string
	err := conn.suggestions().Read(t.Context(), pipeline.Range{From: 1, To: 10_000}, func(m *pipeline.Message) {
		got = append(got, fmt.Sprintf("%d %s %q %d", m.Seq, m.Subject, m.ContentType, len(m.Data)))
		if len(m.Data) > 0 && m.Seq != 5001 && (m.Data[0] != byte('a'+(m.Seq-1)%26) || m.Data[len(m.Data)-1] != m.Data[0]) {
			t.Errorf("message %d holds %q", m.Seq, m.Data)
		}
		if time.Since(m.Stored).Abs() > time.Hour {
			t.Errorf("message %d was stored at %v", m.Seq, m.Stored)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read (-want +got)\n%s", d)
	}
	on, err := conn.readers.Borrow() // the one that was read on
	if err != nil {
		t.Fatal(err)
	}
	defer conn.readers.GiveBack(on)
	through := on.NC.Stats().InMsgs // those that the library saw
	if raw != (through < 5000) {    // a reading that waits long is begun anew, and its rest comes through the library
		t.Errorf("%d messages came through the library", through)
	}
}

// selfSigned makes a certificate for 127.0.0.1.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// A replica that lags must not turn messages into missing ones, and a consumer
// that delivers too little is not believed.
func TestReaderThatStopsEarly(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish(brokertest.Payloads(1, 20_000, 1, w)) // several requests of a reader
	// Deliveries end in the middle when the consumer is deleted under the reader.
	var got []uint64
	src := r.conn.suggestions()
	err := src.Read(t.Context(), pipeline.Range{From: 1, To: last}, func(m *pipeline.Message) {
		got = append(got, m.Seq)
		if len(got) == 100 {
			s, err := r.conn.js.Stream(context.Background(), "SUGGESTIONS")
			if err != nil {
				t.Error(err)
				return
			}
			for name := range s.ConsumerNames(context.Background()).Name() {
				if err := s.DeleteConsumer(context.Background(), name); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, seq := range got {
		if seq != uint64(i+1) {
			t.Fatalf("message %d came as number %d", seq, i+1)
		}
	}
	if uint64(len(got)) != last {
		t.Fatalf("%d of %d messages", len(got), last)
	}
	// What is not stored yet is not missing.
	if err := src.Read(t.Context(), pipeline.Range{From: 1, To: last + 1}, func(*pipeline.Message) {}); err == nil {
		t.Error("a message that was never stored was said to be gone")
	}
}
