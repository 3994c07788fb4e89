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
// The page is made on the server. It needs no JavaScript, asks nothing of any
// other host, and is complete for a screen reader and on paper. Every number on
// it comes from one reading of the counts, so that they agree with each other.
// When the broker is away it says since when, and shows what was last known.
//
// The package only reads, and answers GET and HEAD only. It never shows text of
// a suggestion: it is given none.
package dashboard
