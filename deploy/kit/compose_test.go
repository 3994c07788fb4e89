// Package kit_test holds compose.yaml and the Helm chart to what minyi, NATS, Prometheus and
// Kubernetes take. It is a module of its own, so that minyi does not depend on what only
// checks it.
package kit_test

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/deploy/kit/internal/real"
)

// program is minyi, built of this checkout.
var program = sync.OnceValues(func() (string, error) { return real.Build(scratch, "../..") })

// scratch is a folder of this run.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "minyi-kit-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

func minyi(t *testing.T) string {
	t.Helper()
	name, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// users of authorization.conf, and the cluster.
var users = []string{"ADMIN", "SEND", "WORK", "LOOK", "DOCTOR", "ASK", "CLUSTER"}

// project is compose.yaml with passwords, as Compose's own loader reads it.
func project(t *testing.T) *types.Project {
	t.Helper()
	env := types.Mapping{}
	for _, u := range users {
		env["MINYI_"+u+"_PASSWORD"] = "p" + strings.ToLower(u)
	}
	p, err := load(t, env)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func load(t *testing.T, env types.Mapping) (*types.Project, error) {
	t.Helper()
	dir, err := filepath.Abs("../compose")
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: dir, Environment: env,
		ConfigFiles: []types.ConfigFile{{Filename: filepath.Join(dir, "compose.yaml")}},
	}, func(o *loader.Options) { o.SetProjectName("minyi", true) })
}

// environment is that of a service, as exec wants it.
func environment(s types.ServiceConfig) (env []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Environment)) {
		if v := s.Environment[name]; v != nil {
			env = append(env, name+"="+*v)
		}
	}
	return env
}

// onHost returns the file of this machine that a service sees under a name.
func onHost(t *testing.T, s types.ServiceConfig, name string) string {
	t.Helper()
	for _, v := range s.Volumes {
		if rest, ok := strings.CutPrefix(name, v.Target); ok && v.Type == types.VolumeTypeBind {
			return v.Source + rest
		}
	}
	t.Fatalf("%s: nothing is mounted at %s", s.Name, name)
	return ""
}

// TestComposeIsSafe: passwords have to be set, everything mounted exists and cannot be
// written, ports are those of this machine only, and no image names a host.
func TestComposeIsSafe(t *testing.T) {
	if _, err := load(t, types.Mapping{"MINYI_CLUSTER_PASSWORD": "p"}); err == nil || !strings.Contains(err.Error(), "PASSWORD") {
		t.Errorf("without passwords: %v; an error that names one is expected", err)
	}
	for name, s := range project(t).Services {
		for _, v := range s.Volumes {
			if v.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(v.Source); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !v.ReadOnly {
				t.Errorf("%s: %s can be written", name, v.Source)
			}
		}
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is open to other machines", name, port.Published)
			}
		}
		if !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Privileged {
			t.Errorf("%s may gain privileges", name)
		}
		if fault := namesHost(s.Image); fault != "" {
			t.Errorf("%s: %s", name, fault)
		}
		// minyi's image has nothing that could ask; compose.yaml says so.
		if s.Image == "minyi" {
			if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || s.MemLimit == 0 || s.StopGracePeriod == nil {
				t.Errorf("%s: not as hardened as the image allows", name)
			}
			continue
		}
		if s.HealthCheck == nil {
			t.Errorf("%s: no check of its health", name)
		}
	}
}

// namesHost tells whether a reference of an image begins with a host.
func namesHost(image string) string {
	if first, _, ok := strings.Cut(image, "/"); ok && strings.ContainsAny(first, ".:") {
		return fmt.Sprintf("image %s names a registry; that is the user's choice", image)
	}
	return ""
}

// checkedAddress is what a service's check of health asks.
func checkedAddress(t *testing.T, s types.ServiceConfig) *url.URL {
	t.Helper()
	u, err := url.Parse(s.HealthCheck.Test[len(s.HealthCheck.Test)-1])
	if err != nil || u.Host == "" {
		t.Fatalf("%s: no address in %v: %v", s.Name, s.HealthCheck.Test, err)
	}
	return u
}

// freePort is one that nobody listens on at the moment.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // of a TCP listener
}

// brokers starts the NATS servers of compose.yaml with their files, environment and commands,
// on ports of this machine, and returns the address that each name stands for.
func brokers(t *testing.T, p *types.Project) map[string]string {
	t.Helper()
	routes, clients := map[string]int{}, map[string]string{}
	var servers []types.ServiceConfig
	for name, s := range p.Services {
		if strings.HasPrefix(name, "nats-") {
			routes[name] = freePort(t)
			servers = append(servers, s)
		}
	}
	if len(servers) != 3 {
		t.Fatalf("%d NATS servers, 3 are expected", len(servers))
	}
	var running []*server.Server
	for _, s := range servers {
		srv, err := server.NewServer(brokerOptions(t, s, routes))
		if err != nil {
			t.Fatal(err)
		}
		srv.Start()
		t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
		running = append(running, srv)
		clients[s.Name] = strings.TrimPrefix(srv.ClientURL(), "nats://")
	}
	for i, srv := range running {
		health := checkedAddress(t, servers[i])
		if health.Port() != "8222" {
			t.Errorf("%s: %s is not where nats.conf has the server's monitoring", servers[i].Name, health)
		}
		real.Answers(t, fmt.Sprintf("http://%s%s", srv.MonitorAddr(), health.Path))
	}
	return clients
}

// brokerOptions reads a server's configuration as the server does in its container, and
// replaces what only exists there: names, ports and the folder of its data.
func brokerOptions(t *testing.T, s types.ServiceConfig, routes map[string]int) *server.Options {
	t.Helper()
	for _, variable := range environment(s) {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	// A folder with everything that is mounted at /etc/nats, for include.
	dir := t.TempDir()
	for _, v := range s.Volumes {
		if filepath.Dir(v.Target) != "/etc/nats" {
			continue
		}
		b, err := os.ReadFile(v.Source)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(v.Target)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.Command) != 2 || s.Command[0] != "--config" {
		t.Fatalf("%s: %v; --config and a file are expected", s.Name, s.Command)
	}
	o, err := server.ProcessConfigFile(filepath.Join(dir, filepath.Base(s.Command[1])))
	if err != nil {
		t.Fatal(err)
	}
	if o.ServerName != s.Name || len(o.Routes) != 3 || !o.JetStream || o.StoreDir != "/data" || len(o.Users) != 6 {
		t.Fatalf("%s: name %s, %d routes, JetStream %v in %s, %d users", s.Name, o.ServerName, len(o.Routes), o.JetStream, o.StoreDir, len(o.Users))
	}
	for _, r := range o.Routes {
		if r.Port() != "6222" || routes[r.Hostname()] == 0 {
			t.Fatalf("%s: route to %s, which is no server", s.Name, r.Redacted())
		}
		r.Host = fmt.Sprintf("127.0.0.1:%d", routes[r.Hostname()])
	}
	o.Host, o.Port = "127.0.0.1", server.RANDOM_PORT
	o.HTTPHost, o.HTTPPort = "127.0.0.1", server.RANDOM_PORT
	o.Cluster.Host, o.Cluster.Port = "127.0.0.1", routes[s.Name]
	o.StoreDir, o.NoSigs, o.NoLog = t.TempDir(), true, true
	return o
}

// TestComposeWorks: NATS servers as compose.yaml starts them make a cluster, in which worker
// and page, as it starts them, find their streams, are ready and show counts.
func TestComposeWorks(t *testing.T) {
	p := project(t)
	clients := brokers(t, p)
	for _, name := range []string{"work", "page"} {
		s := p.Services[name]
		env := environment(s)
		for i := range env {
			for name, addr := range clients {
				env[i] = strings.ReplaceAll(env[i], name+":4222", addr)
			}
		}
		// The last --listen counts. Everything else is as in the file.
		worker := real.Start(t, real.Command(t, env, minyi(t), append(slices.Clone(s.Command), "--listen", "127.0.0.1:0")...))
		for _, path := range []string{"/healthz", "/readyz", "/"} {
			real.Answers(t, worker.Page+path)
		}
		if !strings.Contains(real.Answers(t, worker.Page+"/metrics"), "minyi_broker_connected 1") {
			t.Errorf("%s: its /metrics do not say that it reaches the broker", name)
		}
	}
	if n := *p.Services["work"].Scale; n != 2 {
		t.Errorf("%d workers, 2 are expected", n)
	}
}

// TestComposePrometheus: the real Prometheus takes its flags, its configuration and the rules,
// and is where Grafana and the check of its health look for it.
func TestComposePrometheus(t *testing.T) {
	t.Parallel()
	prometheus, err := exec.LookPath("prometheus")
	if err != nil {
		t.Skip("prometheus is missing; `make test-deps` installs it")
	}
	p := project(t)
	s := p.Services["prometheus"]
	config, err := os.ReadFile(onHost(t, s, "/etc/prometheus/prometheus.yml"))
	if err != nil {
		t.Fatal(err)
	}
	const rules = "/etc/prometheus/minyi"
	if !strings.Contains(string(config), rules+"/*.yml") {
		t.Fatalf("prometheus.yml has no rules of %s", rules)
	}
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(config), rules, onHost(t, s, rules))), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	args := append(slices.Clone(s.Command), "--config.file="+file, "--storage.tsdb.path="+t.TempDir(), "--web.listen-address="+addr)
	args = slices.DeleteFunc(args, func(a string) bool { // each may be given once
		return a == "--config.file=/etc/prometheus/prometheus.yml" || a == "--storage.tsdb.path=/prometheus"
	})
	cmd := real.Command(t, os.Environ(), prometheus, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Cancel()
		_ = cmd.Wait()
	})
	health := checkedAddress(t, s)
	if health.Port() != "9090" {
		t.Errorf("%s is not Prometheus's port", health)
	}
	real.Answers(t, "http://"+addr+health.Path)
	if got := real.Answers(t, "http://"+addr+"/api/v1/rules"); !strings.Contains(got, "minyi:current_lag_messages:max") {
		t.Errorf("the rules are not there: %.300s", got)
	}
	for _, name := range []string{"work", "page"} { // prometheus.yml asks for them by name
		if !strings.Contains(string(config), name) || !slices.Contains(p.Services[name].Command, "0.0.0.0:8080") {
			t.Errorf("%s is not scraped on its port", name)
		}
	}
	source, err := os.ReadFile(onHost(t, p.Services["grafana"], "/etc/grafana/provisioning/datasources/minyi.yaml"))
	if err != nil || !strings.Contains(string(source), "http://prometheus:9090") {
		t.Errorf("Grafana's data source is not this Prometheus: %v\n%s", err, source)
	}
}
