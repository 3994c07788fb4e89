package pipeline

import (
	"fmt"
	"math/bits"
	"slices"
	"testing"
)

// TestRangesOverTime publishes again and again, and asks for everything that can be asked
// for, ranges of days and sources and aspects among it: no number may differ by a few from
// what it was in any publication before.
func TestRangesOverTime(t *testing.T) {
	rows := 0
	for seed := range uint64(80) {
		w := newCrowd(seed)
		few := uint64(3 + w.r.IntN(4))
		published := make(map[string][]Count)
		var last *Suppression
		for range 5 {
			w.add(w.r.IntN(60))
			c := w.counts()
			c.Suppression = Suppress(c, few, last)
			if !c.Suppression.nothing { // else it is no publication
				last = c.Suppression
			}
			w.queries(func(q Query) {
				for _, g := range c.Query(q) {
					if g.Suppressed {
						continue
					}
					key := fmt.Sprint(q.By, q.From, q.To, q.Sources, g.key())
					for _, was := range published[key] {
						rows++
						if grewByFew(g.Primary-was.Primary, few) || !g.AnySuppressed && grewByFew(g.Any-was.Any, few) {
							t.Fatalf("seed %d: %+v went from %+v to %+v, of %d", seed, q, was, g, few)
						}
					}
					published[key] = append(published[key], g.Count)
				}
			})
		}
	}
	if rows < 1000 {
		t.Errorf("%d rows were published twice: this tests nothing", rows)
	}
}

func grewByFew(n, few uint64) bool { return n > 0 && n < few }

// TestNothingFollowsFromASeries is the naive definition: on small tables it tries every
// set of cells. If the sum of a set follows from a publication, by any linear combination of
// everything that can be asked for, it must not be small, and not differ by a few from what
// it was in any publication before, also where it could not be had there.
func TestNothingFollowsFromASeries(t *testing.T) {
	var o seriesOracle
	for seed := range uint64(90) {
		o.t, o.seed = t, seed
		o.attack(newSmallCrowd(seed), 5)
	}
	if o.followed < 1000 || o.grew < 100 {
		t.Errorf("%d sums followed, %d of them grew: this tests nothing", o.followed, o.grew)
	}
}

func FuzzNothingFollowsFromASeries(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) {
		(&seriesOracle{t: t, seed: seed}).attack(newSmallCrowd(seed), 5)
	})
}

// newSmallCrowd has so few kinds of messages that all sets of cells can be tried.
func newSmallCrowd(seed uint64) *crowd {
	w := newCrowd(seed)
	w.days, w.sources = 1+w.r.IntN(3), 1+w.r.IntN(2)
	kinds := 0
	for i := range w.weight {
		if w.weight[i] > 0 && kinds < 4/w.sources {
			kinds++
		} else {
			w.weight[i] = 0
		}
	}
	w.plain = true
	return w
}

type seriesOracle struct {
	t              *testing.T
	seed           uint64
	few            uint64
	before         []*Totals // published
	followed, grew int
}

func (o *seriesOracle) attack(w *crowd, publications int) {
	o.few, o.before = uint64(3+w.r.IntN(3)), nil
	var last *Suppression
	for range publications {
		w.add(w.r.IntN(60))
		c := w.counts()
		c.Suppression = Suppress(c, o.few, last)
		if c.Suppression.nothing {
			continue
		}
		last = c.Suppression
		a := newAttacker(o.t, c, w)
		o.primaries(a)
		o.before = append(o.before, c.Totals)
	}
}

// primaries tries all sets of cells of leaves.
func (o *seriesOracle) primaries(a *attacker) {
	var rows [][]int
	for _, f := range a.seen {
		if f.published {
			rows = append(rows, f.atoms)
		}
	}
	for i, leaf := range a.leaves { // everybody sees of what there is nothing at all
		if name := a.tree.ids[leaf]; a.c.Totals.sum(name.kind, name.id).Primary == 0 {
			var row []int
			for at := range len(a.days) * len(a.source) {
				row = append(row, at*len(a.leaves)+i)
			}
			rows = append(rows, row)
		}
	}
	o.try(rows, len(a.days)*len(a.source)*len(a.leaves), func(totals *Totals, atom int) uint64 {
		name, at := a.tree.ids[a.leaves[atom%len(a.leaves)]], atom/len(a.leaves)
		return totals.Get(CellKey{a.days[at/len(a.source)], a.source[at%len(a.source)], name.kind, name.id}).Primary
	}, a.c.Totals)
}

// try tries all sets of the variables of which it is not known that they are 0.
func (o *seriesOracle) try(rows [][]int, variables int, value func(*Totals, int) uint64, now *Totals) {
	column := make(map[int]int)
	var of []int
	nothing := make(map[int]bool)
	for _, row := range rows {
		var sum uint64
		for _, x := range row {
			sum += value(now, x)
		}
		for _, x := range row {
			nothing[x] = nothing[x] || sum == 0
		}
	}
	for x := range variables {
		if !nothing[x] {
			column[x] = len(of)
			of = append(of, x)
		}
	}
	if len(of) > 18 {
		o.t.Fatalf("%d cells are too many for this", len(of))
	}
	hidden := nullSpace(rows, column)
	series := make([][]uint64, 0, len(o.before)+1)
	for _, totals := range append(o.before, now) {
		values := make([]uint64, len(of))
		for i, x := range of {
			values[i] = value(totals, x)
		}
		series = append(series, values)
	}
	for set := uint32(1); set < 1<<len(of); set++ {
		if !follows(set, hidden) {
			continue
		}
		o.followed++
		sum := func(values []uint64) (n uint64) {
			for rest := set; rest != 0; rest &= rest - 1 {
				n += values[bits.TrailingZeros32(rest)]
			}
			return n
		}
		is := sum(series[len(series)-1])
		if grewByFew(is, o.few) {
			o.t.Fatalf("seed %d: %d follows from publication %d, of %d", o.seed, is, len(series), o.few)
		}
		for i, values := range series[:len(series)-1] {
			if was := sum(values); grewByFew(is-was, o.few) {
				o.t.Fatalf("seed %d: %d follows from publication %d, and it was %d in publication %d, of %d", o.seed, is, len(series), was, i+1, o.few)
			} else if is > was {
				o.grew++
			}
		}
	}
}

// nullSpace returns a basis of what can be added to the variables without a change of any
// row. Variables that have no column are 0.
func nullSpace(rows [][]int, column map[int]int) (basis [][]uint64) {
	n := len(column)
	var reduced [][]uint64
	pivotOf := make([]int, n)
	for i := range pivotOf {
		pivotOf[i] = -1
	}
	for _, row := range rows {
		v := make([]uint64, n)
		for _, x := range row {
			if i, ok := column[x]; ok {
				v[i] = 1
			}
		}
		for i, p := range pivotOf {
			if p >= 0 {
				subtract(v, reduced[p], v[i])
			}
		}
		at := 0
		for at < n && v[at] == 0 {
			at++
		}
		if at == n {
			continue
		}
		inverse, base := uint64(1), v[at]
		for e := uint64(prime - 2); e > 0; e >>= 1 {
			if e&1 == 1 {
				inverse = inverse * base % prime
			}
			base = base * base % prime
		}
		for i := range v {
			v[i] = v[i] * inverse % prime
		}
		for _, other := range reduced {
			subtract(other, v, other[at])
		}
		pivotOf[at] = len(reduced)
		reduced = append(reduced, v)
	}
	for free := range n {
		if pivotOf[free] >= 0 {
			continue
		}
		v := make([]uint64, n)
		v[free] = 1
		for i, p := range pivotOf {
			if p >= 0 {
				v[i] = (prime - reduced[p][free]) % prime
			}
		}
		basis = append(basis, v)
	}
	return basis
}

func subtract(v, o []uint64, times uint64) {
	if times == 0 {
		return
	}
	for i, x := range o {
		v[i] = (v[i] + (prime-times)*x) % prime
	}
}

// follows tells whether nothing hidden changes the sum of a set.
func follows(set uint32, hidden [][]uint64) bool {
	for _, h := range hidden {
		var sum uint64
		for rest := set; rest != 0; rest &= rest - 1 {
			sum += h[bits.TrailingZeros32(rest)]
		}
		if sum%prime != 0 {
			return false
		}
	}
	return true
}

// subThemes are counts of one theme, on one day in one source.
func subThemes(primary map[string]uint64) Counts {
	cells := make(Cells)
	for id, n := range primary {
		for kind, id := range map[Kind]string{KindTotal: All, KindTagged: All, KindTheme: id[:1], KindSubTheme: id} {
			k := CellKey{"2022-04-01", "p", kind, id}
			cells[k] = cells[k].Add(Count{n, n})
		}
	}
	return Counts{Totals: NewTotals(cells), Info: TallyInfo{Themes: suppressTree}}
}

func withheldSubThemes(c Counts) (ids []string) {
	for _, g := range c.Query(Query{By: []Dimension{BySubTheme}}) {
		if g.Suppressed {
			ids = append(ids, g.ID)
		}
	}
	return ids
}

// The smallest series in which a partner that changes tells a small number: a/1 is 3, and a/3
// did not change, so what a/1 and a/3 are together and what a/3 was says it.
func TestPartnersStay(t *testing.T) {
	first := subThemes(map[string]uint64{"a/1": 3, "a/2": 50, "a/3": 60, "b/1": 100})
	first.Suppression = Suppress(first, 5, nil)
	if ids := withheldSubThemes(first); !slices.Equal(ids, []string{"a/1", "a/2"}) {
		t.Fatalf("%v are withheld", ids)
	}
	second := subThemes(map[string]uint64{"a/1": 3, "a/2": 110, "a/3": 60, "b/1": 100})
	second.Suppression = Suppress(second, 5, first.Suppression)
	if ids := withheldSubThemes(second); !slices.Equal(ids, []string{"a/1", "a/2"}) {
		t.Errorf("then %v are withheld", ids)
	}
	third := subThemes(map[string]uint64{"a/1": 9, "a/2": 110, "a/3": 60, "b/1": 100})
	third.Suppression = Suppress(third, 5, second.Suppression)
	if ids := withheldSubThemes(third); len(ids) > 0 {
		t.Errorf("nothing is small, and %v are withheld", ids)
	}
}
