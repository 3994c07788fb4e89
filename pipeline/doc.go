// Package pipeline counts the suggestions of a stream: it decodes messages,
// has them classified, and keeps exact totals of what they ask for.
//
// A tally is a pure function of (stream, dictionary). The stream is cut into
// ranges of sequences by a [Planner]; any number of [Worker]s turn ranges into
// [Delta]s, each a pure function of its range; one [Folder] at a time adds
// deltas to the totals, in the order of the stream and under a fence, so that
// every stored message is counted once, whoever dies when. The invariants are
// listed above [Checkpoint].
//
// The package guarantees exact counts, not order of work, and not that a
// message is classified only once. It knows no broker: it declares what it
// needs of one ([Source], [Tasks], [Deltas], [Ledger]), and what it tells the
// outside ([Observer]). Text of a message never leaves it: not in an error, not
// in an event.
package pipeline
