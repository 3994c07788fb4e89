package deploy_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

type (
	// sample is what an expression has to return for one set of labels.
	sample struct {
		Labels string
		Value  float64
	}
	// evaluated is an expression at a time.
	evaluated struct {
		Expr    string
		At      string   `yaml:"eval_time"`
		Samples []sample `yaml:"exp_samples"`
	}
	series struct{ Series, Values string }
)

// TestPanelsShowWhatTheySay has promtool evaluate panels whose arithmetic can go wrong: over
// a promotion, which changes the label tally, and over backlogs that shrink and grow.
func TestPanelsShowWhatTheySay(t *testing.T) {
	t.Parallel()
	promtool := tool(t, "promtool", "prometheus")
	ask := func(board, title, job, at string, samples ...sample) evaluated {
		t.Helper()
		variables := strings.NewReplacer("$__rate_interval", "5m", "$window", "1d", "$job", job)
		for _, q := range questions(t, "grafana/dashboards/en/minyi-"+board+".json") {
			if q.where == title {
				return evaluated{"round(" + variables.Replace(q.expr) + ", 0.000001)", at, samples}
			}
		}
		t.Fatalf("%s has no %s", board, title)
		return evaluated{}
	}
	// Readers are shown the tally old for an hour, then the tally new.
	var in []series
	both := func(metric, labels, old, next string) {
		name := func(tally string) string {
			return fmt.Sprintf(`%s{job="minyi", instance="a", tally=%q%s}`, metric, tally, labels)
		}
		in = append(in, series{name("old"), old + "x60 stale"}, series{name("new"), "_x61 " + next + "x60"})
	}
	both("minyi_tally_promoted_timestamp_seconds", "", "1000+0", "3660+0")
	both("minyi_tally_frontier_sequence", "", "0+100", "6000+100")
	both("minyi_tally_theme_suggestions", `, theme="school", count="primary"`, "0+50", "9000+10")
	both("minyi_tally_theme_suggestions", `, theme="health", count="primary"`, "0+50", "1000+30")
	in = append(in,
		series{`minyi_tally_dictionary_info{job="minyi", instance="a", tally="old", version="v1"}`, "1x60 stale"},
		series{`minyi_tally_dictionary_info{job="minyi", instance="a", tally="new", version="v2"}`, "_x61 1x60"})
	// Three other jobs: nothing is behind; 3,000 are, and 100 a minute are counted; it grows.
	for _, s := range []struct{ job, last, counted string }{{"even", "0+100x60", "0+100x60"}, {"drains", "6000+0x60", "0+100x60"}, {"grows", "0+100x60", "0+40x60"}} {
		in = append(in,
			series{fmt.Sprintf(`minyi_stream_last_sequence{job=%q, instance="a", tally="old"}`, s.job), s.last},
			series{fmt.Sprintf(`minyi_tally_frontier_sequence{job=%q, instance="a", tally="old"}`, s.job), s.counted})
	}
	file := map[string]any{"evaluation_interval": "1m", "tests": []any{map[string]any{
		"interval": "1m", "input_series": in, "promql_expr_test": []evaluated{
			ask("opinion", "annotation Promotions", "minyi", "30m", sample{`{tally="old", version="v1"}`, 1000_000}),
			ask("opinion", "annotation Promotions", "minyi", "90m", sample{`{tally="new", version="v2"}`, 3660_000}),
			// What the guide recommended once sees no promotion, as another series begins.
			{`changes(minyi_tally_promoted_timestamp_seconds[90m]) > 0`, "90m", nil},
			// 29 minutes of the new tally, which delta() takes for 29.5.
			ask("opinion", "New suggestions by theme", "minyi", "90m", sample{`{theme="school"}`, 295}, sample{`{theme="health"}`, 885}),
			ask("opinion", "Shares of themes", "minyi", "90m", sample{`{theme="school"}`, 0.25}, sample{`{theme="health"}`, 0.75}),
			ask("operators", "Time to drain", "even", "30m", sample{"{}", 0}),
			ask("operators", "Time to drain", "drains", "30m", sample{"{}", 1800}),
			ask("operators", "Time to drain", "grows", "30m", sample{"{}", 8640000}),
		},
	}}}
	b, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "panels.yml")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", name).CombinedOutput(); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, out)
	}
}
