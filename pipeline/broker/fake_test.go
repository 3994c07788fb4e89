package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/embedded"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

func TestMain(m *testing.M) { brokertest.Main(m) }

// rig is an embedded server with a connection.
type rig struct {
	t      testing.TB
	dir    string
	server *embedded.Server
	conn   *Conn
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir()}
	r.start()
	t.Cleanup(r.stop)
	return r
}

func (r *rig) start() {
	r.t.Helper()
	var err error
	if r.server, err = embedded.Start(embedded.Options{Dir: r.dir, Log: os.Stderr}); err != nil {
		r.t.Fatal(err)
	}
	if r.conn, err = Connect(r.t.Context(), Options{Server: r.server, stale: 300 * time.Millisecond, keep: 200 * time.Millisecond, many: 3}); err != nil {
		r.t.Fatal(err)
	}
	if err := r.conn.EnsureSuggestions(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) stop() {
	if r.server != nil {
		r.conn.Close()
		r.server.Shutdown()
		r.server = nil
	}
}

// publish stores payloads and returns the last sequence. An answer may be lost, when
// the leader of a stream changes: then it is not waited for without end, and what was
// stored is what counts.
func (r *rig) publish(all [][]byte) uint64 {
	r.t.Helper()
	js, err := jetstream.New(r.conn.nc, jetstream.WithPublishAsyncTimeout(5*time.Second))
	if err != nil {
		r.t.Fatal(err)
	}
	defer js.CleanupPublisher() // else its goroutine may outlive the connection, and the tests
	defer js.CleanupPublisher()
	for i, p := range all {
		if _, err := js.PublishMsgAsync(&nats.Msg{Subject: fmt.Sprintf("suggestions.s%d", i%3), Data: p}); err != nil {
			r.t.Fatal(err)
		}
		if i%2000 == 1999 {
			<-js.PublishAsyncComplete()
		}
	}
	<-js.PublishAsyncComplete()
	info, err := r.conn.suggestions().Info(r.t.Context())
	for range 20 { // until there is a leader
		if err == nil {
			return info.Last
		}
		info, err = r.conn.suggestions().Info(r.t.Context())
	}
	r.t.Fatal(err)
	return 0
}

// run starts a worker; stop ends it and returns what Run returned.
func (r *rig) run(cfg pipeline.Config) (w *pipeline.Worker, stop func() error) {
	r.t.Helper()
	w, err := r.conn.NewWorker(r.t.Context(), cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	var once sync.Once
	var result error
	stop = func() error {
		once.Do(func() { cancel(); result = <-done })
		return result
	}
	r.t.Cleanup(func() { _ = stop() })
	return w, stop
}

// waitFor waits until the counts have come to the sequence.
func (r *rig) waitFor(tally string, frontier uint64) pipeline.Counts {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Minute)
	defer cancel()
	var got pipeline.Counts
	reached := errors.New("reached")
	for {
		err := r.conn.Counts().Watch(ctx, tally, 5*time.Millisecond, func(t pipeline.Counts) error {
			got = t
			if t.Frontier >= frontier {
				return reached
			}
			return nil
		})
		if errors.Is(err, reached) {
			return got
		}
		if ctx.Err() != nil {
			r.t.Fatalf("waiting for %d, and the frontier is %d: %v", frontier, got.Frontier, err)
		}
		_ = pause(ctx, 20*time.Millisecond)
	}
}

// checkpoint returns a tally's ledger, and the stored checkpoint with its revision.
func (r *rig) checkpoint(tally string) (l *ledger, cp pipeline.Checkpoint, rev uint64) {
	r.t.Helper()
	l = &ledger{c: r.conn, tally: tally}
	cp, rev, err := l.Checkpoint(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return l, cp, rev
}

// offline counts what is stored, in one go and without minyi's reader in between.
// The leader says how many messages there are, so that a replica that lags cannot
// have some of them counted as missing.
func (r *rig) offline(w brokertest.Words, to uint64) *pipeline.Delta {
	r.t.Helper()
	spec, err := pipeline.NewSpec2(pipeline.StreamInfo{Name: "SUGGESTIONS"}, strings.Repeat("0", pipeline.GenerationLen), w, pipeline.Format{}, pipeline.CellBounds{})
	if err != nil {
		r.t.Fatal(err)
	}
	tl, err := pipeline.NewSpecTallier(w, spec)
	if err != nil {
		r.t.Fatal(err)
	}
	tl.Begin(pipeline.Range{From: 1, To: to})
	ctx, cancel := context.WithTimeout(r.t.Context(), 30*time.Second)
	defer cancel()
	s, err := r.conn.js.Stream(ctx, "SUGGESTIONS")
	if err != nil {
		r.t.Fatal(err)
	}
	cons, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		r.t.Fatal(err)
	}
	it, err := cons.Messages(jetstream.PullMaxMessages(pullMessages))
	if err != nil {
		r.t.Fatal(err)
	}
	defer it.Stop()
	for range s.CachedInfo().State.Msgs {
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			r.t.Fatal(err)
		}
		meta, err := m.Metadata()
		if err != nil {
			r.t.Fatal(err)
		}
		if meta.Sequence.Stream <= to {
			tl.Add(&pipeline.Message{
				Seq: meta.Sequence.Stream, Subject: m.Subject(), ContentType: m.Headers().Get("Content-Type"), Data: m.Data(), Stored: meta.Timestamp,
			})
		}
	}
	return tl.End()
}

// same fails unless every cell and number is that of the offline count.
func (r *rig) same(got pipeline.Counts, want *pipeline.Delta) {
	r.t.Helper()
	if got.Stored != want.Len() || got.Tagged != want.Tagged || got.Untagged != want.Untagged || got.Rejected != want.Rejected || got.Missing != want.Missing {
		r.t.Errorf("stored %d tagged %d untagged %d rejected %d missing %d, offline %d %d %d %d %d",
			got.Stored, got.Tagged, got.Untagged, got.Rejected, got.Missing, want.Len(), want.Tagged, want.Untagged, want.Rejected, want.Missing)
	}
	wrong := 0
	for k, n := range want.Cells {
		if got.Totals.Get(k) != n {
			wrong++
		}
	}
	for k := range got.Totals.All {
		if _, ok := want.Cells[k]; !ok {
			wrong++
		}
	}
	if wrong > 0 || len(want.Cells) == 0 {
		r.t.Errorf("%d of %d cells differ from the offline count", wrong, len(want.Cells))
	}
}

// ports are those of NewWorker.
func (r *rig) ports(cfg pipeline.Config) (pipeline.Ports, pipeline.Spec) {
	r.t.Helper()
	if err := r.conn.ensureLedger(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	src := r.conn.suggestions()
	info, err := src.Info(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	spec, err := r.conn.spec(r.t.Context(), info, cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	sign, err := r.conn.workerSigner(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	queue, err := newTasks(r.t.Context(), r.conn, spec.Tally(), sign)
	if err != nil {
		r.t.Fatal(err)
	}
	return pipeline.Ports{Source: r.conn.sourceOf(src, spec), Tasks: queue, Deltas: newDeltas(r.conn, spec.Tally(), sign), Ledger: &ledger{c: r.conn, tally: spec.Tally()}}, spec
}
