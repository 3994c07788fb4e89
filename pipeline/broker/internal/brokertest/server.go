package brokertest

import (
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// NATS starts a server with JetStream that listens on a port of its own, and
// stops it when the test ends.
func NATS(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port, o.NoSigs, o.NoLog = "127.0.0.1", server.RANDOM_PORT, true, true
	o.JetStream, o.StoreDir = true, t.TempDir()
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("server is not ready")
	}
	return s
}

// Domains starts two servers that are joined as hub and leaf, each with a
// JetStream domain named so, and returns their URLs.
func Domains(t testing.TB) (hub, leaf string) {
	t.Helper()
	at := &server.Options{ServerName: "hub", JetStreamDomain: "hub", LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: server.RANDOM_PORT}}
	hub = NATS(t, at).ClientURL()
	remote, err := url.Parse(fmt.Sprintf("nats-leaf://%s:%d", at.LeafNode.Host, at.LeafNode.Port))
	if err != nil {
		t.Fatal(err)
	}
	return hub, NATS(t, &server.Options{
		ServerName: "leaf", JetStreamDomain: "leaf",
		LeafNode: server.LeafNodeOpts{Remotes: []*server.RemoteLeafOpts{{URLs: []*url.URL{remote}}}},
	}).ClientURL()
}
