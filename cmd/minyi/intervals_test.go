package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/textfmt"
)

// TestIntervals: a dictionary is measured where it is counted by, and every form of counts
// has intervals then; before, it says what to do.
func TestIntervals(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	dir := t.TempDir()
	if _, stderr, code := r.here(t, "", "counts", "--intervals"); code != exitCheck || !strings.Contains(stderr, "--stored") {
		t.Errorf("not measured: exit %d, %s", code, stderr)
	}
	var labels strings.Builder
	for i := range 100 { // 学校 is right in 40 of 50, and life/health has 8 texts only
		text, theme := fmt.Sprintf("学校太远，第%d次说", i), "life/school"
		switch {
		case i < 10:
			theme = "life/other"
		case i >= 92:
			text, theme = fmt.Sprintf("诊所太远，第%d次说", i), "life/health"
		case i >= 50:
			text, theme = fmt.Sprintf("诊所太远，第%d次说", i), "life/other"
		}
		fmt.Fprintf(&labels, `{"text":"%s","themes":["%s"]}`+"\n", text, theme)
	}
	gold := filepath.Join(dir, "gold.ndjson")
	if err := os.WriteFile(gold, []byte(labels.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := r.here(t, "", "dict", "eval", gold, "--stored", "current", "--save", "--by", "li"); code != exitDone || !strings.Contains(stderr, ".measure") {
		t.Fatalf("exit %d, %s", code, stderr)
	}
	out, stderr, code := r.here(t, "", "counts", "--intervals", "--json")
	var table struct {
		Rows []struct {
			ID       string
			Interval *struct{ Share, Low, High float64 }
			No       string `json:"no_interval"`
		}
		Measure struct {
			Texts int
			By    string
		}
	}
	if err := json.Unmarshal([]byte(out), &table); err != nil || code != exitDone || len(table.Rows) != 1 {
		t.Fatalf("exit %d, %v, %s%s", code, err, out, stderr)
	}
	// All 60 tagged messages are 学校; of the labelled ones it is right in 40 of 50.
	if i := table.Rows[0].Interval; i == nil || i.Share != 1 || i.High != 1 || i.Low < 0.5 || i.Low >= 1 || table.Measure.Texts != 100 || table.Measure.By != "li" {
		t.Errorf("%s", out)
	}
	for _, lang := range []string{"en", "zh"} {
		text, _, _ := r.here(t, "", "counts", "--intervals", "--lang", lang, "--by", "subtheme,day")
		if !strings.Contains(text, "100.00%") || !strings.Contains(text, "gold.ndjson") {
			t.Errorf("%s", text)
		}
		for line := range strings.Lines(text) {
			if textfmt.Width(strings.TrimRight(line, "\n")) > textfmt.Columns {
				t.Errorf("too wide: %s", line)
			}
		}
	}
	if csv, _, _ := r.here(t, "", "counts", "--intervals", "--csv"); !strings.Contains(csv, "share,share_corrected,share_low,share_high\nlife/school,Schools,60,60,1,1,0.") {
		t.Errorf("%s", csv)
	}
	if text, _, _ := r.here(t, "", "counts", "--by", "subtheme"); strings.Contains(text, "corrected") {
		t.Errorf("intervals that nobody asked for: %s", text)
	}
	if _, stderr, code := r.here(t, "", "counts", "--intervals", "--by", "day"); code != exitUsage || !strings.Contains(stderr, "--by") {
		t.Errorf("exit %d, %s", code, stderr)
	}

	report := filepath.Join(dir, "r.docx")
	if text, stderr, code := r.here(t, "", "report", "--lang", "en", "--min-cell", "0"); code != exitDone || !strings.Contains(text, "| Corrected | 95% interval |") || !strings.Contains(text, "(gold.ndjson, li, ") {
		t.Errorf("exit %d, %s%s", code, text, stderr)
	}
	if _, stderr, code := r.here(t, "", "report", "--out", report, "--min-cell", "0"); code != exitDone {
		t.Fatal(stderr)
	}
	if text, stderr, code := r.here(t, "", "report", "verify", report, "--lang", "en"); code != exitDone || !strings.Contains(text, ": 0 are not as counted") {
		t.Errorf("exit %d, %s%s", code, text, stderr)
	}

	checkMeasuredPage(t, r, out)

	fetched := filepath.Join(dir, "fetched")
	if _, stderr, code := r.here(t, "", "dict", "fetch", "current", "--out", fetched); code != exitDone {
		t.Fatal(stderr)
	}
	if _, err := os.Stat(filepath.Join(fetched, measure.File)); err != nil {
		t.Errorf("the measure is not fetched: %v", err)
	}
	if _, stderr, code := r.here(t, "", "dict", "publish", fetched, "--by", "li"); code != exitDone {
		t.Errorf("published again: %s", stderr)
	}
	if history, _, _ := r.here(t, "", "tally", "history"); strings.Count(history, "measured") != 1 || !strings.Contains(history, "gold.ndjson") {
		t.Errorf("measured once: %s", history)
	}
}

// checkMeasuredPage waits until the page has noticed the measure: then the API says what the
// command says, and texts are classified with the chance of each tag.
func checkMeasuredPage(t *testing.T, r *comparedTallies, command string) {
	t.Helper()
	until(t, "the page has intervals", func() bool {
		_, body := get(t, r.page+"/?lang=en")
		return strings.Contains(body, `class="range"`) && strings.Contains(body, "gold.ndjson")
	})
	_, body := get(t, r.page+"/api/v1/counts?intervals=1")
	var a, b map[string]any
	if err := errors.Join(json.Unmarshal([]byte(body), &a), json.Unmarshal([]byte(command), &b)); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Errorf("the API does not say what the command says (-command +API):\n%s", diff)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.page+"/api/v1/classify", strings.NewReader("学校太远"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	nc, err := nats.Connect(r.nats)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	answer, err := nc.RequestWithContext(t.Context(), "minyi.classify", []byte("学校太远"))
	if err != nil {
		t.Fatal(err)
	}
	var page, service classifier.Record
	if err := errors.Join(json.NewDecoder(res.Body).Decode(&page), json.Unmarshal(answer.Data, &service)); err != nil {
		t.Fatal(err)
	}
	if len(page.Themes) != 1 || page.Themes[0].Chance < 0.3 || page.Themes[0].Chance > 0.8 || !reflect.DeepEqual(page, service) {
		t.Errorf("page %+v, service %+v", page, service)
	}
}
