package broker

import (
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// Messages are deleted before they are read: single ones, whole ranges, the
// beginning, the end.
func TestDeletedMessages(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 3)
	last := r.publish(brokertest.Payloads(1, 2000, 2, w))
	s, err := r.conn.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	missing := uint64(0)
	for seq := uint64(1); seq <= last; seq++ {
		if seq <= 700 || seq%97 == 0 || seq > 1200 && seq <= 1300 || seq > 1990 {
			if err := s.DeleteMsg(t.Context(), seq); err != nil {
				t.Fatal(err)
			}
			missing++
		}
	}
	cfg := brokertest.Config(w)
	cfg.RangeSize = 100
	_, _ = r.run(cfg)
	got := r.waitFor("", last)
	r.same(got, r.offline(w, last))
	if got.Missing != missing {
		t.Errorf("%d missing, %d were deleted", got.Missing, missing)
	}
	// And when nothing at all is left.
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	last = r.publish(brokertest.Payloads(2, 5, 1, w))
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.waitFor("", last); got.Stored != last {
		t.Errorf("stored %d of %d", got.Stored, last)
	}
}

// Tasks that nobody will ever do: the committer works their ranges itself.
func TestLostTasksAreRepaired(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 3)
	last := r.publish(brokertest.Payloads(1, 1000, 2, w))
	cfg := brokertest.Config(w)
	cfg.RangeSize, cfg.StallAfter = 125, 500*time.Millisecond
	ports, _ := r.ports(cfg)
	rev := uint64(0)
	for from := uint64(1); from < last; from += cfg.RangeSize {
		var err error
		if rev, err = ports.Tasks.Plan(t.Context(), pipeline.Range{From: from, To: from + cfg.RangeSize - 1}, rev); err != nil {
			t.Fatal(err)
		}
		lost, err := ports.Tasks.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := lost.Done(t.Context()); err != nil { // done, and no delta
			t.Fatal(err)
		}
	}
	e := &events{}
	cfg.Observer = e
	_, _ = r.run(cfg)
	r.same(r.waitFor("", last), r.offline(w, last))
	if n := e.repairs.Load(); n != 8 {
		t.Errorf("%d ranges were repaired, and not 8", n)
	}
}

// Somebody removes the consumer that hands out the tasks: it is made anew, and
// nothing is counted twice.
func TestTaskConsumerRemoved(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 3)
	last := r.publish(brokertest.Payloads(1, 200, 2, w))
	e := &events{}
	cfg := brokertest.Config(w)
	cfg.Observer = e
	cfg.StallAfter = time.Hour // no repair takes the place of tasks
	worker, _ := r.run(cfg)
	r.waitFor("", last)
	for i := range 3 {
		if err := r.conn.js.DeleteConsumer(t.Context(), r.conn.names.Tasks, "minyi-"+worker.Tally()); err != nil {
			t.Fatal(err)
		}
		last = r.publish(brokertest.Payloads(uint64(2+i), 200, 2, w))
		r.same(r.waitFor("", last), r.offline(w, last))
	}
	if e.repairs.Load() != 0 {
		t.Error("counted by repairs")
	}
}

// The consumer by which a worker follows the deltas delivers nothing any more, as after
// kill -9 of the server that had it: the worker makes another one. No repair takes its
// place, since a delta that a repair stores would not be seen either.
func TestMuteConsumerOfDeltas(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 3)
	last := r.publish(brokertest.Payloads(1, 200, 2, w))
	cfg := brokertest.Config(w)
	cfg.StallAfter = time.Hour
	_, _ = r.run(cfg)
	r.waitFor("", last)
	s, err := r.conn.js.Stream(t.Context(), r.conn.names.Deltas)
	if err != nil {
		t.Fatal(err)
	}
	paused := 0
	for name := range s.ConsumerNames(t.Context()).Name() {
		if _, err := s.PauseConsumer(t.Context(), name, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		paused++
	}
	if paused != 1 {
		t.Fatalf("%d consumers were paused: the test tests nothing", paused)
	}
	last = r.publish(brokertest.Payloads(2, 200, 2, w))
	r.same(r.waitFor("", last), r.offline(w, last))
}
