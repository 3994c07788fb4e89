//go:build linux

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// upgraded has a fleet of the release before count what arrives, and replaces its workers by
// those of this one, one after another, by kill -9, takes one back, and kills the broker on
// the way. Where both count by the same rules it is one tally, to which both have added, and
// else the new one is promoted: in either case every cell is compared.
func upgraded(r *trial) {
	older, dir := r.olderRelease(), r.otherDictionary()
	c, err := (&app{}).loadClassifier(dir)
	if err != nil {
		r.t.Fatal(err)
	}
	r.startBroker(1)
	args := []string{"--dict", dir, "--promote"}
	first := r.workBy(older, args...)
	before := r.tallyOf(first)
	r.tally = before
	fleet := []*worker{first, r.workBy(older, args...)}
	next := ""
	for i, file := range r.files {
		sent := r.begin(i, file)
		// Each round replaces one worker: by this release twice, by the one before once.
		w := i % len(fleet)
		r.killWorker(fleet[w])
		if i%3 == 2 {
			fleet[w] = r.workBy(older, args...)
		} else {
			fleet[w] = r.work(args...)
			next = r.tallyOf(fleet[w])
		}
		if i == 1 {
			r.servers[0].kill()
			r.faults++
			r.servers[0].start(r.t)
			r.brokerReady()
		}
		sent()
	}
	for i := range fleet {
		r.killWorker(fleet[i])
		fleet[i] = r.work(args...)
	}
	n := uint64(len(r.lines))
	r.tally = next
	r.settle(n)
	r.counted(next, n)
	r.compare(next, c, r.lines, 0)
	if r.note = "one tally"; before != next {
		r.note = "two tallies"
		was, err := r.conn(r.t.Context()).Counts().Snapshot(r.t.Context(), before)
		if err != nil || was.Sum() != was.Stored {
			r.t.Errorf("the tally of the release before: %+v, %v", was.Outcomes, err)
		}
	}
	r.end(next)
}

// workBy starts a worker of another program.
func (r *trial) workBy(program string, args ...string) *worker {
	r.t.Helper()
	w := &worker{args: args}
	cmd := exec.CommandContext(context.Background(), program, append([]string{"work", "--server", r.url, "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Dir, cmd.Env = root(r.t), append(os.Environ(), "NO_COLOR=1", "LANG=en_US.UTF-8", "LC_ALL=")
	w.process = start(r.t, "minyi work of the release before", cmd)
	r.workers = append(r.workers, w)
	return w
}

// olderRelease builds the release before this one from the repository's history: the newest
// tag, or the commit that MINYI_CHAOS_OLD names, or while there is no tag the one of 100
// commits ago.
func (r *trial) olderRelease() string {
	r.t.Helper()
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(r.t.Context(), "git", append([]string{"-C", root(r.t)}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	commit := os.Getenv("MINYI_CHAOS_OLD")
	if commit == "" {
		var err error
		if commit, err = git("describe", "--tags", "--abbrev=0", "HEAD^"); err != nil {
			if commit, err = git("rev-list", "--max-count=1", "--skip=100", "HEAD"); err != nil || commit == "" {
				r.notRun("there is no history to build the release before from")
			}
		}
	}
	dir := r.t.TempDir()
	archive := exec.CommandContext(r.t.Context(), "git", "-C", root(r.t), "archive", "--format=tar", commit)
	unpack := exec.CommandContext(r.t.Context(), "tar", "-x", "-C", dir)
	body, err := archive.Output()
	if err != nil {
		r.t.Fatalf("git archive %s: %v", commit, err)
	}
	unpack.Stdin = bytes.NewReader(body)
	if out, err := unpack.CombinedOutput(); err != nil {
		r.t.Fatalf("unpack %s: %v\n%s", commit, err, out)
	}
	program := filepath.Join(dir, "minyi")
	build := exec.CommandContext(r.t.Context(), "go", "build", "-trimpath", "-o", program, "./cmd/minyi") // -trimpath: the next run finds it in the cache
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		r.t.Fatalf("build %s: %v\n%s", commit, err, out)
	}
	return program
}
