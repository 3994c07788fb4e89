package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// running is `minyi up` on the examples as a process of its own, on free ports.
type running struct {
	nats, page string // URLs
	data       string // folder
	cmd        *exec.Cmd
	stdout     *watched
	stderr     *watched
	systemd    *watched // what the process told its service manager
}

// watched collects what a process writes, and lets a test wait for a line.
type watched struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	more chan struct{}
}

func newWatched() *watched { return &watched{more: make(chan struct{}, 1)} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	select {
	case w.more <- struct{}{}:
	default:
	}
	return w.buf.Write(p)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.buf.String()
}

// find waits until the output matches, and returns the first group.
func (w *watched) find(ctx context.Context, t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	for {
		if m := re.FindStringSubmatch(w.String()); m != nil {
			return m[len(m)-1]
		}
		select {
		case <-w.more:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %q in:\n%s", pattern, w.String())
		}
	}
}

// startUp starts minyi up and returns when the counts were printed.
func startUp(t *testing.T, files ...string) *running {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	r := &running{data: t.TempDir(), stdout: newWatched(), stderr: newWatched()}
	args := append([]string{"up", "--data", r.data, "--listen", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0"}, files...)
	r.cmd = command(context.Background(), t, args...)
	r.cmd.Stdout, r.cmd.Stderr = r.stdout, r.stderr
	r.systemd = beSystemd(t, r.cmd)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			_ = r.cmd.Process.Kill()
			_ = r.cmd.Wait()
		}
	})
	r.stderr.find(ctx, t, `^NATS   (nats://\S+)$`)
	var err error
	if r.nats, err = readURL(r.data); err != nil {
		t.Fatal(err)
	}
	r.page = r.stderr.find(ctx, t, `^page   (https?://\S+)$`)
	r.stdout.find(ctx, t, `= stored`)
	return r
}

// beSystemd listens to what the process tells its service manager, as systemd does for a unit
// with Type=notify and WatchdogSec=1.
func beSystemd(t *testing.T, cmd *exec.Cmd) *watched {
	t.Helper()
	said := newWatched()
	if runtime.GOOS == "windows" {
		return said
	}
	dir, err := os.MkdirTemp("", "notify") // t.TempDir is too long for a socket's address
	if err != nil {
		t.Fatal(err)
	}
	socket := &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unixgram"}
	conn, err := net.ListenUnixgram("unixgram", socket)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		datagram := make([]byte, 4096)
		for {
			n, err := conn.Read(datagram)
			if err != nil {
				return
			}
			_, _ = said.Write(append(datagram[:n:n], '\n'))
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-ended
		os.RemoveAll(dir)
	})
	cmd.Env = append(cmd.Environ(), "NOTIFY_SOCKET="+socket.Name, "WATCHDOG_USEC=1000000")
	return said
}

// checkSystemd: a unit's process says that it has begun, that it lives, and that it stops.
func checkSystemd(t *testing.T, r *running, states ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no systemd")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for _, s := range states {
		r.systemd.find(ctx, t, "^"+s+"$")
	}
}

// interrupt is Ctrl-C; the process must end by itself with code 0.
func (r *running) interrupt(t *testing.T) {
	t.Helper()
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(time.Minute, func() { _ = r.cmd.Process.Signal(syscall.SIGQUIT) })
	defer kill.Stop()
	if err := r.cmd.Wait(); err != nil {
		t.Fatalf("after Ctrl-C: %v\n%s", err, r.stderr)
	}
}

func get(t *testing.T, url string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// What everybody sees of `minyi up`: the table, the page, the metrics, the
// counts over NATS, and a drain on Ctrl-C.
func TestUpAsPeopleSeeIt(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	lines := countLines(t, filepath.Join(root(t), "examples/suggestions.ndjson"))

	t.Run("table", func(t *testing.T) { checkTable(t, r.stdout.String(), lines) })
	t.Run("README", func(t *testing.T) { checkReadme(t, r.stdout.String()) })
	t.Run("health", func(t *testing.T) {
		for _, path := range []string{"/healthz", "/readyz"} {
			if code, body := get(t, r.page+path); code != http.StatusOK {
				t.Errorf("%s: %d %s", path, code, body)
			}
		}
	})
	t.Run("counts.json and minyi counts agree", func(t *testing.T) {
		_, body := get(t, r.page+"/counts.json")
		out, err := command(t.Context(), t, "counts", "--server", r.nats, "--json").Output()
		if err != nil {
			t.Fatal(err)
		}
		var a, b pipeline.Snapshot
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if err := json.Unmarshal(out, &b); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if a.Stored != lines || b.Stored != lines || a.Tagged != b.Tagged || a.Tally != b.Tally {
			t.Errorf("sent %d; page %+v, command %+v", lines, a, b)
		}
	})
	t.Run("api", func(t *testing.T) { checkAPI(t, r) })
	t.Run("promtool", func(t *testing.T) { checkMetrics(t, r.page) })
	t.Run("Prometheus", func(t *testing.T) { checkPrometheus(t, r, lines) })
	t.Run("nats", func(t *testing.T) { checkNATS(t, r) })
	t.Run("systemd", func(t *testing.T) { checkSystemd(t, r, "READY=1", "WATCHDOG=1") })
	r.interrupt(t)
	t.Run("systemd at the end", func(t *testing.T) { checkSystemd(t, r, "STOPPING=1") })
	if s := r.stderr.String(); !strings.Contains(s, "msg=drained") {
		t.Errorf("nothing was said of draining:\n%s", s)
	}
}

func countLines(t *testing.T, file string) uint64 {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := uint64(0)
	s := bufio.NewScanner(f)
	for s.Scan() {
		n++
	}
	return n
}
