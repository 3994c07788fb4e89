package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/pipeline"
)

// upOnce runs `minyi up --once --json` on the examples to its end. The counts add
// up, and the exit code is 1: hostile.ndjson has one record with the id of another.
func upOnce(t *testing.T, data string) pipeline.Snapshot {
	t.Helper()
	cmd := command(t.Context(), t, "up", "--once", "--json", "--data", data,
		"examples/suggestions.ndjson", "examples/hostile.ndjson")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != exitCheck || !strings.Contains(stderr.String(), "1 refused: same id, other content") {
		t.Fatalf("minyi up: %v\n%s", err, stderr.String())
	}
	var s pipeline.Snapshot
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatalf("minyi up printed %q: %v", out, err)
	}
	if s.Stored == 0 || s.Stored != s.Tagged+s.Untagged+s.Rejected+s.Missing {
		t.Fatalf("stored %d, but tagged %d + untagged %d + rejected %d + missing %d",
			s.Stored, s.Tagged, s.Untagged, s.Rejected, s.Missing)
	}
	// The name of a tally depends on which stream it is, and as_of on when it was sent.
	s.Tally, s.AsOf = "", time.Time{}
	return s
}

// A kill -9 at any moment, ten times, and a start after each: the totals are
// those of a run that nobody disturbed, and one more start adds nothing.
func TestKilledAnywhereCountsTheSame(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	want := upOnce(t, filepath.Join(t.TempDir(), "undisturbed"))
	undisturbed := time.Since(begun)
	t.Logf("undisturbed: %d stored, %d tagged", want.Stored, want.Tagged)

	data := filepath.Join(t.TempDir(), "killed")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for range 10 {
		cmd := command(t.Context(), t, "up", "--once", "--json", "--data", data,
			"examples/suggestions.ndjson", "examples/hostile.ndjson")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		// Anywhere from the start of the server to the end.
		wait := time.Duration(rng.Int64N(int64(undisturbed)))
		select {
		case err := <-ended:
			if code := exitCode(err); code != exitCheck { // as upOnce says
				t.Fatalf("ended by itself: %v", err)
			}
		case <-time.After(wait):
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil {
				t.Logf("had just ended after %s", wait)
			}
			killed++
		}
	}
	t.Logf("%d of 10 runs were killed", killed)
	for range 2 {
		if diff := cmp.Diff(want, upOnce(t, data)); diff != "" {
			t.Fatalf("counts differ from an undisturbed run (-want +got):\n%s", diff)
		}
	}
}

// exitCode is the code that a command ended with.
func exitCode(err error) int {
	var e *exec.ExitError
	if errors.As(err, &e) {
		return e.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}

// A port that is taken gives an error that names the flag, and exit code 3.
func TestTakenPortsNameTheFlag(t *testing.T) {
	t.Parallel()
	var c net.ListenConfig
	taken, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, flag := range []string{"--listen", "--nats-listen"} {
		cmd := command(t.Context(), t, "up", "--once", "--data", t.TempDir(), flag, taken.Addr().String())
		out, err := cmd.CombinedOutput()
		if code := exitCode(err); code != exitEnvironment {
			t.Errorf("%s taken: exit code %d, want %d", flag, code, exitEnvironment)
		}
		if want := "choose another with " + flag + " "; !strings.Contains(string(out), want) {
			t.Errorf("%s taken: no %q in %q", flag, want, out)
		}
	}
}

// A data folder belongs to one process at a time.
func TestDataFolderInUse(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	out, err := command(t.Context(), t, "up", "--once", "--data", r.data).CombinedOutput()
	if code := exitCode(err); code != exitEnvironment || !strings.Contains(string(out), "choose another with --data DIR") {
		t.Errorf("exit code %d: %s", code, out)
	}
	r.interrupt(t)
}
