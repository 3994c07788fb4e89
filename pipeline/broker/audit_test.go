package broker

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// The ledger of a tally over a stream with holes holds, before and after a
// worker stops, and goes on holding when deltas are removed.
func TestAuditOfARealTally(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 3000, 3, w))
	s, err := r.conn.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{1, 2, 700, 1500, last} {
		if err := s.DeleteMsg(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = r.run(brokertest.Config(w))
	got := r.waitFor("", last)
	if err := s.DeleteMsg(t.Context(), 2000); err != nil { // counted before
		t.Fatal(err)
	}
	a, err := r.conn.Audit(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !a.Holds || a.Tally != got.Tally || a.Compared != pipeline.ComparedEach || a.Missing != 5 || a.Absent != 6 || a.Stored != last {
		t.Fatalf("%+v", a)
	}
	deltas, err := r.conn.js.Stream(t.Context(), "MINYI_DELTAS")
	if err != nil {
		t.Fatal(err)
	}
	if err := deltas.DeleteMsg(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if a, err = r.conn.Audit(t.Context(), ""); err != nil || !a.Holds || len(a.Gone) != 1 {
		t.Errorf("%v, %+v", err, a)
	}
	if _, err := r.conn.Audit(t.Context(), "ffffffffffff"); err == nil || !strings.Contains(err.Error(), "no such tally") {
		t.Errorf("a tally that is not there: %v", err)
	}
}

// A cell that somebody changes by hand is named, while nothing more is counted
// and after more was.
func TestAuditNamesAFalsifiedCell(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 1000, 3, w))
	worker, stop := r.run(brokertest.Config(w))
	got := r.waitFor("", last)
	var cell pipeline.CellKey
	for _, k := range got.Totals.Cells().Keys() {
		if k.Kind == pipeline.KindAspect { // in no sum at all
			cell = k
		}
	}
	n := got.Totals.Get(cell)
	body, err := json.Marshal(pipeline.Count{Primary: n.Primary, Any: n.Any + 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.js.Publish(t.Context(), r.conn.names.kvSubject(worker.Tally()+"."+cell.Key()), body); err != nil {
		t.Fatal(err)
	}
	faulty := func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		a, err := r.conn.Audit(ctx, worker.Tally())
		if err != nil {
			t.Fatal(err)
		}
		if a.Holds || a.Faults[0].Cell != cell.Key() {
			t.Errorf("holds %t, faults %+v: want %s", a.Holds, a.Faults, cell.Key())
		}
	}
	faulty()
	last = r.publish([][]byte{[]byte(`{"text":"t0/s0_"}`)})
	for worker.Status().Frontier < last {
		if err := pause(t.Context(), 10*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	faulty()
}

// What docs/operators.md says to do when a ledger does not hold: with no worker
// there, purge what is kept of the tally, and start one. The counts are right
// again, from the stream alone.
func TestRecountAfterAPurge(t *testing.T) {
	t.Parallel()
	r, w, tally := counted(t)
	r.purge(tally)
	last := r.publish(brokertest.Payloads(2, 500, 3, w))
	_, _ = r.run(brokertest.Config(w))
	r.same(r.waitFor(tally, last), r.offline(w, last))
	if a, err := r.conn.Audit(t.Context(), ""); err != nil || !a.Holds || a.Compared != pipeline.ComparedEach || a.Tally != tally {
		t.Errorf("%v, %+v", err, a)
	}
}

// counted is a rig whose 3,000 messages were counted by a worker that has stopped.
func counted(t *testing.T) (r *rig, w brokertest.Words, tally string) {
	t.Helper()
	r, w = newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 3000, 3, w))
	worker, stop := r.run(brokertest.Config(w))
	r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	return r, w, worker.Tally()
}

// purge removes what is kept of a tally.
func (r *rig) purge(tally string) {
	r.t.Helper()
	for stream, subject := range map[string]string{
		"KV_COUNTS": "$KV.COUNTS." + tally + ".>", "MINYI_TASKS": "minyi.tasks." + tally, "MINYI_DELTAS": "minyi.deltas." + tally,
	} {
		s, err := r.conn.js.Stream(r.t.Context(), stream)
		if err != nil {
			r.t.Fatal(err)
		}
		if err := s.Purge(r.t.Context(), jetstream.WithPurgeSubject(subject)); err != nil {
			r.t.Fatal(err)
		}
	}
}
