package pipeline

import (
	"testing"
	"time"
)

// Ranges of many cells or of a long backlog are longer, within limits, and grow
// shorter towards its end; and as long as it is not known how many cells they
// have, few are planned.
func TestRangeSizes(t *testing.T) {
	w := newWords(t)
	const atFirst = 2 * 2 // of each goroutine
	b := newMemBroker(1, 80+200*50, w)
	p := newProcess(t, b, w, 1)
	p.planner.cfg.RangeSize, p.planner.cfg.LargeRange, p.planner.cfg.Concurrency = 10, 100, 2
	p.planner.cfg.PlanEvery = time.Hour
	planAll := func() int {
		before := len(b.tasks)
		for {
			planned, wait, err := p.planner.step(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !planned || wait > 0 {
				return len(b.tasks) - before
			}
		}
	}
	if n := planAll(); n != atFirst {
		t.Errorf("%d ranges were planned at first, not %d", n, atFirst)
	}
	for _, tt := range []struct {
		cells int64
		want  uint64
	}{{0, 10}, {1, 10}, {5, 50}, {50, 100}, {1 << 40, 100}} {
		p.planner.progress.cells.Store(tt.cells)
		if got := p.planner.size(11); got != tt.want {
			t.Errorf("with %d cells a range has %d messages, not %d", tt.cells, got, tt.want)
		}
	}
	if got := p.planner.size(320 * 7); got != 100 {
		t.Errorf("with 50 cells and 2240 waiting a range has %d messages", got)
	}
	p.planner.progress.cells.Store(1)
	if got := p.planner.size(32 * 70); got != 70 {
		t.Errorf("with 1 cell and 2240 waiting a range has %d messages", got)
	}
	for p.planner.planned() < b.last() && planAll() > 0 {
		p.committer.setFrontier(&Checkpoint{Frontier: p.planner.planned()}) // as if all were counted
	}
	next, size := uint64(1), p.planner.cfg.LargeRange
	for _, r := range b.tasks {
		if r.From != next || r.Len() > size {
			t.Fatalf("range %v at %d, after one of %d messages", r, next, size)
		}
		next, size = r.To+1, r.Len()
	}
	if next != b.last()+1 || size > p.planner.cfg.RangeSize {
		t.Errorf("the last range has %d messages and ends before %d", size, next)
	}
}
