package broker

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
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
	defer conn.js.CleanupPublisher() // as in fake_test.go
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
	err := pipeline.ReadThrough(t.Context(), conn.suggestions(), pipeline.Range{From: 1, To: 10_000}, func(m *pipeline.Message) {
		got = append(got, fmt.Sprintf("%d %s %q %d", m.Seq, m.Subject, m.ContentType, len(m.Data)))
		if len(m.Data) > 0 && m.Seq != 5001 && (m.Data[0] != byte('a'+(m.Seq-1)%26) || m.Data[len(m.Data)-1] != m.Data[0]) {
			t.Errorf("message %d holds %q", m.Seq, m.Data)
		}
		if time.Since(m.Stored).Abs() > time.Hour {
			t.Errorf("message %d was stored at %v", m.Seq, m.Stored)
		}
	}, func(int, error) {})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read (-want +got)\n%s", d)
	}
	on, err := conn.readers.Borrow(t.Context()) // the one that was read on
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
	stops := 0
	err := pipeline.ReadThrough(t.Context(), src, pipeline.Range{From: 1, To: last}, func(m *pipeline.Message) {
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
	}, func(_ int, err error) {
		stops++
		if !errors.Is(err, pipeline.ErrReadStopped) || !strings.Contains(err.Error(), "Consumer Deleted") && !strings.Contains(err.Error(), "no responders") {
			t.Errorf("it stopped because: %v", err)
		}
	})
	if err != nil || stops != 1 {
		t.Fatalf("%d stops: %v", stops, err)
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

// A reader behind a slow connection asks for no more than the server keeps for it.
// Messages longer than one request asks for come one by one, and while one of them is
// on its way nobody gives up waiting for it.
func TestSlowReaderOfLongMessages(t *testing.T) {
	t.Parallel()
	const messages, size = 16, 2 << 20
	s := brokertest.NATS(t, &server.Options{MaxPayload: 8 << 20, MaxPending: 16 << 20})
	straight, err := Connect(t.Context(), Options{URL: s.ClientURL()})
	if err != nil {
		t.Fatal(err)
	}
	defer straight.Close()
	if err := straight.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	var want []int
	for i := range messages {
		n := size
		if i == messages/2 {
			n = 6 << 20 // longer than a request asks for, and on its way for more than a second
		}
		if _, err := straight.js.Publish(t.Context(), "suggestions.x", make([]byte, n)); err != nil {
			t.Fatal(err)
		}
		want = append(want, n)
	}
	conn, err := Connect(t.Context(), Options{URL: slowly(t, s.ClientURL(), 5<<20)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var got []int
	err = pipeline.ReadThrough(t.Context(), conn.suggestions(), pipeline.Range{From: 1, To: messages}, func(m *pipeline.Message) {
		got = append(got, len(m.Data))
	}, func(_ int, err error) { t.Errorf("the reading stopped: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("lengths (-want +got)\n%s", d)
	}
	if n := s.NumSlowConsumers(); n != 0 {
		t.Errorf("the server cut %d connections because they were too slow", n)
	}
}

// A connection that is cut ends a reading at once, and the error says so.
func TestReadingOnAConnectionThatIsCut(t *testing.T) {
	t.Parallel()
	s := brokertest.NATS(t, &server.Options{})
	conn, err := Connect(t.Context(), Options{URL: s.ClientURL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, conn: conn}
	last := r.publish(brokertest.Payloads(1, 20_000, 1, brokertest.NewWords(t, 2, 2)))
	n := 0
	err = conn.suggestions().Read(t.Context(), pipeline.Range{From: 1, To: last}, func(*pipeline.Message) {
		if n++; n > 1 {
			return
		}
		conns, err := s.Connz(&server.ConnzOptions{})
		if err != nil {
			t.Error(err)
			return
		}
		for _, c := range conns.Conns {
			if strings.HasSuffix(c.Name, "reader") {
				go s.DisconnectClientByID(c.Cid) // not here, where the client reads
			}
		}
	})
	if !errors.Is(err, pipeline.ErrReadStopped) || !strings.Contains(err.Error(), "connection lost") {
		t.Errorf("after %d messages: %v", n, err)
	}
}

// slowly returns the URL of a server behind a link that carries so many bytes a
// second to each client.
func slowly(t *testing.T, target string, rate int) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	pass := func(to, from net.Conn, every time.Duration) {
		defer to.Close()
		defer from.Close()
		buf := make([]byte, rate/100)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			<-time.After(every * time.Duration(n) / time.Duration(len(buf)))
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	ended.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", strings.TrimPrefix(target, "nats://"))
			if err != nil {
				t.Error(err)
				return
			}
			_ = far.(*net.TCPConn).SetReadBuffer(64 << 10)
			ended.Go(func() { pass(c, far, 10*time.Millisecond) })
			ended.Go(func() { pass(far, c, 0) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); ended.Wait() })
	return "nats://" + l.Addr().String()
}
