package broker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// More cells than a batch holds, and a commit that fails between two slices.
func TestSlices(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 6, 10)
	last := r.publish(brokertest.Payloads(1, 4000, 12, w))
	cfg := brokertest.Config(w)
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
	if got.Totals.Len() < 2*pipeline.MaxCommit {
		t.Errorf("only %d cells: no slices", got.Totals.Len())
	}
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
