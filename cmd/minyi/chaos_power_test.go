//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// powerLost has the broker lose acknowledged messages, as a power failure does
// that comes before they are on the disk: it is killed, and some of its streams
// are put back to what they were a moment ago.
//
// What minyi itself has stored follows from the stream of suggestions. If some of
// that is lost, in any combination, the workers go on by themselves. If
// suggestions are lost that are counted, no number can be right: the workers have
// to stop, by name, and to say what to do; and what they say has to work.
//
//	part 0  counted, and on the disk
//	part 1  counted, and tasks, deltas or counts of it are lost
//	part 2  counted, and lost: the stream is behind what was counted
//	        the remedy: send everything again, count again
//	part 3  counted, and lost. Then part 4, which is longer, is sent at once, and
//	        takes its sequences before any worker notices that the stream is short
//	        the remedy again
func powerLost(r *trial) {
	r.startBroker(1)
	r.files = writeUneven(r)
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	r.sendAndCount(0)

	own := []string{"KV_COUNTS", "MINYI_DELTAS", "MINYI_TASKS"}
	r.rnd.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	r.losePower(func() { r.sendAndCount(1) }, own[:1+r.rnd.IntN(len(own))]...)
	r.counted(r.tally, r.last(r.t.Context()))

	r.losePower(func() { r.sendAndCount(2) }, "SUGGESTIONS")
	r.workersGiveUp("stream is behind what was counted")
	r.mendLoss(2)

	r.losePower(func() { r.sendAndCount(3) }, "SUGGESTIONS")
	r.send(r.files[4])()
	r.workersGiveUp("a sequence of the stream was used again")
	r.mendLoss(4)

	r.finish()
}

// writeUneven writes the lines in five parts, of which the last is half.
func writeUneven(r *trial) (files []string) {
	n := len(r.lines)
	for i, part := range [][2]int{{0, n / 8}, {n / 8, n / 4}, {n / 4, n * 3 / 8}, {n * 3 / 8, n / 2}, {n / 2, n}} {
		file := writeParts(r.t, r.lines[part[0]:part[1]], 1)[0]
		named := filepath.Join(filepath.Dir(file), fmt.Sprintf("uneven-%d.ndjson", i)) // files are known by their names
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

// losePower stops the broker, remembers streams as they are on the disk, lets
// something happen, kills the broker and starts it with what was remembered.
func (r *trial) losePower(meanwhile func(), streams ...string) {
	r.t.Helper()
	s, kept := r.servers[0], r.t.TempDir()
	s.terminate()
	for _, stream := range streams {
		if err := os.CopyFS(filepath.Join(kept, stream), os.DirFS(s.stream(stream))); err != nil {
			r.t.Fatal(err)
		}
	}
	s.start(r.t)
	r.brokerReady()
	meanwhile()
	s.kill()
	r.faults++
	for _, stream := range streams {
		err := os.RemoveAll(s.stream(stream))
		if err == nil {
			err = os.CopyFS(s.stream(stream), os.DirFS(filepath.Join(kept, stream)))
		}
		if err != nil {
			r.t.Fatal(err)
		}
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
		for _, said := range []string{"level=ERROR msg=\"", "minyi: " + why, "the broker lost acknowledged messages", "what to do: stop all workers, send all files again"} {
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
