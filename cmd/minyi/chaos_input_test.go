//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
)

// chaosInput makes n suggestions: the texts of the examples, each varied by its
// number, over two weeks and four sources, which are more cells than one commit
// takes. Every fiftieth is one that is rejected. They are numbered from the
// seed, so that no two runs have the same ids.
func chaosInput(t *testing.T, seed uint64, n int) [][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join(root(t), "examples/suggestions.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var texts []string
	for s := bufio.NewScanner(f); s.Scan(); {
		var m struct{ Text string }
		if err := json.Unmarshal(s.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		// The beginning decides what it is about, and is quicker to read.
		texts = append(texts, string([]rune(m.Text)[:min(len([]rune(m.Text)), 80)]))
	}
	lines := make([][]byte, n)
	for i := range lines {
		lines[i] = chaosLine(t, seed, i, texts[i%len(texts)])
	}
	return lines
}

// chaosSources are where the suggestions come from.
var chaosSources = []string{"people_daily", "xinhua", "cctv", "学习强国"}

func chaosLine(t *testing.T, seed uint64, i int, text string) []byte {
	t.Helper()
	switch i % 200 {
	case 50:
		return fmt.Appendf(nil, `{"id":"c%d-%d","source":"cctv","submitted_at":"2022-04-16T00:00:00Z","text":" "}`, seed, i)
	case 100:
		return fmt.Appendf(nil, `{"id":"c%d-%d","submitted_at":"2022-04-17T00:00:00Z"}`, seed, i)
	case 150:
		return fmt.Appendf(nil, `no JSON %d-%d`, seed, i)
	}
	line, err := json.Marshal(map[string]string{
		"id": fmt.Sprintf("c%d-%d", seed, i), "source": chaosSources[i%len(chaosSources)],
		"text":         fmt.Sprintf("%d，%s", i, text),
		"submitted_at": time.Date(2022, 4, 15+i/7%14, i%24, 0, 0, 0, time.UTC).Format(time.RFC3339),
	})
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// writeParts writes the lines to so many files.
func writeParts(t *testing.T, lines [][]byte, parts int) []string {
	t.Helper()
	dir := t.TempDir()
	files := make([]string, parts)
	for i := range files {
		part := lines[len(lines)*i/parts : len(lines)*(i+1)/parts]
		files[i] = filepath.Join(dir, fmt.Sprintf("part-%02d.ndjson", i))
		if err := os.WriteFile(files[i], append(bytes.Join(part, []byte("\n")), '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// offline works out the cells of the lines without any broker.
func offline(t *testing.T, c *classifier.Classifier, lines [][]byte) pipeline.Cells {
	t.Helper()
	spec, err := pipeline.NewSpec2(pipeline.StreamInfo{Name: "SUGGESTIONS"}, strings.Repeat("0", pipeline.GenerationLen), c, pipeline.Format{}, pipeline.CellBounds{})
	if err != nil {
		t.Fatal(err)
	}
	tallier, err := pipeline.NewSpecTallier(c, spec)
	if err != nil {
		t.Fatal(err)
	}
	tallier.Begin(pipeline.Range{From: 1, To: uint64(len(lines))})
	now := time.Now()
	for i, line := range lines {
		// The subject matters only for what is no JSON and so names no source.
		tallier.Add(&pipeline.Message{Seq: uint64(i + 1), Subject: "suggestions.unknown", Data: line, Stored: now})
	}
	return tallier.End().Cells
}

// byOwnDay puts all days that a message got from the broker's clock into one:
// the input is of 2022, and a run may cross midnight.
func byOwnDay(cells pipeline.Cells) pipeline.Cells {
	out := make(pipeline.Cells, len(cells))
	for k, n := range cells {
		if !strings.HasPrefix(k.Day, "2022-") {
			k.Day = "stored"
		}
		sum := out[k]
		out[k] = pipeline.Count{Primary: sum.Primary + n.Primary, Any: sum.Any + n.Any}
	}
	return out
}

// compare compares every cell of a tally with the offline counts of the lines
// that were to be counted, and the number of the missing ones.
func (r *trial) compare(tally string, c *classifier.Classifier, lines [][]byte, missing int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	got, err := r.conn(ctx).Counts().Snapshot(ctx, tally)
	if err != nil {
		r.t.Fatalf("read counts of %s: %v", tally, err)
	}
	if got.Stored != uint64(len(lines)+missing) || got.Missing != uint64(missing) {
		r.t.Errorf("tally %s: stored %d of which %d missing, and not %d with %d", tally, got.Stored, got.Missing, len(lines)+missing, missing)
	}
	want, have := byOwnDay(offline(r.t, c, lines)), byOwnDay(got.Totals.Cells())
	bad := 0
	check := func(k pipeline.CellKey) {
		r.cells++
		if want[k] == have[k] {
			return
		}
		if bad++; bad <= 10 {
			r.t.Errorf("tally %s, cell %s: counted %+v, offline %+v", tally, k.Key(), have[k], want[k])
		}
	}
	for k := range want {
		check(k)
	}
	for k := range have {
		if _, ok := want[k]; !ok {
			check(k)
		}
	}
	if bad > 10 {
		r.t.Errorf("and %d more cells", bad-10)
	}
	r.mismatches += bad
}
