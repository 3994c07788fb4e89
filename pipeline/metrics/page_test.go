package metrics

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// questions says for each metric which question of an operator it answers. A metric
// without one fails TestPageOfMetrics: a number that nobody asks for is not exported.
var questions = map[string]string{
	"minyi_broker_connected":                     "Can this process work at all?",
	"minyi_broker_storage_bytes":                 "When is the broker full?",
	"minyi_broker_storage_limit_bytes":           "When is the broker full?",
	"minyi_build_info":                           "Do all processes run the same version?",
	"minyi_certificate_expiry_timestamp_seconds": "When does the page's certificate end?",
	"minyi_current":                              "Does this process count what readers are shown?",
	"minyi_current_tally_workers":                "Does anybody count what readers are shown?",
	"minyi_deltas_dropped_total":                 "How much work is done twice?",
	"minyi_dictionary_info":                      "Which dictionary does this process count with?",
	"minyi_end_to_end_latency_seconds":           "How old is a message when people see it?",
	"minyi_failures_total":                       "What is tried again and again, and what stopped a worker?",
	"minyi_fold_duration_seconds":                "Is the broker slow at storing totals?",
	"minyi_frontier_sequence":                    "How far has this tally come?",
	"minyi_lag_messages":                         "How much is waiting to be counted?",
	"minyi_messages_absurd_time_total":           "Do producers send times that cannot be?",
	"minyi_messages_invalid_utf8_total":          "Do producers send broken text?",
	"minyi_messages_missing_total":               "What was deleted or expired before it was counted?",
	"minyi_messages_received_total":              "How fast does this process count?",
	"minyi_messages_rejected_total":              "What do producers send that is no suggestion?",
	"minyi_planned_sequence":                     "Is work handed out?",
	"minyi_range_work_duration_seconds":          "How long does a range take to read and classify?",
	"minyi_ranges_folded_total":                  "Which process adds to the totals?",
	"minyi_ranges_handed_back_total":             "Do processes stop in good order?",
	"minyi_ranges_planned_total":                 "Is work handed out?",
	"minyi_ranges_worked_total":                  "How is the work spread, and how much of it is repair?",
	"minyi_ready":                                "Does this process work?",
	"minyi_refused_total":                        "Does somebody else write to minyi's own streams?",
	"minyi_stream_last_sequence":                 "How much has been stored, and how fast does it arrive?",
	"minyi_subtheme_suggestions_total":           "What are people writing about right now?",
	"minyi_suggestions_tagged_total":             "How much of what arrives is tagged?",
	"minyi_suggestions_untagged_total":           "How much of what arrives is not tagged?",
	"minyi_tally_cells":                          "Do the counts grow beyond what is planned?",
	"minyi_tally_close_suggestions":              "How many primaries are uncertain?",
	"minyi_tally_dictionary_info":                "Which dictionary are readers shown?",
	"minyi_tally_distinct":                       "Do the counts grow beyond what is planned?",
	"minyi_tally_frontier_sequence":              "How far has what readers are shown come?",
	"minyi_tally_messages":                       "What became of the messages?",
	"minyi_tally_promoted_timestamp_seconds":     "When did readers last see a switch?",
	"minyi_tally_rejected_messages":              "What was no suggestion, and why?",
	"minyi_tally_source_messages":                "Which platform do they come from, and does one stand still?",
	"minyi_tally_state":                          "Is a dictionary refused or still loading?",
	"minyi_tally_stored_messages":                "How many are counted; does it add up?",
	"minyi_tally_subtheme_suggestions":           "What are people asking for?",
	"minyi_tally_theme_suggestions":              "What are people asking for?",
	"minyi_tally_undated_messages":               "How many have no time that could be read?",
	"minyi_tally_up":                             "Can the counts be read?",
	"minyi_theme_suggestions_total":              "What are people writing about right now?",
	"minyi_worked_bytes_total":                   "How much does this process read?",
	"minyi_worked_messages_total":                "How much does this process work, repeated work too?",
}

// family is one metric as a scrape shows it.
type family struct {
	kind, help string
	labels     map[string]bool
}

// families reads them from a scrape.
func families(text string) map[string]*family {
	all := map[string]*family{}
	of := func(name string) *family {
		if all[name] == nil {
			all[name] = &family{labels: map[string]bool{}}
		}
		return all[name]
	}
	label, name := regexp.MustCompile(`(\w+)="`), ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			n, help, _ := strings.Cut(rest, " ")
			of(n).help = help
		} else if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			var kind string
			name, kind, _ = strings.Cut(rest, " ")
			of(name).kind = kind
		} else if _, inside, ok := strings.Cut(line, "{"); ok {
			for _, m := range label.FindAllStringSubmatch(inside, -1) {
				if m[1] != "le" { // of every histogram
					of(name).labels[m[1]] = true
				}
			}
		}
	}
	return all
}

// unit is what the last word of a name says, as Prometheus wants it.
func unit(name string) string {
	bare := strings.TrimSuffix(name, "_total")
	for _, u := range []string{"seconds", "bytes", "messages", "suggestions", "ranges", "deltas", "cells", "sequence", "workers"} {
		if strings.HasSuffix(bare, "_"+u) {
			return u
		}
	}
	for _, u := range []string{"messages", "suggestions", "ranges", "deltas", "failures"} {
		if strings.Contains(bare, "_"+u+"_") || strings.HasSuffix(bare, "_"+u) {
			return u
		}
	}
	return "1"
}

const pageHead = `# Metrics

What ` + "`/metrics`" + ` of every minyi process exports. This page is written by a test from the metrics themselves
(` + "`go test ./pipeline/metrics -run PageOfMetrics -update`" + `), and fails it when it is not true any more.

- **Counters** are what this process added to a tally since it started. Their sum over processes is the tally's progress.
- **Gauges named ` + "`minyi_tally_…`" + `** are exact totals, read from the counts at the scrape, and equal in every process: take ` + "`max`" + ` over processes, never ` + "`sum`" + `.
- The **current** tally is the one that readers are shown. ` + "`minyi_tally_…` and `minyi_current_tally_workers`" + ` speak of it; metrics with the label ` + "`tally`" + ` speak of that tally.
- **Histograms** have classic buckets, and native ones for a Prometheus that asks for them. The latency's exemplars (in OpenMetrics) carry the ` + "`sequence`" + ` in the stream, so that a slow message can be looked up.
- A scrape takes no longer than the scraper says that it waits. Sources beyond the first 50 are counted as ` + "`other`" + `; no label holds a citizen's text.

Rules, alerts and dashboards over them: ` + "`deploy/prometheus`, `deploy/grafana`" + `; what to do about each alert: [runbooks.md](runbooks.md).

| metric | type | unit | labels | meaning | question |
|---|---|---|---|---|---|
`

// pageOfMetrics writes docs/metrics.md.
func pageOfMetrics(all map[string]*family) string {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f := all[name]
		labels := strings.Join(slices.Sorted(maps.Keys(f.labels)), ", ")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", name, f.kind, unit(name), labels, f.help, questions[name])
	}
	return b.String()
}

// TestPageOfMetrics: docs/metrics.md lists the metrics that there are.
func TestPageOfMetrics(t *testing.T) {
	m := New(everything())
	someEvents(m.Observe(someTally()))
	all := families(ours(scrape(t, m.Handler())))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if questions[name] == "" {
			t.Errorf("%s answers no question: say which in questions, or do not export it", name)
		}
	}
	for name := range questions {
		if all[name] == nil {
			t.Errorf("%s is not exported any more", name)
		}
	}
	const path = "../../docs/metrics.md"
	want := pageOfMetrics(all)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(page), want); diff != "" {
		t.Errorf("docs/metrics.md (-has +should have); go test ./pipeline/metrics -run PageOfMetrics -update writes it:\n%s", diff)
	}
}
