package metrics

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/minyi/minyi/pipeline"
)

// Observer turns the events of one tally's engine into metrics. Get one with
// [Metrics.Observe]. Safe for concurrent use: its maps are only read.
type Observer struct {
	tally Tally

	received, tagged, untagged, missing prometheus.Counter
	invalidUTF8, absurdTime             prometheus.Counter
	rejected                            map[pipeline.Reason]prometheus.Counter
	themes, subThemes                   map[string]pair // by id

	planned, worked, repaired, folded, dropped prometheus.Counter
	workedMessages, workedBytes, handedBack    prometheus.Counter
	failures                                   map[failure]prometheus.Counter
	refused                                    map[refusal]prometheus.Counter

	latency, workSeconds, foldSeconds prometheus.Observer
}

var _ pipeline.Observer = (*Observer)(nil)

// pair counts a [pipeline.Count].
type pair struct{ primary, any prometheus.Counter }

func (p pair) add(n pipeline.Count) {
	p.primary.Add(float64(n.Primary))
	p.any.Add(float64(n.Any))
}

// failure is one series of minyi_failures_total.
type failure struct {
	role    pipeline.Role
	outcome string
}

// refusal is one series of minyi_refused_total.
type refusal struct {
	what string
	flaw pipeline.Flaw
}

// known returns the value of k in m, or the value of [other] if m lacks k.
func known[K ~string, V any](m map[K]V, k K) V {
	if v, ok := m[k]; ok {
		return v
	}
	return m[other]
}

// RangePlanned counts a range that this process handed out.
func (o *Observer) RangePlanned(pipeline.Planned) { o.planned.Inc() }

// RangeWorked counts work, repeated work too.
func (o *Observer) RangeWorked(e pipeline.Worked) {
	if e.Repair {
		o.repaired.Inc()
	} else {
		o.worked.Inc()
	}
	o.workedMessages.Add(float64(e.Messages))
	o.workedBytes.Add(float64(e.Bytes))
	o.workSeconds.Observe(e.Duration.Seconds())
}

// RangesFolded counts what became part of the totals.
func (o *Observer) RangesFolded(e pipeline.Folded) {
	o.received.Add(float64(e.Messages()))
	o.tagged.Add(float64(e.Tagged))
	o.untagged.Add(float64(e.Untagged))
	o.missing.Add(float64(e.Missing))
	o.invalidUTF8.Add(float64(e.InvalidUTF8))
	o.absurdTime.Add(float64(e.AbsurdTime))
	for r, n := range e.Reasons {
		known(o.rejected, r).Add(float64(n))
	}
	for id, n := range e.Themes {
		known(o.themes, id).add(n)
	}
	for id, n := range e.SubThemes {
		known(o.subThemes, id).add(n)
	}
	o.folded.Add(float64(e.Ranges))
	o.foldSeconds.Observe(e.Duration.Seconds())
	if e.Latency > 0 {
		observeAt(o.latency, e.Latency.Seconds(), e.Range.To)
	}
}

// observeAt observes a value with the stream sequence that it was taken at as exemplar,
// so that a slow range can be looked up in the stream.
func observeAt(o prometheus.Observer, v float64, seq uint64) {
	if e, ok := o.(prometheus.ExemplarObserver); ok {
		e.ObserveWithExemplar(v, prometheus.Labels{"sequence": strconv.FormatUint(seq, 10)})
		return
	}
	o.Observe(v)
}

// DeltaDropped counts a duplicate delta.
func (o *Observer) DeltaDropped(pipeline.Dropped) { o.dropped.Inc() }

// Refused counts a task or delta that no worker wrote.
func (o *Observer) Refused(e pipeline.Refused) {
	if c, ok := o.refused[refusal{e.What, e.Flaw}]; ok {
		c.Inc()
	}
}

// Failed counts a failure. Fatal wins over lost.
func (o *Observer) Failed(e pipeline.Failure) {
	outcome := outcomeRetried
	switch {
	case e.Fatal:
		outcome = outcomeFatal
	case e.Lost:
		outcome = outcomeLost
	}
	f := failure{e.Role, outcome}
	if _, ok := o.failures[f]; !ok {
		f.role = other
	}
	o.failures[f].Inc()
}

// Pointed does nothing: minyi_current is asked at every scrape.
func (o *Observer) Pointed(pipeline.Pointed) {}

// Drained counts the ranges that were handed back.
func (o *Observer) Drained(e pipeline.Drained) { o.handedBack.Add(float64(e.HandedBack)) }
