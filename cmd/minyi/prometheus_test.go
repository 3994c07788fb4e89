//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// prometheus is a real one that scrapes one minyi with the rules of deploy/prometheus, five
// times a second; its alerts do not wait ("for: 0s").
type prometheus struct{ url string }

func startPrometheus(t *testing.T, page string) prometheus {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		missing(t, "prometheus (Debian package prometheus)")
	}
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join(root(t), "deploy/prometheus/*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b = regexp.MustCompile(`(?m)^(\s+for:) \S+$`).ReplaceAll(b, []byte("$1 0s"))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf(`
global: {scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}
rule_files: [%s/*.yml]
scrape_configs: [{job_name: minyi, static_configs: [{targets: [%q]}]}]
`, dir, strings.TrimPrefix(page, "http://"))
	file := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log := newWatched()
	cmd := exec.CommandContext(t.Context(), program, "--config.file", file,
		"--web.listen-address=127.0.0.1:0", "--storage.tsdb.path", filepath.Join(dir, "data"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p := prometheus{url: "http://" + log.find(ctx, t, `msg="Listening on" address=(\S+)$`)}
	log.find(ctx, t, `Server is ready to receive web requests`)
	return p
}

// ask decodes the data of an answer.
func (p prometheus) ask(t *testing.T, path string, data any) {
	t.Helper()
	_, body := get(t, p.url+path)
	answer := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Status != "success" {
		t.Fatalf("%s: %v: %s", path, err, body)
	}
}

// query returns the value of each series of the result, by its labels without the name.
func (p prometheus) query(t *testing.T, expr string) map[string]float64 {
	t.Helper()
	var data struct {
		Result []struct {
			Metric map[string]string
			Value  [2]any
		}
	}
	p.ask(t, "/api/v1/query?query="+url.QueryEscape(expr), &data)
	values := map[string]float64{}
	for _, r := range data.Result {
		delete(r.Metric, "__name__")
		v, err := strconv.ParseFloat(r.Value[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		values[fmt.Sprint(r.Metric)] = v
	}
	return values
}

// firing is the names of the alerts that fire.
func (p prometheus) firing(t *testing.T) map[string]bool {
	t.Helper()
	var data struct {
		Alerts []struct {
			State  string
			Labels map[string]string
		}
	}
	p.ask(t, "/api/v1/alerts", &data)
	names := map[string]bool{}
	for _, a := range data.Alerts {
		if a.State == "firing" {
			names[a.Labels["alertname"]] = true
		}
	}
	return names
}

// until asks again and again, until ok or half a minute is over.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// checkPrometheus has a real Prometheus scrape the process: every rule can be evaluated, the
// recorded totals are right, nothing fires, every dashboard has data; a process that hangs
// fires MinyiDown and MinyiAllDown, and both resolve by themselves when it goes on.
func checkPrometheus(t *testing.T, r *running, lines uint64) {
	t.Helper()
	p := startPrometheus(t, r.page)
	until(t, "the recorded frontier is the number of messages", func() bool {
		return p.query(t, "minyi:tally_frontier_sequence:max")["map[job:minyi]"] == float64(lines)
	})
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	until(t, "every rule is evaluated", func() bool {
		p.ask(t, "/api/v1/rules", &data)
		n := 0
		for _, g := range data.Groups {
			for _, rule := range g.Rules {
				if rule.Health == "err" {
					t.Fatalf("%s: %s", rule.Name, rule.LastError)
				}
				if rule.Health != "ok" {
					return false
				}
				n++
			}
		}
		return n > 0
	})
	// Here an alert does not wait, so on a busy machine one scrape that takes longer than
	// 200 ms fires MinyiDown until the next.
	until(t, "no alert fires over a process in good order", func() bool { return len(p.firing(t)) == 0 })

	aboutAlerts := checkDashboards(t, r, p)

	defer hang(t, r, syscall.SIGCONT) // also where the test fails meanwhile
	hang(t, r, syscall.SIGSTOP)
	until(t, "MinyiDown and MinyiAllDown fire", func() bool {
		names := p.firing(t)
		return names["MinyiDown"] && names["MinyiAllDown"]
	})
	for _, expr := range aboutAlerts {
		if !p.shows(t, expr) {
			t.Errorf("an alert fires, and no dashboard marks it: %s", expr)
		}
	}
	hang(t, r, syscall.SIGCONT)
	until(t, "both resolve", func() bool { return len(p.firing(t)) == 0 })
}

// hang stops the process, or lets it go on.
func hang(t *testing.T, r *running, s syscall.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}
