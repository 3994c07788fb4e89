package pipeline

import (
	"fmt"
	"math/bits"
	"testing"
)

// TestNothingFollowsFromAllPublications is the naive definition of what a reader learns who
// keeps every publication: the unknowns are what came to each cell with each publication,
// none of it negative. All that was ever published are linear equations of them, a row that
// is 0, or did not grow, says that all of its unknowns are 0. It tries every set of unknowns:
// if its sum follows, it must not be small.
func TestNothingFollowsFromAllPublications(t *testing.T) {
	var o seriesOracle
	for seed := range uint64(100) {
		o.t, o.seed = t, seed
		o.attackAll(seed)
	}
	if o.followed < 1000 {
		t.Errorf("%d sums followed: this tests nothing", o.followed)
	}
}

func FuzzNothingFollowsFromAllPublications(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { (&seriesOracle{t: t, seed: seed}).attackAll(seed) })
}

// equation is a row of a publication.
type equation struct {
	name     string
	unknowns []int // cells
	step     int
	sum      uint64
}

func (o *seriesOracle) attackAll(seed uint64) {
	w := newCrowd(seed)
	w.plain = true
	w.days, w.sources = 1+w.r.IntN(2), 1+w.r.IntN(2)
	kinds := 0
	for i := range w.weight[:7] {
		if w.weight[i] > 0 && kinds*w.days*w.sources < 5 {
			kinds++
		} else {
			w.weight[i] = 0
		}
	}
	w.weight[7] = 0
	if kinds == 0 {
		return
	}
	o.few = uint64(3 + w.r.IntN(3))
	var last *Suppression
	var totals []*Totals
	all := &system{cells: make(map[CellKey]int)}
	for step, tries := 0, 0; step < 3 && tries < 12; tries++ {
		weight := w.weight // in most steps nothing comes to some kinds of messages
		for i := range w.weight {
			w.weight[i] *= w.r.IntN(2)
		}
		if w.weight != [8]int{} {
			w.add(1 + w.r.IntN(40))
		}
		w.weight = weight
		c := w.counts()
		c.Suppression = Suppress(c, o.few, last)
		if c.Suppression.nothing {
			continue
		}
		last = c.Suppression
		a := newAttacker(o.t, c, w)
		for _, f := range a.seen {
			if f.published {
				cells := make([]CellKey, len(f.atoms))
				for i, atom := range f.atoms {
					name, at := a.tree.ids[a.leaves[atom%len(a.leaves)]], atom/len(a.leaves)
					cells[i] = CellKey{a.days[at/len(a.source)], a.source[at%len(a.source)], name.kind, name.id}
				}
				all.publish(step, f.name, cells)
			}
		}
		totals = append(totals, c.Totals)
		step++
	}
	all.totals = totals
	all.solve(o)
}

// system is all equations.
type system struct {
	rows   []equation
	cells  map[CellKey]int
	names  []CellKey
	totals []*Totals // of each step
}

func (s *system) publish(step int, name string, cells []CellKey) {
	e := equation{name: name, step: step}
	for _, k := range cells {
		i, ok := s.cells[k]
		if !ok {
			i = len(s.names)
			s.cells[k], s.names = i, append(s.names, k)
		}
		e.unknowns = append(e.unknowns, i)
	}
	s.rows = append(s.rows, e)
}

// at returns what a cell was after a step.
func (s *system) at(step, cell int) uint64 {
	if step < 0 {
		return 0
	}
	return s.totals[step].Get(s.names[cell]).Primary
}

func (s *system) solve(o *seriesOracle) {
	steps := len(s.totals)
	for i := range s.rows {
		for _, cell := range s.rows[i].unknowns {
			s.rows[i].sum += s.at(s.rows[i].step, cell)
		}
	}
	zero := make(map[int]bool) // unknowns: cell*steps + step
	for _, r := range s.rows {
		for _, was := range append(s.rows, equation{step: -1, name: r.name, unknowns: r.unknowns}) {
			if was.name == r.name && was.step < r.step && was.sum == r.sum {
				for _, cell := range r.unknowns {
					for step := was.step + 1; step <= r.step; step++ {
						zero[cell*steps+step] = true
					}
				}
			}
		}
	}
	column := make(map[int]int)
	var values []uint64
	for cell := range s.names {
		for step := range steps {
			if x := cell*steps + step; !zero[x] {
				column[x] = len(values)
				values = append(values, s.at(step, cell)-s.at(step-1, cell))
			}
		}
	}
	if len(values) > 16 {
		return
	}
	var rows [][]int
	for _, r := range s.rows {
		var row []int
		for _, cell := range r.unknowns {
			for step := range r.step + 1 {
				row = append(row, cell*steps+step)
			}
		}
		rows = append(rows, row)
	}
	hidden := nullSpace(rows, column)
	for set := uint32(1); set < 1<<len(values); set++ {
		var sum uint64
		for rest := set; rest != 0; rest &= rest - 1 {
			sum += values[bits.TrailingZeros32(rest)]
		}
		if !grewByFew(sum, o.few) {
			continue
		}
		if follows(set, hidden) {
			var what []string
			for x, i := range column {
				if set&(1<<i) != 0 {
					what = append(what, fmt.Sprint(s.names[x/steps], " in publication ", x%steps+1, ": ", values[i]))
				}
			}
			o.t.Fatalf("seed %d: %d follows, of %d: %q", o.seed, sum, o.few, what)
		}
	}
	o.followed += 1 << (len(values) - len(hidden))
}
