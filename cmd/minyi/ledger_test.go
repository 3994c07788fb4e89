package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// natsCLI returns a function that runs the nats CLI, in the version that
// tools.mod pins, on a server. Go keeps the program in its build cache.
func natsCLI(t *testing.T, r *running) func(args ...string) string {
	t.Helper()
	where := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools.mod", "-n", "nats")
	where.Dir = root(t)
	out, err := where.Output()
	if err != nil {
		t.Fatalf("build the nats CLI: %v\n%s", err, out)
	}
	nats, home := strings.TrimSpace(string(out)), t.TempDir()
	return func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), nats, append([]string{"--server", r.nats}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+home, "NO_COLOR=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("nats %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
}

// minyi runs a command against a running server, and returns its output and
// exit code.
func (r *running) minyi(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := command(t.Context(), t, append(args, "--server", r.nats)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	code = exitCode(cmd.Run())
	return out.String(), errs.String(), code
}

// The ledger holds, as a table and as JSON; one falsified cell and it exits
// with 1 and names the cell.
func TestLedger(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson", "examples/hostile.ndjson")
	out, stderr, code := r.minyi(t, "ledger")
	if code != exitDone || stderr != "" || !strings.Contains(out, "each is the sum of the ranges") || !strings.Contains(out, "the ledger holds") {
		t.Fatalf("exit %d\n%s\n%s", code, out, stderr)
	}
	out, _, code = r.minyi(t, "ledger", "--json")
	var a pipeline.Audit
	if err := json.Unmarshal([]byte(out), &a); err != nil || code != exitDone {
		t.Fatalf("exit %d: %v in %s", code, err, out)
	}
	if !a.Holds || a.Stored == 0 || a.Stored != a.Sum() || len(a.Ranges) == 0 || a.Rejected == 0 {
		t.Errorf("%+v", a)
	}
	for _, more := range [][]string{{}, {"--sample", "3"}} {
		out, stderr, code = r.minyi(t, append([]string{"ledger", "--recount"}, more...)...)
		if code != exitDone || !strings.Contains(out, "counted once more from the stream: ") || strings.Contains(out, " 0 messages; ") || !strings.Contains(out, " 0 were counted and are gone\nthe ledger holds") {
			t.Errorf("--recount %v: exit %d\n%s\n%s", more, code, out, stderr)
		}
	}
	if _, stderr, code = r.minyi(t, "ledger", "--sample", "3"); code != exitUsage {
		t.Errorf("--sample alone: exit %d\n%s", code, stderr)
	}
	if _, stderr, code = r.minyi(t, "ledger", "--tally", "000000000000"); code != exitCheck || !strings.Contains(stderr, "no such tally: 000000000000") {
		t.Errorf("exit %d: %s", code, stderr)
	}

	nats := natsCLI(t, r)
	key := ""
	for _, line := range strings.Split(nats("kv", "ls", "COUNTS"), "\n") {
		if strings.Contains(line, ".theme.livelihood") {
			key = strings.TrimSpace(line)
		}
	}
	nats("kv", "put", "COUNTS", key, `{"primary":12345,"any":12345}`)
	out, stderr, code = r.minyi(t, "ledger")
	if code != exitCheck || !strings.Contains(stderr, "DOES NOT HOLD") || !strings.Contains(stderr, "12345") ||
		!strings.Contains(stderr, strings.TrimPrefix(key, a.Tally+".")) || !strings.Contains(out, "THE LEDGER DOES NOT HOLD") {
		t.Errorf("falsified %s, and exit %d\n%s\n%s", key, code, out, stderr)
	}

	// The worker, which has its own view in memory, sees it too, and stops. The
	// broker stays, so that the ledger can still be looked at.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r.stderr.find(ctx, t, "counting has stopped; NATS stays at")
	if s := r.stderr.String(); !strings.Contains(s, "conservation violated") || !strings.Contains(s, "what to do: minyi ledger names the place") {
		t.Errorf("the worker said:\n%s", s)
	}
	if _, _, code = r.minyi(t, "ledger"); code != exitCheck {
		t.Errorf("the ledger of a broker whose worker has stopped: exit %d", code)
	}
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(r.cmd.Wait()); code != exitEnvironment {
		t.Errorf("ended with %d:\n%s", code, r.stderr)
	}
}
