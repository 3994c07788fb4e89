package pipeline

import "math"

// program is a linear program in its plainest form: variables that are not negative, and
// rows whose sums are known. It is solved by the simplex method, on a dense tableau.
type program struct {
	rows  [][]float64 // of the tableau: one for each basic variable, its value at the end
	basis []int
	vars  int
}

const tiny = 1e-7

// newProgram finds a first solution of some rows, each of which has the variables that
// it adds up and their sum, which must have one.
func newProgram(vars int, rows []programRow) *program {
	p := &program{vars: vars}
	for i, r := range rows {
		row := make([]float64, vars+len(rows)+1)
		for x, times := range r.times {
			row[x] = times
		}
		row[vars+i], row[len(row)-1] = 1, r.sum // with a variable of its own, which has to become 0
		p.rows, p.basis = append(p.rows, row), append(p.basis, vars+i)
	}
	cost := make([]float64, vars+len(rows))
	for i := range rows {
		cost[vars+i] = -1
	}
	p.climb(cost, vars+len(rows))
	for i := 0; i < len(p.rows); i++ { // what is left of the rows' own variables is 0
		if p.basis[i] < vars {
			continue
		}
		at := -1
		for x := range vars {
			if math.Abs(p.rows[i][x]) > tiny {
				at = x
				break
			}
		}
		if at >= 0 {
			p.pivot(i, at)
			continue
		}
		last := len(p.rows) - 1 // the row follows from others
		p.rows[i], p.basis[i] = p.rows[last], p.basis[last]
		p.rows, p.basis = p.rows[:last], p.basis[:last]
		i--
	}
	for i, row := range p.rows {
		p.rows[i] = append(row[:vars:vars], row[len(row)-1])
	}
	return p
}

type programRow struct {
	times map[int]float64
	sum   float64
}

// most returns the largest value that a variable can have, up to enough.
func (p *program) most(x int, enough float64) float64 {
	cost := make([]float64, p.vars)
	cost[x] = 1
	return p.climb(cost, p.vars, func() bool { return p.value(x) >= enough }).value(x)
}

func (p *program) value(x int) float64 {
	for i, b := range p.basis {
		if b == x {
			return p.rows[i][len(p.rows[i])-1]
		}
	}
	return 0
}

// climb goes to a solution with the largest sum of costs: steeply at first, then by Bland's
// rule, which does not go in circles.
func (p *program) climb(cost []float64, vars int, until ...func() bool) *program {
	reduced := append([]float64(nil), cost...)
	for i, b := range p.basis {
		if c := cost[b]; c != 0 {
			for x := range vars {
				reduced[x] -= c * p.rows[i][x]
			}
		}
	}
	for steps := 0; ; steps++ {
		if len(until) > 0 && until[0]() {
			return p
		}
		in := -1
		for x := range vars {
			if reduced[x] > tiny && (in < 0 || steps < 100 && reduced[x] > reduced[in]) {
				in = x
			}
		}
		if in < 0 {
			return p
		}
		out, least := -1, math.Inf(1)
		for i, row := range p.rows {
			if row[in] > tiny {
				if ratio := row[len(row)-1] / row[in]; ratio < least-1e-12 || ratio <= least+1e-12 && p.basis[i] < p.basis[out] {
					out, least = i, ratio
				}
			}
		}
		if out < 0 {
			panic("no bound")
		}
		p.pivot(out, in)
		if c := reduced[in]; c != 0 {
			for x := range vars {
				reduced[x] -= c * p.rows[out][x]
			}
		}
	}
}

func (p *program) pivot(at, x int) {
	row := p.rows[at]
	by := row[x]
	for i := range row {
		row[i] /= by
	}
	for i, other := range p.rows {
		if f := other[x]; i != at && f != 0 {
			for j, v := range row {
				if v != 0 {
					other[j] -= f * v
				}
			}
			other[x] = 0
		}
	}
	p.basis[at] = x
}
