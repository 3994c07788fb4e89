package deploy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"
)

// asked is one expression of a dashboard.
type asked struct{ where, expr, legend string }

// questions are all expressions of a dashboard: of its panels and its annotations, and what
// its variables list.
func questions(t *testing.T, path string) (all []asked) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Annotations struct {
			List []struct{ Name, Expr, TitleFormat, TextFormat string }
		}
		Templating struct {
			List []struct {
				Name, Type string
				Query      any
			}
		}
		Panels []struct {
			Type, Title string
			Targets     []struct{ Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, a := range d.Annotations.List {
		all = append(all, asked{"annotation " + a.Name, a.Expr, a.TitleFormat + a.TextFormat})
	}
	for _, p := range d.Panels {
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("%s: %s asks nothing", path, p.Title)
		}
		for _, target := range p.Targets {
			all = append(all, asked{p.Title, target.Expr, target.LegendFormat})
		}
	}
	labelValues := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`)
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		query, _ := v.Query.(map[string]any)["query"].(string)
		m := labelValues.FindStringSubmatch(query)
		if m == nil {
			t.Fatalf("%s: the variable %s asks %q", path, v.Name, query)
		}
		all = append(all, asked{"variable " + v.Name, m[1], "{{" + m[2] + "}}"})
	}
	return all
}

// TestDashboardsNameWhatIsExported: each expression is read by Prometheus's own parser, and
// each metric and label in it, and each label in a legend, is one that a process exports.
func TestDashboardsNameWhatIsExported(t *testing.T) {
	paths, err := filepath.Glob("grafana/dashboards/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	series, p := exported(t), parser.NewParser(parser.Options{})
	series["ALERTS"] = setOf("alertname", "alertstate", "severity", "job", "instance", "tally")
	// What the collectors of client_golang add; checkDashboards of cmd/minyi has a real
	// Prometheus confirm it.
	for _, name := range []string{"process_resident_memory_bytes", "process_cpu_seconds_total", "go_goroutines"} {
		series[name] = setOf("job", "instance")
	}
	// What Grafana puts in their place.
	variables := strings.NewReplacer("$__rate_interval", "1m", "$window", "1d", "$job", "minyi", "$theme", ".*")
	placeholder := regexp.MustCompile(`\{\{(\w+)\}\}`)
	for _, path := range paths {
		for _, q := range questions(t, path) {
			text := variables.Replace(q.expr)
			if strings.Contains(text, "$") {
				t.Errorf("%s: %s: this test does not know the variable in %s", path, q.where, text)
			}
			expr, err := p.ParseExpr(text)
			if err != nil {
				t.Errorf("%s: %s: %v", path, q.where, err)
				continue
			}
			r := reading{series: series}
			labels := r.labels(expr)
			for _, f := range r.faults {
				t.Errorf("%s: %s: %s", path, q.where, f)
			}
			for _, m := range placeholder.FindAllStringSubmatch(q.legend, -1) {
				if !labels.has(m[1]) {
					t.Errorf("%s: %s: the legend %s names the label %s; the expression returns %s", path, q.where, q.legend, m[1], labels)
				}
			}
			if !strings.Contains(q.expr, `job="$job"`) && q.where != "variable job" {
				t.Errorf("%s: %s is not about the chosen job: %s", path, q.where, q.expr)
			}
		}
	}
}

// TestProvisioning: each provider finds its dashboards where deploy/grafana/dashboards is put.
func TestProvisioning(t *testing.T) {
	read := func(name string, into any) {
		t.Helper()
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		d := yaml.NewDecoder(bytes.NewReader(b))
		d.KnownFields(true)
		if err := d.Decode(into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var dashboards struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Folder, Type    string
			UpdateIntervalSeconds int `yaml:"updateIntervalSeconds"`
			Options               struct{ Path string }
		}
	}
	read("grafana/provisioning/dashboards/minyi.yaml", &dashboards)
	if len(dashboards.Providers) != 2 {
		t.Errorf("%d providers, one a language is wanted", len(dashboards.Providers))
	}
	for _, p := range dashboards.Providers {
		folder, ok := strings.CutPrefix(p.Options.Path, "/var/lib/grafana/dashboards/")
		if names, _ := filepath.Glob("grafana/dashboards/" + folder + "/*.json"); !ok || len(names) != 2 || p.Type != "file" {
			t.Errorf("provider %s: %d dashboards in %s", p.Name, len(names), p.Options.Path)
		}
	}
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, UID, Type, Access, URL string
			IsDefault                    bool `yaml:"isDefault"`
			JSONData                     struct {
				HTTPMethod   string `yaml:"httpMethod"`
				TimeInterval string `yaml:"timeInterval"`
			} `yaml:"jsonData"`
		}
	}
	read("grafana/provisioning/datasources/minyi.yaml", &sources)
	if len(sources.Datasources) != 1 || sources.Datasources[0].Type != "prometheus" {
		t.Errorf("data sources: %+v", sources.Datasources)
	}
}
