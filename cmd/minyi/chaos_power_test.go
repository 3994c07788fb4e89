//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// powerLost has the broker lose acknowledged messages, as a power failure does
// that comes before they are on the disk: it is killed, and its stream put back
// to what it was a moment ago. Everything else that it stores, the totals above
// all, is there: they are of messages that are not. No number can be right then,
// so the workers have to stop, by name, and to say what to do; and what they say
// has to work.
//
//	part 0  counted, and on the disk
//	part 1  counted, and lost: the stream is behind what was counted
//	        the remedy: send everything again, count again
//	part 2  counted, and lost. Then part 3, which is longer, is sent at once, and
//	        takes its sequences before any worker notices that the stream is short
//	        the remedy again
func powerLost(r *trial) {
	r.startBroker(1)
	r.files = writeUneven(r)
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	r.sendAndCount(0)

	r.losePower(func() { r.sendAndCount(1) })
	r.workersGiveUp("stream is behind what was counted")
	r.mendLoss(1)

	r.losePower(func() { r.sendAndCount(2) })
	r.send(r.files[3])()
	r.workersGiveUp("a sequence of the stream was used again")
	r.mendLoss(3)

	r.finish()
}

// writeUneven writes the lines in four parts, of which the last is half.
func writeUneven(r *trial) (files []string) {
	n := len(r.lines)
	for i, part := range [][2]int{{0, n / 6}, {n / 6, n / 3}, {n / 3, n / 2}, {n / 2, n}} {
		file := writeParts(r.t, r.lines[part[0]:part[1]], 1)[0]
		named := filepath.Join(filepath.Dir(file), "part-"+string(rune('0'+i))+".ndjson")
		if err := os.Rename(file, named); err != nil {
			r.t.Fatal(err)
		}
		files = append(files, named)
	}
	return files
}

// sendAndCount sends a part and waits until it is counted.
func (r *trial) sendAndCount(part int) {
	r.t.Helper()
	r.send(r.files[part])()
	r.counted(r.tally, r.last(r.t.Context()))
}

// losePower stops the broker, remembers the stream of suggestions as it is on
// the disk, lets something happen, kills the broker and starts it with that.
func (r *trial) losePower(meanwhile func()) {
	r.t.Helper()
	s := r.servers[0]
	stream := filepath.Join(s.store, "jetstream/$G/streams/SUGGESTIONS")
	kept := filepath.Join(r.t.TempDir(), "kept")
	s.terminate()
	if err := os.CopyFS(kept, os.DirFS(stream)); err != nil {
		r.t.Fatal(err)
	}
	s.start(r.t)
	r.brokerReady()
	meanwhile()
	s.kill()
	r.faults++
	err := os.RemoveAll(stream)
	if err == nil {
		err = os.CopyFS(stream, os.DirFS(kept))
	}
	if err != nil {
		r.t.Fatal(err)
	}
	s.start(r.t)
	r.brokerReady()
}

// workersGiveUp waits until all workers have ended because of what they name.
func (r *trial) workersGiveUp(why string) {
	r.t.Helper()
	for len(r.workers) > 0 {
		w := r.workers[0]
		r.forget(w)
		if code := w.wait(2 * time.Minute); code != exitEnvironment {
			r.fatalf("a worker whose broker lost messages ended with %d:\n%s", code, tail(w.stderr.String()))
		}
		for _, said := range []string{"level=ERROR msg=\"stopped: ", "minyi: " + why, "the broker lost acknowledged messages", "what to do: stop all workers, send all files again"} {
			if !strings.Contains(w.stderr.String(), said) {
				r.fatalf("a worker whose broker lost messages did not say %q:\n%s", said, tail(w.stderr.String()))
			}
		}
	}
	for _, check := range []string{"ledger", "doctor"} {
		p := startMinyi(r.t, check, "--server", r.url)
		if code := p.wait(time.Minute); code != exitCheck {
			r.fatalf("minyi %s ended with %d after a loss:\n%s\n%s", check, code, p.stdout.String(), p.stderr)
		}
	}
}

// mendLoss does what docs/operators.md says: all workers have ended; send all
// files again; remove what is kept of the tally; start workers.
func (r *trial) mendLoss(parts int) {
	r.t.Helper()
	for i := range parts + 1 {
		r.send(r.files[i])()
	}
	for stream, subject := range map[string]string{
		"KV_COUNTS": "$KV.COUNTS." + r.tally + ".>", "MINYI_TASKS": "minyi.tasks." + r.tally, "MINYI_DELTAS": "minyi.deltas." + r.tally,
	} {
		s, err := r.see.js.Stream(r.t.Context(), stream)
		if err == nil {
			err = s.Purge(r.t.Context(), jetstream.WithPurgeSubject(subject))
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
	r.tallyOf(r.work())
	r.tallyOf(r.work())
	r.counted(r.tally, r.last(r.t.Context()))
}
