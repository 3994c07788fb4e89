//go:build linux

package main

// Each round of a row sends a part of the input and lets something go wrong
// while it is being counted. A round does not wait for the end of the counting,
// so that the next fault finds work in hand.

// workersKilled kills one of two workers at a random moment of each round, and
// now and then both, and starts others.
func workersKilled(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	for i, file := range r.files {
		sent := r.send(file)
		r.counted(r.tally, r.within(i))
		r.killWorker(r.pick())
		if r.rnd.IntN(3) == 0 {
			r.killWorker(r.pick())
		}
		for len(r.workers) < 2 {
			r.work()
		}
		sent()
	}
	r.finish()
}

// brokerKilled kills the only server in each round and starts it again.
func brokerKilled(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	for i, file := range r.files {
		sent := r.send(file)
		r.counted(r.tally, r.within(i))
		r.moment()
		r.servers[0].kill()
		r.faults++
		r.servers[0].start(r.t)
		r.brokerReady()
		sent()
	}
	r.finish()
}
