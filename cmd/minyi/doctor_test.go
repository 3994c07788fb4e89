package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline/broker/doctor"
)

// The doctor examines a running system: nothing fails, as text and as JSON.
func TestDoctor(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	out, stderr, code := r.minyi(t, "doctor")
	if code != exitDone || stderr != "" {
		t.Fatalf("exit %d\n%s\n%s", code, out, stderr)
	}
	for _, check := range []string{"connection", "version", "jetstream", "storage", "payload", "batches", "clock", "stream", "limits", "retention", "duplicates", "ledger", "tasks", "tally", "workers"} {
		if !strings.Contains(out, "ok    "+check+" ") {
			t.Errorf("%s is not ok:\n%s", check, out)
		}
	}
	if !strings.Contains(out, "warn  power loss ") {
		t.Errorf("a single replica, and no word of it:\n%s", out)
	}
	out, _, code = r.minyi(t, "doctor", "--json")
	var all struct {
		Verdict doctor.Verdict
		Checks  []doctor.Finding
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitDone || all.Verdict != doctor.Warn || len(all.Checks) < 15 {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	r.interrupt(t)
}
