package pipeline

import "testing"

// attackBounds publishes at most four times messages of one sub-theme each, of several days
// and sources, and then asks of each kind of message of which there are any how many there
// can be at most, for all that anybody knows.
func attackBounds(t *testing.T, seed uint64) (kinds int) {
	m := newMentions(seed)
	m.single, m.days, m.sources = 0, 1+m.r.IntN(3), 1+m.r.IntN(3)
	few, steps := m.publishSeries(1 + m.r.IntN(4))
	all := m.kinds(steps)
	p := m.program(t, all, false)
	for x, k := range all {
		if m.all[k] == 0 {
			continue
		}
		kinds++
		if most := p.most(x, float64(few)); most < float64(few)-1e-4 {
			t.Errorf("seed %d: of %+v there are %d, and everybody knows that there are at most %.3f, of %d (publications: %d)", seed, k, m.all[k], most, few, steps)
			return
		}
	}
	return kinds
}

// TestNobodyKnowsABound attacks single publications and series of them. It is no fuzz target,
// as about one seed of 1,500 fails: DESIGN.md says why.
func TestNobodyKnowsABound(t *testing.T) {
	kinds := 0
	for seed := range uint64(400) {
		kinds += attackBounds(t, seed)
	}
	if kinds < 2000 {
		t.Errorf("%d kinds of messages: this tests nothing", kinds)
	}
}

// The smallest series in which a day that is over tells what another one was: in the first
// publication 2 of sub-theme a/2 are of the second day, and 30 of the first, which are withheld
// beside them. Were the 30 published later, when the 2 have become 42, everybody could take
// them off the 32 that were published of both days.
func TestWithheldOfADayStays(t *testing.T) {
	first := twoOf(ByDay, [2]uint64{30, 30}, [2]uint64{20, 2}, nil)
	then := twoOf(ByDay, [2]uint64{30, 30}, [2]uint64{60, 42}, first.Suppression)
	for i, c := range []Counts{first, then} {
		if n := withheldOf(c, BySubTheme); n != 0 {
			t.Errorf("publication %d withholds %d sub-themes of both days", i+1, n)
		}
		if n := withheldOf(c, ByDay, BySubTheme); n != 4 {
			t.Errorf("publication %d withholds %d of 4 sub-themes by day", i+1, n)
		}
	}
}

// Sources go on: when all of theirs grew at once, nobody knows what was there before.
func TestWithheldOfSourcesComesBack(t *testing.T) {
	first := twoOf(BySource, [2]uint64{30, 30}, [2]uint64{20, 2}, nil)
	some := twoOf(BySource, [2]uint64{30, 50}, [2]uint64{60, 42}, first.Suppression)
	all := twoOf(BySource, [2]uint64{40, 60}, [2]uint64{65, 47}, some.Suppression)
	for i, c := range []Counts{first, some, all} {
		if n := withheldOf(c, BySource, BySubTheme); n != []int{4, 4, 0}[i] {
			t.Errorf("publication %d withholds %d of 4 sub-themes by source", i+1, n)
		}
	}
}

// twoOf are counts of two sub-themes of two days or sources.
func twoOf(d Dimension, first, second [2]uint64, last *Suppression) Counts {
	cells := make(Cells)
	for i, n := range [][2]uint64{first, second} {
		for j, sub := range []string{"a/1", "a/2"} {
			for kind, id := range map[Kind]string{KindTotal: All, KindTagged: All, KindTheme: "a", KindSubTheme: sub} {
				k := CellKey{"2022-04-01", "p", kind, id}
				if d == ByDay {
					k.Day = []string{"2022-04-01", "2022-04-02"}[i]
				} else {
					k.Source = []string{"p", "q"}[i]
				}
				cells[k] = cells[k].Add(Count{n[j], n[j]})
			}
		}
	}
	c := Counts{Totals: NewTotals(cells), Info: TallyInfo{Themes: suppressTree}}
	c.Suppression = Suppress(c, 5, last)
	return c
}

func withheldOf(c Counts, by ...Dimension) (n int) {
	for _, g := range c.Query(Query{By: by}) {
		if g.Suppressed {
			n++
		}
	}
	return n
}
