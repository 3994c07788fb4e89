package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline"
)

// That ranges are worked again is said, once a minute and with how many more; that they are
// worked is not.
func TestRepairsAreLogged(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	r := logObserver{log: slog.New(slog.NewTextHandler(&said, nil)), repairs: new(onceAMinute)}
	worked := pipeline.Worked{Tally: "abc", Range: pipeline.Range{From: 3, To: 9}, Messages: 7}
	r.RangeWorked(worked)
	if said.Len() > 0 {
		t.Errorf("ordinary work is logged: %s", &said)
	}
	worked.Repair = true
	for range 3 {
		r.RangeWorked(worked)
	}
	if s := said.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "worked again") || !strings.Contains(s, "tally=abc") || !strings.Contains(s, "messages=7") {
		t.Errorf("logged: %s", s)
	}
}
