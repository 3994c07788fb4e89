package broker

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// A tally with bounds: its stream is known by marks, whatever its creation time. It is
// minted once, kept while marks fit, new when one contradicts, and unknown when none is
// left.
func TestGeneration(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	if err := r.conn.ensureLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := r.publish(brokertest.Payloads(1, 400, 1, w))
	cfg := brokertest.Config(w)
	cfg.Cells.Sources = []string{"s1"}
	worker, stop := r.run(cfg)
	got := r.waitFor(worker.Tally(), last)
	if got.Info.Spec.Version != pipeline.SpecVersion2 || got.Totals.Sources() != 2 {
		t.Errorf("version %d, %d sources", got.Info.Spec.Version, got.Totals.Sources())
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	id := got.Info.Spec.Generation
	same := func(want string) {
		t.Helper()
		if again, _, err := r.conn.Generation(t.Context(), "SUGGESTIONS"); err != nil || again != want {
			t.Errorf("generation %s, want %s: %v", again, want, err)
		}
	}
	same(id)
	for seq := uint64(1); seq <= last; seq++ {
		if err := r.conn.addMark(t.Context(), "SUGGESTIONS", id, seq); err != nil {
			t.Fatal(err)
		}
	}
	g, _, err := r.conn.readGeneration(t.Context(), "SUGGESTIONS")
	if err != nil || len(g.Marks) > maxMarks || g.Marks[0].Seq != 1 || g.Marks[len(g.Marks)-1].Seq != last {
		t.Errorf("%d marks: %+v, %v", len(g.Marks), g.Marks, err)
	}

	// Some are deleted: the others tell.
	s, err := r.conn.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Purge(t.Context(), jetstream.WithPurgeSequence(last)); err != nil {
		t.Fatal(err)
	}
	same(id)
	// All are: the creation time tells that they expired.
	if err := s.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(id)
	// Made anew, with other messages at the same sequences.
	if err := r.conn.js.DeleteStream(t.Context(), "SUGGESTIONS"); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	// With another creation time and nothing in it, nobody can tell.
	if _, _, err := r.conn.Generation(t.Context(), "SUGGESTIONS"); !errors.Is(err, ErrGenerationUnknown) || !strings.Contains(err.Error(), "nats kv del COUNTS generation.SUGGESTIONS") {
		t.Errorf("without any message: %v", err)
	}
	r.publish(brokertest.Payloads(2, 400, 1, w))
	next, before, err := r.conn.Generation(t.Context(), "SUGGESTIONS")
	if err != nil || next == id || before != id {
		t.Errorf("made anew, and the generation is %s after %s: %v", next, before, err)
	}
	same(next)
}

// A marker that the server leaves for what it removed is no message of a citizen.
func TestServerMessagesAreToldApart(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	r.publish(brokertest.Payloads(1, 10, 1, w))
	marker := &nats.Msg{Subject: "suggestions.s1", Header: nats.Header{"Nats-Marker-Reason": {"MaxAge"}, "Nats-TTL": {"1h"}}}
	marker.Header.Del("Nats-TTL")
	if _, err := r.conn.js.PublishMsg(t.Context(), marker); err != nil {
		t.Fatal(err)
	}
	cfg := brokertest.Config(w)
	cfg.Cells.Days = &pipeline.Days{From: "2000-01-01", To: "2100-01-01"}
	worker, _ := r.run(cfg)
	got := r.waitFor(worker.Tally(), 11)
	if n := got.Totals.Of(pipeline.ByReason, string(pipeline.ServerMessage)); n.Any != 1 {
		t.Errorf("rejected: %v", got.Totals.By(pipeline.ByReason))
	}
	list, err := r.conn.Rejects(t.Context(), RejectQuery{Tally: worker.Tally(), Reason: pipeline.ServerMessage}, func(x pipeline.Reject, _ *pipeline.Message) error {
		if x.Seq != 11 {
			t.Errorf("%+v", x)
		}
		return nil
	})
	if err != nil || list.Listed != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}

// Marks are kept while messages are counted.
func TestKeepMarks(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish(brokertest.Payloads(1, 50, 1, w))
	cfg := brokertest.Config(w)
	cfg.Cells.Sources = []string{"s1"}
	worker, _ := r.run(cfg)
	board := r.fed(worker.Tally())
	go r.conn.KeepMarks(t.Context(), board, worker.Tally(), time.Millisecond, func(err error) { t.Log(err) })
	deadline := time.After(10 * time.Second)
	for {
		g, _, err := r.conn.readGeneration(t.Context(), "SUGGESTIONS")
		if err == nil && len(g.Marks) > 0 && g.Marks[len(g.Marks)-1].Seq == last {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%+v, %v", g, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A broker that lost messages and gave their sequences to others has the same stream: it
// keeps its generation, and the marks of what is lost go. With another creation time it is
// another stream.
func TestGenerationOfAStreamThatLostMessages(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	if err := r.conn.ensureLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	last := r.publish(brokertest.Payloads(1, 40, 1, w))
	id, _, err := r.conn.Generation(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{1, last / 2, last} {
		if err := r.conn.addMark(t.Context(), "SUGGESTIONS", id, seq); err != nil {
			t.Fatal(err)
		}
	}
	contradict := func(change func(g *generation)) {
		t.Helper()
		g, rev, err := r.conn.readGeneration(t.Context(), "SUGGESTIONS")
		if err != nil {
			t.Fatal(err)
		}
		g.Marks[len(g.Marks)-1].Digest = "another"
		change(&g)
		if err := r.conn.putGeneration(t.Context(), "SUGGESTIONS", g, rev); err != nil {
			t.Fatal(err)
		}
	}
	contradict(func(*generation) {})
	again, before, err := r.conn.Generation(t.Context(), "SUGGESTIONS")
	if err != nil || again != id || before != "" {
		t.Fatalf("generation %s before %q, want %s: %v", again, before, id, err)
	}
	g, _, err := r.conn.readGeneration(t.Context(), "SUGGESTIONS")
	if err != nil || len(g.Marks) == 0 || g.Marks[len(g.Marks)-1].Seq >= last {
		t.Fatalf("marks %+v: %v", g.Marks, err)
	}
	contradict(func(g *generation) { g.Created = []time.Time{time.Unix(1, 0).UTC()} })
	if again, before, err = r.conn.Generation(t.Context(), "SUGGESTIONS"); err != nil || again == id || before != id {
		t.Errorf("generation %s before %q: %v", again, before, err)
	}
}
