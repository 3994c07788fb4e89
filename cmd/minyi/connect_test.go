package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
)

// What the nats CLI takes from the environment says where and as whom minyi connects,
// too. A flag comes before it.
func TestEnvironmentOfNATS(t *testing.T) {
	t.Parallel()
	a := &app{stderr: io.Discard, env: []string{
		"NATS_URL=nats://far:4222", "NATS_CONTEXT=prod", "NATS_USER=boss", "NATS_PASSWORD=p", "NATS_TOKEN=t", "NATS_CREDS=c", "NATS_NKEY=k",
		"NATS_CA=ca", "NATS_CERT=cert", "NATS_KEY=key", "NATS_TIMEOUT=7s",
	}}
	got, err := a.connectOptions(brokerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.URL != "nats://far:4222" || got.Context != "prod" || got.User != "boss" || got.Password != "p" || got.Token != "t" || got.Creds != "c" ||
		got.NKey != "k" || got.CA != "ca" || got.Cert != "cert" || got.Key != "key" || got.Timeout != 7*time.Second {
		t.Errorf("%+v", got)
	}
	if got, err = a.connectOptions(brokerOptions{server: "nats://near:1", creds: "mine"}); err != nil || got.URL != "nats://near:1" || got.Context != "" || got.Creds != "mine" {
		t.Errorf("%+v, %v", got, err)
	}
	for variable, want := range map[string]string{"NATS_SOCKS_PROXY=x": "NATS_SOCKS_PROXY", "NATS_TIMEOUT=soon": "NATS_TIMEOUT"} {
		a := &app{stderr: io.Discard, env: []string{variable}}
		if _, err := a.connectOptions(brokerOptions{}); !errors.Is(err, broker.ErrSetting) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", variable, err)
		}
	}
}

// A broker that is not there yet, or has no leader yet, is waited for, and the log says
// so once. What no waiting mends is an error at once.
func TestWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	here, nowhere := brokerOptions{server: s.URL()}, brokerOptions{server: "nats://127.0.0.1:1"}
	for name, c := range map[string]struct {
		b      brokerOptions
		wait   time.Duration
		begins []error // what beginning returns, one after the other
		want   error
		said   int
	}{
		"elects":         {here, time.Minute, []error{context.DeadlineExceeded, nats.ErrNoResponders, nil}, nil, 1},
		"is there":       {here, time.Minute, []error{nil}, nil, 0},
		"does not suit":  {here, time.Minute, []error{broker.ErrUnsuited}, broker.ErrUnsuited, 0},
		"no such file":   {brokerOptions{server: s.URL(), creds: filepath.Join(t.TempDir(), "none.creds")}, time.Minute, nil, broker.ErrSetting, 0},
		"is nowhere":     {nowhere, 1500 * time.Millisecond, nil, broker.ErrConnect, 1},
		"is not awaited": {nowhere, 0, nil, broker.ErrConnect, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			a := &app{stderr: &log}
			tries := 0
			conn, err := a.connectWithin(t.Context(), c.b, c.wait, func(*broker.Conn) error {
				tries++
				return c.begins[tries-1]
			})
			if err == nil {
				conn.Close()
			}
			if !errors.Is(err, c.want) || tries != len(c.begins) || strings.Count(log.String(), "waiting for the broker") != c.said {
				t.Errorf("%d tries: %v\n%s", tries, err, &log)
			}
		})
	}
}

// Records of the log are text or JSON, from the level on that was asked for.
func TestLogFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ format, level, want string }{
		{"text", "info", "level=INFO msg=x tally=t\n"},
		{"json", "info", `"level":"INFO","msg":"x","tally":"t"}` + "\n"},
		{"json", "warn", ""},
	} {
		var out bytes.Buffer
		a := &app{stderr: &out, logFormat: c.format, logLevel: c.level}
		if err := a.checkLog(); err != nil {
			t.Fatal(err)
		}
		a.log().Info("x", "tally", "t")
		if !strings.HasSuffix(out.String(), c.want) || c.want == "" && out.Len() > 0 {
			t.Errorf("%+v: %q", c, out.String())
		}
	}
	for _, a := range []*app{{logFormat: "xml", logLevel: "info"}, {logFormat: "text", logLevel: "loud"}} {
		if err := a.checkLog(); err == nil {
			t.Errorf("%+v is taken", a)
		}
	}
}
