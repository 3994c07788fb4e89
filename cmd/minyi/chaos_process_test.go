//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// process is a process of the matrix. It is killed when the test ends, and by
// the kernel should the test itself be killed.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	name   string
	stdout bytes.Buffer // to be read when it has ended
	stderr *watched
	ended  chan struct{} // closed when it has ended
}

// start starts a command, whose name is for messages.
func start(t *testing.T, name string, cmd *exec.Cmd) *process {
	t.Helper()
	return startOn(t, nil, name, cmd)
}

// startOn starts it on a host.
func startOn(t *testing.T, h *host, name string, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{t: t, cmd: cmd, name: name, stderr: newWatched(), ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &p.stdout, p.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := h.within(cmd.Start); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // the state has the exit code
	}()
	t.Cleanup(p.kill)
	return p
}

// startMinyi starts minyi with a command line.
func startMinyi(t *testing.T, args ...string) *process {
	t.Helper()
	return startMinyiOn(t, nil, args...)
}

// startMinyiOn starts it on a host.
func startMinyiOn(t *testing.T, h *host, args ...string) *process {
	t.Helper()
	return startOn(t, h, "minyi "+args[0], command(context.Background(), t, args...))
}

// signal sends a signal; a process that has ended does not hear it.
func (p *process) signal(s os.Signal) { _ = p.cmd.Process.Signal(s) }

// kill is kill -9. It returns when the process is gone.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// terminate is SIGTERM. It returns when the process is gone.
func (p *process) terminate() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	p.wait(time.Minute)
}

// alive tells whether the process runs.
func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// wait waits for the end and returns the exit code, -1 after a signal.
func (p *process) wait(within time.Duration) int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(within):
		p.signal(syscall.SIGQUIT) // the stacks of a Go program
		select {
		case <-p.ended:
		case <-time.After(5 * time.Second):
		}
		p.t.Fatalf("%s has not ended within %s:\n%s", p.name, within, tail(p.stderr.String()))
	}
	return p.cmd.ProcessState.ExitCode()
}

// tail is the end of an output.
func tail(s string) string {
	const most = 4000
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}
