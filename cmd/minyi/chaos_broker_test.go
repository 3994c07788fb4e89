//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// natsServer is a nats-server as a process of its own, which can be killed and
// started again on the same folder and ports.
type natsServer struct {
	*process
	program string
	host    *host // nil: this machine
	name    string
	dir     string   // of its configuration and log
	store   string   // of JetStream
	extra   string   // of the configuration
	limit   int      // bytes that JetStream may store
	port    int      // of clients
	monitor int      // of HTTP
	routes  []string // addresses in the cluster, its own included; none: no cluster
	route   string   // its own
	down    bool     // on purpose
}

// newServers starts one server, or several that are a cluster.
func newServers(t *testing.T, l *lab, n int, extra string) []*natsServer {
	t.Helper()
	servers, ports := make([]*natsServer, n), l.freePorts(t, 3*n)
	for i := range servers {
		dir := t.TempDir()
		servers[i] = &natsServer{
			program: l.nats, name: fmt.Sprintf("n%d", i), dir: dir, store: filepath.Join(dir, "store"), limit: 8 << 30, extra: extra,
			port: ports[i], monitor: ports[n+i],
		}
		servers[i].route = servers[i].host.address(ports[2*n+i])
	}
	startAll(t, servers)
	return servers
}

// newServersOn starts a cluster with a server on each host.
func newServersOn(t *testing.T, l *lab, hosts []*host, extra string) []*natsServer {
	t.Helper()
	servers := make([]*natsServer, len(hosts))
	for i, h := range hosts {
		dir := t.TempDir()
		servers[i] = &natsServer{
			program: l.nats, host: h, name: h.name, dir: dir, store: filepath.Join(dir, "store"), limit: 8 << 30, extra: extra,
			port: 4222, monitor: 8222, route: h.address(6222),
		}
	}
	startAll(t, servers)
	return servers
}

// startAll starts servers, as a cluster if they are several.
func startAll(t *testing.T, servers []*natsServer) {
	t.Helper()
	for _, s := range servers {
		for _, other := range servers {
			if len(servers) > 1 {
				s.routes = append(s.routes, other.route)
			}
		}
		s.start(t)
	}
}

// stream is the folder of a stream.
func (s *natsServer) stream(name string) string {
	return filepath.Join(s.store, "jetstream/$G/streams", name)
}

func (s *natsServer) url() string { return "nats://" + s.host.address(s.port) }

// configure writes the configuration and returns its file. Pings are quick, so
// that the server notices a process that was stopped.
func (s *natsServer) configure(t *testing.T) string {
	t.Helper()
	var conf strings.Builder
	fmt.Fprintf(&conf, "server_name: %s\nlisten: %q\nhttp: \"127.0.0.1:%d\"\nlog_file: %q\n",
		s.name, s.host.address(s.port), s.monitor, filepath.Join(s.dir, "log"))
	fmt.Fprintf(&conf, "ping_interval: \"1s\"\nping_max: 3\njetstream { store_dir: %q, max_file_store: %d }\n", s.store, s.limit)
	conf.WriteString(s.extra)
	if len(s.routes) > 0 {
		var routes []string
		for _, address := range s.routes {
			routes = append(routes, fmt.Sprintf("%q", "nats://"+address))
		}
		// Clients have all addresses, and those of hosts are none on this machine.
		fmt.Fprintf(&conf, "cluster { name: chaos, listen: %q, no_advertise: %t, routes: [%s] }\n", s.route, s.host != nil, strings.Join(routes, ", "))
	}
	file := filepath.Join(s.dir, "nats.conf")
	if err := os.WriteFile(file, []byte(conf.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// start starts the server, for the first time or again.
func (s *natsServer) start(t *testing.T) {
	t.Helper()
	s.down = false
	s.process = startOn(t, s.host, "nats-server "+s.name, exec.CommandContext(context.Background(), s.program, "-c", s.configure(t)))
}

// kill is kill -9, as of a process.
func (s *natsServer) kill() {
	s.down = true
	s.process.kill()
}

// terminate is SIGTERM, as of a process.
func (s *natsServer) terminate() {
	s.down = true
	s.process.terminate()
}

// log is the end of what the server wrote.
func (s *natsServer) log() string {
	b, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return err.Error()
	}
	return tail(string(b))
}

// freePorts returns ports that nobody listens on and that no other run was
// given: its server may be down for the moment. They lie below those that the
// kernel gives to outgoing connections, for the same reason.
func (l *lab) freePorts(t *testing.T, n int) []int {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var ports []int
	for tries := 0; len(ports) < n && tries < 1000; tries++ {
		port := 20_000 + rand.IntN(12_000)
		if l.ports[port] {
			continue
		}
		probe, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if err := probe.Close(); err != nil {
			t.Fatal(err)
		}
		l.ports[port] = true
		ports = append(ports, port)
	}
	if len(ports) < n {
		t.Fatal("no free ports")
	}
	return ports
}

// urls are the addresses of all servers, as --server takes them.
func urls(servers []*natsServer) string {
	all := make([]string, len(servers))
	for i, s := range servers {
		all[i] = s.url()
	}
	return strings.Join(all, ",")
}

// observer is a connection that looks at what is stored, and stays through all
// faults of a broker.
type observer struct {
	nc *nats.Conn
	js jetstream.JetStream
}

// observe connects, and returns when JetStream answers.
func (r *trial) observe() {
	r.t.Helper()
	nc, err := nats.Connect(r.seenAt, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond),
		nats.PingInterval(time.Second), nats.RetryOnFailedConnect(true), nats.Name("chaos"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(nc.Close)
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(2*time.Second))
	if err != nil {
		r.t.Fatal(err)
	}
	r.see = &observer{nc, js}
	r.brokerReady()
}

// brokerReady waits until JetStream answers.
func (r *trial) brokerReady() {
	r.t.Helper()
	r.until("JetStream answers", func(ctx context.Context) bool {
		_, err := r.see.js.AccountInfo(ctx)
		return err == nil
	})
}
