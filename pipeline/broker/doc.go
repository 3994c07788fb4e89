// Package broker ties the pipeline to NATS JetStream. It is the only package
// that knows of NATS: streams and their settings, reading ranges, storing
// deltas, atomic commits of counts, the embedded server and the service.
//
//	SUGGESTIONS   suggestions.<source>                  what citizens wrote; read, never altered
//	MINYI_TASKS   minyi.tasks.<tally>                   ranges to be worked
//	MINYI_DELTAS  minyi.deltas.<tally>                  what each range adds
//	KV_COUNTS     $KV.COUNTS.<tally>.<day>.<source>…    absolute totals: the bucket COUNTS
//
// A stream that is there already is used as it is, and never changed; one that
// does not suit is refused with an error that says why. The package guarantees
// what the ports of package pipeline promise, on a single server as on a
// cluster; it does not make a broker that loses acknowledged messages safe, but
// such a loss is noticed.
package broker
