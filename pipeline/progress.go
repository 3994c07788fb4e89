package pipeline

import "sync/atomic"

// progress is what the roles of one process tell each other. Each field has one
// writer role; all may read.
type progress struct {
	last, planned atomic.Uint64 // of the stream and of the plan; the planner writes them
	frontier      atomic.Uint64 // the committer writes it
	asOf          atomic.Int64  // nanoseconds since 1970 when the newest counted message was stored; the committer
	current       atomic.Bool   // this tally is the current one
	ready         atomic.Bool   // the planner has seen the stream
	draining      atomic.Bool   // the worker was asked to stop

	refused refusals // all roles write it

	finished, handedBack atomic.Int64 // ranges, since the worker began
	cells                atomic.Int64 // of the range that was worked last
}

// setFrontier notes how far the tally is counted.
func (p *progress) setFrontier(cp *Checkpoint) {
	p.frontier.Store(cp.Frontier)
	if cp.Mark != nil {
		p.asOf.Store(cp.Mark.Stored.UnixNano())
	}
}

// setStream notes how far the stream and the plan are.
func (p *progress) setStream(last, planned uint64) {
	p.last.Store(last)
	p.planned.Store(planned)
	p.ready.Store(true)
}
