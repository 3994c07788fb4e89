// Package broker ties the pipeline to NATS JetStream: streams and their settings,
// reading ranges, storing deltas, atomic commits of counts, and readers of counts.
//
//	SUGGESTIONS   suggestions.<source>                  what citizens wrote; read, never altered
//	MINYI_TASKS   minyi.tasks.<tally>                   ranges to be worked
//	MINYI_DELTAS  minyi.deltas.<tally>                  what each range adds
//	KV_COUNTS     $KV.COUNTS.<tally>.<day>.<source>…    absolute totals: the bucket COUNTS
//
// It guarantees what the ports of package pipeline promise, on a single server as
// on a cluster. It uses a stream that is there already as it is and never changes
// it; it refuses one that does not suit, with an error that says why. It does not
// make a broker safe that loses acknowledged messages, but it notices the loss.
//
// The files, from the bottom up:
//
//	names.go errors.go          names of everything on the broker; errors to branch on
//	options.go dial.go          how a connection is made
//	connect.go                  Conn, which all files that follow share
//	streams.go                  makes the streams, or refuses those that are there
//	consumer.go cursor.go       following a stream, and noticing that it lost its end
//	source.go reader.go         port Source: what is stored of a range
//	receiver.go                 what a reading hands its messages to
//	tasks.go deltas.go          ports Tasks and Deltas
//	view.go view_take.go        consistent views of a bucket that is written to
//	view_bulk.go                reads many values before a view is followed
//	ledger.go                   port Ledger
//	worker.go                   puts the four ports together
//	counts.go feed.go           readers of counts; what feeds the board
//	service.go publisher.go     the NATS service; published snapshots
//	audit.go rejects.go         the check of a tally against its deltas; rejected messages
//
// Below it:
//
//	embedded           the server that `minyi up` runs
//	backup             moves all of it to a folder, and onto a broker
//	send               sends files of suggestions, each once
//	doctor             examines a broker and what is on it
//	internal/wire      the one place that looks at the protocol of NATS itself
//	internal/settings  what the streams are like, and which settings do not suit
package broker
