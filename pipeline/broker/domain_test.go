package broker

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Two servers joined as leaf and hub, each with JetStream of a domain of its
// own: whoever is connected to one counts in the other's domain, if told so, and
// nothing is made in the domain that was not named.
func TestDomains(t *testing.T) {
	hub := domainServer(t, "hub", &server.Options{LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: server.RANDOM_PORT}})
	remote, err := url.Parse("nats-leaf://" + hub.leaf)
	if err != nil {
		t.Fatal(err)
	}
	leaf := domainServer(t, "leaf", &server.Options{LeafNode: server.LeafNodeOpts{Remotes: []*server.RemoteLeafOpts{{URLs: []*url.URL{remote}}}}})
	w := newWords(t, 3, 4)
	for _, c := range []struct{ at, domain, other string }{{leaf.url, "hub", "leaf"}, {hub.url, "leaf", "hub"}} {
		r := &rig{t: t, conn: domainConn(t, c.at, c.domain)}
		if err := r.conn.EnsureSuggestions(t.Context()); err != nil {
			t.Fatalf("%s from %s: %v", c.domain, c.at, err)
		}
		lines, _ := corpus(300)
		publisher, err := r.conn.NewPublisher(PublishConfig{})
		if err != nil {
			t.Fatal(err)
		}
		report, err := publisher.SendFile(t.Context(), writeLines(t, "a.ndjson", lines), nil)
		if err != nil || report.Sent != 300 || report.Position != nil {
			t.Fatalf("send to %s: %+v, %v", c.domain, report, err)
		}
		worker, stop := r.run(config(w))
		r.same(r.waitFor(worker.Tally(), 300), r.offline(w, 300))
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if a, err := r.conn.Audit(t.Context(), ""); err != nil || !a.Holds {
			t.Errorf("%v, %+v", err, a)
		}
		for _, s := range []string{"SUGGESTIONS", "MINYI_TASKS", "MINYI_DELTAS", "KV_COUNTS", "KV_MINYI_POSITIONS"} {
			if _, err := domainConn(t, c.at, c.other).js.Stream(t.Context(), s); err == nil {
				t.Errorf("%s was made in domain %s too", s, c.other)
			}
			if err := r.conn.js.DeleteStream(t.Context(), s); err != nil {
				t.Errorf("%s of domain %s: %v", s, c.domain, err)
			}
		}
	}
}

type domain struct{ url, leaf string }

func domainServer(t *testing.T, name string, o *server.Options) domain {
	t.Helper()
	o.ServerName, o.JetStreamDomain = name, name
	s := natsWith(t, o)
	return domain{s.ClientURL(), fmt.Sprintf("%s:%d", o.LeafNode.Host, o.LeafNode.Port)}
}

func domainConn(t *testing.T, at, name string) *Conn {
	t.Helper()
	var conn *Conn
	var err error
	for range 100 { // until the leaf is joined
		if conn, err = Connect(t.Context(), Options{URL: at, Domain: name, Timeout: time.Second}); err == nil {
			t.Cleanup(conn.Close)
			return conn
		}
		_ = pause(t.Context(), 50*time.Millisecond)
	}
	t.Fatal(err)
	return nil
}
