// Package real starts minyi as the files of deploy/ would, for tests, and asks whether it
// works. Everything that it starts it also ends.
package real

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take on a machine that does other things too.
const patience = 90 * time.Second

// Command returns cmd so that ending its context, or the test, has it drain first.
func Command(t *testing.T, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), patience)
	t.Cleanup(stop)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = env
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd
}

// Worker is a process of minyi work.
type Worker struct {
	Page string // its address, http://127.0.0.1:…
	cmd  *exec.Cmd
	said *buffer
	end  sync.Once
}

// Start starts cmd, minyi work with a page, and returns when its page listens. The worker is
// drained at the end of the test at the latest.
func Start(t *testing.T, cmd *exec.Cmd) *Worker {
	t.Helper()
	w := &Worker{cmd: cmd, said: &buffer{}}
	cmd.Stdout, cmd.Stderr = w.said, w.said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Drain(t) })
	address := regexp.MustCompile(`page +(https?://\S+)`)
	Await(t, "the page of minyi work", func() error {
		if err := syscall.Kill(cmd.Process.Pid, 0); err != nil {
			return fmt.Errorf("it ended:\n%s", w.said)
		}
		m := address.FindStringSubmatch(w.said.String())
		if m == nil {
			return fmt.Errorf("it says only:\n%s", w.said)
		}
		w.Page = m[1]
		return nil
	})
	return w
}

// Drain ends the worker as systemd and clusters do.
func (w *Worker) Drain(t *testing.T) {
	t.Helper()
	w.end.Do(func() {
		_ = w.cmd.Process.Signal(syscall.SIGTERM) // it may have ended, which Wait says
		if err := w.cmd.Wait(); err != nil || !strings.Contains(w.said.String(), "drained") {
			t.Errorf("minyi work after SIGTERM: %v\n%s", err, w.said)
		}
	})
}

// Answers waits until the address answers 200, and returns the answer.
func Answers(t *testing.T, url string) (body string) {
	t.Helper()
	Await(t, url, func() error {
		answer, err := http.Get(url) //nolint:noctx // the client of tests; Await has the deadline
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		b, err := io.ReadAll(answer.Body)
		if err == nil && answer.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", answer.Status, b)
		}
		body = string(b)
		return err
	})
	return body
}

// Await tries until try has no error, and fails with its last one when it takes too long.
func Await(t *testing.T, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for err := try(); err != nil; err = try() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", what, err)
		}
		time.Sleep(10 * time.Millisecond) // between two tries
	}
}

// Build builds minyi into dir, from the main module at root, and returns the program.
func Build(dir, root string) (program string, err error) {
	program = dir + "/minyi"
	cmd := exec.Command("go", "build", "-o", program, "./cmd/minyi") //nolint:noctx // the test's own deadline holds
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return program, nil
}

// buffer is a buffer that several goroutines use.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
