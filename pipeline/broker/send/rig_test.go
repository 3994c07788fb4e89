package send

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func TestMain(m *testing.M) { brokertest.Main(m) }

// sendBench is a server with a stream, and what is needed to hurt it.
type sendBench struct {
	t      *testing.T
	dir    string
	server *server.Server
	js     jetstream.JetStream
}

func newSendBench(t *testing.T, change func(*jetstream.StreamConfig)) *sendBench {
	t.Helper()
	b := &sendBench{t: t, dir: t.TempDir()}
	b.start(server.RANDOM_PORT)
	t.Cleanup(func() { b.stop() })
	nc, err := nats.Connect(b.server.ClientURL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if b.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	cfg := jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"suggestions.>"}}
	if change != nil {
		change(&cfg)
	}
	if _, err := b.js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return b
}

func testNames(t testing.TB) broker.Names {
	t.Helper()
	names, err := broker.NewNames("", "")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// quiet keeps what the tests do to connections out of their output.
func quiet(o *nats.Options) error {
	o.AsyncErrorCB = func(*nats.Conn, *nats.Subscription, error) {}
	return nil
}

// restart returns when the bench's own connection is there again.
func (b *sendBench) restart() {
	b.t.Helper()
	back := b.js.Conn().StatusChanged(nats.CONNECTED)
	defer b.js.Conn().RemoveStatusListener(back)
	b.stopAndStart()
	select {
	case <-back:
	case <-time.After(20 * time.Second):
		b.t.Fatal("not connected again")
	}
}

// start starts the server on a port; it is there again with all that it stored.
func (b *sendBench) start(port int) {
	b.t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: b.dir, MaxPayload: 1 << 20,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	s.Start()
	b.server = s
	if !s.ReadyForConnections(10 * time.Second) {
		b.t.Fatal("server is not ready")
	}
}

func (b *sendBench) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// stopAndStart restarts the server on the same port.
func (b *sendBench) stopAndStart() {
	b.t.Helper()
	port := b.server.Addr().(*net.TCPAddr).Port
	b.stop()
	b.start(port)
}

func (b *sendBench) sender(cfg Config) *Sender {
	b.t.Helper()
	p, err := newSender(b.js, testNames(b.t), cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// send sends a file and wants no error, and the report to add up.
func (b *sendBench) send(path string) Report {
	b.t.Helper()
	r, err := b.sender(Config{}).SendFile(b.t.Context(), path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.check(r)
	return r
}

func (b *sendBench) check(r Report) {
	b.t.Helper()
	if r.Read != r.Sent+r.Already+r.Refused || r.Position != nil {
		b.t.Errorf("report does not add up: %+v", r)
	}
}

// stored returns "subject payload" of all messages, sorted.
func (b *sendBench) stored() []string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	s, err := b.js.Stream(ctx, "SUGGESTIONS")
	if err != nil {
		b.t.Fatal(err)
	}
	cons, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		b.t.Fatal(err)
	}
	it, err := cons.Messages(jetstream.PullMaxMessages(5000))
	if err != nil {
		b.t.Fatal(err)
	}
	defer it.Stop()
	var out []string
	for range s.CachedInfo().State.Msgs {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			b.t.Fatal(err)
		}
		out = append(out, m.Subject()+" "+string(m.Data()))
	}
	slices.Sort(out)
	return out
}

// corpus makes n lines: with own ids and without, some words twice, some broken.
func corpus(n int) (lines, stored []string) {
	for i := range n {
		var line, source string
		switch i % 5 {
		case 0, 1:
			line, source = fmt.Sprintf(`{"id":"c-%d","text":"建议%d","source":"cctv"}`, i, i), "cctv"
		case 2:
			line, source = fmt.Sprintf(`{"text":"没有编号%d"}`, i), "unknown"
		case 3:
			line, source = fmt.Sprintf(`{"text":"同样的话%d"}`, i/40), "unknown"
		default:
			line, source = fmt.Sprintf(`{broken %d`, i), "unknown"
		}
		lines = append(lines, line)
		stored = append(stored, "suggestions."+source+" "+line)
	}
	slices.Sort(stored)
	return lines, stored
}

func writeLines(t testing.TB, name string, lines []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantStored(t *testing.T, b *sendBench, want []string) {
	t.Helper()
	if d := cmp.Diff(want, b.stored()); d != "" {
		t.Errorf("stream (-want +got):\n%s", d)
	}
}

type dialer func(network, addr string) (net.Conn, error)

func (d dialer) Dial(network, addr string) (net.Conn, error) { return d(network, addr) }

// settle waits until the server has stored what dead clients had left in the
// network: they are gone, and a message behind theirs is stored. In production
// the duplicate window covers this moment.
func (b *sendBench) settle(clients int) {
	b.t.Helper()
	for b.server.NumClients() > clients {
		if _, err := b.js.AccountInfo(b.t.Context()); err != nil { // takes a moment
			b.t.Fatal(err)
		}
	}
	if _, err := b.js.Publish(b.t.Context(), "suggestions.marker", nil); err != nil {
		b.t.Fatal(err)
	}
}
