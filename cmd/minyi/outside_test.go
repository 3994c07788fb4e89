package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/minyi/minyi/internal/textfmt"
)

// checkTable looks at the table as a person would: no line over 80 columns,
// every theme there, the sum that of the lines sent.
func checkTable(t *testing.T, table string, lines uint64) {
	t.Helper()
	for _, line := range strings.Split(table, "\n") {
		if w := textfmt.Width(line); w > 80 {
			t.Errorf("%d columns: %s", w, line)
		}
	}
	for _, name := range []string{"People's livelihood", "Party building", "Governance", "Education", "Public safety"} {
		if !strings.Contains(table, name) {
			t.Errorf("no %q in the table:\n%s", name, table)
		}
	}
	if !strings.Contains(table, "= stored "+textfmt.Count(lines)+"\n") {
		t.Errorf("the sum is not %d:\n%s", lines, table)
	}
}

// checkReadme compares what was printed with what README.md shows of it.
func checkReadme(t *testing.T, table string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	// Each run has a tally of its own, and its own time.
	alike := regexp.MustCompile(`tally [0-9a-f]{12}|current since [0-9: -]{19}`)
	text, table := alike.ReplaceAllString(string(readme), "…"), alike.ReplaceAllString(table, "…")
	if !strings.Contains(table, "…, dictionary ") || !strings.Contains(text, "```\n"+strings.TrimRight(table, "\n")+"\n```") {
		t.Errorf("README.md shows another table (README.zh-CN.md then does, too) than:\n%s", table)
	}
}

// checkMetrics has the real promtool look at /metrics: it has nothing to say.
func checkMetrics(t *testing.T, page string) {
	t.Helper()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		missing(t, "promtool (Debian package prometheus)")
	}
	code, body := get(t, page+"/metrics")
	if code != 200 || !strings.Contains(body, "\nminyi_") {
		t.Fatalf("/metrics: %d\n%.500s", code, body)
	}
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(body)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

// checkNATS looks into the running server with the nats CLI.
func checkNATS(t *testing.T, r *running) {
	t.Helper()
	run := natsCLI(t, r)
	if out := run("kv", "ls"); !strings.Contains(out, "COUNTS") {
		t.Errorf("nats kv ls:\n%s", out)
	}
	tally := strings.TrimSpace(run("kv", "get", "COUNTS", "current", "--raw"))
	if !regexp.MustCompile(`^[0-9a-f]{12}$`).MatchString(tally) {
		t.Fatalf("nats kv get COUNTS current: %q", tally)
	}
	keys := run("kv", "ls", "COUNTS")
	key := regexp.MustCompile(tally + `\.2022-\d\d-\d\d\.[a-z_]+\.subtheme\.livelihood/education`).FindString(keys)
	if key == "" {
		t.Fatalf("no cell of education in:\n%.2000s", keys)
	}
	if out := run("kv", "get", "COUNTS", key, "--raw"); !regexp.MustCompile(`^\{"primary":\d+,"any":\d+\}\s*$`).MatchString(out) {
		t.Errorf("nats kv get COUNTS %s: %q", key, out)
	}
	if out := run("micro", "ls"); !strings.Contains(out, "minyi") {
		t.Errorf("nats micro ls:\n%s", out)
	}
}

// missing ends a test that needs a program which is not there: loudly in CI,
// which installs it.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is missing; make test-deps installs it", what)
	}
	t.Skipf("%s is missing; make test-deps installs it", what)
}
