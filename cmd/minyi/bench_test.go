package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// A small run measures everything, prints the stable keys, and leaves the
// folder as it was.
func TestBench(t *testing.T) {
	data := filepath.Join(t.TempDir(), "bench")
	out, err := command(t.Context(), t, "bench", "--messages", "4000", "--data", data, "--json").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var keys map[string]any
	if err := json.Unmarshal(out, &keys); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, k := range []string{"messages", "bytes", "reader_per_s", "pipeline_per_s", "ratio", "ingest_per_s", "p50_ms", "p99_ms", "rss_mb"} {
		if n, ok := keys[k].(float64); !ok || n <= 0 {
			t.Errorf("%s is %v", k, keys[k])
		}
	}
	var r benchResult
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	if r.Messages != 4000 || r.Bytes < 4000*250 || r.Tagged+r.Untagged != 4000 || r.Tagged < 2000 || r.P99 < r.P50 {
		t.Errorf("%+v", r)
	}
	if r.Ratio < r.PipePerS/r.ReaderPerS*0.999 || r.Ratio > r.PipePerS/r.ReaderPerS*1.001 {
		t.Errorf("ratio %f of %f and %f", r.Ratio, r.PipePerS, r.ReaderPerS)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// The page is measured with readers that are another process.
func TestBenchPages(t *testing.T) {
	t.Parallel()
	out, err := command(t.Context(), t, "bench", "--pages", "5", "--pages-for", "1s", "--messages", "4000", "--json").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var r pagesResult
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if r.Readers != 5 || r.Events < 5 || r.PageP50MS <= 0 || r.PageP99MS < r.PageP50MS || r.PageGzipBytes < 1000 || r.PageGzipBytes > 100_000 || r.Cells < 1000 ||
		r.Beside.Messages != 4000 || r.Beside.Pages < 1 || r.Beside.P50 <= 0 || r.Beside.Max < r.Beside.P99 || r.Beside.CountedPerS <= 0 {
		t.Errorf("%+v", r)
	}
}

// A candidate is timed beside a reader, and three tallies beside one.
func TestBenchRecount(t *testing.T) {
	t.Parallel()
	out, err := command(t.Context(), t, "bench", "--recount", "--messages", "3000", "--json").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var r recountResult
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if r.Messages != 3000 || r.ReaderS <= 0 || r.RecountS <= 0 || r.OneCPU <= 0 || r.ThreeCPU <= 0 || r.One.Messages != 150 || r.Three.Messages != 150 || r.LivePerS <= 0 {
		t.Errorf("%+v", r)
	}
}
