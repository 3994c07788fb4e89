//go:build linux

package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"

	"github.com/minyi/minyi/internal/textfmt"
)

// diskFull gives the broker a small file system of its own, which is full long
// before everything is sent. nats-server 2.15 then answers nobody, and goes on
// refusing when there is room until it is started again. The senders and the
// workers stay through both, and nothing is lost. Where the test may not mount
// a file system the row says so; [storeFull] needs no right to.
func diskFull(r *trial) {
	size := r.halfOfInput()
	r.startBroker(1)
	s := r.servers[0]
	s.terminate()
	if err := r.mount(s.store, 0, size); err != nil {
		r.notRun("no right to mount a small file system: %v", err)
	}
	r.note = fmt.Sprintf("tmpfs of %s bytes", textfmt.Count(size))
	s.start(r.t)
	r.brokerReady()
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	full := func() bool { return strings.Contains(s.log(), "no space left on device") }
	for _, file := range r.files {
		sender := r.startSend(file)
		r.until("a file is sent or the disk is full", func(context.Context) bool { return full() || !sender.alive() })
		if !full() {
			continue
		}
		r.faults++
		if r.lab.scale.full { // the sender is patient for two minutes
			if code := sender.wait(2 * r.lab.scale.patience); code != exitEnvironment || !strings.Contains(sender.stderr.String(), "does not store anything") {
				r.fatalf("sending to a full disk ended with %d:\n%s", code, sender.stderr)
			}
		}
		break
	}
	if r.faults == 0 {
		r.fatalf("everything had room")
	}
	if err := r.mount(s.store, syscall.MS_REMOUNT, 1<<30); err != nil {
		r.t.Fatal(err)
	}
	s.terminate()
	s.start(r.t)
	r.brokerReady()
	for _, file := range r.files {
		r.send(file)()
	}
	r.finish()
}

// storeFull limits what JetStream may store to less than what is sent. Senders
// have to say at once that there is no room. Then the limit is raised, as an
// operator would: in the configuration, and by starting the broker again.
func storeFull(r *trial) {
	r.startBroker(1)
	s := r.servers[0]
	s.terminate()
	s.limit = r.halfOfInput()
	r.note = fmt.Sprintf("max_file_store of %s bytes", textfmt.Count(s.limit))
	s.start(r.t)
	r.brokerReady()
	r.tally = r.tallyOf(r.work())
	r.tallyOf(r.work())
	for _, file := range r.files {
		sender := r.startSend(file)
		code := sender.wait(r.lab.scale.patience)
		if code == exitDone {
			continue
		}
		if code != exitEnvironment || !strings.Contains(sender.stderr.String(), "no room for more messages") {
			r.fatalf("sending to a full store ended with %d:\n%s", code, sender.stderr)
		}
		r.faults++
		break
	}
	if r.faults == 0 {
		r.fatalf("everything had room")
	}
	s.terminate()
	s.limit = 8 << 30
	s.start(r.t)
	r.brokerReady()
	for _, file := range r.files {
		r.send(file)()
	}
	r.finish()
}

// halfOfInput is a number of bytes in which half of the input has room.
func (r *trial) halfOfInput() int {
	bytes := 0
	for _, line := range r.lines {
		bytes += len(line) + 100 // with its subject, id and header
	}
	return bytes / 2
}

// mount mounts a tmpfs of so many bytes, or mounts it again with another size.
// It is unmounted when the test ends.
func (r *trial) mount(dir string, flags uintptr, size int) error {
	if err := syscall.Mount("chaos", dir, "tmpfs", flags, fmt.Sprintf("size=%d", size)); err != nil {
		return err
	}
	if flags == 0 {
		r.t.Cleanup(func() {
			r.stop()
			if err := syscall.Unmount(dir, 0); err != nil {
				r.t.Errorf("unmount %s: %v", dir, err)
			}
		})
	}
	return nil
}
