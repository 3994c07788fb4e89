package pipeline

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/minyi/minyi/dict"
)

// held returns how many bytes of the heap are in use beside those that were in use
// before make was called, while what it returns is kept.
func held[T any](make func() T) (T, float64) {
	inUse := func() uint64 {
		runtime.GC()
		runtime.GC() // what had a finalizer
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := inUse()
	x := make()
	after := inUse()
	runtime.KeepAlive(x)
	return x, float64(after) - float64(before)
}

// Cells may explode: somebody sends another source with each message. What one such
// source takes is bounded at each stage, and a range that was counted leaves nothing.
//
// It runs beside no other test, whose memory it would take for its own.
func TestMemoryOfManySources(t *testing.T) { //nolint:paralleltest // it looks at the heap
	const sources = 20_000
	w := manyThemes(t)
	messages := make([]*Message, sources)
	for i := range messages {
		messages[i] = &Message{Seq: uint64(i + 1), Stored: time.Unix(1, 0), Data: fmt.Appendf(nil, `{"text":"t3/s4","source":"来源%dxxxxxxxxxxxxxxxxxxxx"}`, i)}
	}
	bytesEach := func(what string, most, bytes float64) {
		t.Helper()
		if bytes /= sources; bytes > most {
			t.Errorf("%s: a source takes %.0f bytes, and no more than %.0f are expected", what, bytes, most)
		} else {
			t.Logf("%s: a source takes %.0f bytes", what, bytes)
		}
	}
	tl, err := NewTallier(w, Format{})
	if err != nil {
		t.Fatal(err)
	}
	_, bytes := held(func() *Tallier {
		tl.Begin(Range{1, sources})
		for _, m := range messages {
			tl.Add(m)
		}
		return tl
	})
	bytesEach("a range that is being counted", 450, bytes)
	d, bytes := held(func() *Delta { return tl.End() })
	cells := d.Cells.Sorted()
	if len(cells) != 5*sources && len(cells) != 4*sources {
		t.Fatalf("%d cells", len(cells))
	}
	bytesEach("its delta, without what it was counted in", 450, bytes)
	_, bytes = held(func() []CellCount { return d.Cells.Sorted() })
	bytesEach("what is being committed", 450, bytes)
	totals, bytes := held(func() *Totals { return NewTotals(d.Cells) })
	bytesEach("totals", 480, bytes)
	next, bytes := held(func() *Totals {
		e := totals.Edit()
		for i := range cells {
			e.add(&cells[i])
		}
		return e.Totals()
	})
	bytesEach("another version of them, in which each has changed", 400, bytes)
	runtime.KeepAlive([]any{messages, tl, d, cells, totals, next})
}

// manyThemes are as many themes and sub-themes as the default dictionary has.
func manyThemes(t testing.TB) words {
	t.Helper()
	themes := make([]dict.Theme, 0, 9)
	for i := range 9 {
		th := dict.Theme{ID: fmt.Sprintf("t%d", i), Name: dict.Name{Zh: "题", En: "theme"}}
		for j := range 6 {
			th.SubThemes = append(th.SubThemes, dict.SubTheme{
				ID: fmt.Sprintf("t%d/s%d", i, j), Name: dict.Name{Zh: "子", En: "sub"}, Aspect: dict.Aspects()[j%3].ID,
				Threshold: 1, Keywords: []dict.Keyword{{Word: fmt.Sprintf("词%d之%d", i, j), Weight: 1}},
			})
		}
		themes = append(themes, th)
	}
	d, err := dict.New(themes)
	if err != nil {
		t.Fatal(err)
	}
	return words{d}
}
