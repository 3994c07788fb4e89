package measure

import (
	"sync"
	"testing"
)

// The same question has the same answer, whoever asks and however often; another measure has
// another name.
func TestIntervalConcurrent(t *testing.T) {
	m := &Measure{Schema: 1, Dict: "a", Accuracy: []Accuracy{{ID: "a/b", Shares: Table{40, 10, 5, 45}}}}
	fresh := &Measure{Schema: 1, Dict: "a", Accuracy: m.Accuracy}
	want, why := fresh.Interval("a/b", 300, 1000)
	if why != Given || want.Low >= want.High {
		t.Fatalf("%+v %s", want, why)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for n := range uint64(20) {
				if got, _ := m.Interval("a/b", 290+n, 1000); n == 10 && got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
			}
		})
	}
	group.Wait()
	other := &Measure{Schema: 1, Dict: "a", By: "li", Accuracy: m.Accuracy}
	if m.ID() != fresh.ID() || m.ID() == other.ID() {
		t.Errorf("names %s, %s and %s", m.ID(), fresh.ID(), other.ID())
	}
}

func BenchmarkInterval(b *testing.B) {
	m := &Measure{Accuracy: []Accuracy{{ID: "a/b", Shares: Table{40, 10, 5, 45}}}}
	n := uint64(0)
	for b.Loop() {
		n++
		m.Interval("a/b", n%500_000, 1_000_000+n)
	}
}
