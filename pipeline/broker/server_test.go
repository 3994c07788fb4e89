package broker

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
)

func TestServerErrorsHaveNames(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if _, err := StartServer(ServerOptions{Dir: t.TempDir(), Listen: l.Addr().String()}); !errors.Is(err, ErrAddressInUse) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("taken port: %v", err)
	}
	dir := t.TempDir()
	s, err := StartServer(ServerOptions{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := StartServer(ServerOptions{Dir: dir}); !errors.Is(err, ErrDataLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("locked folder: %v", err)
	}
	if !strings.HasPrefix(s.URL(), "nats://127.0.0.1:") {
		t.Errorf("URL %q", s.URL())
	}
	s.Shutdown()
	s.Shutdown()
	if s, err = StartServer(ServerOptions{Dir: dir}); err != nil {
		t.Fatalf("after a shutdown: %v", err)
	}
	if s.URL() != "" {
		t.Errorf("URL %q of a server that does not listen", s.URL())
	}
	s.Shutdown()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := StartServer(ServerOptions{Dir: filepath.Join(file, "data")}); !errors.Is(err, ErrDataUnusable) {
		t.Errorf("folder below a file: %v", err)
	}
	if _, err := StartServer(ServerOptions{}); !errors.Is(err, ErrDataUnusable) {
		t.Errorf("no folder: %v", err)
	}
	for _, addr := range []string{"nowhere", "127.0.0.1:http", "127.0.0.1:99999"} {
		if _, err := StartServer(ServerOptions{Dir: t.TempDir(), Listen: addr}); err == nil {
			t.Errorf("listens on %q", addr)
		}
	}
}

func TestConnect(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	s, err := StartServer(ServerOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	c, err := Connect(t.Context(), Options{URL: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	url, version := c.Server()
	if url != s.URL() || !atLeast(version, 2, 12) {
		t.Errorf("connected to %s, version %s", url, version)
	}
	if _, err := c.Counts().Snapshot(t.Context(), ""); !errors.Is(err, ErrNoTally) {
		t.Errorf("counts before there is a bucket: %v", err)
	}
	c.Close()

	// By a context, named and selected.
	if err := os.MkdirAll(filepath.Join(dir, "nats", "context"), 0o700); err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]string{"url": s.URL()})
	if err := os.WriteFile(filepath.Join(dir, "nats", "context", "here.json"), body, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, selected := range []string{"", "here"} {
		if err := os.WriteFile(filepath.Join(dir, "nats", "context.txt"), []byte(selected), 0o600); err != nil {
			t.Fatal(err)
		}
		name := "here"
		if selected != "" {
			name = ""
		}
		c, err := Connect(t.Context(), Options{Context: name})
		if err != nil {
			t.Fatalf("context %q with %q selected: %v", name, selected, err)
		}
		if url, _ := c.Server(); url != s.URL() {
			t.Errorf("connected to %s", url)
		}
		c.Close()
	}
	for _, o := range []Options{
		{URL: "nats://127.0.0.1:1"},
		{Context: "nowhere"},
		{URL: s.URL(), Creds: "no such file"},
		{URL: s.URL(), NKey: "no such file"},
		{URL: s.URL(), Cert: "cert without key"},
		{URL: s.URL(), CA: "no such file"},
	} {
		if c, err := Connect(t.Context(), o); !errors.Is(err, ErrConnect) {
			t.Errorf("%+v: %v", o, err)
			if err == nil {
				c.Close()
			}
		}
	}
	if _, err := Connect(t.Context(), Options{URL: s.URL(), Prefix: "a b"}); err == nil {
		t.Error("prefix with a space")
	}
}

func TestNoJetStreamIsNamed(t *testing.T) {
	plain, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	plain.Start()
	t.Cleanup(func() { plain.Shutdown(); plain.WaitForShutdown() })
	if _, err := Connect(t.Context(), Options{Server: &Server{server: plain}}); !errors.Is(err, ErrNoJetStream) {
		t.Errorf("%v", err)
	}
}

func TestVersions(t *testing.T) {
	for v, want := range map[string]bool{
		"2.12.0": true, "2.15.2": true, "3.0.0-beta": true, "v2.12.1": true, "2.12.0-RC.1": true,
		"2.11.9": false, "1.99.0": false, "": false, "two": false, "2": false,
	} {
		if got := atLeast(v, 2, 12); got != want {
			t.Errorf("%q is at least 2.12: %v", v, got)
		}
	}
}

func TestNames(t *testing.T) {
	n, err := NewNames("", "")
	if err != nil || n.Suggestions != "SUGGESTIONS" || n.Tasks != "MINYI_TASKS" || n.Bucket != "COUNTS" || n.SkipTokens != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	n, err = NewNames("org.poll", "VOICES")
	if err != nil || n.Suggestions != "VOICES" || n.Tasks != "ORG_POLL_MINYI_TASKS" || n.Bucket != "ORG_POLL_COUNTS" || n.SkipTokens != 3 || n.CountsSubject != "org.poll.minyi.counts" {
		t.Errorf("%+v, %v", n, err)
	}
	for _, bad := range []string{"a b", "a..b", ".a", "a.", "a*", ">", "意"} {
		if _, err := NewNames(bad, ""); err == nil {
			t.Errorf("prefix %q is allowed", bad)
		}
	}
}

func TestParseAck(t *testing.T) {
	want := ackMeta{seq: 7, count: 5, stored: 1650000000000000001, pending: 3}
	for reply, ok := range map[string]bool{
		"$JS.ACK.SUGGESTIONS.cons.1.7.5.1650000000000000001.3":            true,
		"$JS.ACK._.hash.SUGGESTIONS.cons.1.7.5.1650000000000000001.3":     true,
		"$JS.ACK.hub.hash.SUGGESTIONS.cons.1.7.5.1650000000000000001.3.r": true,
		"$JS.ACK.SUGGESTIONS.cons.1.7.5.1650000000000000001":              false,
		"$JS.ACK.SUGGESTIONS.cons.1.x.5.1650000000000000001.3":            false,
		"$JS.ACK.hash.SUGGESTIONS.cons.1.7.5.1650000000000000001.3":       false,
		"_INBOX.x": false, "": false,
	} {
		got, parsed := parseAck(reply)
		if parsed != ok || ok && got != want {
			t.Errorf("%q: %+v %v", reply, got, parsed)
		}
	}
}

func TestService(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 2)
	last := r.publish(payloads(1, 50, 1, w))
	worker, stop := r.run(config(w))
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	snapshots, err := r.conn.nc.SubscribeSync("minyi.counts.*")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		served <- r.conn.Serve(ctx, ServiceOptions{
			Version: "1.2.3", Every: 20 * time.Millisecond, Status: worker.Status,
			Classify: func(text []byte) ([]byte, error) {
				if len(text) == 0 {
					return nil, errors.New("no text")
				}
				return []byte(`{"primary":null}`), nil
			},
		})
	}()
	r.waitFor("", last)
	m, err := snapshots.NextMsg(5 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var snap pipeline.Snapshot
	if err := json.Unmarshal(m.Data, &snap); err != nil || m.Subject != "minyi.counts."+worker.Tally() || snap.Tally != worker.Tally() {
		t.Errorf("%s: %s, %v", m.Subject, m.Data, err)
	}
	ask := func(subject, body string) *nats.Msg {
		t.Helper()
		m, err := r.conn.nc.Request(subject, []byte(body), 5*time.Second)
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		return m
	}
	if err := json.Unmarshal(ask("minyi.counts", "").Data, &snap); err != nil || snap.Stored != last {
		t.Errorf("counts: %+v, %v", snap, err)
	}
	if code := ask("minyi.counts", "nothing").Header.Get("Nats-Service-Error-Code"); code != "404" {
		t.Errorf("counts of an unknown tally: code %q", code)
	}
	if got := ask("minyi.classify", "x"); string(got.Data) != `{"primary":null}` {
		t.Errorf("classify: %s", got.Data)
	}
	if code := ask("minyi.classify", "").Header.Get("Nats-Service-Error-Code"); code != "500" {
		t.Errorf("classify that fails: code %q", code)
	}
	var status pipeline.Status
	if err := json.Unmarshal(ask("minyi.status", "").Data, &status); err != nil || status.Frontier != last {
		t.Errorf("status: %+v, %v", status, err)
	}
	if info := ask("$SRV.INFO.minyi", ""); !strings.Contains(string(info.Data), `"version":"1.2.3"`) {
		t.Errorf("service info: %s", info.Data)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
