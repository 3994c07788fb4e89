package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
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
	r, w := newRig(t), newWords(t, 3, 4)
	last := r.publish(payloads(1, 3000, 3, w))
	e := &events{}
	cfg := config(w)
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
	r, w := newRig(t), newWords(t, 2, 2)
	_, _ = r.run(config(w))
	for i := range 5 {
		last := r.publish(payloads(uint64(i), 3, 1, w))
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
	for k, n := range got.Cells {
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
	r, w := newRig(t), newWords(t, 3, 4)
	cfg := config(w)
	cfg.RangeSize = 100
	steady, _ := r.run(cfg)
	var last uint64
	for i := range 4 {
		last = r.publish(payloads(uint64(i), 1000, 3, w))
		_, stop := r.run(cfg)
		// The same task once more, in the way in which a broker would redeliver it.
		queue := r.conn.names.TasksSubject + "." + steady.Tally()
		if m, ok, err := r.conn.leaderGet(t.Context(), r.conn.names.Tasks, leaderQuery{Seq: 1, Next: queue}); err != nil {
			t.Fatal(err)
		} else if ok {
			if _, err := (&tasks{c: r.conn, subject: queue}).Plan(t.Context(), decodeRange(t, m.Data), lastRevision(t, r, queue)); err != nil && !errors.Is(err, pipeline.ErrLost) {
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
	m, _, err := r.conn.leaderGet(t.Context(), r.conn.names.Tasks, leaderQuery{Last: subject})
	if err != nil {
		t.Fatal(err)
	}
	return m.Seq
}

// The broker goes away in the middle, connections and all, and comes back.
func TestRestartInTheMiddle(t *testing.T) {
	r, w := newRig(t), newWords(t, 3, 4)
	last := r.publish(payloads(1, 4000, 4, w))
	for range 3 {
		cfg := config(w)
		cfg.RangeSize, cfg.DrainWithin = 200, time.Nanosecond // nothing is finished
		_, stop := r.run(cfg)
		_ = pause(t.Context(), 30*time.Millisecond)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		r.stop()
		r.start()
	}
	_, _ = r.run(config(w))
	r.same(r.waitFor("", last), r.offline(w, last))
}

// More cells than a batch holds, and a commit that fails between two slices.
func TestSlices(t *testing.T) {
	r, w := newRig(t), newWords(t, 6, 10)
	last := r.publish(payloads(1, 4000, 12, w))
	cfg := config(w)
	cfg.RangeSize, cfg.DrainWithin = 4000, 500*time.Millisecond
	ports, spec := r.ports(cfg)
	cut := &cutLedger{Ledger: ports.Ledger, after: 2}
	ports.Ledger = cut
	worker, err := pipeline.NewWorker(cfg, spec, ports)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	cut.cut = cancel
	go func() { done <- worker.Run(ctx) }()
	<-ctx.Done()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_, cp, _ := r.checkpoint(spec.Tally())
	if cp.Open == nil || cp.Frontier != 0 {
		t.Fatalf("no slice is open: %+v", cp)
	}
	short, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	if _, err := r.conn.Counts().Snapshot(short, spec.Tally()); err == nil {
		t.Error("a reader saw half a fold")
	}
	_, _ = r.run(cfg)
	got := r.waitFor("", last)
	r.same(got, r.offline(w, last))
	if len(got.Cells) < 2*pipeline.MaxCommit {
		t.Errorf("only %d cells: no slices", len(got.Cells))
	}
}

// ports are those of NewWorker.
func (r *rig) ports(cfg pipeline.Config) (pipeline.Ports, pipeline.Spec) {
	r.t.Helper()
	if err := r.conn.ensureLedger(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	src := &source{r.conn}
	info, err := src.Info(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	spec, err := pipeline.NewSpec(info, cfg.Classifier, cfg.Format)
	if err != nil {
		r.t.Fatal(err)
	}
	queue, err := newTasks(r.t.Context(), r.conn, spec.Tally())
	if err != nil {
		r.t.Fatal(err)
	}
	return pipeline.Ports{Source: src, Tasks: queue, Deltas: newDeltas(r.conn, spec.Tally()), Ledger: &ledger{r.conn, spec.Tally()}}, spec
}

// cutLedger fails for good after a number of commits.
type cutLedger struct {
	pipeline.Ledger
	after int
	cut   func()
}

func (l *cutLedger) Commit(ctx context.Context, s *pipeline.Slice, rev uint64) (uint64, error) {
	if l.after == 0 {
		l.cut()
		return 0, errors.New("cut")
	}
	l.after--
	return l.Ledger.Commit(ctx, s, rev)
}

// Messages are deleted before they are read: single ones, whole ranges, the
// beginning, the end.
func TestDeletedMessages(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 3)
	last := r.publish(payloads(1, 2000, 2, w))
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
	cfg := config(w)
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
	last = r.publish(payloads(2, 5, 1, w))
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := r.waitFor("", last); got.Stored != last {
		t.Errorf("stored %d of %d", got.Stored, last)
	}
}

// Tasks that nobody will ever do: the folder works their ranges itself. It waits
// long only for the first one.
func TestLostTasksAreRepaired(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 3)
	last := r.publish(payloads(1, 1000, 2, w))
	cfg := config(w)
	cfg.RangeSize, cfg.StallAfter = 125, 5*time.Second // for each of them it would be longer than the test waits
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
	r, w := newRig(t), newWords(t, 2, 3)
	last := r.publish(payloads(1, 200, 2, w))
	e := &events{}
	cfg := config(w)
	cfg.Observer = e
	cfg.StallAfter = time.Hour // no repair takes the place of tasks
	worker, _ := r.run(cfg)
	r.waitFor("", last)
	for i := range 3 {
		if err := r.conn.js.DeleteConsumer(t.Context(), r.conn.names.Tasks, "minyi-"+worker.Tally()); err != nil {
			t.Fatal(err)
		}
		last = r.publish(payloads(uint64(2+i), 200, 2, w))
		r.same(r.waitFor("", last), r.offline(w, last))
	}
	if e.repairs.Load() != 0 {
		t.Error("counted by repairs")
	}
}

// Two dictionaries over one stream, and which of them is current.
func TestTwoTallies(t *testing.T) {
	r, a, b := newRig(t), newWords(t, 2, 3), newWords(t, 3, 3)
	last := r.publish(payloads(1, 1000, 2, b))
	first, _ := r.run(config(a))
	r.same(r.waitFor(first.Tally(), last), r.offline(a, last))
	cfg := config(b)
	cfg.Promote = false
	second, stop := r.run(cfg)
	r.same(r.waitFor(second.Tally(), last), r.offline(b, last))
	if id, err := r.conn.Counts().Current(t.Context()); err != nil || id != first.Tally() {
		t.Fatalf("current is %s, %v: want the first, %s", id, err, first.Tally())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	_, _ = r.run(config(b))
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
	r, w := newRig(t), newWords(t, 2, 2)
	last := r.publish(payloads(1, 100, 1, w))
	cfg := config(w)
	worker, err := r.conn.NewWorker(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- worker.Run(t.Context()) }()
	r.waitFor("", last)
	r.remove("SUGGESTIONS")
	if err := r.conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.publish(payloads(2, 50, 1, w))
	if err := <-done; !errors.Is(err, pipeline.ErrStreamReset) {
		t.Fatalf("worker ended with %v", err)
	}
	again, _ := r.run(cfg)
	if again.Tally() == worker.Tally() {
		t.Fatal("another stream, and the same tally")
	}
	r.same(r.waitFor(again.Tally(), 50), r.offline(w, 50))
}

func TestUnsuitedStreamsAreRefused(t *testing.T) {
	for name, retention := range map[string]jetstream.RetentionPolicy{"work-queue": jetstream.WorkQueuePolicy, "interest": jetstream.InterestPolicy} {
		r, w := newRig(t), newWords(t, 2, 2)
		r.remove("SUGGESTIONS")
		if _, err := r.conn.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"foreign.>"}, Retention: retention}); err != nil {
			t.Fatal(err)
		}
		_, err := r.conn.NewWorker(t.Context(), config(w))
		if !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, w := newRig(t), newWords(t, 2, 2)
	if _, err := r.conn.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "COUNTS"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.NewWorker(t.Context(), config(w)); !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), "allow_atomic") {
		t.Errorf("bucket without atomic batches: %v", err)
	}
	if err := r.conn.js.DeleteKeyValue(t.Context(), "COUNTS"); err != nil {
		t.Fatal(err)
	}
	// An account may ask for a limit of every stream: one that refuses what is too
	// much will do, one that drops the oldest counts will not.
	cfg := jetstream.StreamConfig{
		Name: "KV_COUNTS", Subjects: []string{"$KV.COUNTS.>"}, MaxMsgsPerSubject: 1, MaxBytes: 10 << 20,
		AllowRollup: true, AllowDirect: true, AllowAtomicPublish: true, Discard: jetstream.DiscardNew,
	}
	if _, err := r.conn.js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.NewWorker(t.Context(), config(w)); err != nil {
		t.Errorf("bucket with a limit: %v", err)
	}
	cfg.Discard = jetstream.DiscardOld
	if _, err := r.conn.js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.NewWorker(t.Context(), config(w)); !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), "discards its oldest") {
		t.Errorf("bucket that discards counts: %v", err)
	}
}

// A foreign stream is read as it is, and stays as it is.
func TestForeignStream(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 2)
	conn, err := Connect(t.Context(), Options{Server: r.server, Stream: "VOICES", Prefix: "poll"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	made, err := conn.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "VOICES", Subjects: []string{"org.voices.*"}, FirstSeq: 1001, MaxMsgs: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(made.CachedInfo().Config)
	for i := range 40 {
		m := &nats.Msg{Subject: "org.voices.web", Data: []byte(fmt.Sprintf(`{"content":"t0/s%d_"}`, i%2))}
		if _, err := conn.js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	cfg := config(w)
	cfg.Format = pipeline.Format{TextField: "content", SkipTokens: 2}
	r.conn.Close()
	r.conn = conn
	_, _ = r.run(cfg)
	got := r.waitFor("", 1040)
	if got.Stored != 40 || got.Tagged != 40 || got.Frontier != 1040 || got.Cells.By(pipeline.BySource)[0].ID != "web" {
		t.Errorf("%+v", got.Snapshot)
	}
	s, err := conn.js.Stream(t.Context(), "VOICES")
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(s.CachedInfo().Config); string(after) != string(before) {
		t.Errorf("stream was altered:\n%s\n%s", before, after)
	}
	if _, err := conn.js.Stream(t.Context(), "POLL_MINYI_TASKS"); err != nil {
		t.Error(err)
	}
}

// The process that folds is stopped in the middle of a commit, for longer than
// any patience; another takes over, and the first one, when it goes on, changes
// nothing.
func TestAnotherTakesOver(t *testing.T) {
	r, w := newRig(t), newWords(t, 3, 4)
	cfg := config(w)
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
		last = r.publish(payloads(uint64(i), 200, 2, w))
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
	last = r.publish(payloads(99, 500, 2, w))
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

// A replica that lags must not turn messages into missing ones, and a consumer
// that delivers too little is not believed.
func TestReaderThatStopsEarly(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 2)
	last := r.publish(payloads(1, 20_000, 1, w)) // several requests of a reader
	// Deliveries end in the middle when the consumer is deleted under the reader.
	var got []uint64
	src := &source{r.conn}
	err := src.Read(t.Context(), pipeline.Range{From: 1, To: last}, func(m *pipeline.Message) {
		got = append(got, m.Seq)
		if len(got) == 100 {
			s, err := r.conn.js.Stream(context.Background(), "SUGGESTIONS")
			if err != nil {
				t.Error(err)
				return
			}
			for name := range s.ConsumerNames(context.Background()).Name() {
				if err := s.DeleteConsumer(context.Background(), name); err != nil {
					t.Error(err)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, seq := range got {
		if seq != uint64(i+1) {
			t.Fatalf("message %d came as number %d", seq, i+1)
		}
	}
	if uint64(len(got)) != last {
		t.Fatalf("%d of %d messages", len(got), last)
	}
	// What is not stored yet is not missing.
	if err := src.Read(t.Context(), pipeline.Range{From: 1, To: last + 1}, func(*pipeline.Message) {}); err == nil {
		t.Error("a message that was never stored was said to be gone")
	}
}
