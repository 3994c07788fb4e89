//go:build linux

package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// What an operator and a slow network do at the broker's door.

// backedUp takes a backup while messages are sent and counted, then loses the server
// with all that came after the backup, restores the backup on an empty one, and goes on.
func backedUp(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	s := r.servers[0]
	for i, file := range r.files {
		_ = r.begin(i, file)
		dir := filepath.Join(r.t.TempDir(), "backup")
		r.minyi("backup", dir)
		r.moment()
		for len(r.workers) > 0 {
			r.killWorker(r.workers[0])
		}
		r.sendings[len(r.sendings)-1].p.kill() // it would make the stream anew
		s.kill()
		s.store = filepath.Join(s.dir, fmt.Sprintf("store-%d", i))
		s.start(r.t)
		r.brokerReady()
		r.minyi("restore", dir)
		r.faults++
		if got := r.tallyOf(r.work()); got != r.tally {
			r.fatalf("the restored stream is counted as %s, and was as %s", got, r.tally)
		}
		r.work()
		r.send(file)() // what the backup does not have comes again
	}
	r.finish()
}

// minyi runs a command that has to end well: a backup and its restore end so only if
// the ledger holds.
func (r *trial) minyi(args ...string) {
	r.t.Helper()
	p := startMinyi(r.t, append(args, "--server", r.url)...)
	if code := p.wait(r.lab.scale.patience); code != exitDone {
		r.fatalf("minyi %s ended with %d:\n%s\n%s", strings.Join(args, " "), code, tail(p.stdout.String()), p.stderr)
	}
}

// streamsRemoved removes one of the streams of minyi's own in each round, under workers
// that have work in hand.
func streamsRemoved(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	for i, file := range r.files {
		sent := r.begin(i, file)
		name := []string{"MINYI_TASKS", "MINYI_DELTAS", "KV_COUNTS"}[i%3]
		r.until("the stream is removed", func(ctx context.Context) bool { return r.see.js.DeleteStream(ctx, name) == nil })
		r.faults++
		sent()
	}
	r.finish()
}

// longMessages has workers read messages of megabytes over a slow network from a server
// that cuts whoever lets much pile up.
func longMessages(r *trial) {
	r.shorten(30 * len(r.files))
	const long = 3 << 20
	for i := range r.lines {
		if i%3 == 1 {
			r.lines[i] = fmt.Appendf(nil, `{"id":"long-%d","text":"%s"}`, i, strings.Repeat("学", long/len("学")))
			r.faults++
		}
	}
	r.files = writeParts(r.t, r.lines, len(r.files))
	r.serverExtra = "max_payload: 8MB\nmax_pending: 16MB\nwrite_deadline: \"2s\"\n"
	r.startBroker(1)
	direct := r.url
	for range 2 {
		p := newProxy(r.t, r.servers[0].url()[len("nats://"):])
		p.rate = 10 << 20
		r.url = p.url()
		r.tally = r.tallyOf(r.work())
	}
	r.url = direct
	for _, file := range r.files {
		r.send(file)()
	}
	r.finish()
}

// shorten leaves the first n lines.
func (r *trial) shorten(n int) {
	r.lines = r.lines[:min(n, len(r.lines))]
	r.messages = len(r.lines)
}

// slow waits as long as so many bytes take at the rate of the network.
func (p *proxy) slow(n int) {
	if p.rate > 0 {
		<-time.After(time.Duration(n) * time.Second / time.Duration(p.rate))
	}
}
