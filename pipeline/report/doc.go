// Package report writes what the office behind a consultation reports: how many
// suggestions, about what, from where, what changed, and in whose words.
//
// It guarantees that every number is that of [pipeline.Totals.Query] at one frontier,
// that every sentence is a template over such numbers, and that the same counts give
// the same report: nothing here reads a clock, a locale or the environment.
//
// [New] makes a [Report], which is values only. A writer for each format
// ([Report.Markdown] and its like) writes these values and computes none. Every number
// is a [Figure], which knows what it counts; [Verify] reads the figures of a document
// back and compares them with those of a report that was made anew.
//
// It does not reach a broker, and it holds no text of a citizen but the samples that it
// is given, which are masked already.
package report
