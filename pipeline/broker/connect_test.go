package broker

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/minyi/minyi/pipeline/broker/embedded"
	"github.com/nats-io/nats-server/v2/server"
)

func TestConnect(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
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
	t.Parallel()
	plain, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	plain.Start()
	t.Cleanup(func() { plain.Shutdown(); plain.WaitForShutdown() })
	if _, err := Connect(t.Context(), Options{Server: plain}); !errors.Is(err, ErrNoJetStream) {
		t.Errorf("%v", err)
	}
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]bool{
		"2.12.0": true, "2.15.2": true, "3.0.0-beta": true, "v2.12.1": true, "2.12.0-RC.1": true,
		"2.11.9": false, "1.99.0": false, "": false, "two": false, "2": false,
	} {
		if got := atLeast(v, 2, 12); got != want {
			t.Errorf("%q is at least 2.12: %v", v, got)
		}
	}
}
