//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/internal/textfmt"
)

// The fault matrix: real processes of minyi on real NATS servers, and something
// that goes wrong while they count. Afterwards every cell of the bucket is
// compared with the counts that were worked out without any broker.
//
// Go's tests run a short version. `make chaos` (MINYI_CHAOS=full) has 200,000
// messages and ten rounds a row; MINYI_CHAOS=all has all its rows in the short version.
// MINYI_CHAOS_SEED chooses the first seed, 1
// unless set, and MINYI_CHAOS_RUNS how many seeds a row runs.
// Moments, victims and order are drawn from the seed; when the operating system
// lets whom run is not, so a seed narrows a failure down and need not repeat it.

// chaosFault is a row of the matrix.
type chaosFault struct {
	name string
	run  func(r *trial)
}

func chaosFaults() []chaosFault {
	return []chaosFault{ // the one that takes longest first
		{"leader kill -9, R3", leadersKilled},
		{"five dictionaries", dictionariesPublished},
		{"power loss", powerLost},
		{"power loss in a commit", streamsTorn},
		{"worker kill -9", workersKilled},
		{"workers come and go", workersComeAndGo},
		{"broker kill -9", brokerKilled},
		{"network cut, stalled", networkCut},
		{"deleted, expired", messagesGone},
		{"disk full", diskFull},
	}
}

// chaosMore are rows of the full matrix only: tests of the packages show the same in less
// time. Whether an attack is held off does not depend on the moment.
func chaosMore() []chaosFault {
	return []chaosFault{
		{"two tallies", twoTallies},
		{"worker SIGSTOP", workersStopped},
		{"worker SIGTERM", workersDrained},
		{"publishers repeat", publishersRepeat},
		{"two versions", twoVersions},
		{"store full", storeFull},
		{"backup, restore", backedUp},
		{"streams removed", streamsRemoved},
		{"long messages, slow", longMessages},
		{"promotions contested", promotionsContested},
		{"releases mixed", releasesMixed},
		{"hosts parted", hostsParted},
		{"hosts far away", hostsFarAway},
		{"hosts die", hostsDie},
		{"page left open", pageLeftOpen},
		{"tasks, deltas forged", tasksForged},
		{"workers deputed", workersDeputed},
		{"upgrade, release by release", upgraded},
	}
}

// faults are the rows of this run.
func (l *lab) faults() []chaosFault {
	if l.scale.full {
		return append(chaosFaults(), chaosMore()...)
	}
	return chaosFaults()
}

// chaosScale is how much of everything there is.
type chaosScale struct {
	messages int // a run
	rounds   int // faults in a run, at least
	runs     int // seeds
	atOnce   int // rows
	full     bool
	patience time.Duration // until something has to have happened
}

// lab is what all runs have in common.
type lab struct {
	scale chaosScale
	seed  uint64
	nats  string // the program nats-server

	classifier *classifier.Classifier // of the default dictionary

	mu    sync.Mutex
	rows  map[string]*chaosRow
	ports map[int]bool // that were given to a server
}

// chaosRow is what a row of the printed table says.
type chaosRow struct {
	runs, faults, messages, again, dropped, cells, mismatches int
	took                                                      time.Duration
	note                                                      string
}

func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: starts many processes")
	}
	t.Parallel() // most of it is waiting
	c, err := (&app{}).loadClassifier("")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{
		scale: chaosScale{messages: 5000, rounds: 3, runs: 1, atOnce: 6, patience: 2 * time.Minute},
		seed:  1, nats: buildNATS(t), classifier: c, rows: map[string]*chaosRow{}, ports: map[int]bool{},
	}
	switch os.Getenv("MINYI_CHAOS") {
	case "all":
		l.scale.full = true
	case "full":
		l.scale = chaosScale{messages: 200_000, rounds: 10, runs: 1, atOnce: 2, full: true, patience: 5 * time.Minute}
	}
	l.seed = environmentNumber(t, "MINYI_CHAOS_SEED", l.seed)
	l.scale.runs = int(environmentNumber(t, "MINYI_CHAOS_RUNS", uint64(l.scale.runs)))
	l.runAll(t)
	t.Logf("\n%s", l.table())
}

// environmentNumber is the number in an environment variable, or what it is
// where that is not set.
func environmentNumber(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// runAll runs all rows, some at once: most of a run is waiting.
func (l *lab) runAll(t *testing.T) {
	faults := make(chan chaosFault)
	var running sync.WaitGroup
	for range l.scale.atOnce {
		running.Go(func() {
			for f := range faults {
				t.Run(f.name, func(t *testing.T) {
					for i := range l.scale.runs {
						l.run(t, f, l.seed+uint64(i))
					}
				})
			}
		})
	}
	for _, f := range l.faults() {
		faults <- f
	}
	close(faults)
	running.Wait()
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
			row.again += r.again
			row.dropped += r.dropped()
			row.cells += r.cells
			row.mismatches += r.mismatches
			row.took += time.Since(start)
			row.note = r.note
		}()
		f.run(r)
	})
}

// table is the matrix: a row a fault. Again is how many ranges the broker handed
// out a second time, dropped how many second deltas of a range were stored, and
// dropped by a committer. Both say that faults hit work in hand.
func (l *lab) table() string {
	w := textfmt.Table{Columns: []textfmt.Column{{Title: "fault"}}}
	for _, title := range []string{"runs", "faults", "messages", "again", "dropped", "cells", "mismatches", "time"} {
		w.Columns = append(w.Columns, textfmt.Column{Title: title, Right: true})
	}
	w.Columns = append(w.Columns, textfmt.Column{})
	for _, f := range l.faults() {
		if r := l.rows[f.name]; r != nil {
			w.Row(f.name, strconv.Itoa(r.runs), strconv.Itoa(r.faults), textfmt.Count(r.messages), strconv.Itoa(r.again), strconv.Itoa(r.dropped),
				textfmt.Count(r.cells), strconv.Itoa(r.mismatches), r.took.Round(100*time.Millisecond).String(), r.note)
		}
	}
	return w.String()
}

// buildNATS builds the server that go.mod pins, as the program that operators run.
func buildNATS(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "nats-server")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-o", program, "github.com/nats-io/nats-server/v2")
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	return program
}
