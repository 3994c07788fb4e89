//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// releasesMixed runs workers of this minyi and of the one before, built from the history of
// the repository, side by side, and kills one of each in each round: an upgrade that never
// ends, back and forth. The one before is the newest tag, else the last commit;
// MINYI_CHAOS_BEFORE names another. Where both have the same semantics they count one tally.
func releasesMixed(r *trial) {
	program, rev := r.buildBefore()
	r.note = "with " + rev
	themes := filepath.Join(root(r.t), "dict/themes")
	r.startBroker(1)
	before := func() *worker {
		w := &worker{}
		cmd := exec.CommandContext(context.Background(), program, "work", "--server", r.url, "--listen", "127.0.0.1:0", "--dict", themes)
		w.process = start(r.t, "minyi work of "+rev, cmd)
		r.workers = append(r.workers, w)
		return w
	}
	now := func() *worker { return r.work("--dict", themes, "--promote") }
	old := before()
	oldTally := r.tallyOf(old)
	late := now()
	r.tally = r.tallyOf(late)
	for i, file := range r.files {
		sent := r.begin(i, file)
		if i%2 == 0 {
			r.killWorker(old)
			old = before()
		} else {
			r.killWorker(late)
			late = now()
		}
		sent()
	}
	if oldTally != r.tally {
		r.note += ", which counts another tally"
		r.counted(oldTally, uint64(len(r.lines)))
	}
	r.finish()
}

// buildBefore builds the minyi that was before this one.
func (r *trial) buildBefore() (program, rev string) {
	r.t.Helper()
	git := func(args ...string) (string, error) {
		out, err := exec.CommandContext(r.t.Context(), "git", append([]string{"-C", root(r.t)}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	rev = os.Getenv("MINYI_CHAOS_BEFORE")
	if rev == "" {
		var err error
		if rev, err = git("describe", "--tags", "--abbrev=0", "HEAD~1"); err != nil {
			rev = "HEAD~1"
		}
	}
	rev, err := git("rev-parse", "--short", rev+"^{commit}")
	if err != nil {
		r.notRun("there is no history of the repository to build the minyi before from: %v", err)
	}
	dir := r.t.TempDir()
	source, program := filepath.Join(dir, "source.tar"), filepath.Join(dir, "minyi")
	if _, err := git("archive", "--output", source, rev); err != nil {
		r.t.Fatalf("git archive %s: %v", rev, err)
	}
	for _, args := range [][]string{{"tar", "-xf", source}, {"go", "build", "-o", program, "./cmd/minyi"}} {
		cmd := exec.CommandContext(r.t.Context(), args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			r.t.Fatalf("%s of %s: %v\n%s", strings.Join(args[:2], " "), rev, err, out)
		}
	}
	return program, rev
}
