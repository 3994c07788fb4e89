// Package pipeline counts the suggestions of a stream: it decodes messages, has
// them classified, and keeps exact totals of what they ask for.
//
// A tally is a pure function of (stream, dictionary). Three roles compute it, and
// every [Worker] plays all three. The planner cuts the stream into ranges of
// sequences. Range workers turn each range into a [Delta], which is a pure function
// of the range. The committer adds deltas to the totals in the order of the stream,
// one writer at a time, under a fence: it folds. So every stored message is counted
// once, whichever process dies at whatever moment. The invariants are listed above
// [Checkpoint]; DESIGN.md explains them and names the file of every subject.
//
// The package guarantees exact counts. It does not guarantee in which order ranges
// are worked, nor that a message is classified only once. It knows no broker: it
// declares what it needs of one ([Source], [Tasks], [Deltas], [Ledger]) and what it
// reports ([Observer]). The text of a message never leaves it: not in an error, not
// in an event, not in a count.
package pipeline
