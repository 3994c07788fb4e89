package pipeline

import (
	"fmt"
	"testing"
)

// TestRangesOverTime publishes again and again, and asks for everything that can be asked
// for, ranges of days and sources among it: no number that is published twice in
// succession may have changed by a few. Aspects are not additive: of them it is so for
// numbers as primary.
func TestRangesOverTime(t *testing.T) {
	rows := 0
	for seed := range uint64(80) {
		w := newCrowd(seed)
		few := uint64(3 + w.r.IntN(4))
		var before map[string]Count
		var last *Suppression
		for range 5 {
			w.add(w.r.IntN(60))
			c := w.counts()
			c.Suppression = Suppress(c, few, last)
			last = c.Suppression
			now := make(map[string]Count)
			w.queries(func(q Query) {
				for _, g := range c.Query(q) {
					if g.Suppressed {
						continue
					}
					key := fmt.Sprint(q.By, q.From, q.To, q.Sources, g.key())
					now[key] = g.Count
					was, known := before[key]
					if !known {
						continue
					}
					rows++
					more := []uint64{g.Primary - was.Primary}
					if q.id() != ByAspect {
						more = append(more, g.Any-was.Any)
					}
					for _, more := range more {
						if more > 0 && more < few {
							t.Fatalf("seed %d: %+v went from %+v to %+v, of %d", seed, q, was, g, few)
						}
					}
				}
			})
			before = now
		}
	}
	if rows < 1000 {
		t.Errorf("%d rows were published twice: this tests nothing", rows)
	}
}
