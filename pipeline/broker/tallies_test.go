package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// member is a process of a fleet, with a connection of its own.
type member struct {
	conn  *Conn
	store *Tallies
	s     *supervise.Supervisor
	own   string
	stop  func() error
}

// join starts a process of a fleet with a dictionary.
func (r *rig) join(name string, w brokertest.Words) *member {
	return joinFleet(r.t, Options{Server: r.server, Worker: name}, w, nil)
}

func joinFleet(t testing.TB, o Options, w brokertest.Words, change func(*supervise.Config)) *member {
	t.Helper()
	conn, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	shares := supervise.NewShares(2)
	cfg := brokertest.Config(w)
	cfg.Promote, cfg.Turns = false, shares
	worker, err := conn.NewWorker(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	m := &member{conn: conn, store: conn.Tallies(), own: worker.Tally()}
	of := supervise.Config{
		Store: m.store, Own: supervise.Own{Spec: worker.Spec(), Classifier: w, Worker: worker}, Shares: shares, Worker: o.Worker,
		NewClassifier: func(d *dict.Dictionary) (pipeline.Classifier, error) { return brokertest.WordsOf(d), nil },
		Pipeline:      cfg,
	}
	if change != nil {
		change(&of)
	}
	m.s = supervise.New(of)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- m.s.Run(ctx) }()
	var result error
	stopped := false
	m.stop = func() error {
		if !stopped {
			cancel()
			result, stopped = <-done, true
			conn.Close()
		}
		return result
	}
	t.Cleanup(func() { _ = m.stop() })
	return m
}

// publishDict is what minyi dict publish does.
func (r *rig) publishDict(w brokertest.Words) string {
	r.t.Helper()
	packed, err := supervise.Pack(w.Dictionary())
	if err != nil {
		r.t.Fatal(err)
	}
	wanted, err := r.conn.Tallies().PublishDict(r.t.Context(), w.Dictionary().Version(), packed, "li", "a test")
	if err != nil {
		r.t.Fatal(err)
	}
	return wanted.Tally()
}

// until waits for a condition.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long until %s", what)
		}
		_ = pause(t.Context(), 20*time.Millisecond)
	}
}

// events are the kinds of events of a tally in the history.
func (r *rig) events(tally string) (kinds []supervise.EventKind) {
	r.t.Helper()
	all, err := r.conn.History(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range all {
		if e.Tally == tally {
			kinds = append(kinds, e.Event)
		}
	}
	return kinds
}

// A dictionary is published to two running processes, counted beside the current one,
// promoted, rolled back, and retired; nothing is restarted.
func TestRetuneALiveFleet(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), brokertest.NewWords(t, 2, 3), brokertest.NewWords(t, 3, 3)
	last := r.publish(brokertest.Payloads(1, 2000, 2, b))
	first, second := r.join("one", a), r.join("two", a)
	r.same(r.waitFor("", last), r.offline(a, last))

	tally := r.publishDict(b)
	if again := r.publishDict(b); again != tally {
		t.Errorf("the same content is %s, and then %s", tally, again)
	}
	last = r.publish(brokertest.Payloads(2, 2000, 2, b))
	r.same(r.waitFor(tally, last), r.offline(b, last))
	r.same(r.waitFor("", last), r.offline(a, last))
	until(t, "both say that they count it", func() bool {
		workers, err := r.conn.Tallies().Workers(t.Context())
		return err == nil && len(workers[tally]) == 2 && workers[tally][0].State == supervise.Working && workers[tally][1].State == supervise.Working
	})

	if _, err := r.conn.Tallies().Retire(t.Context(), first.own, "li", ""); !errors.Is(err, supervise.ErrIsCurrent) {
		t.Errorf("the current tally is retired: %v", err)
	}
	promotion := supervise.Event{Event: supervise.Promoted, By: "li", Why: "better", Verdict: "pass"}
	if _, err := r.conn.MoveCurrent(t.Context(), first.own, tally, promotion); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.MoveCurrent(t.Context(), first.own, tally, promotion); !errors.Is(err, pipeline.ErrLost) {
		t.Errorf("promoted twice: %v", err)
	}
	r.same(r.waitFor("", last), r.offline(b, last))
	until(t, "the processes know", func() bool { return first.s.Counted().Current == tally })
	if _, err := r.conn.MoveCurrent(t.Context(), tally, first.own, supervise.Event{Event: supervise.RolledBack, By: "li"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.Tallies().Retire(t.Context(), tally, "li", "worse after all"); err != nil {
		t.Fatal(err)
	}
	until(t, "what was stored of it is gone", func() bool {
		w, _, err := r.conn.readWanted(t.Context(), tally)
		return err == nil && w.Freed
	})
	r.nothingLeft(tally)
	if _, err := r.conn.MoveCurrent(t.Context(), first.own, tally, promotion); !errors.Is(err, supervise.ErrRetired) {
		t.Errorf("a retired tally is promoted: %v", err)
	}
	if got, want := fmt.Sprint(r.events(tally)), "[published started promoted retired]"; got != want {
		t.Errorf("history of the candidate: %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(r.events(first.own)), "[published promoted started rolled_back]"; !sameWords(got, want) {
		t.Errorf("history of the first: %s, want %s", got, want)
	}

	// A process that is started with what is retired counts the rest.
	third := r.join("three", b)
	last = r.publish(brokertest.Payloads(3, 500, 2, b))
	r.same(r.waitFor("", last), r.offline(a, last))
	until(t, "the third counts what is wanted, and not what is not", func() bool {
		tallies := third.s.Tallies()
		return len(tallies) == 1 && tallies[0].ID == first.own && tallies[0].State == supervise.Working
	})
	// Published again, it is counted again, from the first message on.
	if again := r.publishDict(b); again != tally {
		t.Errorf("published again as %s", again)
	}
	r.same(r.waitFor(tally, last), r.offline(b, last))
	for _, m := range []*member{first, second, third} {
		if err := m.stop(); err != nil {
			t.Error(err)
		}
	}
	if workers, err := r.conn.Tallies().Workers(t.Context()); err != nil || len(workers) > 0 {
		t.Errorf("all have stopped, and they say %v, %v", workers, err)
	}
}

func sameWords(a, b string) bool {
	x, y := strings.Fields(strings.Trim(a, "[]")), strings.Fields(strings.Trim(b, "[]"))
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// nothingLeft fails unless nothing is stored of a tally.
func (r *rig) nothingLeft(tally string) {
	r.t.Helper()
	for stream, subject := range map[string]string{
		r.conn.names.BucketStream: r.conn.names.kvSubject(tally + ".>"),
		r.conn.names.Tasks:        r.conn.names.TasksSubject + "." + tally,
		r.conn.names.Deltas:       r.conn.names.DeltasSubject + "." + tally,
	} {
		if m, ok, err := wire.FromLeader(r.t.Context(), r.conn.js, stream, wire.Query{Last: subject}); err != nil || ok {
			r.t.Errorf("%s still has %s: %v", stream, m.Subject, err)
		}
	}
	if _, err := r.conn.js.Consumer(r.t.Context(), r.conn.names.Tasks, "minyi-"+tally); err == nil {
		r.t.Error("its consumer is still there")
	}
}

// A dictionary that cannot be loaded, and one of another classifier, are refused by name,
// and the others are counted on.
func TestRefusals(t *testing.T) {
	t.Parallel()
	r, a, b, c := newRig(t), brokertest.NewWords(t, 2, 2), brokertest.NewWords(t, 3, 2), brokertest.NewWords(t, 3, 3)
	last := r.publish(brokertest.Payloads(1, 300, 1, c))
	m := r.join("one", a)
	r.waitFor("", last)
	store := r.conn.Tallies()

	// What is stored under the version of b is something else.
	packed, err := supervise.Pack(c.Dictionary())
	if err != nil {
		t.Fatal(err)
	}
	broken, err := store.PublishDict(t.Context(), b.Dictionary().Version(), packed, "li", "")
	if err != nil {
		t.Fatal(err)
	}
	// The tally of another classifier.
	other := broken.Spec
	other.Dict, other.Semantics = c.Dictionary().Version(), "another/1"
	if err := store.putDict(t.Context(), other.Dict, packed, false); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Want(t.Context(), other, "li", ""); err != nil {
		t.Fatal(err)
	}
	for tally, reason := range map[string]string{broken.Tally(): "not the dictionary of that version", other.Tally(): "another/1"} {
		until(t, "it is refused", func() bool {
			workers, err := store.Workers(t.Context())
			return err == nil && len(workers[tally]) == 1 && workers[tally][0].State == supervise.Refused && strings.Contains(workers[tally][0].Reason, reason)
		})
		until(t, "the history has it", func() bool { return fmt.Sprint(r.events(tally)) == "[published refused]" })
	}
	// It is mended by being published as it should be.
	if good := r.publishDict(b); good != broken.Tally() {
		t.Fatalf("published as %s", good)
	}
	if _, err := store.Retire(t.Context(), broken.Tally(), "li", ""); err != nil {
		t.Fatal(err)
	}
	until(t, "it is freed", func() bool { w, _, err := r.conn.readWanted(t.Context(), broken.Tally()); return err == nil && w.Freed })
	r.publishDict(b)
	r.same(r.waitFor(broken.Tally(), last), r.offline(b, last))
	if err := m.stop(); err != nil {
		t.Error(err)
	}
}

// What the pointer did is in the history although nobody recorded it: an older release or
// another program moved it.
func TestHistoryOfAnOlderStore(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), brokertest.NewWords(t, 2, 2), brokertest.NewWords(t, 3, 2)
	last := r.publish(brokertest.Payloads(1, 100, 1, b))
	m := r.join("one", a)
	r.waitFor("", last)
	tally := r.publishDict(b)
	r.waitFor(tally, last)
	if _, err := r.conn.js.Publish(t.Context(), r.conn.names.kvSubject(keyCurrent), []byte(tally)); err != nil {
		t.Fatal(err)
	}
	until(t, "the history has it", func() bool { return slices.Contains(r.events(tally), supervise.Moved) })
	if err := m.stop(); err != nil {
		t.Error(err)
	}
}

// A user who may not store what is wanted counts what the flags say, as before there were
// such records.
func TestWithoutTheRightToTallies(t *testing.T) {
	t.Parallel()
	denied := []string{"$KV.MINYI_DICTS.>", "$KV.MINYI_TALLIES.>", "minyi.history.>"}
	at := brokertest.NATS(t, &server.Options{Users: []*server.User{{
		Username: "worker", Password: "w", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Deny: denied}},
	}}})
	o := Options{URL: "nats://worker:w@" + at.Addr().String(), Worker: "one", Timeout: time.Second, OnError: func(error) {}}
	w := brokertest.NewWords(t, 2, 2)
	conn, err := Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, conn: conn}
	last := r.publish(brokertest.Payloads(1, 100, 1, w))
	m := joinFleet(t, o, w, nil)
	r.same(r.waitFor("", last), r.offline(w, last))
	if err := m.stop(); err != nil {
		t.Error(err)
	}
}

// Who promotes dies after the pointer was moved and before the history was told: the next
// one who moves it, or a worker that sees it, adds what is missing, once and in order.
func TestHistoryAfterAClientDied(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), brokertest.NewWords(t, 2, 2), brokertest.NewWords(t, 3, 2)
	last := r.publish(brokertest.Payloads(1, 50, 1, b))
	m := r.join("one", a)
	r.waitFor("", last)
	tally := r.publishDict(b)
	r.waitFor(tally, last)
	if err := m.stop(); err != nil { // no worker sees what happens
		t.Fatal(err)
	}
	dies := func(to string) {
		t.Helper()
		_, rev, err := r.conn.current(t.Context())
		if err == nil {
			_, _, err = r.conn.move(t.Context(), to, rev, supervise.Event{Event: supervise.Promoted, By: "who died"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	dies(tally)
	dies(m.own)
	dies(tally)
	for range 2 { // two workers see it
		if _, err := r.conn.Tallies().Current(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all, err := r.conn.History(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var moves []string
	for _, e := range all {
		if e.MovesPointer() {
			moves = append(moves, e.From+">"+e.To)
		}
	}
	want := []string{">" + m.own, m.own + ">" + tally, tally + ">" + m.own, m.own + ">" + tally}
	if !slices.Equal(moves, want) {
		t.Errorf("the history has the moves %v, and they were %v", moves, want)
	}
}

// What a worker said holds for a while by the clock of the server, also where the server has
// not removed it yet: whoever was killed, or was running when a backup was taken, is not
// counted for long.
func TestOldWordsDoNotCount(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	store := r.conn.Tallies()
	if err := store.Say(t.Context(), "0123456789ab", supervise.WorkerState{State: supervise.Working}); err != nil {
		t.Fatal(err)
	}
	for _, holds := range []time.Duration{0, time.Nanosecond} {
		store.holds = holds
		workers, err := store.Workers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n, err := store.workersOf(t.Context(), "0123456789ab")
		want := 1
		if holds > 0 {
			want = 0
		}
		if err != nil || n != want || len(workers["0123456789ab"]) != want {
			t.Errorf("held for %v: %d workers, %+v, %v", holds, n, workers, err)
		}
	}
}
