// Package metrics shows the engine to Prometheus. It is the only package that
// knows of Prometheus.
//
// There are two families, and they answer different questions.
//
// Counters (minyi_messages_received_total, minyi_suggestions_tagged_total and
// so on) say what this process added to a tally since it started: rates and
// throughput. Exactly one process adds a given range
// to a tally, so the sum over processes is the progress of the tally. There are two
// exceptions: the last increments of a process that is killed between a commit and
// the next scrape are lost, and a recount counts everything again under the label of
// its own tally. minyi_worked_messages_total counts the work itself:
// a range that was worked twice is in it twice.
//
// Gauges named minyi_tally_… are the exact totals, read from the counts at each
// scrape. They are the same in every process, survive restarts, and always
// satisfy stored = tagged + untagged + rejected + missing. Take max, not sum,
// over processes.
//
// All series of a tally exist from the start, at zero, so that a rate never
// misses the first event. Cardinality is bounded: themes, reasons and roles are
// closed sets; sources are capped at [MaxSources], everything beyond is counted
// as "other"; the series of a tally go when it does ([Metrics.Remove]). No label
// ever holds text of a suggestion.
package metrics
