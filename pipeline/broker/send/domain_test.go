package send

import (
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// Whoever is connected to one of two joined servers sends to the other's domain,
// if told so: messages and positions are there, and nothing is sent twice.
func TestSendToAnotherDomain(t *testing.T) {
	t.Parallel()
	hub, leaf := brokertest.Domains(t)
	for _, c := range []struct{ at, domain, other string }{{leaf, "hub", "leaf"}, {hub, "leaf", "hub"}} {
		conn := domainConn(t, c.at, c.domain)
		if err := conn.EnsureSuggestions(t.Context()); err != nil {
			t.Fatalf("%s from %s: %v", c.domain, c.at, err)
		}
		s, err := New(conn, Config{})
		if err != nil {
			t.Fatal(err)
		}
		lines, _ := corpus(300)
		path := writeLines(t, "a.ndjson", lines)
		for _, sent := range []int{300, 0} {
			report, err := s.SendFile(t.Context(), path, nil)
			if err != nil || report.Sent != sent || report.Read != 300 || report.Position != nil {
				t.Fatalf("send to %s: %+v, %v", c.domain, report, err)
			}
		}
		other := domainConn(t, c.at, c.other)
		for _, s := range []string{"SUGGESTIONS", "KV_MINYI_POSITIONS"} {
			if _, err := other.JetStream().Stream(t.Context(), s); err == nil {
				t.Errorf("%s was made in domain %s too", s, c.other)
			}
			if err := conn.JetStream().DeleteStream(t.Context(), s); err != nil {
				t.Errorf("%s of domain %s: %v", s, c.domain, err)
			}
		}
	}
}

func domainConn(t *testing.T, at, name string) *broker.Conn {
	t.Helper()
	var conn *broker.Conn
	var err error
	for range 20 { // until the leaf is joined
		if conn, err = broker.Connect(t.Context(), broker.Options{URL: at, Domain: name, Timeout: 5 * time.Second}); err == nil {
			t.Cleanup(conn.Close)
			return conn
		}
		_ = pauseFor(t.Context(), 250*time.Millisecond)
	}
	t.Fatal(err)
	return nil
}
