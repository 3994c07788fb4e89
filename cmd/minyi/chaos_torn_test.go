//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// bucketTorn has the power fail while workers fold: the broker is killed, and of the
// bucket's newest file of messages only a part had come to the disk. Most often
// that ends in the middle of a commit; at times nothing is left of the bucket at all.
// The workers go on by themselves.
func bucketTorn(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	torn := 0
	for i, file := range r.files {
		sent := r.begin(i, file)
		if r.tearBucket() {
			torn++
		}
		sent()
	}
	r.note = fmt.Sprintf("%d times within a commit", torn)
	r.finish()
}

// tearBucket kills the broker, cuts an end off the bucket's newest file, and starts
// it. It reports whether the last thing in the file is no checkpoint.
func (r *trial) tearBucket() (torn bool) {
	r.t.Helper()
	s := r.servers[0]
	s.kill()
	r.faults++
	dir := filepath.Join(s.store, "jetstream/$G/streams/KV_COUNTS")
	blocks, err := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		r.fatalf("no messages in %s: %v", dir, err)
	}
	newest := slices.Max(blocks)
	messages, err := os.ReadFile(newest)
	if err == nil {
		messages = messages[:len(messages)-r.rnd.IntN(min(len(messages), 100_000)+1)]
		err = os.WriteFile(newest, messages, 0o600)
	}
	// What says where messages are, and what the broker would restore the rest of a
	// commit from, was not on the disk either.
	index := os.Remove(filepath.Join(dir, "msgs", "index.db"))
	if errors.Is(index, fs.ErrNotExist) {
		index = nil
	}
	if err := errors.Join(err, index, os.RemoveAll(filepath.Join(dir, "batches"))); err != nil {
		r.t.Fatal(err)
	}
	last := bytes.LastIndex(messages, []byte(r.tally+"."))
	torn = last >= 0 && !bytes.HasPrefix(messages[last+len(r.tally)+1:], []byte("checkpoint"))
	s.start(r.t)
	r.brokerReady()
	return torn
}
