package broker

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// writeContext writes a NATS context and returns its file.
func writeContext(t *testing.T, settings map[string]any) string {
	t.Helper()
	body, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "here.json")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A setting of a context that nobody honours is an error with its name: the connection
// that would be made without it is another one.
func TestContextSettingsAreHonouredOrRefused(t *testing.T) {
	t.Parallel()
	s := brokertest.NATS(t, &server.Options{Users: []*server.User{{Username: "boss", Password: "s3cret"}}})
	for name, c := range map[string]struct {
		settings map[string]any
		want     string // in the error; "" for none
	}{
		"user":               {map[string]any{"user": "boss", "password": "s3cret"}, ""},
		"what means nothing": {map[string]any{"user": "boss", "password": "s3cret", "color_scheme": "x", "jetstream_event_prefix": "E", "nsc": "", "windows_ca_certs_match": nil}, ""},
		"a lookup by nsc":    {map[string]any{"nsc": "nsc://o/a/u"}, "nsc"},
		"Windows":            {map[string]any{"windows_cert_match": "x"}, "windows_cert_match"},
		"of a later CLI":     {map[string]any{"priority": 3, "user": "boss"}, "priority"},
		"half a user":        {map[string]any{"user_jwt": "x"}, "user_seed"},
		"two places":         {map[string]any{"user": "boss", "password": "s3cret", "jetstream_domain": "D", "jetstream_api_prefix": "P"}, "at once"},
	} {
		c.settings["url"] = s.ClientURL()
		conn, err := Connect(t.Context(), Options{Context: writeContext(t, c.settings)})
		if err == nil {
			conn.Close()
		}
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, ErrSetting) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A server that is named as well takes the place of the context's, and of nothing else.
	conn, err := Connect(t.Context(), Options{URL: s.ClientURL(), Context: writeContext(t, map[string]any{
		"url": "nats://127.0.0.1:1", "user": "boss", "password": "s3cret",
	})})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if _, err := Connect(t.Context(), Options{Context: "there-is-none"}); !errors.Is(err, ErrSetting) || !strings.Contains(err.Error(), "there-is-none") {
		t.Errorf("%v", err)
	}
}

// A server that wants TLS first does not greet. The error says what may be the matter.
func TestTLSFirst(t *testing.T) {
	t.Parallel()
	cert, roots := selfSigned(t)
	s := brokertest.NATS(t, &server.Options{TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}, TLSHandshakeFirst: true})
	o := Options{URL: s.ClientURL(), TLS: &tls.Config{RootCAs: roots}, Timeout: time.Second}
	if _, err := Connect(t.Context(), o); !errors.Is(err, ErrConnect) || !strings.Contains(ConnectRemedy(err).String(), "--tlsfirst") {
		t.Errorf("%v; %s", err, ConnectRemedy(err))
	}
	o.TLSFirst = true
	conn, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	file := writeContext(t, map[string]any{"url": s.ClientURL(), "tls_first": true})
	if conn, err = Connect(t.Context(), Options{Context: file, TLS: o.TLS}); err != nil {
		t.Fatal(err)
	}
	conn.Close()
}

// accountsServer starts a server on which one account imports what another exports,
// the API of JetStream under a prefix, and returns the address. Jetstream says whether
// the account that imports has one of its own.
func accountsServer(t *testing.T, imports, jetstream string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "nats.conf")
	err := os.WriteFile(file, []byte(`accounts {
 HUB { jetstream: enabled, users: [{user: hub, password: p}]
   exports: [{service: "$JS.API.>", response_type: stream}, {service: "$JS.ACK.>"}, {service: "$KV.>"}, {service: "minyi.>"}, {service: "suggestions.>"}] }
 APP { jetstream: `+jetstream+`, users: [{user: app, password: p}]
   imports: [{service: {account: HUB, subject: "$JS.API.>"}, to: "JS.hub.API.>"}`+imports+`] }
}`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	o, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return brokertest.NATS(t, o).Addr().(*net.TCPAddr).String()
}
