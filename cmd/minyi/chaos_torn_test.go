//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// streamsTorn has the power fail while workers fold: the broker is killed, and of the
// newest file of the bucket, and of tasks and deltas at times, only a part had come
// to the disk. Most often that ends in the middle of a commit, of which the deltas
// may be lost too; or nothing is left of a stream at all. The workers go on by
// themselves.
func streamsTorn(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	torn := 0
	for i, file := range r.files {
		sent := r.begin(i, file)
		if r.tear() {
			torn++
		}
		sent()
	}
	r.note = fmt.Sprintf("%d times within a commit", torn)
	r.finish()
}

// tear kills the broker, tears streams, and starts it. It reports whether the last
// thing in the bucket is no checkpoint.
func (r *trial) tear() (torn bool) {
	r.t.Helper()
	s := r.servers[0]
	s.kill()
	r.faults++
	bucket := r.tearStream("KV_COUNTS")
	for _, other := range []string{"MINYI_DELTAS", "MINYI_TASKS"} {
		if r.lab.scale.full && r.rnd.IntN(2) == 0 { // ranges that are lost with both are worked again after 30 s
			r.tearStream(other)
		}
	}
	last := bytes.LastIndex(bucket, []byte(r.tally+"."))
	torn = last >= 0 && !bytes.HasPrefix(bucket[last+len(r.tally)+1:], []byte("checkpoint"))
	s.start(r.t)
	r.brokerReady()
	return torn
}

// tearStream cuts an end off the newest file of a stream, and returns what is left.
// What says where messages are, and what the broker would restore the rest of a
// commit from, was not on the disk either.
func (r *trial) tearStream(name string) (left []byte) {
	r.t.Helper()
	dir := r.servers[0].stream(name)
	blocks, err := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	if err != nil {
		r.t.Fatal(err)
	}
	if len(blocks) > 0 {
		newest := slices.Max(blocks)
		if left, err = os.ReadFile(newest); err == nil {
			left = left[:len(left)-r.rnd.IntN(min(len(left), 200_000)+1)]
			err = os.WriteFile(newest, left, 0o600)
		}
	}
	if err := errors.Join(err, os.RemoveAll(filepath.Join(dir, "msgs", "index.db")), os.RemoveAll(filepath.Join(dir, "batches"))); err != nil {
		r.t.Fatal(err)
	}
	return left
}
