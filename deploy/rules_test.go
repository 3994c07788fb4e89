// Package deploy_test holds what is in deploy/ to what minyi really does.
package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"
)

// rule is one recording rule or alert.
type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

// rules reads every rule of deploy/prometheus.
func rules(t *testing.T) (all []rule) {
	t.Helper()
	files, err := filepath.Glob("prometheus/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no rules in prometheus/*.yml: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct{ Groups []struct{ Rules []rule } }
		if err := yaml.Unmarshal(b, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, g := range file.Groups {
			all = append(all, g.Rules...)
		}
	}
	return all
}

// exported is every series that Prometheus has of minyi, with its labels: what
// docs/metrics.md lists, which TestPageOfMetrics of pipeline/metrics compares with a
// scrape, what recording rules add, and what Prometheus itself knows of a target.
func exported(t *testing.T) map[string]labelSet {
	t.Helper()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]labelSet{"up": setOf("job", "instance")}
	row := regexp.MustCompile("(?m)^\\| `(minyi_\\w+)` \\| (\\w+) \\| \\w+ \\| ([\\w, ]*) \\|")
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		name, labels := m[1], setOf("job", "instance")
		labels.add(strings.FieldsFunc(m[3], func(r rune) bool { return r == ',' || r == ' ' })...)
		if m[2] == "histogram" {
			series[name+"_sum"], series[name+"_count"] = labels, labels
			series[name+"_bucket"] = labels.with("le")
			continue
		}
		series[name] = labels
	}
	if len(series) < 10 {
		t.Fatalf("docs/metrics.md: only %d series could be read from its table", len(series))
	}
	return series
}

// TestRulesNameWhatIsExported: a rule over a metric or a label that is not there never
// fires, and promtool does not notice. Each expression is read by Prometheus's own parser.
func TestRulesNameWhatIsExported(t *testing.T) {
	series, p := exported(t), parser.NewParser(parser.Options{})
	all := rules(t)
	labels := make([]labelSet, len(all)) // of what each expression returns
	check := func(i int, known map[string]labelSet) (faults []string) {
		expr, err := p.ParseExpr(all[i].Expr)
		if err != nil {
			return []string{err.Error()}
		}
		r := reading{series: known}
		labels[i] = r.labels(expr)
		return r.faults
	}
	// Recording rules in their order: each may name those before it.
	for i, r := range all {
		if r.Record == "" {
			continue
		}
		for _, f := range check(i, series) {
			t.Errorf("%s: %s", r.Record, f)
		}
		series[r.Record] = labels[i]
	}
	placeholder := regexp.MustCompile(`\$labels\.(\w+)`)
	for i, r := range all {
		if r.Alert == "" {
			continue
		}
		for _, f := range check(i, series) {
			t.Errorf("%s: %s", r.Alert, f)
		}
		for key, text := range r.Annotations {
			for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
				if !labels[i].has(m[1]) {
					t.Errorf("%s: %s names the label %s; the expression returns %s", r.Alert, key, m[1], labels[i])
				}
			}
		}
	}
}

// TestAlertsHaveRunbooks: whoever is woken is told what to do.
func TestAlertsHaveRunbooks(t *testing.T) {
	page, err := os.ReadFile("../docs/runbooks.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (\w+)`).FindAllStringSubmatch(string(page), -1) {
		sections[m[1]] = true
	}
	alerts := map[string]bool{}
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		alerts[r.Alert] = true
		if want := "docs/runbooks.md#" + strings.ToLower(r.Alert); r.Annotations["runbook"] != want {
			t.Errorf("%s: the annotation runbook is %q, not %s", r.Alert, r.Annotations["runbook"], want)
		}
		if !sections[r.Alert] {
			t.Errorf("docs/runbooks.md has no section ## %s", r.Alert)
		}
		if s := r.Labels["severity"]; s != "page" && s != "ticket" {
			t.Errorf("%s: severity %q is neither page nor ticket", r.Alert, s)
		}
	}
	for s := range sections {
		if strings.HasPrefix(s, "Minyi") && !alerts[s] {
			t.Errorf("docs/runbooks.md has a section ## %s, and there is no such alert", s)
		}
	}
}

// TestPromtool: the rules are valid, and each alert fires and stays quiet where tests/ says.
func TestPromtool(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool", "prometheus")
	for what, files := range map[string]string{"check": "prometheus/*.yml", "test": "prometheus/tests/*.yml"} {
		names, err := filepath.Glob(files)
		if err != nil || len(names) == 0 {
			t.Fatalf("no files %s: %v", files, err)
		}
		for _, name := range names {
			t.Run(what+"/"+filepath.Base(name), func(t *testing.T) {
				t.Parallel()
				if out, err := exec.CommandContext(t.Context(), promtool, what, "rules", name).CombinedOutput(); err != nil {
					t.Errorf("promtool %s rules deploy/%s: %v\n%s", what, name, err, out)
				}
			})
		}
	}
}

// TestEveryAlertIsTriedTwice: tests/ has a case in which the alert fires and one in which
// it stays quiet.
func TestEveryAlertIsTriedTwice(t *testing.T) {
	fires, quiet := map[string]bool{}, map[string]bool{}
	files, _ := filepath.Glob("prometheus/tests/*.yml")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Tests []struct {
				Alerts []struct {
					Name   string `yaml:"alertname"`
					Expect []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		if err := yaml.Unmarshal(b, &file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, test := range file.Tests {
			for _, a := range test.Alerts {
				fires[a.Name] = fires[a.Name] || len(a.Expect) > 0
				quiet[a.Name] = quiet[a.Name] || len(a.Expect) == 0
			}
		}
	}
	for _, r := range rules(t) {
		if r.Alert != "" && (!fires[r.Alert] || !quiet[r.Alert]) {
			t.Errorf("%s: prometheus/tests has to show it firing (%v) and quiet (%v)", r.Alert, fires[r.Alert], quiet[r.Alert])
		}
	}
}

// tool is a program that `make test-deps` installs. Without it the test fails in CI and
// is skipped elsewhere, and says how to get it.
func tool(t *testing.T, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing; `make test-deps` installs it (Debian's package %s)", name, pkg)
		}
		t.Skipf("%s is missing; `make test-deps` installs it (Debian's package %s)", name, pkg)
	}
	return path
}
