package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// tornLedger stores no more than the beginning of one commit, as a broker that
// loses power in the middle of a batch. To everybody else such a beginning looks
// like a batch of its own, of which the last message is no checkpoint.
type tornLedger struct {
	*ledger
	commit int           // which one, from 1
	keep   int           // so many of its messages; from the end if negative
	torn   chan struct{} // closed then
	after  func()        // what happens then
}

func (l *tornLedger) Commit(ctx context.Context, s *pipeline.Slice, rev uint64) (uint64, error) {
	if l.commit--; l.commit != 0 {
		return l.ledger.Commit(ctx, s, rev)
	}
	batch, err := l.batch(s, rev)
	if err != nil {
		return 0, err
	}
	keep := l.keep
	if keep <= 0 {
		keep += len(batch)
	}
	keep = min(keep, len(batch)-1) // how much a commit holds depends on what was there when it was made
	if _, err := l.store(ctx, batch[:keep]); err != nil {
		return 0, err
	}
	close(l.torn)
	l.after()
	return 0, errors.New("the power is gone")
}

// tear runs a worker of which one commit is torn, until it is; stop stops it.
func (r *rig) tear(cfg pipeline.Config, commit, keep int, after func()) (tally string, stop func() error) {
	r.t.Helper()
	ports, spec := r.ports(cfg)
	l := &tornLedger{ledger: ports.Ledger.(*ledger), commit: commit, keep: keep, torn: make(chan struct{}), after: after}
	ports.Ledger = l
	w, err := pipeline.NewWorker(cfg, spec, ports)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stop = func() error { cancel(); err := <-done; done <- err; return err }
	r.t.Cleanup(func() { _ = stop() })
	select {
	case <-l.torn:
	case err := <-done:
		done <- err
		r.t.Fatalf("the worker ended before the commit: %v", err)
	}
	return spec.Tally(), stop
}

// What a broker keeps of a commit goes on as an open slice, wherever it was torn:
// the worker itself does it, which lives, or another one.
func TestTornCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ commit, keep int }{{1, 1}, {1, 2}, {2, 1}, {2, 60}, {2, -1}, {3, 500}} {
		t.Run(fmt.Sprintf("commit %d, %d messages", c.commit, c.keep), func(t *testing.T) {
			t.Parallel()
			r, w := newRig(t), brokertest.NewWords(t, 10, 20)
			last := r.publish(brokertest.Payloads(1, 6000, 5, w)) // several slices a fold
			tally, _ := r.tear(brokertest.Config(w), c.commit, c.keep, func() {})
			r.same(r.waitFor(tally, last), r.offline(w, last))
		})
	}
}

// While nobody goes on with a torn commit, readers wait: it is no violation, and
// no moment of rest either. The ledger's check says what it is.
func TestReadersOfATornCommit(t *testing.T) {
	t.Parallel()
	r, w, _ := counted(t)
	last := r.publish(brokertest.Payloads(2, 500, 3, w))
	hold := make(chan struct{})
	tally, stop := r.tear(brokertest.Config(w), 1, 20, func() { <-hold })

	seen := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 6*r.conn.options.stale)
	defer cancel()
	go func() {
		_, err := r.conn.Counts().Snapshot(ctx, tally)
		seen <- err
	}()
	if err := <-seen; !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, pipeline.ErrConservation) {
		t.Errorf("a reader: %v", err)
	}
	audit, err := r.conn.Audit(t.Context(), tally)
	if err != nil || !audit.Holds || len(audit.Faults) != 0 || audit.Compared != pipeline.ComparedNot {
		t.Errorf("the ledger: %+v, %v", audit, err)
	}
	close(hold)
	r.same(r.waitFor(tally, last), r.offline(w, last))
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// idling is a rig of which 2,000 messages were counted by a worker that runs and
// does not repair, and what it counted.
func idling(t *testing.T) (r *rig, w brokertest.Words, tally string, before pipeline.Counts, e *events) {
	t.Helper()
	r, w, e = newRig(t), brokertest.NewWords(t, 3, 4), &events{}
	last := r.publish(brokertest.Payloads(1, 2000, 3, w))
	cfg := brokertest.Config(w)
	cfg.Observer, cfg.StallAfter = e, time.Hour
	worker, _ := r.run(cfg)
	return r, w, worker.Tally(), r.waitFor("", last), e
}

// A folder that has nothing to fold notices that the broker has lost the newest
// totals, and adds again what they came from, without a range being worked again.
func TestTotalsLostUnderAnIdleWorker(t *testing.T) {
	t.Parallel()
	r, w, tally, before, e := idling(t)
	_, cp, _ := r.checkpoint(tally)
	last := r.publish(brokertest.Payloads(2, 2000, 3, w))
	after := r.waitFor("", last)

	// Put them back; the few cells that the first part does not have become nothing.
	cells := before.Totals.Cells()
	for k := range after.Totals.All {
		if _, ok := cells[k]; !ok {
			cells[k] = pipeline.Count{}
		}
	}
	l, _, rev := r.checkpoint(tally)
	if _, err := l.Commit(t.Context(), &pipeline.Slice{Begin: cp, Cells: cells.Sorted(), End: cp}, rev); err != nil {
		t.Fatal(err)
	}
	r.same(r.waitFor("", last), r.offline(w, last))
	if e.repairs.Load() != 0 {
		t.Error("counted by repairs")
	}
}

// Who has read a cell that is then lost with the power, and goes on with a new
// consumer, does not keep it.
func TestReaderOfALostCell(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	l, cp, rev := r.checkpoint(tally)
	want := r.waitFor(tally, cp.Frontier)
	open := cp
	open.Open = &pipeline.Open{To: cp.Frontier + 1, Deltas: []uint64{1}}
	lost := pipeline.CellKey{Day: "1999-01-01", Source: "nobody", Kind: pipeline.KindAspect, ID: "livelihood"}
	batch, err := l.batch(&pipeline.Slice{Begin: open, Cells: []pipeline.CellCount{{CellKey: lost, Count: pipeline.Count{Any: 7}}}, End: cp}, rev)
	if err != nil {
		t.Fatal(err)
	}
	at, err := l.store(t.Context(), batch[:2])
	if err != nil {
		t.Fatal(err)
	}
	stream, err := r.conn.js.Stream(t.Context(), r.conn.names.BucketStream)
	if err != nil {
		t.Fatal(err)
	}

	// Long enough that it is the new consumer that tells, and not the silence.
	conn, err := Connect(t.Context(), Options{Server: r.server, stale: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	read := false
	err = followView(ctx, func() *follower { return conn.newFollower(tally) }, func(fo *follower) (bool, error) {
		v := fo.view
		if v.Tail == "" {
			if !maps.Equal(v.Totals.Cells(), want.Totals.Cells()) || !read {
				t.Errorf("%d cells, not %d; the lost one was read before: %v", v.Totals.Len(), want.Totals.Len(), read)
			}
			return true, nil
		}
		if read = v.Tail == lost.Key(); !read {
			t.Errorf("the tail is %s", v.Tail)
		}
		for name := range stream.ConsumerNames(ctx).Name() {
			if err := stream.DeleteConsumer(ctx, name); err != nil {
				return false, err
			}
		}
		if err := stream.Purge(ctx, jetstream.WithPurgeSubject(l.key(lost.Key()))); err != nil {
			return false, err
		}
		_, err := l.Commit(ctx, &pipeline.Slice{End: cp}, at-1)
		return false, err
	})
	if err != nil {
		t.Error(err)
	}
}

// A bucket that has lost everything, its name for the current tally and what the
// tally is too, gets all of it back from the workers that run.
func TestBucketEmptiedUnderAnIdleWorker(t *testing.T) {
	t.Parallel()
	r, w, tally, before, e := idling(t)
	last := before.Frontier
	s, err := r.conn.js.Stream(t.Context(), r.conn.names.BucketStream)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.same(r.waitFor(tally, last), r.offline(w, last))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for current := ""; current != tally; {
		if current, err = r.conn.Counts().Current(ctx); err != nil && !errors.Is(err, ErrNoTally) {
			t.Fatal(err)
		}
	}
	if e.repairs.Load() != 0 {
		t.Error("counted by repairs")
	}
}
