package main

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker"
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
