package broker

import (
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// Whoever is connected to one of two joined servers counts in the other's
// domain, if told so, and nothing is made in the domain that was not named.
func TestDomains(t *testing.T) {
	t.Parallel()
	hub, leaf := brokertest.Domains(t)
	w := brokertest.NewWords(t, 3, 4)
	for _, c := range []struct{ at, domain, other string }{{leaf, "hub", "leaf"}, {hub, "leaf", "hub"}} {
		r := &rig{t: t, conn: domainConn(t, c.at, c.domain)}
		if err := r.conn.EnsureSuggestions(t.Context()); err != nil {
			t.Fatalf("%s from %s: %v", c.domain, c.at, err)
		}
		last := r.publish(brokertest.Payloads(1, 300, 2, w))
		worker, stop := r.run(brokertest.Config(w))
		r.same(r.waitFor(worker.Tally(), last), r.offline(w, last))
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if a, err := r.conn.Audit(t.Context(), ""); err != nil || !a.Holds {
			t.Errorf("%v, %+v", err, a)
		}
		other := domainConn(t, c.at, c.other)
		for _, s := range []string{"SUGGESTIONS", "MINYI_TASKS", "MINYI_DELTAS", "KV_COUNTS"} {
			if _, err := other.js.Stream(t.Context(), s); err == nil {
				t.Errorf("%s was made in domain %s too", s, c.other)
			}
			if err := r.conn.js.DeleteStream(t.Context(), s); err != nil {
				t.Errorf("%s of domain %s: %v", s, c.domain, err)
			}
		}
	}
}

func domainConn(t *testing.T, at, name string) *Conn {
	t.Helper()
	var conn *Conn
	var err error
	for range 20 { // until the leaf is joined
		if conn, err = Connect(t.Context(), Options{URL: at, Domain: name, Timeout: 5 * time.Second}); err == nil {
			t.Cleanup(conn.Close)
			return conn
		}
		_ = pause(t.Context(), 250*time.Millisecond)
	}
	t.Fatal(err)
	return nil
}
