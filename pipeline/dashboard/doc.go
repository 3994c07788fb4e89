// Package dashboard shows the counts over HTTP: a page for people, in Chinese
// and English, and a few addresses for machines.
//
//	/               the counts by theme, sub-theme, aspect, source and day
//	/counts.json    the snapshot of the current tally (a stable shape)
//	/healthz        200 while the process answers
//	/readyz         200 once the worker runs and the broker answers, else 503 and the reasons
//	/metrics        what Config.Metrics answers
//	/assets/…       style and icon, under names that change with their content
//
// The page is made on the server. It needs no JavaScript, loads nothing from
// other hosts, and is complete for a screen reader and on paper. Every number on
// it comes from one reading of the counts, so they agree with each other.
// While the broker does not answer, the page shows the last known counts and says
// since when.
//
// The package only reads, and answers GET and HEAD only. It never shows the text
// of a suggestion, as it does not get any.
package dashboard
