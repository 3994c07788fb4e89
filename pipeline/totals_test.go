package pipeline

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// by is the plain way to group cells, the oracle of [Totals.By].
func (c Cells) by(d Dimension) []Row {
	sums := make(map[string]Count)
	for k, n := range c {
		id := k.ID
		switch d {
		case ByDay:
			id = k.Day
		case BySource:
			id = k.Source
		}
		if k.Kind == d.kind() {
			sums[id] = sums[id].Add(n)
		}
	}
	rows := []Row{}
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		rows = append(rows, Row{ID: id, Count: sums[id]})
	}
	return rows
}

// someCells draws cells of few or many groups.
func someCells(t *rapid.T, most int) Cells {
	name := rapid.SampledFrom([]string{"a", "b", "c", "学习", "x.y"})
	if rapid.Bool().Draw(t, "many names") {
		name = rapid.StringN(0, 3, -1)
	}
	kinds := []Kind{KindTotal, KindTagged, KindUntagged, KindRejected, KindTheme, KindSubTheme, KindAspect, "foreign"}
	cells := make(Cells)
	for range rapid.IntRange(0, most).Draw(t, "cells") {
		k := CellKey{name.Draw(t, "day"), name.Draw(t, "source"), rapid.SampledFrom(kinds).Draw(t, "kind"), name.Draw(t, "id")}
		cells[k] = Count{rapid.Uint64Range(0, 3).Draw(t, "primary"), rapid.Uint64Range(0, 3).Draw(t, "any")}
	}
	return cells
}

// set is [Totals.With] on a map.
func (c Cells) set(o Cells) {
	for k, n := range o {
		if n == (Count{}) {
			delete(c, k)
		} else {
			c[k] = n
		}
	}
}

// TestTotalsAreTheirCells compares totals with a map, after each of several edits,
// and once more after all of them: a version never changes.
func TestTotalsAreTheirCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		naive, totals := make(Cells), (*Totals)(nil)
		var versions []*Totals
		var want []Cells
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			change := someCells(t, 40)
			if rapid.Bool().Draw(t, "some away") {
				for k := range naive {
					if len(k.ID)%2 == 0 {
						change[k] = Count{}
					}
				}
			}
			naive.set(change)
			totals = totals.With(change)
			compareTotals(t, totals, naive)
			versions, want = append(versions, totals), append(want, maps.Clone(naive))
		}
		for i, v := range versions {
			compareTotals(t, v, want[i])
			for j, w := range versions {
				compareChanges(t, v, w, want[i], want[j])
			}
		}
	})
}

func compareTotals(t *rapid.T, got *Totals, want Cells) {
	if !maps.Equal(got.Cells(), want) || got.Len() != len(want) {
		t.Fatalf("cells %v, not %v", got.Cells(), want)
	}
	var keys []CellKey
	days, sources := make(map[string]bool), make(map[string]bool)
	for k, n := range got.All {
		keys = append(keys, k)
		days[k.Day], sources[k.Source] = true, true
		if got.Get(k) != n {
			t.Fatalf("%v is %v, and %v when it is asked for", k, n, got.Get(k))
		}
	}
	if !slices.Equal(keys, want.Keys()) {
		t.Fatalf("keys %v, not %v", keys, want.Keys())
	}
	if got.Days() != len(days) || got.Sources() != len(sources) {
		t.Fatalf("%d days and %d sources, not %d and %d", got.Days(), got.Sources(), len(days), len(sources))
	}
	for _, d := range Dimensions() {
		rows := want.by(d)
		if have := got.By(d); !slices.Equal(have, rows) {
			t.Fatalf("by %s: %v, not %v", d, have, rows)
		}
		for _, r := range rows {
			if got.Of(d, r.ID) != r.Count {
				t.Fatalf("%s %q is %v, not %v", d, r.ID, got.Of(d, r.ID), r.Count)
			}
		}
		n := rapid.IntRange(0, 4).Draw(t, "top")
		top, others, rest := got.Top(d, n)
		slices.SortFunc(rows, func(a, b Row) int {
			if a.Primary != b.Primary {
				return int(b.Primary) - int(a.Primary)
			}
			return strings.Compare(a.ID, b.ID)
		})
		n = min(n, len(rows))
		var sum Count
		for _, r := range rows[n:] {
			sum = sum.Add(r.Count)
		}
		if !slices.Equal(top, rows[:n]) || others != len(rows)-n || rest != sum {
			t.Fatalf("top %d by %s: %v, %d others with %v, of %v", n, d, top, others, rest, rows)
		}
	}
	o := Outcomes{Tagged: rapid.Uint64Range(0, 2).Draw(t, "tagged"), Untagged: rapid.Uint64Range(0, 1).Draw(t, "untagged")}
	if a, b := got.check(o), want.check(o); (a == nil) != (b == nil) || a != nil && a.Error() != b.Error() {
		t.Fatalf("check of %+v: %v, not %v", o, a, b)
	}
}

// compareChanges checks that the changes lead from one version to another.
func compareChanges(t *rapid.T, v, w *Totals, from, to Cells) {
	from = maps.Clone(from)
	var last *CellKey
	for c := range w.Changes(v) {
		if from[c.CellKey] != c.Before || c.Before == c.After || last != nil && last.Compare(c.CellKey) >= 0 {
			t.Fatalf("change %+v of %v, after %v", c, from[c.CellKey], last)
		}
		last = &c.CellKey
		from.set(Cells{c.CellKey: c.After})
	}
	if !maps.Equal(from, to) {
		t.Fatalf("the changes lead to %v, not to %v", from, to)
	}
}

// manyTotals has a million cells of 200,000 sources.
func manyTotals() *Totals {
	e := (*Totals)(nil).Edit()
	key := make([]byte, 0, 16)
	for i := range 200_000 {
		key = append(key[:0], "source "...)
		for j := 100_000; j > 0; j /= 10 {
			key = append(key, byte('0'+i/j%10))
		}
		for _, k := range []CellKey{
			{"2022-04-15", string(key), KindTotal, All},
			{"2022-04-15", string(key), KindTagged, All},
			{"2022-04-15", string(key), KindTheme, "t"},
			{"2022-04-15", string(key), KindSubTheme, "t/s"},
			{"2022-04-15", string(key), KindAspect, "a"},
		} {
			e.Set(k, Count{1, 1})
		}
	}
	return e.Totals()
}

func BenchmarkLoadMillion(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		manyTotals()
	}
}

// One commit, and what a reader does with it.
func BenchmarkCommitOfMillion(b *testing.B) {
	t := manyTotals()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		cells, n := make(Cells), 0
		for k := range t.groups.From(groupKey{"2022-04-15", "source 0" + string(rune('0'+i%10))}) {
			cells[CellKey{k.day, k.source, KindTotal, All}] = Count{uint64(i), uint64(i)}
			if n++; n == MaxCommit {
				break
			}
		}
		u := t.With(cells)
		n = 0
		for range u.Changes(t) {
			n++
		}
		u.Top(BySource, 12)
		t = u
	}
}
