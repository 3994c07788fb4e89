package broker

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/nats-io/nats-server/v2/server"
)

// cluster starts three servers that replicate each other.
func cluster(t *testing.T) []*server.Server {
	t.Helper()
	routes := make([]*url.URL, 0, 3)
	ports := make([]int, 0, 3)
	for range 3 {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", port)})
	}
	servers := make([]*server.Server, 0, 3)
	for i := range 3 {
		s, err := server.NewServer(&server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), Routes: routes,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: ports[i]},
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		servers = append(servers, s)
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	}
	for _, s := range servers {
		if !s.ReadyForConnections(10 * time.Second) {
			t.Fatal("server is not ready")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for !anyLeads(servers) {
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			t.Fatal("no leader of the cluster")
		}
	}
	return servers
}

func anyLeads(servers []*server.Server) bool {
	for _, s := range servers {
		if s.JetStreamIsLeader() && len(s.JetStreamClusterPeers()) == len(servers) {
			return true
		}
	}
	return false
}

// Three replicas, two workers on different servers, and the leaders of the
// streams step down while they count.
func TestClusterWithChangingLeaders(t *testing.T) {
	t.Parallel()
	servers, w := cluster(t), brokertest.NewWords(t, 3, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	conns := make([]*Conn, 0, 2)
	for _, s := range servers[:2] {
		c, err := Connect(ctx, Options{URL: s.ClientURL(), Replicas: 3, Timeout: 2 * time.Second})
		for err != nil && pause(ctx, 50*time.Millisecond) == nil { // JetStream settles
			c, err = Connect(ctx, Options{URL: s.ClientURL(), Replicas: 3, Timeout: 2 * time.Second})
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		conns = append(conns, c)
	}
	r := &rig{t: t, conn: conns[0]}
	for err := r.conn.EnsureSuggestions(ctx); err != nil; err = r.conn.EnsureSuggestions(ctx) { // as above
		if pause(ctx, 50*time.Millisecond) != nil {
			t.Fatal(err)
		}
	}
	e := &events{}
	cfg := brokertest.Config(w)
	cfg.RangeSize, cfg.Observer, cfg.StallAfter = 200, e, 20*time.Second
	for err := r.conn.ensureLedger(ctx); err != nil; err = r.conn.ensureLedger(ctx) { // as above
		if pause(ctx, 50*time.Millisecond) != nil {
			t.Fatal(err)
		}
	}
	for _, c := range conns {
		_, _ = (&rig{t: t, conn: c}).run(cfg)
	}
	var last uint64
	for i := range 4 {
		last = r.publish(brokertest.Payloads(uint64(i), 500, 2, w))
		for _, stream := range []string{"SUGGESTIONS", "MINYI_TASKS", "MINYI_DELTAS", "KV_COUNTS"} {
			if _, err := r.conn.nc.Request("$JS.API.STREAM.LEADER.STEPDOWN."+stream, nil, 5*time.Second); err != nil {
				t.Logf("step down of %s: %v", stream, err)
			}
		}
	}
	got := r.waitFor("", last)
	r.same(got, r.offline(w, last))
	t.Logf("%d folds, %d dropped deltas, tried again: %v", e.folds.Load(), e.dropped.Load(), e.errs)
}
