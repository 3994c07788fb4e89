package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/minyi/minyi/pipeline"
)

// other is the value of a label for everything outside its closed set.
const other = "other"

// Values of the label count.
const (
	countPrimary = "primary"
	countAny     = "any"
)

// Values of the label outcome of minyi_failures_total.
const (
	outcomeRetried = "retried" // will be tried again
	outcomeLost    = "lost"    // another process was faster; normal where several run
	outcomeFatal   = "fatal"   // the engine stops
)

// Buckets in seconds. From broker to visible total takes about 0.1 s; a backlog
// or a recount takes as long as the messages are old.
var (
	latencyBuckets  = []float64{0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200}
	durationBuckets = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}
)

// vectors are all metrics that have the label tally, which is their first.
type vectors struct {
	received, tagged, untagged, rejected, missing *prometheus.CounterVec
	invalidUTF8, absurdTime                       *prometheus.CounterVec
	theme, subTheme                               *prometheus.CounterVec

	planned, worked, folded, dropped *prometheus.CounterVec
	workedMessages, workedBytes      *prometheus.CounterVec
	failures, handedBack, refused    *prometheus.CounterVec

	latency, workSeconds, foldSeconds *prometheus.HistogramVec
	dictionary                        *prometheus.GaugeVec
}

func newVectors(f promauto.Factory) vectors {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"tally"}, labels...))
	}
	seconds := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		// Classic buckets for everybody, native ones for a Prometheus that scrapes them.
		return f.NewHistogramVec(prometheus.HistogramOpts{
			Name: name, Help: help, Buckets: buckets,
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}, []string{"tally"})
	}
	return vectors{
		received: counter("minyi_messages_received_total", "Messages that this process read and added to the tally: tagged, untagged and rejected."),
		tagged:   counter("minyi_suggestions_tagged_total", "Suggestions with at least one sub-theme that this process added to the tally."),
		untagged: counter("minyi_suggestions_untagged_total", "Suggestions without any sub-theme that this process added to the tally."),
		rejected: counter("minyi_messages_rejected_total", "Messages that are no suggestions, by reason, that this process added to the tally.", "reason"),
		missing:  counter("minyi_messages_missing_total", "Messages that were deleted or had expired before they were read, as this process added them to the tally."),

		invalidUTF8: counter("minyi_messages_invalid_utf8_total", "Messages counted although some bytes were not UTF-8."),
		absurdTime:  counter("minyi_messages_absurd_time_total", "Messages counted under the time the broker stored them, since their own time was absurd."),

		theme:    counter("minyi_theme_suggestions_total", "Suggestions by theme that this process added to the tally: as primary, or at all (any).", "theme", "count"),
		subTheme: counter("minyi_subtheme_suggestions_total", "Suggestions by sub-theme that this process added to the tally: as primary, or at all (any).", "theme", "subtheme", "count"),

		planned: counter("minyi_ranges_planned_total", "Ranges of the stream that this process handed out."),
		worked:  counter("minyi_ranges_worked_total", "Ranges that this process read and classified; repair: again, since no delta came.", "repair"),
		folded:  counter("minyi_ranges_folded_total", "Ranges that this process added to the totals."),
		dropped: counter("minyi_deltas_dropped_total", "Duplicate deltas that were dropped, since their range had been counted before."),

		refused: counter("minyi_refused_total", "Tasks and deltas (what) that were dropped since no worker of this tally wrote them, by reason.", "what", "reason"),

		workedMessages: counter("minyi_worked_messages_total", "Messages that this process read and classified, repeated work too."),
		workedBytes:    counter("minyi_worked_bytes_total", "Bytes of the payloads that this process read, repeated work too."),

		failures:   counter("minyi_failures_total", "Failures by role and by what follows: retried, lost (another process was faster) or fatal.", "role", "outcome"),
		handedBack: counter("minyi_ranges_handed_back_total", "Ranges that were begun and given back to other processes at shutdown."),

		latency:     seconds("minyi_end_to_end_latency_seconds", "From when the broker stored the newest message of a range until it was in the visible totals.", latencyBuckets),
		workSeconds: seconds("minyi_range_work_duration_seconds", "Time to read and classify a range and to store its delta.", durationBuckets),
		foldSeconds: seconds("minyi_fold_duration_seconds", "Time from the first read of deltas to the last commit of their totals.", durationBuckets),

		dictionary: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "minyi_dictionary_info",
			Help: "The dictionary of each tally that this process works on; always 1.",
		}, []string{"tally", "version"}),
	}
}

// remove drops all series of a tally.
func (v *vectors) remove(tally string) {
	l := prometheus.Labels{"tally": tally}
	for _, c := range []*prometheus.CounterVec{
		v.received, v.tagged, v.untagged, v.rejected, v.missing, v.invalidUTF8, v.absurdTime, v.theme, v.subTheme,
		v.planned, v.worked, v.folded, v.dropped, v.workedMessages, v.workedBytes, v.failures, v.handedBack, v.refused,
	} {
		c.DeletePartialMatch(l)
	}
	for _, h := range []*prometheus.HistogramVec{v.latency, v.workSeconds, v.foldSeconds} {
		h.DeletePartialMatch(l)
	}
	v.dictionary.DeletePartialMatch(l)
}

// observer looks every series up once, which also makes it exist, so that an
// event costs additions only.
func (v *vectors) observer(t Tally) *Observer {
	id := t.ID
	o := &Observer{
		tally: t,

		received: v.received.WithLabelValues(id), missing: v.missing.WithLabelValues(id),
		tagged: v.tagged.WithLabelValues(id), untagged: v.untagged.WithLabelValues(id),
		invalidUTF8: v.invalidUTF8.WithLabelValues(id), absurdTime: v.absurdTime.WithLabelValues(id),

		planned: v.planned.WithLabelValues(id), folded: v.folded.WithLabelValues(id), dropped: v.dropped.WithLabelValues(id),
		worked: v.worked.WithLabelValues(id, "false"), repaired: v.worked.WithLabelValues(id, "true"),
		workedMessages: v.workedMessages.WithLabelValues(id), workedBytes: v.workedBytes.WithLabelValues(id),
		handedBack: v.handedBack.WithLabelValues(id),

		latency: v.latency.WithLabelValues(id), workSeconds: v.workSeconds.WithLabelValues(id), foldSeconds: v.foldSeconds.WithLabelValues(id),

		rejected:  make(map[pipeline.Reason]prometheus.Counter),
		themes:    make(map[string]pair),
		subThemes: make(map[string]pair),
		failures:  make(map[failure]prometheus.Counter),
		refused:   make(map[refusal]prometheus.Counter),
	}
	for _, r := range append(pipeline.Reasons(), other) {
		o.rejected[r] = v.rejected.WithLabelValues(id, string(r))
	}
	for _, th := range append(slices.Clip(t.Tree), pipeline.TreeTheme{ID: other}) {
		o.themes[th.ID] = pair{v.theme.WithLabelValues(id, th.ID, countPrimary), v.theme.WithLabelValues(id, th.ID, countAny)}
		for _, s := range th.SubThemes {
			o.subThemes[s.ID] = pair{
				v.subTheme.WithLabelValues(id, th.ID, s.ID, countPrimary),
				v.subTheme.WithLabelValues(id, th.ID, s.ID, countAny),
			}
		}
	}
	o.subThemes[other] = pair{
		v.subTheme.WithLabelValues(id, other, other, countPrimary),
		v.subTheme.WithLabelValues(id, other, other, countAny),
	}
	for _, role := range []pipeline.Role{pipeline.RolePlan, pipeline.RoleWork, pipeline.RoleFold, other} {
		for _, outcome := range []string{outcomeRetried, outcomeLost, outcomeFatal} {
			o.failures[failure{role, outcome}] = v.failures.WithLabelValues(id, string(role), outcome)
		}
	}
	for _, flaw := range pipeline.Flaws() {
		for _, what := range []string{pipeline.RefusedTask, pipeline.RefusedDelta} {
			o.refused[refusal{what, flaw}] = v.refused.WithLabelValues(id, what, string(flaw))
		}
	}
	v.dictionary.DeletePartialMatch(prometheus.Labels{"tally": id})
	v.dictionary.WithLabelValues(id, t.Dict).Set(1)
	return o
}
