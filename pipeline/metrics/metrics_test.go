package metrics

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/minyi/minyi/pipeline"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var tree = pipeline.ThemeTree{
	{ID: "livelihood", SubThemes: []pipeline.TreeSubTheme{{ID: "livelihood/education"}, {ID: "livelihood/housing"}}},
	{ID: "party", SubThemes: []pipeline.TreeSubTheme{{ID: "party/theory"}}},
}

// someCounts returns a board with counts.
func someCounts() *pipeline.Board {
	cells := pipeline.Cells{
		{Day: "2022-04-15", Source: "people", Kind: pipeline.KindTotal, ID: pipeline.All}:                     {Primary: 9, Any: 9},
		{Day: "2022-04-16", Source: "people", Kind: pipeline.KindTotal, ID: pipeline.All}:                     {Primary: 1, Any: 1},
		{Day: "2022-04-15", Source: "xinhua", Kind: pipeline.KindTotal, ID: pipeline.All}:                     {Primary: 3, Any: 3},
		{Day: "2022-04-15", Source: "people", Kind: pipeline.KindRejected, ID: string(pipeline.Blank)}:        {Primary: 2, Any: 2},
		{Day: "2022-04-15", Source: "people", Kind: pipeline.KindRejected, ID: "a reason of a later version"}: {Primary: 1, Any: 1},
		{Day: "2022-04-15", Source: "people", Kind: pipeline.KindSubTheme, ID: "livelihood/education"}:        {Primary: 5, Any: 6},
		{Day: "2022-04-15", Source: "people", Kind: pipeline.KindTheme, ID: "livelihood"}:                     {Primary: 6, Any: 7},
		{Day: "2022-04-15", Source: "people", Kind: pipeline.KindTagged, ID: pipeline.All}:                    {Primary: 8, Any: 8},
		{Day: "2022-04-15", Source: "bad\xffsource", Kind: pipeline.KindTotal, ID: pipeline.All}:              {Primary: 1, Any: 1},
	}
	b := pipeline.NewBoard()
	b.Promote(pipeline.Promotion{Tally: "a1b2c3d4e5f6", At: time.Unix(1_650_000_000, 0)})
	b.Put(pipeline.Counts{Totals: pipeline.NewTotals(cells), Snapshot: pipeline.Snapshot{
		Tally: "a1b2c3d4e5f6", Dict: "3f9c1a77", Frontier: 16, Stored: 15, Outcomes: pipeline.Outcomes{Tagged: 8, Untagged: 3, Rejected: 3, Missing: 1},
		Themes: []pipeline.ThemeCount{
			{ID: "livelihood", Primary: 6, Any: 7, SubThemes: []pipeline.SubThemeCount{
				{ID: "livelihood/education", Primary: 5, Any: 6}, {ID: "livelihood/housing", Primary: 1, Any: 2},
			}},
			{ID: "party", Primary: 2, Any: 2, SubThemes: []pipeline.SubThemeCount{{ID: "party/theory", Primary: 2, Any: 2}}},
		},
	}})
	return b
}

func someFleet() Fleet {
	return Fleet{Tallies: []FleetTally{{"a1b2c3d4e5f6", "working"}, {"0123456789ab", "refused"}}, Current: "a1b2c3d4e5f6", CurrentWorkers: 3, Known: true}
}

// everything is a configuration that exports every metric.
func everything() Config {
	return Config{
		Build: Build{Version: "v1.2.3", Revision: "abc", GoVersion: "go1.26", Semantics: "2"},
		Board: someCounts(), Fleet: someFleet,
		Broker:          func() Broker { return Broker{Connected: true, Stored: 1 << 20, Limit: 1 << 30, Known: true} },
		CertificateEnds: func() time.Time { return time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC) },
	}
}

func someTally() Tally {
	return Tally{ID: "a1b2c3d4e5f6", Dict: "3f9c1a77", Tree: tree, Status: func() pipeline.Status {
		return pipeline.Status{Last: 20, Planned: 18, Frontier: 16, Lag: 4, Current: true, Ready: true}
	}}
}

// someEvents tells an observer one of everything.
func someEvents(o pipeline.Observer) {
	o.RangePlanned(pipeline.Planned{Range: pipeline.Range{From: 1, To: 16}, Last: 20})
	o.RangeWorked(pipeline.Worked{Messages: 14, Bytes: 4096, Duration: 125 * time.Millisecond})
	o.RangeWorked(pipeline.Worked{Messages: 14, Bytes: 4096, Duration: 250 * time.Millisecond, Repair: true})
	o.RangesFolded(pipeline.Folded{
		Ranges: 2, Outcomes: pipeline.Outcomes{Tagged: 8, Untagged: 3, Rejected: 3, Missing: 1}, InvalidUTF8: 2, AbsurdTime: 1,
		Reasons:   map[pipeline.Reason]uint64{pipeline.Blank: 2, "a reason of a later version": 1},
		Themes:    map[string]pipeline.Count{"livelihood": {Primary: 6, Any: 7}, "party": {Primary: 2, Any: 2}},
		SubThemes: map[string]pipeline.Count{"livelihood/education": {Primary: 5, Any: 6}, "not/known": {Primary: 1, Any: 1}},
		Duration:  250 * time.Millisecond, Latency: 105 * time.Millisecond,
	})
	o.RangesFolded(pipeline.Folded{Ranges: 1, Duration: 500 * time.Millisecond}) // all missing: no latency
	o.DeltaDropped(pipeline.Dropped{})
	o.Refused(pipeline.Refused{What: pipeline.RefusedDelta, Flaw: pipeline.FlawUnsigned})
	o.Refused(pipeline.Refused{What: pipeline.RefusedTask, Flaw: "of a later version"})
	o.Failed(pipeline.Failure{Role: pipeline.RolePlan, Lost: true, Err: errors.New("x")})
	o.Failed(pipeline.Failure{Role: pipeline.RoleWork, Err: errors.New("x")})
	o.Failed(pipeline.Failure{Role: pipeline.RoleFold, Lost: true, Fatal: true, Err: errors.New("x")})
	o.Failed(pipeline.Failure{Role: "a role of a later version", Err: errors.New("x")})
	o.Drained(pipeline.Drained{HandedBack: 3})
}

// scrape returns what /metrics answers.
func scrape(t *testing.T, h http.Handler) string {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("GET /metrics: %d\n%s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

// ours keeps the lines of this program's own metrics.
func ours(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), "minyi_") {
			b.WriteString(line)
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

func TestMetricsBeforeAnythingHappens(t *testing.T) {
	m := New(Config{})
	m.Observe(Tally{ID: "a1b2c3d4e5f6", Dict: "3f9c1a77", Tree: tree})
	golden(t, "zero.prom", ours(scrape(t, m.Handler())))
}

func TestMetricsAfterOneOfEverything(t *testing.T) {
	m := New(everything())
	someEvents(m.Observe(someTally()))
	golden(t, "events.prom", ours(scrape(t, m.Handler())))
}

func TestTotalsAddUp(t *testing.T) {
	m := New(Config{Board: someCounts()})
	want := `
# HELP minyi_tally_messages Exact number of messages of the current tally by state: tagged, untagged, rejected or missing.
# TYPE minyi_tally_messages gauge
minyi_tally_messages{state="missing",tally="a1b2c3d4e5f6"} 1
minyi_tally_messages{state="rejected",tally="a1b2c3d4e5f6"} 3
minyi_tally_messages{state="tagged",tally="a1b2c3d4e5f6"} 8
minyi_tally_messages{state="untagged",tally="a1b2c3d4e5f6"} 3
# HELP minyi_tally_stored_messages Exact number of stored messages up to the frontier of the current tally: tagged, untagged, rejected and missing.
# TYPE minyi_tally_stored_messages gauge
minyi_tally_stored_messages{tally="a1b2c3d4e5f6"} 15
`
	if err := testutil.GatherAndCompare(m.registry, strings.NewReader(want), "minyi_tally_messages", "minyi_tally_stored_messages"); err != nil {
		t.Error(err)
	}
}

func TestCountsThatCannotBeReadLeaveTheRest(t *testing.T) {
	b := someCounts()
	b.Fail("a1b2c3d4e5f6", errors.New("broker is away"))
	m := New(Config{Board: b})
	someEvents(m.Observe(someTally()))
	text := scrape(t, m.Handler())
	if !strings.Contains(text, "\nminyi_tally_up 0\n") {
		t.Error("minyi_tally_up is not 0")
	}
	if strings.Contains(text, "\nminyi_tally_stored_messages") {
		t.Error("totals were shown although they could not be read")
	}
	if !strings.Contains(text, `minyi_suggestions_tagged_total{tally="a1b2c3d4e5f6"} 8`) {
		t.Error("the counters of the process are gone")
	}
}

func TestSourcesAreCapped(t *testing.T) {
	s := newSources(3)
	rows := func(ns ...uint64) []uint64 { return ns }
	steps := []struct {
		name string
		rows []uint64 // messages of s0, s1 …
		want map[string]uint64
	}{
		{"below the cap", rows(5, 6), map[string]uint64{"s0": 5, "s1": 6}},
		{"the largest of the new", rows(5, 6, 7, 8), map[string]uint64{"s0": 5, "s1": 6, "s3": 8, "other": 7}},
		{"whoever has a series keeps it", rows(5, 6, 700, 8, 9), map[string]uint64{"s0": 5, "s1": 6, "s3": 8, "other": 709}},
	}
	for _, step := range steps {
		if diff := cmp.Diff(step.want, s.cap(bySource(step.rows...))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
}

// bySource has messages of the sources s0, s1 and so on.
func bySource(messages ...uint64) *pipeline.Totals {
	cells := make(pipeline.Cells)
	for i, n := range messages {
		cells[pipeline.CellKey{Source: fmt.Sprintf("s%d", i), Kind: pipeline.KindTotal, ID: pipeline.All}] = pipeline.Count{Primary: n, Any: n}
	}
	return pipeline.NewTotals(cells)
}

func TestASourceNamedOtherTakesNoPlace(t *testing.T) {
	s := newSources(1)
	got := s.cap(pipeline.NewTotals(pipeline.Cells{
		{Source: "other", Kind: pipeline.KindTotal, ID: pipeline.All}: {Primary: 9}, {Source: "a", Kind: pipeline.KindTotal, ID: pipeline.All}: {Primary: 1},
	}))
	if diff := cmp.Diff(map[string]uint64{"other": 9, "a": 1}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRemoveDropsEverySeriesOfATally(t *testing.T) {
	m := New(Config{})
	someEvents(m.Observe(someTally()))
	keep := someTally()
	keep.ID = "ffffffffffff"
	someEvents(m.Observe(keep))
	m.Remove("a1b2c3d4e5f6")
	text := scrape(t, m.Handler())
	if strings.Contains(text, "a1b2c3d4e5f6") {
		t.Error("a series of the removed tally is left:\n" + ours(text))
	}
	if !strings.Contains(text, `minyi_lag_messages{tally="ffffffffffff"} 4`) {
		t.Error("the other tally is gone too")
	}
}

func TestAnEngineThatStartsAgainGoesOn(t *testing.T) {
	m := New(Config{})
	someEvents(m.Observe(someTally()))
	someEvents(m.Observe(someTally()))
	if text := scrape(t, m.Handler()); !strings.Contains(text, `minyi_suggestions_tagged_total{tally="a1b2c3d4e5f6"} 16`) {
		t.Error("counters did not go on:\n" + ours(text))
	}
}

// Events come from several goroutines while scrapes read; the race detector is
// the judge, and no event may be lost.
func TestConcurrentEventsAndScrapes(t *testing.T) {
	m := New(Config{Board: someCounts()})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			o := m.Observe(someTally())
			for range 50 {
				someEvents(o)
			}
		})
		wg.Go(func() {
			for range 5 {
				rec := httptest.NewRecorder()
				m.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
			}
		})
	}
	wg.Wait()
	if text := scrape(t, m.Handler()); !strings.Contains(text, `minyi_suggestions_tagged_total{tally="a1b2c3d4e5f6"} 1600`) {
		t.Error("events were lost:\n" + ours(text))
	}
}

func TestPromtoolHasNothingToSay(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("promtool is missing; `make test-deps` installs it (Debian's package prometheus)")
		}
		t.Skip("promtool is missing; `make test-deps` installs it (Debian's package prometheus)")
	}
	m := New(everything())
	someEvents(m.Observe(someTally()))
	scrape(t, m.Handler()) // promhttp's own counters appear with the second scrape
	text := scrape(t, m.Handler())
	cmd := exec.CommandContext(t.Context(), promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}
