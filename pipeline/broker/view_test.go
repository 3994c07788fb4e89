package broker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// watch follows the counts of a tally as the page's programs do: when it ends
// with an error it is begun again.
func (r *rig) watch(tally string) <-chan pipeline.Counts {
	ctx, cancel := context.WithCancel(r.t.Context())
	seen, done := make(chan pipeline.Counts), make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = r.conn.Counts().Watch(ctx, tally, time.Millisecond, func(t pipeline.Counts) error {
				select {
				case seen <- t:
				case <-ctx.Done():
				}
				return nil
			})
			_ = pause(ctx, 20*time.Millisecond)
		}
	}()
	r.t.Cleanup(func() { cancel(); <-done })
	return seen
}

// sees waits until the watcher has the wanted counts, to the cell.
func (r *rig) sees(seen <-chan pipeline.Counts, frontier uint64, want *pipeline.Delta) {
	r.t.Helper()
	deadline := time.After(time.Minute)
	for {
		select {
		case got := <-seen:
			if got.Frontier == frontier && got.Totals.Len() == len(want.Cells) && got.Missing == want.Missing {
				r.same(got, want)
				return
			}
		case <-deadline:
			r.t.Fatalf("the watcher never saw the counts up to %d", frontier)
		}
	}
}

// watched is a rig whose 3,000 messages were counted, by a worker that has
// stopped, and a watcher that has seen it.
func watched(t *testing.T) (r *rig, w brokertest.Words, tally string, last uint64, seen <-chan pipeline.Counts) {
	t.Helper()
	r, w = newRig(t), brokertest.NewWords(t, 3, 4)
	last = r.publish(brokertest.Payloads(1, 3000, 3, w))
	worker, stop := r.run(brokertest.Config(w))
	seen = r.watch(worker.Tally())
	r.sees(seen, last, r.offline(w, last))
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return r, w, worker.Tally(), last, seen
}

// remove deletes streams, as an operator does. Another one stays: after the last
// the server clears away the folder of the account, and may do so while the next
// stream is being made in it.
func (r *rig) remove(streams ...string) {
	r.t.Helper()
	if _, err := r.conn.js.CreateOrUpdateStream(r.t.Context(), jetstream.StreamConfig{Name: "OTHER"}); err != nil {
		r.t.Fatal(err)
	}
	for _, s := range streams {
		if err := r.conn.js.DeleteStream(r.t.Context(), s); err != nil {
			r.t.Fatal(err)
		}
	}
}

// Who watches the counts of a bucket that is removed and made anew goes on with
// the new ones, whose sequences are below those that it has read.
func TestWatchOfABucketMadeAnew(t *testing.T) {
	t.Parallel()
	r, w, _, last, seen := watched(t)
	s, err := r.conn.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context(), jetstream.WithPurgeSequence(2900)); err != nil { // so that there is less to count
		t.Fatal(err)
	}
	r.remove("KV_COUNTS", "MINYI_TASKS", "MINYI_DELTAS")
	_, _ = r.run(brokertest.Config(w))
	r.sees(seen, last, r.offline(w, last))
}

// What a tally had before it was purged does not stay in the eyes of a watcher,
// such as a cell that somebody wrote. This one adds up with nothing, so that no
// check finds it, and is the reason for the recount.
func TestWatchOfARecount(t *testing.T) {
	t.Parallel()
	r, w, tally, last, seen := watched(t)
	if _, err := r.conn.js.Publish(t.Context(), "$KV.COUNTS."+tally+".1999-01-01.nobody.aspect.livelihood", []byte(`{"primary":0,"any":7}`)); err != nil {
		t.Fatal(err)
	}
	r.purge(tally)
	cfg := brokertest.Config(w)
	cfg.RangeSize = last // one commit: between two, the old cells would contradict the new checkpoint
	_, _ = r.run(cfg)
	r.sees(seen, last, r.offline(w, last))
}

// docs/operators.md allows to remove tasks and deltas while nobody works. The
// sequences of the new streams begin at 1, and what follows is counted at once,
// not when a range is repaired or the sequences have come to where they were.
func TestTasksAndDeltasRemoved(t *testing.T) {
	t.Parallel()
	r, w, tally := counted(t)
	r.remove("MINYI_TASKS", "MINYI_DELTAS")
	last := r.publish(brokertest.Payloads(2, 700, 3, w))
	cfg := brokertest.Config(w)
	cfg.StallAfter = time.Hour
	_, _ = r.run(cfg)
	r.same(r.waitFor(tally, last), r.offline(w, last))
}

// A broker that comes back from a power failure without its newest deltas takes
// their sequences again, below the one that a worker that lived through it waits
// for. Removing the stream under the worker is the same, only more so.
func TestDeltasLostUnderAWorker(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 3000, 3, w))
	cfg := brokertest.Config(w)
	cfg.StallAfter = time.Hour
	worker, _ := r.run(cfg)
	r.waitFor("", last)
	r.remove("MINYI_DELTAS")
	if err := r.conn.ensureLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	last = r.publish(brokertest.Payloads(2, 700, 3, w))
	r.same(r.waitFor(worker.Tally(), last), r.offline(w, last))
}

// A cell that somebody wrote is no beginning of a commit, however long one waits
// for the end: readers say so, and so does a worker, which stops.
func TestForeignCellStopsTheFold(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 500, 3, w))
	worker, stop := r.run(brokertest.Config(w))
	r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	const cell = "2022-04-15.cctv.theme.t1"
	if _, err := r.conn.js.Publish(t.Context(), "$KV.COUNTS."+worker.Tally()+"."+cell, []byte(`{"primary":99,"any":99}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.Counts().Snapshot(t.Context(), ""); !errors.Is(err, pipeline.ErrConservation) || !strings.Contains(err.Error(), cell) {
		t.Errorf("a reader: %v", err)
	}
	r.publish(brokertest.Payloads(2, 500, 3, w))
	again, err := r.conn.NewWorker(t.Context(), brokertest.Config(w))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := again.Run(ctx); !errors.Is(err, pipeline.ErrConservation) || !strings.Contains(err.Error(), cell) {
		t.Errorf("a worker: %v", err)
	}
}
