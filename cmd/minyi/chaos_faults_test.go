//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"syscall"
	"time"
)

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
		sent := r.begin(i, file)
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
		sent := r.begin(i, file)
		r.servers[0].kill()
		r.faults++
		r.servers[0].start(r.t)
		r.brokerReady()
		sent()
	}
	r.finish()
}

// workersStopped stops one of two workers with SIGSTOP, in the middle of
// whatever it does, for so long that the broker has given its task to the
// other, everything is counted without it, and the broker has closed its
// connection. Then it goes on as if no time had passed.
func workersStopped(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	for i, file := range r.files {
		sent := r.begin(i, file)
		w, stale := r.pick(), r.staleConnections()
		w.signal(syscall.SIGSTOP)
		r.faults++
		sent()
		r.counted(r.tally, r.endOf(i))
		r.until("the broker gives up a stopped worker", func(context.Context) bool { return r.staleConnections() > stale })
		w.signal(syscall.SIGCONT)
	}
	r.finish()
}

// staleConnections asks the broker how many clients did not answer its pings.
func (r *trial) staleConnections() int {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/varz", r.servers[0].monitor), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var v struct {
		Stale int `json:"stale_connections"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		r.t.Fatal(err)
	}
	return v.Stale
}

// workersDrained sends SIGTERM to one of two workers while it works, which has
// to end in order and to say what became of what it had in hand; or twice, and
// then it ends at once.
func workersDrained(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	for i, file := range r.files {
		sent := r.begin(i, file)
		w := r.pick()
		if i%2 == 0 {
			r.drainWorker(w)
		} else {
			r.forget(w)
			w.signal(syscall.SIGTERM)
			r.moment()
			w.signal(syscall.SIGTERM)
			w.wait(time.Minute)
		}
		r.faults++
		r.tallyOf(r.work())
		sent()
	}
	r.finish()
}

// workersComeAndGo has another number of workers in each round, one to four.
// Those that leave are drained or killed.
func workersComeAndGo(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	for i, file := range r.files {
		sent := r.begin(i, file)
		n := 1 + (len(r.workers)+r.rnd.IntN(3))%4 // never the number of before
		for len(r.workers) < n {
			r.work()
			r.faults++
		}
		for len(r.workers) > n {
			if w := r.pick(); r.rnd.IntN(2) == 0 {
				r.killWorker(w)
			} else {
				r.tallyOf(w)
				r.drainWorker(w)
				r.faults++
			}
		}
		sent()
	}
	r.finish()
}

// leadersKilled kills the server that leads one of the four streams, in a
// cluster of three in which all streams have three replicas. It starts the
// server again when the others have a new leader, and waits until it has caught
// up, since two that are down are no cluster.
func leadersKilled(r *trial) {
	r.startBroker(3)
	r.replicate()
	r.files = writeParts(r.t, r.lines, r.lab.scale.rounds-1) // a server takes its time to catch up
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	streams := slices.Clone(replicated[:4])
	r.rnd.Shuffle(len(streams), func(i, j int) { streams[i], streams[j] = streams[j], streams[i] })
	for i, file := range r.files {
		stream := streams[i%len(streams)]
		sent := r.begin(i, file)
		victim := r.leader(stream)
		victim.kill()
		r.faults++
		r.until(stream+" has a new leader", func(ctx context.Context) bool {
			name, _ := r.streamLeader(ctx, stream)
			return name != "" && name != victim.name
		})
		sent()
		victim.start(r.t)
		r.replicasCaughtUp()
	}
	r.finish()
}

// replicated are the streams that every server of a cluster has.
var replicated = []string{"SUGGESTIONS", "MINYI_TASKS", "MINYI_DELTAS", "KV_COUNTS", "KV_MINYI_POSITIONS"}

// replicasCaughtUp waits until every server has all of every stream.
func (r *trial) replicasCaughtUp() {
	r.t.Helper()
	for _, s := range replicated {
		r.until("all replicas of "+s+" have caught up", func(ctx context.Context) bool {
			_, current := r.streamLeader(ctx, s)
			return current
		})
	}
}

// leader is the server that leads a stream.
func (r *trial) leader(stream string) *natsServer {
	r.t.Helper()
	var leader *natsServer
	r.until(stream+" has a leader", func(ctx context.Context) bool {
		name, _ := r.streamLeader(ctx, stream)
		for _, s := range r.servers {
			if s.name == name {
				leader = s
			}
		}
		return leader != nil
	})
	return leader
}

// networkCut puts a network of its own between each worker and the broker, and
// cuts or stalls it until the other worker has counted everything; in the last
// round both are cut.
func networkCut(r *trial) {
	r.startBroker(1)
	direct := r.url
	var nets []*proxy
	for range 2 {
		p := newProxy(r.t, r.servers[0].url()[len("nats://"):])
		nets = append(nets, p)
		r.url = p.url()
		r.tally = r.tallyOf(r.work())
	}
	r.url = direct
	for i, file := range r.files {
		sent := r.begin(i, file)
		p := nets[i%2]
		if i%4 < 2 {
			p.stall()
		} else {
			p.cut()
		}
		r.faults++
		if i == len(r.files)-1 {
			nets[(i+1)%2].cut()
			r.faults++
			sent()
		} else {
			sent()
			r.counted(r.tally, r.endOf(i))
		}
		for _, p := range nets {
			p.heal()
		}
	}
	r.finish()
}

// publishersRepeat kills a sender, and then sends the whole file twice at the
// same time. What is stored is counted once each; here the point is that
// nothing is stored twice.
func publishersRepeat(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	for i, file := range r.files {
		first, seq := r.startSend(file), r.within(i)
		r.until("a sender has sent a little", func(ctx context.Context) bool { return r.last(ctx) >= seq || !first.alive() })
		first.kill()
		r.faults++
		a, b := r.send(file), r.send(file)
		a()
		b()
		r.send(r.files[0])()
	}
	r.finish()
}

// twoTallies counts the stream by two dictionaries at once, with two workers
// each, and kills one of each in every round.
func twoTallies(r *trial) {
	r.startBroker(1)
	dir := r.otherDictionary()
	second, err := (&app{}).loadClassifier(dir)
	if err != nil {
		r.t.Fatal(err)
	}
	r.tally = r.tallyOf(r.work())
	r.work()
	other := r.tallyOf(r.work("--dict", dir))
	r.work("--dict", dir)
	for i, file := range r.files {
		sent := r.begin(i, file)
		w := r.pick()
		r.killWorker(w)
		r.work(w.args...)
		sent()
	}
	r.settle(uint64(len(r.lines)))
	r.counted(other, uint64(len(r.lines)))
	r.compare(r.tally, r.classifier, r.lines, 0)
	r.compare(other, second, r.lines, 0)
	r.end(r.tally, other)
}
