package sortedmap

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSnapshotsAreWhatAMapWas writes at random into a map and a Go map, and compares
// every snapshot with a clone of the Go map that was made at the same time, after
// all writes, and each pair of neighbours with their difference.
func TestSnapshotsAreWhatAMapWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, naive := New[int, int](cmp.Compare[int]), map[int]int{}
		var snapshots []*Snapshot[int, int]
		var clones []map[int]int
		keys := rapid.IntRange(0, rapid.SampledFrom([]int{10, 300, 5000}).Draw(t, "keys"))
		for range rapid.IntRange(1, 12).Draw(t, "rounds") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0: // many in order
				from := keys.Draw(t, "from")
				for k := from; k < from+rapid.IntRange(1, 400).Draw(t, "run"); k++ {
					m.Set(k, k)
					naive[k] = k
				}
			case 1:
				for _, k := range rapid.SliceOf(keys).Draw(t, "set") {
					m.Set(k, -k)
					naive[k] = -k
				}
			case 2:
				for _, k := range rapid.SliceOf(keys).Draw(t, "delete") {
					m.Delete(k)
					delete(naive, k)
				}
			case 3:
				for k := range maps.Clone(naive) {
					if k%3 == 0 {
						m.Delete(k)
						delete(naive, k)
					}
				}
			}
			snapshots, clones = append(snapshots, m.Snapshot()), append(clones, maps.Clone(naive))
			if rapid.Bool().Draw(t, "thaw") {
				m = snapshots[len(snapshots)-1].Thaw()
			}
		}
		var before *Snapshot[int, int]
		was := map[int]int{}
		for i, s := range snapshots {
			compareWith(t, s, clones[i])
			Diff(before, s, func(k, va int, inA bool, vb int, inB bool) bool {
				if v, ok := was[k]; ok != inA || v != va {
					t.Fatalf("before: %d is %d, %v, and not %d, %v", k, va, inA, v, ok)
				}
				delete(was, k)
				if inB {
					was[k] = vb
				}
				return true
			})
			if !maps.Equal(was, clones[i]) {
				t.Fatalf("the difference leads to %v, not to %v", was, clones[i])
			}
			before = s
		}
	})
}

func compareWith(t *rapid.T, s *Snapshot[int, int], want map[int]int) {
	if got := maps.Collect(s.All); !maps.Equal(got, want) || s.Len() != len(want) {
		t.Fatalf("%d entries %v, not %v", s.Len(), got, want)
	}
	keys := slices.Sorted(maps.Keys(want))
	i := 0
	for k := range s.All {
		if k != keys[i] {
			t.Fatalf("key %d in place %d", k, i)
		}
		i++
	}
	from := rapid.IntRange(0, 6000).Draw(t, "from")
	at, _ := slices.BinarySearch(keys, from)
	for k, v := range s.From(from) {
		if at == len(keys) || k != keys[at] || v != want[k] {
			t.Fatalf("from %d: %d: %d", from, k, v)
		}
		at++
	}
	if at != len(keys) {
		t.Fatalf("from %d: ends at place %d of %d", from, at, len(keys))
	}
	for range 20 {
		k := rapid.IntRange(0, 6000).Draw(t, "key")
		got, ok := s.Get(k)
		if v, there := want[k]; got != v || ok != there {
			t.Fatalf("%d: %d, %v", k, got, ok)
		}
	}
}

// TestManyEntries writes a hundred thousand times at random, with snapshots in between,
// so that chunks split, empty and are shared in every way.
func TestManyEntries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	m, naive := New[int, int](cmp.Compare[int]), map[int]int{}
	type version struct {
		s    *Snapshot[int, int]
		want map[int]int
	}
	var versions []version
	for i := range 100_000 {
		k := r.IntN(3000)
		switch {
		case r.IntN(3) == 0 || i/10_000%3 == 2: // every third while it shrinks
			m.Delete(k)
			delete(naive, k)
		default:
			m.Set(k, i)
			naive[k] = i
		}
		if r.IntN(500) == 0 {
			versions = append(versions, version{m.Snapshot(), maps.Clone(naive)})
		}
		if r.IntN(2000) == 0 {
			m = versions[len(versions)-1].s.Thaw()
			naive = maps.Clone(versions[len(versions)-1].want)
		}
	}
	for _, v := range versions {
		if got := maps.Collect(v.s.All); !maps.Equal(got, v.want) || v.s.Len() != len(v.want) {
			t.Fatalf("a version of %d entries has %d", len(v.want), v.s.Len())
		}
	}
}

// TestDiffSkipsWhatIsShared shows that the cost of a difference is of what changed.
func TestDiffSkipsWhatIsShared(t *testing.T) {
	m := New[int, int](cmp.Compare[int])
	for k := range 100_000 {
		m.Set(k, k)
	}
	a := m.Snapshot()
	m.Set(777, 0)
	m.Set(100_000, 1)
	b := m.Snapshot()
	seen := 0
	Diff(a, b, func(int, int, bool, int, bool) bool { seen++; return true })
	if seen > 2*(maxChunk+1) {
		t.Errorf("%d entries were compared for two that differ", seen)
	}
}

func BenchmarkSetAfterSnapshot(b *testing.B) {
	m := New[int, int](cmp.Compare[int])
	for k := range 100_000 {
		m.Set(k, k)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Snapshot()
		m.Set(i*7919%100_000, i)
	}
}
