package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// events counts what a worker tells.
type events struct {
	pipeline.Silent
	dropped, folds, worked, repairs, failed atomic.Int64
	mu                                      sync.Mutex
	errs                                    []error
}

func (e *events) DeltaDropped(pipeline.Dropped) { e.dropped.Add(1) }
func (e *events) RangesFolded(pipeline.Folded)  { e.folds.Add(1) }
func (e *events) RangeWorked(w pipeline.Worked) {
	e.worked.Add(1)
	if w.Repair {
		e.repairs.Add(1)
	}
}

func (e *events) Failed(f pipeline.Failure) {
	if f.Lost {
		return
	}
	e.failed.Add(1)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.errs = append(e.errs, f.Err)
}

func TestCountsAreThoseOfAnOfflineCount(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 3000, 3, w))
	e := &events{}
	cfg := brokertest.Config(w)
	cfg.Observer = e
	worker, stop := r.run(cfg)
	got := r.waitFor("", last)
	r.same(got, r.offline(w, last))
	if s := worker.Status(); !s.Ready || !s.Current || s.Frontier != last || s.Lag != 0 || s.Tally != got.Tally {
		t.Errorf("status %+v", s)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if e.failed.Load() != 0 {
		t.Errorf("trouble in an undisturbed run: %v", e.errs)
	}
}

// The live end: a message is visible soon after it was published, and a client
// of the key-value bucket sees the same counts.
func TestLiveCounts(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	_, _ = r.run(brokertest.Config(w))
	for i := range 5 {
		last := r.publish(brokertest.Payloads(uint64(i), 3, 1, w))
		start := time.Now()
		r.same(r.waitFor("", last), r.offline(w, last))
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("visible after %s", d)
		}
	}
	kv, err := r.conn.js.KeyValue(t.Context(), "COUNTS")
	if err != nil {
		t.Fatal(err)
	}
	entry, err := kv.Get(t.Context(), "current")
	if err != nil {
		t.Fatal(err)
	}
	got := r.waitFor("", 15)
	for k, n := range got.Totals.All {
		e, err := kv.Get(t.Context(), string(entry.Value())+"."+k.Key())
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf(`{"primary":%d,"any":%d}`, n.Primary, n.Any); string(e.Value()) != want {
			t.Errorf("%s is %s, want %s", k.Key(), e.Value(), want)
		}
	}
}

// Two workers at once, one of them stopped and replaced again and again, and
// tasks that are handed out twice.
func TestWorkersComeAndGo(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	cfg := brokertest.Config(w)
	cfg.RangeSize = 100
	steady, _ := r.run(cfg)
	var last uint64
	for i := range 4 {
		last = r.publish(brokertest.Payloads(uint64(i), 1000, 3, w))
		_, stop := r.run(cfg)
		// The same task once more, in the way in which a broker would redeliver it.
		queue := r.conn.names.TasksSubject + "." + steady.Tally()
		if m, ok, err := wire.FromLeader(t.Context(), r.conn.js, r.conn.names.Tasks, wire.Query{Seq: 1, Next: queue}); err != nil {
			t.Fatal(err)
		} else if ok {
			if _, err := (&tasks{c: r.conn, tally: steady.Tally(), sign: r.conn.signer.Load(), subject: queue}).Plan(t.Context(), decodeRange(t, m.Data), lastRevision(t, r, queue)); err != nil && !errors.Is(err, pipeline.ErrLost) {
				t.Fatal(err)
			}
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	r.same(r.waitFor("", last), r.offline(w, last))
}

func decodeRange(t *testing.T, b []byte) (r pipeline.Range) {
	t.Helper()
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func lastRevision(t *testing.T, r *rig, subject string) uint64 {
	t.Helper()
	m, _, err := wire.FromLeader(t.Context(), r.conn.js, r.conn.names.Tasks, wire.Query{Last: subject})
	if err != nil {
		t.Fatal(err)
	}
	return m.Seq
}

// The broker goes away in the middle, connections and all, and comes back.
func TestRestartInTheMiddle(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 4000, 4, w))
	for range 3 {
		cfg := brokertest.Config(w)
		cfg.RangeSize, cfg.DrainWithin = 200, time.Nanosecond // nothing is finished
		_, stop := r.run(cfg)
		_ = pause(t.Context(), 30*time.Millisecond)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		r.stop()
		r.start()
	}
	_, _ = r.run(brokertest.Config(w))
	r.same(r.waitFor("", last), r.offline(w, last))
}

// Two dictionaries over one stream, and which of them is current.
func TestTwoTallies(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), brokertest.NewWords(t, 2, 3), brokertest.NewWords(t, 3, 3)
	last := r.publish(brokertest.Payloads(1, 1000, 2, b))
	first, _ := r.run(brokertest.Config(a))
	r.same(r.waitFor(first.Tally(), last), r.offline(a, last))
	cfg := brokertest.Config(b)
	cfg.Promote = false
	second, stop := r.run(cfg)
	r.same(r.waitFor(second.Tally(), last), r.offline(b, last))
	if id, err := r.conn.Counts().Current(t.Context()); err != nil || id != first.Tally() {
		t.Fatalf("current is %s, %v: want the first, %s", id, err, first.Tally())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, _ = r.run(brokertest.Config(b))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		id, err := r.conn.Counts().Current(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if id == second.Tally() {
			break
		}
		_ = pause(ctx, 20*time.Millisecond)
	}
	r.same(r.waitFor("", last), r.offline(b, last))
}

// A stream that is made anew while a worker is on it stops the worker by name;
// a new worker counts it as another tally.
func TestStreamMadeAnew(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish(brokertest.Payloads(1, 100, 1, w))
	cfg := brokertest.Config(w)
	worker, err := r.conn.NewWorker(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- worker.Run(t.Context()) }()
	r.waitFor("", last)
	if err := r.conn.addMark(t.Context(), "SUGGESTIONS", *r.conn.generation.Load(), last); err != nil {
		t.Fatal(err)
	}
	r.remove("SUGGESTIONS")
	if err := r.conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.publish(brokertest.Payloads(2, 50, 1, w))
	about, err := r.conn.Counts().TallyInfo(t.Context(), worker.Tally())
	if err != nil {
		t.Fatal(err)
	}
	if anew, err := r.conn.MadeAnew(t.Context(), about.Spec); err != nil || !anew {
		t.Errorf("made anew: %v, %v", anew, err)
	}
	if err := <-done; !errors.Is(err, pipeline.ErrStreamReset) {
		t.Fatalf("worker ended with %v", err)
	}
	again, _ := r.run(cfg)
	if again.Tally() == worker.Tally() {
		t.Fatal("another stream, and the same tally")
	}
	r.same(r.waitFor(again.Tally(), 50), r.offline(w, 50))
	for { // and it becomes the current one: nobody counts the other
		current, err := r.conn.Counts().Current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if current == again.Tally() {
			break
		}
		if err := pause(t.Context(), 20*time.Millisecond); err != nil {
			t.Fatalf("%v: %s stays current", err, current)
		}
	}
}

// The process that folds is stopped in the middle of a commit, for longer than
// any patience; another takes over, and the first one, when it goes on, changes
// nothing.
func TestAnotherTakesOver(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	cfg := brokertest.Config(w)
	ports, spec := r.ports(cfg)
	held := &heldLedger{Ledger: ports.Ledger, at: 3, holding: make(chan struct{}), release: make(chan struct{})}
	ports.Ledger = held
	first, err := pipeline.NewWorker(cfg, spec, ports)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- first.Run(ctx) }()
	last := uint64(0)
	for i := 0; ; i++ {
		last = r.publish(brokertest.Payloads(uint64(i), 200, 2, w))
		select {
		case <-held.holding:
		case <-time.After(50 * time.Millisecond):
			continue
		}
		break
	}
	_, _ = r.run(cfg)
	r.same(r.waitFor("", last), r.offline(w, last))
	close(held.release)
	last = r.publish(brokertest.Payloads(99, 500, 2, w))
	r.same(r.waitFor("", last), r.offline(w, last))
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !errors.Is(held.result, pipeline.ErrLost) {
		t.Errorf("the commit that was held ended with %v", held.result)
	}
}

// heldLedger holds one commit until it is released.
type heldLedger struct {
	pipeline.Ledger
	at               int
	holding, release chan struct{}
	result           error
}

func (l *heldLedger) Commit(ctx context.Context, s *pipeline.Slice, rev uint64) (uint64, error) {
	l.at--
	if l.at != 0 {
		return l.Ledger.Commit(ctx, s, rev)
	}
	close(l.holding)
	<-l.release
	rev, l.result = l.Ledger.Commit(ctx, s, rev)
	return rev, l.result
}
