// Package pipeline counts the suggestions of a stream: it decodes messages,
// has them classified, and keeps exact totals of what they ask for.
//
// A tally is a pure function of (stream, dictionary). It comes about in three
// roles, all of which every [Worker] plays: plan cuts the stream into ranges of
// sequences; work turns a range into a [Delta], which is a pure function of the
// range; fold adds deltas to the totals in the order of the stream, one writer
// at a time, under a fence. So every stored message is counted once, whoever
// dies when. The invariants are listed above [Checkpoint].
//
// The package guarantees exact counts; it does not guarantee in which order
// ranges are worked, nor that a message is classified only once. It knows no
// broker: it declares what it needs of one ([Source], [Tasks], [Deltas],
// [Ledger]) and what it tells the outside ([Observer]). Text of a message never
// leaves it: not in an error, not in an event, not in a count.
package pipeline
