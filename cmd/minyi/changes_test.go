package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// sumOfChanges adds up the lines of a file of changes in the plainest way.
func sumOfChanges(t interface{ Fatalf(string, ...any) }, path, tally string) pipeline.Cells {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v", err)
	}
	sum := make(pipeline.Cells)
	for line := range bytes.Lines(b) {
		var x struct {
			Tally, Day, Source, ID string
			Kind                   pipeline.Kind
			Primary, Any           int64
			Frontier               *uint64
		}
		if err := json.Unmarshal(line, &x); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if x.Tally != tally || x.Frontier != nil {
			continue
		}
		k := pipeline.CellKey{Day: x.Day, Source: x.Source, Kind: x.Kind, ID: x.ID}
		n := sum[k]
		if sum[k] = (pipeline.Count{Primary: n.Primary + uint64(x.Primary), Any: n.Any + uint64(x.Any)}); sum[k] == (pipeline.Count{}) {
			delete(sum, k)
		}
	}
	return sum
}

// TestChangesAddUpWheneverTheProcessIsKilled appends the counts of two tallies, and cuts
// the file off at any byte of what was appended last, as a kill does.
func TestChangesAddUpWheneverTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "changes.ndjson")
	rapid.Check(t, func(t *rapid.T) {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		open := func() *changeFile {
			f, err := openChanges(path)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		now := map[string]pipeline.Counts{"a": {}, "b": {}}
		f := open()
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			tally := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "tally")
			c := now[tally]
			c.Tally, c.Frontier = tally, c.Frontier+1
			cells := make(pipeline.Cells)
			for range rapid.IntRange(0, 6).Draw(t, "cells") {
				k := pipeline.CellKey{Day: "d", Source: rapid.SampledFrom([]string{"s", "学\u2028习", `"`}).Draw(t, "source"), Kind: pipeline.KindTheme, ID: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "id")}
				cells[k] = pipeline.Count{Primary: rapid.Uint64Range(0, 3).Draw(t, "n")}
			}
			c.Totals = c.Totals.With(cells)
			now[tally] = c
			before := size(t, path)
			if err := f.add(c); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "killed") {
				at := rapid.Int64Range(before, size(t, path)).Draw(t, "at")
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				if err := os.Truncate(path, at); err != nil {
					t.Fatal(err)
				}
				f = open()
			}
		}
		for tally, c := range now {
			if c.Tally == "" {
				continue
			}
			if err := f.add(c); err != nil {
				t.Fatal(err)
			}
			if got := sumOfChanges(t, path, tally); !maps.Equal(got, c.Totals.Cells()) {
				t.Fatalf("tally %s: the lines add up to %v, not to %v", tally, got, c.Totals.Cells())
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func size(t *rapid.T, path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A file of something else is left as it is.
func TestChangesRefuseAnotherFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notes.txt")
	const text = "dear diary\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := openChanges(path); err == nil {
		t.Errorf("opened %v", f)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != text {
		t.Errorf("the file is now %q, %v", b, err)
	}
}

// TestChangesOfARunningSystem kills `counts --watch --append` again and again while
// messages come, as processes of their own, and compares its file with COUNTS.
func TestChangesOfARunningSystem(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	path := filepath.Join(t.TempDir(), "changes.ndjson")
	conn, err := broker.Connect(t.Context(), broker.Options{URL: r.nats})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for round := range 6 {
		watch := command(ctx, t, "counts", "--server", r.nats, "--watch", "--append", path)
		if err := watch.Start(); err != nil {
			t.Fatal(err)
		}
		send := command(ctx, t, "send", "--server", r.nats, "-")
		in, err := send.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := send.Start(); err != nil {
			t.Fatal(err)
		}
		w := bufio.NewWriter(in)
		for i := range 300 {
			fmt.Fprintf(w, `{"id":"%d-%d","text":"小学放学没人接","source":"s%d"}`+"\n", round, i, i%7)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if err := in.Close(); err != nil {
			t.Fatal(err)
		}
		if err := send.Wait(); err != nil {
			t.Fatal(err)
		}
		// Sooner or later: the file is empty, has the beginning of a change, or all.
		for last := int64(-1); round%2 == 1; {
			info, err := os.Stat(path)
			if err == nil && info.Size() > 0 && info.Size() == last {
				break
			}
			if err == nil {
				last = info.Size()
			}
			select {
			case <-ctx.Done():
				t.Fatal("nothing was appended")
			case <-time.After(20 * time.Millisecond):
			}
		}
		if err := watch.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = watch.Wait() // killed
	}
	watch := command(ctx, t, "counts", "--server", r.nats, "--watch", "--append", path)
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = watch.Process.Kill(); _ = watch.Wait() }()
	for {
		want, err := conn.Counts().Snapshot(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, fmt.Appendf(nil, `"frontier":%d,`, want.Frontier)) && bytes.HasSuffix(b, []byte("}\n")) {
			if got := sumOfChanges(t, path, want.Tally); !maps.Equal(got, want.Totals.Cells()) || want.Stored < 6*300 {
				t.Errorf("the lines add up to %d cells, and COUNTS has %d of %d messages", len(got), want.Totals.Len(), want.Stored)
			}
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal("the newest counts were never appended")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
