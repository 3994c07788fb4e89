//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// The fault matrix: real processes of minyi on real NATS servers, and something
// that goes wrong while they count. Afterwards every cell of the bucket is
// compared with the counts that were worked out without any broker.
//
// Go's tests run a short version. `make chaos` (MINYI_CHAOS=full) has 200,000
// messages and three seeds a fault; MINYI_CHAOS_SEED chooses the first seed.
// Moments, victims and order are drawn from the seed; when the operating system
// lets whom run is not, so a seed narrows a failure down and need not repeat it.

// chaosFault is a row of the matrix.
type chaosFault struct {
	name string
	run  func(r *trial)
}

func chaosFaults() []chaosFault {
	return []chaosFault{
		{"worker kill -9", workersKilled},
		{"worker SIGSTOP", workersStopped},
		{"worker SIGTERM", workersDrained},
		{"workers come and go", workersComeAndGo},
		{"broker kill -9", brokerKilled},
		{"leader kill -9, R3", leadersKilled},
		{"network cut, stalled", networkCut},
		{"publishers repeat", publishersRepeat},
		{"deleted, expired", messagesGone},
		{"two tallies", twoTallies},
		{"disk full", diskFull},
		{"store full", storeFull},
	}
}

// chaosScale is how much of everything there is.
type chaosScale struct {
	messages int // a run
	rounds   int // faults in a run, at least
	runs     int // seeds
	full     bool
	patience time.Duration // until something has to have happened
}

// lab is what all runs have in common.
type lab struct {
	scale chaosScale
	seed  uint64
	nats  string // the program nats-server

	mu   sync.Mutex
	rows map[string]*chaosRow
}

// chaosRow is what a row of the printed table says.
type chaosRow struct {
	runs, faults, messages, dropped, cells, mismatches int
	took                                               time.Duration
	note                                               string
}

func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: starts many processes")
	}
	l := &lab{
		scale: chaosScale{messages: 5000, rounds: 3, runs: 1, patience: 2 * time.Minute},
		seed:  1, nats: buildNATS(t), rows: map[string]*chaosRow{},
	}
	if os.Getenv("MINYI_CHAOS") == "full" {
		l.scale = chaosScale{messages: 200_000, rounds: 10, runs: 3, full: true, patience: 5 * time.Minute}
	}
	if s := os.Getenv("MINYI_CHAOS_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("MINYI_CHAOS_SEED: %v", err)
		}
		l.seed = seed
	}
	t.Run("faults", func(t *testing.T) {
		for _, f := range chaosFaults() {
			t.Run(f.name, func(t *testing.T) {
				t.Parallel() // most of a run is waiting
				for i := range l.scale.runs {
					l.run(t, f, l.seed+uint64(i))
				}
			})
		}
	})
	t.Logf("\n%s", l.table())
}

// run is one run of a row.
func (l *lab) run(t *testing.T, f chaosFault, seed uint64) {
	t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
		start := time.Now()
		r := newTrial(t, l, seed)
		defer r.stop()
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			row := l.rows[f.name]
			if row == nil {
				row = &chaosRow{}
				l.rows[f.name] = row
			}
			row.runs++
			row.faults += r.faults
			row.messages += r.messages
			row.dropped += r.dropped()
			row.cells += r.cells
			row.mismatches += r.mismatches
			row.took += time.Since(start)
			row.note = r.note
		}()
		f.run(r)
	})
}

// table is the matrix: a row a fault.
func (l *lab) table() string {
	w := report{align: "lrrrrrrrl"}
	w.row("fault", "runs", "faults", "messages", "dropped", "cells", "mismatches", "time", "")
	for _, f := range chaosFaults() {
		if r := l.rows[f.name]; r != nil {
			w.row(f.name, strconv.Itoa(r.runs), strconv.Itoa(r.faults), count(uint64(r.messages)), strconv.Itoa(r.dropped),
				count(uint64(r.cells)), strconv.Itoa(r.mismatches), r.took.Round(100*time.Millisecond).String(), r.note)
		}
	}
	var b bytes.Buffer
	w.write(&b)
	return b.String()
}

// buildNATS builds the server that go.mod pins, as the program that operators run.
func buildNATS(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "nats-server")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/nats-io/nats-server/v2")
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	return program
}
