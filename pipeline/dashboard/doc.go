// Package dashboard shows the counts over HTTP: a page for people, in Chinese
// and English, and a few addresses for machines.
//
//	/               the counts by theme, sub-theme, aspect, source and day
//	/themes/…       of a theme; /subthemes/…, /sources/…, /days/… likewise
//	/sources, /days all of them
//	/api/v1/…       the same counts for programs: assets/openapi.json describes them
//	/events         what changes on a page, as server-sent events
//	/counts.json    the snapshot of the current tally (a stable shape)
//	/healthz        200 while the process answers
//	/readyz         200 once the worker runs and the broker answers, else 503 and the reasons
//	/metrics        what Config.Metrics answers
//	/assets/…       style, script and icon, under names that change with their content
//
// The page is made on the server. It needs no JavaScript, loads nothing from
// other hosts, and is complete for a screen reader and on paper. Every number on
// it comes from one reading of the counts, so they agree with each other. With
// JavaScript it follows the counts: the server makes the parts of the page that have
// changed by the same templates, once for all who look at the same page in the same
// language, and a script of the size of a screen puts them in their places.
// While the broker does not answer, the page shows the last known counts and says
// since when.
//
// Charts are SVG that the server makes, and no library draws them: a page without JavaScript
// and on paper has them, an event changes them as it changes a table, the strict content
// security policy stays strict, and a page stays under 10 KB compressed. pipeline/DESIGN.md
// has what ECharts looked like beside it, and what it costs.
//
// Shares have intervals where Config.Measure knows the dictionary, and Config.Moves is the
// history of promotions.
//
// What is chosen (?source=, ?from=, ?to=, and in the API ?theme=, ?by=) and the order
// (?sort=any, ?sort=name) are the address, of pages and tables alike.
//
// The package only reads, and answers GET and HEAD only, and POST of a text to classify. It never shows the text
// of a suggestion, as it does not get any.
package dashboard
