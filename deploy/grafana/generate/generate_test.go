package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"

	"github.com/minyi/minyi/dict"
)

const stored = "../dashboards"

// TestUpToDate: what is stored is what would be written, and nothing else.
func TestUpToDate(t *testing.T) {
	t.Parallel()
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	want, err := dashboards(d)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range want {
		if got, err := os.ReadFile(filepath.Join(stored, name)); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s is out of date (%v): go run ./deploy/grafana/generate", name, err)
		}
	}
	for _, path := range files(t) {
		if name, _ := filepath.Rel(stored, path); want[filepath.ToSlash(name)] == nil {
			t.Errorf("%s is written by nobody", path)
		}
	}
}

// files are the stored dashboards.
func files(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob(stored + "/*/*.json")
	if err != nil || len(paths) != 4 {
		t.Fatalf("%d dashboards, two in two languages are wanted: %v", len(paths), err)
	}
	return paths
}

// decoded reads a stored dashboard as strictly as the foundation SDK can: each field has to
// be known to the schema, those of panels and queries too.
func decoded(t *testing.T, path string) (d document) {
	t.Helper()
	runtime := cog.NewRuntime()
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	runtime.RegisterPanelcfgVariant(timeseries.VariantConfig())
	runtime.RegisterPanelcfgVariant(stat.VariantConfig())
	runtime.RegisterPanelcfgVariant(bargauge.VariantConfig())
	runtime.RegisterPanelcfgVariant(table.VariantConfig())
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var faults cog.BuildErrors // the SDK returns the list as an error, empty as it may be
	if err := new(document).UnmarshalJSONStrict(b); !errors.As(err, &faults) || len(faults) > 0 {
		t.Fatalf("%s: %v", path, err)
	}
	// The strict decoder stops at that list, and looks leniently at what fields are configured
	// with. So it is decoded once more, and nothing may be lost when it is encoded again.
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	again, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var was, is any
	if err := errors.Join(json.Unmarshal(b, &was), json.Unmarshal(again, &is)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(was, is); diff != "" {
		t.Errorf("%s: not all of it is in the schema:\n%s", path, diff)
	}
	if err := d.Validate(); err != nil {
		t.Errorf("%s: %v", path, err)
	}
	return d
}

// TestDashboards: each is in the schema, and each panel says what it shows, in which unit,
// and asks the data source that the reader has chosen.
func TestDashboards(t *testing.T) {
	ids := map[string]bool{}
	for _, path := range files(t) {
		d := decoded(t, path)
		if d.Uid == nil || ids[*d.Uid] {
			t.Errorf("%s: its uid is missing, or another dashboard's", path)
		}
		ids[*d.Uid] = true
		if v := d.Templating.List[0]; v.Name != "datasource" || v.Type != "datasource" {
			t.Errorf("%s: the first variable is %s of type %s, not the data source", path, v.Name, v.Type)
		}
		panels := 0
		for _, p := range d.Panels {
			if p.Panel != nil {
				panels++
				checkPanel(t, path, p.Panel)
			}
		}
		if panels < 10 {
			t.Errorf("%s has %d panels", path, panels)
		}
		if len(d.Annotations.List) == 0 {
			t.Errorf("%s has no annotations", path)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, source := range sources(t, b) {
			if source != "${datasource}" {
				t.Errorf("%s names the data source %q, and not the variable", path, source)
			}
		}
	}
}

func checkPanel(t *testing.T, path string, p *dashboard.Panel) {
	t.Helper()
	if p.Title == nil || *p.Title == "" {
		t.Fatalf("%s: panel %d has no title", path, *p.Id)
	}
	if p.Description == nil || *p.Description == "" {
		t.Errorf("%s: %s has no description", path, *p.Title)
	}
	if p.FieldConfig == nil || p.FieldConfig.Defaults.Unit == nil || *p.FieldConfig.Defaults.Unit == "" {
		t.Errorf("%s: %s has no unit", path, *p.Title)
	}
	if len(p.Targets) == 0 || p.Datasource == nil {
		t.Errorf("%s: %s asks nothing, or has no data source", path, *p.Title)
	}
	for _, target := range p.Targets {
		if q, ok := target.(*prometheus.Dataquery); !ok || q.Datasource == nil || q.Expr == "" {
			t.Errorf("%s: %s: %T asks nothing, or has no data source", path, *p.Title, target)
		}
	}
}

// sources are the uids of all data sources that a dashboard names.
func sources(t *testing.T, b []byte) (uids []any) {
	t.Helper()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if source, ok := v["datasource"].(map[string]any); ok {
				uids = append(uids, source["uid"])
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	walk(v)
	return uids
}

// TestChinese: where Chinese is asked, no English is left but names.
func TestChinese(t *testing.T) {
	t.Parallel()
	names := regexp.MustCompile(`minyi( tally list| rejects)?|Minyi\w+|Prometheus|TLS|JSON|docs/runbooks\.md|\b(working|loading|refused)\b|\d+%`)
	words := regexp.MustCompile(`[A-Za-z]{2,}`)
	paths, _ := filepath.Glob(stored + "/zh-CN/*.json")
	for _, path := range paths {
		d := decoded(t, path)
		check := func(where string, s *string) {
			if s == nil || *s == "" || strings.HasPrefix(*s, "{{") {
				return
			}
			rest := names.ReplaceAllString(regexp.MustCompile(`\{\{\w+\}\}`).ReplaceAllString(*s, ""), "")
			if w := words.FindString(rest); w != "" {
				t.Errorf("%s: %s has the English %q: %s", path, where, w, *s)
			}
			if !strings.ContainsFunc(*s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: %s has no Chinese: %s", path, where, *s)
			}
		}
		check("the title", d.Title)
		check("the description", d.Description)
		for _, v := range d.Templating.List {
			check(v.Name, v.Label)
			check(v.Name, v.Description)
		}
		for _, a := range d.Annotations.List {
			check("an annotation", &a.Name)
			check(a.Name, a.TitleFormat)
			check(a.Name, a.TextFormat)
		}
		for _, p := range d.Panels {
			if p.RowPanel != nil {
				check("a row", p.RowPanel.Title)
				continue
			}
			check("a panel", p.Panel.Title)
			check(*p.Panel.Title, p.Panel.Description)
			for _, target := range p.Panel.Targets {
				check(*p.Panel.Title, target.(*prometheus.Dataquery).LegendFormat)
			}
			for _, o := range p.Panel.FieldConfig.Overrides {
				for _, property := range o.Properties {
					if s, ok := property.Value.(string); ok {
						check(*p.Panel.Title, &s)
					}
				}
			}
		}
	}
}
