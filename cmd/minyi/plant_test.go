//go:build unix

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

// plant is what an operator has in a procedure of docs/runbooks.md: hosts that run
// nats-server or minyi-work as units of systemd. Units are started here, and `systemctl -H
// HOST`, `ssh HOST` and `scp minyi HOST:` of a procedure are done here too; the files of a
// host lie in a folder with its name. All else that is typed is typed.
type plant struct {
	t       *testing.T
	g       *guide
	replica string // of streams that workers make: "1" or "3"
	dict    string // folder of the dictionary that workers are started with
	brokers map[string]*plantBroker
	workers map[string]*plantWorker
	conn    *broker.Conn
	room    string // how many messages had room in a full store
}

// plantBroker is a unit nats-server. The server is nil while it is stopped.
type plantBroker struct {
	conf        string // file of the configuration
	port, route int
	http        int
	server      *server.Server
}

// plantWorker is a unit minyi-work.
type plantWorker struct {
	release string // semantics of its program
	cmd     *exec.Cmd
	said    *watched
}

// release is that of the programs that a plant has at first: one with other rules.
const release = "gse-0.79.0-zh_s/1"

// plantDictionary is what workers count by: a small one of its own, so that a change of the
// default one does not change the page.
const plantDictionary = `theme: life
name: {zh: 生活, en: Life}
subthemes:
  - {id: school, name: {zh: 学校, en: Schools}, keywords: [学校, 教育, 老师, 学生]}
  - {id: health, name: {zh: 看病, en: Health}, keywords: [医院, 看病, 医生, 医保]}
  - {id: work, name: {zh: 工作, en: Work}, keywords: [工资, 就业, 养老, 社保]}
`

// dictionary is a folder with a dictionary.
func dictionary(t *testing.T, theme string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "life.yaml"), []byte(theme), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// newPlant starts brokers with a line of the configuration of JetStream, and workers.
func newPlant(t *testing.T, g *guide, jetstream string, brokers, workers []string) *plant {
	t.Helper()
	p := &plant{t: t, g: g, replica: "1", dict: dictionary(t, plantDictionary), brokers: map[string]*plantBroker{}, workers: map[string]*plantWorker{}}
	if len(brokers) > 1 {
		p.replica = "3"
	}
	var routes, urls []string
	for _, name := range brokers {
		b := &plantBroker{conf: filepath.Join(g.dir, name, "etc/nats-server.conf"), port: freePort(t), route: freePort(t), http: freePort(t)}
		p.brokers[name] = b
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", b.route))
		urls = append(urls, fmt.Sprintf("nats://127.0.0.1:%d", b.port))
	}
	for _, name := range brokers {
		b := p.brokers[name]
		conf := fmt.Sprintf("server_name: %s\nlisten: \"127.0.0.1:%d\"\nhttp: \"127.0.0.1:%d\"\njetstream {\n  store_dir: %q\n%s\n}\n",
			name, b.port, b.http, filepath.Join(g.dir, name, "var/lib/nats"), jetstream)
		if len(brokers) > 1 {
			conf += fmt.Sprintf("cluster { name: plant, listen: \"127.0.0.1:%d\", routes: [%s] }\n", b.route, strings.Join(routes, ", "))
		}
		if err := os.MkdirAll(filepath.Dir(b.conf), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.conf, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		b.start(t)
	}
	g.env = append(g.env, "NATS_URL="+strings.Join(urls, ","))
	p.connect(strings.Join(urls, ","))
	for _, name := range workers {
		p.workers[name] = &plantWorker{release: semantics}
	}
	g.before, g.after = p.typed, p.shown
	return p
}

// freePort is one that nobody listens on, nor will while its broker is stopped: the kernel
// gives no port below 32,768 to an outgoing connection, and the fault matrix takes those from
// 20,000 on.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 12_000 + rand.IntN(8_000)
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

// connect looks into the plant; the connection stays while brokers are stopped.
func (p *plant) connect(urls string) {
	p.t.Helper()
	until(p.t, "the brokers answer", func() (ok bool) {
		var err error
		p.conn, err = broker.Connect(p.t.Context(), broker.Options{URL: urls})
		return err == nil
	})
	p.t.Cleanup(p.conn.Close)
}

func (b *plantBroker) start(t *testing.T) {
	t.Helper()
	o, err := server.ProcessConfigFile(b.conf)
	if err != nil {
		t.Fatal(err)
	}
	o.NoSigs, o.NoLog = true, true
	if b.server, err = server.NewServer(o); err != nil {
		t.Fatal(err)
	}
	b.server.Start()
	if !b.server.ReadyForConnections(30 * time.Second) {
		t.Fatal("a broker does not start")
	}
	t.Cleanup(b.stop)
}

func (b *plantBroker) stop() {
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
		b.server = nil
	}
}

// start starts a worker and returns when it is connected, as systemctl does.
func (p *plant) start(w *plantWorker) {
	p.t.Helper()
	w.cmd = command(context.Background(), p.t, "work", "--promote", "--replicas", p.replica, "--dict", p.dict)
	w.cmd.Dir, w.cmd.Env, w.said = p.g.dir, append(slices.Clone(p.g.env), asSemantics+"="+w.release), newWatched()
	w.cmd.Stderr = w.said
	if err := w.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { p.stop(w) })
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	w.said.find(ctx, p.t, `^tally  (\w+)`)
}

// stop drains a worker. Without its broker that takes 20 s, and a test does not wait for it.
func (p *plant) stop(w *plantWorker) {
	if w.cmd != nil {
		with := syscall.SIGKILL
		for _, b := range p.brokers {
			if b.server != nil {
				with = syscall.SIGTERM
			}
		}
		_ = w.cmd.Process.Signal(with)
		_ = w.cmd.Wait()
		w.cmd = nil
	}
}

// running is how many workers run.
func (p *plant) running() int {
	n := 0
	for _, w := range p.workers {
		if w.cmd != nil {
			n++
		}
	}
	return n
}

// upgrading tells whether a worker of the new release runs: readers will be shown its tally.
func (p *plant) upgrading() bool {
	for _, w := range p.workers {
		if w.cmd != nil && w.release == semantics {
			return true
		}
	}
	return false
}

// settle waits until every worker has said what it does with each tally that is wanted, and
// those that somebody counts are counted; and learns their ids. The word of a worker that was
// killed is heard for some seconds more.
func (p *plant) settle() {
	p.t.Helper()
	if p.running() == 0 {
		return
	}
	until(p.t, "everything is counted", func() bool {
		ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
		defer cancel()
		list, err := p.conn.Tallies().List(ctx)
		if err != nil || len(list) == 0 {
			return false
		}
		current := false
		for _, t := range list {
			if t.State == supervise.Retired {
				continue
			}
			if t.Info == nil || t.Workers+len(t.Refused) < p.running() || t.Workers > 0 && t.Lag > 0 {
				return false
			}
			current = current || t.Current && (t.Info.Spec.Semantics == semantics || !p.upgrading())
			if !slices.Contains(p.g.tallies, t.Tally) {
				p.g.tallies = append(p.g.tallies, t.Tally)
			}
		}
		return current && p.recorded(ctx, list)
	})
}

// recorded says whether the history has the move to the current tally, which is written
// after the move.
func (p *plant) recorded(ctx context.Context, list []broker.ListedTally) bool {
	events, err := p.conn.History(ctx)
	return err == nil && slices.ContainsFunc(list, func(t broker.ListedTally) bool {
		return t.Current && slices.ContainsFunc(events, func(e supervise.Event) bool { return e.To == t.Tally })
	})
}
