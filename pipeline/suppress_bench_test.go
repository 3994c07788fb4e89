package pipeline

import (
	"fmt"
	"testing"
)

// manySources is a tally in which somebody has taken another field for the source: each
// source has a few messages on one or two of 31 days, and every tenth one has many.
func manySources(sources int, more uint64) Counts {
	cells := make(Cells)
	for i := range sources {
		n := uint64(1 + i%7)
		if i%10 == 0 {
			n = 40
		}
		if i%100 == 0 {
			n += more
		}
		day, source := fmt.Sprintf("2022-04-%02d", 1+i%30), fmt.Sprintf("source %d", i)
		sub := []string{"a/1", "a/2", "a/3", "b/1", "b/2"}[i%5]
		for kind, id := range map[Kind]string{KindTotal: All, KindTagged: All, KindTheme: sub[:1], KindSubTheme: sub} {
			cells[CellKey{day, source, kind, id}] = Count{n, n}
		}
		if i%3 == 0 {
			cells[CellKey{day, source, KindTotal, All}] = Count{n + 2, n + 2}
			cells[CellKey{day, source, KindUntagged, All}] = Count{2, 2}
		}
	}
	return Counts{Totals: NewTotals(cells), Info: TallyInfo{Themes: suppressTree}}
}

// BenchmarkSuppress is a publication of a tally with 80,000 sources: the first one, the
// next one, and what a reader then asks for. Each has to stay under a second.
func BenchmarkSuppress(b *testing.B) {
	c, next := manySources(80_000, 0), manySources(80_000, 30)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			Suppress(c, 5, nil)
		}
	})
	last := Suppress(c, 5, nil)
	b.Run("next", func(b *testing.B) {
		for b.Loop() {
			Suppress(next, 5, last)
		}
	})
	next.Suppression = Suppress(next, 5, last)
	for _, by := range []Dimension{BySource, ByDay, BySubTheme} {
		b.Run("by "+string(by), func(b *testing.B) {
			for b.Loop() {
				next.Query(Query{By: []Dimension{by}})
			}
		})
	}
}
