// Package compare sets two tallies of one stream beside each other: what differs in
// their counts, and whether one may take the place of the other.
//
// It is pure: counts, audits, labels and judgements go in, and plain values come out.
// It reads no broker and no clock, so that a verdict can be computed again from what
// the history keeps of it.
//
// A guard returns a [Check] with one of three verdicts, and [Combine] makes one of all.
// Nothing but Pass promotes: neither a failed check, nor one that could not tell, nor
// one that was asked for and had no data.
package compare
