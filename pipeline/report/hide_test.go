package report

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// space is the numbers that follow from some numbers, as sums and differences: rows over
// the cells that they are sums of, in echelon form, in the field of a large prime.
type space struct{ rows []map[int]int64 }

const prime = 1_000_000_007

func inverse(x int64) int64 {
	out, base := int64(1), x
	for e := prime - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			out = out * base % prime
		}
		base = base * base % prime
	}
	return out
}

// reduce takes off what follows, and returns what is left; nil: nothing.
func (s *space) reduce(row map[int]int64) map[int]int64 {
	left := make(map[int]int64, len(row))
	for k, v := range row {
		left[k] = v
	}
	for _, r := range s.rows {
		first := lead(r)
		if f := left[first]; f != 0 {
			for k, v := range r {
				if left[k] = (left[k] - f*v%prime + prime) % prime; left[k] == 0 {
					delete(left, k)
				}
			}
		}
	}
	return left
}

func lead(r map[int]int64) int {
	first := -1
	for k := range r {
		if first < 0 || k < first {
			first = k
		}
	}
	return first
}

func (s *space) add(row map[int]int64) {
	left := s.reduce(row)
	if len(left) == 0 {
		return
	}
	first := lead(left)
	inv := inverse(left[first])
	for k := range left {
		left[k] = left[k] * inv % prime
	}
	for i, r := range s.rows { // the others do not have it
		if f := r[first]; f != 0 {
			for k, v := range left {
				if r[k] = (r[k] - f*v%prime + prime) % prime; r[k] == 0 {
					delete(r, k)
				}
			}
			s.rows[i] = r
		}
	}
	s.rows = append(s.rows, left)
}

// attack is what somebody knows who reads a report: the counts that it shows, each the
// sum of cells of a piece of the calendar and a leaf of the tree of outcomes and themes.
type attack struct {
	tree    pipeline.ThemeTree
	leaves  map[string]int
	periods map[string][]int // pieces of a period
	pieces  int
}

func (a *attack) row(by, id string, period string) (map[int]int64, bool) {
	var leaves []string
	for _, t := range a.tree {
		for _, s := range t.SubThemes {
			if by == "subtheme" && s.ID == id || by == "theme" && t.ID == id || by == "aspect" && s.Aspect == id || by == "tagged" || by == "valid" || by == "total" {
				leaves = append(leaves, s.ID)
			}
		}
	}
	switch by {
	case "valid", "untagged":
		leaves = append(leaves, "untagged")
	case "total":
		leaves = append(leaves, "untagged", "blank")
	case "rejected", "reason":
		leaves = append(leaves, "blank")
	}
	row := make(map[int]int64)
	pieces, ok := a.periods[period]
	for _, leaf := range leaves {
		for _, p := range pieces {
			row[a.leaves[leaf]*a.pieces+p] = 1
		}
	}
	return row, ok && len(row) > 0
}

// Whoever has the whole report and adds and subtracts its numbers learns none that it
// hides and that is small.
func TestNothingFollows(t *testing.T) {
	hidden := 0
	for seed := range uint64(12) {
		c := counts(t, seed, 150+100*int(seed), 12)
		days := Days{"2022-04-19", "2022-04-26"}
		r := New(Input{Counts: c, Days: days, Lang: English, MinCell: 10, Earlier: &Earlier{Counts: c, Days: Days{"2022-04-15", "2022-04-18"}}})
		a := attack{tree: tree(t), leaves: map[string]int{"untagged": 0, "blank": 1}, pieces: 4, periods: map[string][]int{
			"before": {0}, "prior": {1}, "recent": {2}, "now": {1, 2}, "all": {0, 1, 2},
		}}
		for _, th := range a.tree {
			for _, s := range th.SubThemes {
				a.leaves[s.ID] = len(a.leaves)
			}
		}
		known := space{}
		var secret []string
		for f := range r.Figures {
			name, ok := strings.CutPrefix(f.Cell, "n ")
			if !ok || strings.HasPrefix(name, "any ") {
				continue
			}
			by, rest, _ := strings.Cut(name, " ")
			by, id, _ := strings.Cut(by, ":")
			row, ok := a.row(by, id, rest)
			switch {
			case !ok:
			case f.Hidden:
				secret = append(secret, name)
			default:
				known.add(row)
			}
		}
		for _, name := range secret {
			by, period, _ := strings.Cut(name, " ")
			by, id, _ := strings.Cut(by, ":")
			row, _ := a.row(by, id, period)
			if len(known.reduce(row)) == 0 {
				t.Errorf("seed %d: %s is hidden, and follows from what is shown", seed, name)
			}
			hidden++
		}
	}
	if hidden < 100 {
		t.Errorf("only %d numbers were hidden: this tests nothing", hidden)
	}
}

// uneven are counts with many messages, of which some days and sources have few.
func uneven(t *testing.T, seed uint64, days int) pipeline.Counts {
	rng := rand.New(rand.NewPCG(seed, 2))
	c := counts(t, seed, 0, 1)
	cells := pipeline.Cells{}
	start := time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC)
	for day := range days {
		many := []uint64{2, 12, 12, 12, 40}[rng.IntN(5)]
		if days > mostDays && day >= 77 { // July has few
			many = uint64(rng.IntN(2))
		}
		for source, n := range map[string]uint64{"xinhua": many, "people_daily": many / 2, "cctv": uint64(rng.IntN(13) / 12)} {
			for _, kind := range []pipeline.Kind{pipeline.KindTotal, pipeline.KindUntagged} {
				k := pipeline.CellKey{Day: start.AddDate(0, 0, day).Format(time.DateOnly), Source: source, Kind: kind, ID: pipeline.All}
				if n > 0 {
					cells[k] = pipeline.Count{Primary: n, Any: n}
				}
			}
		}
	}
	c.Totals = pipeline.NewTotals(cells)
	return c
}

// Nor does a total of a day, a month or a source follow from the others and those of the
// periods.
func TestNoTotalFollows(t *testing.T) {
	hidden, shown := 0, map[string]int{}
	for seed := range uint64(60) {
		last := 12 + int(seed%2)*78 // months have rows if there are many days
		c := uneven(t, seed, last)
		days := Days{"2022-04-19", plusDays("2022-04-15", last-2-int(seed%3))}
		if seed%5 == 0 {
			days = Days{}
		}
		in := Input{Counts: c, Days: days, Lang: English, MinCell: 10}
		if seed%3 > 0 && seed%5 > 0 {
			in.Earlier = &Earlier{Counts: c, Days: Days{"2022-04-15", "2022-04-18"}}
		}
		b := &builder{Input: in, tree: in.Counts.Info.Themes, out: &Report{}}
		b.periods()
		periods := map[string]*period{}
		for _, p := range []*period{b.now, b.all, b.before, b.recent, b.prior} {
			if p != nil {
				periods[p.name] = p
			}
		}
		atoms := map[pipeline.CellKey]int{}
		row := func(p *period, has func(day, source string) bool) map[int]int64 {
			out := map[int]int64{}
			for k := range c.Totals.All {
				if k.Kind == pipeline.KindTotal && p.has(k.Day) && has(k.Day, k.Source) {
					if _, ok := atoms[k]; !ok {
						atoms[k] = len(atoms)
					}
					out[atoms[k]] = 1
				}
			}
			return out
		}
		known, secret := space{}, map[string]map[int]int64{}
		for f := range New(in).Figures {
			name, period, ok := strings.Cut(strings.TrimPrefix(f.Cell, "n "), " ")
			p := periods[period]
			if !ok || p == nil || !strings.HasPrefix(f.Cell, "n ") {
				continue
			}
			by, id, _ := strings.Cut(name, ":")
			var r map[int]int64
			switch by {
			case "total":
				r = row(p, func(string, string) bool { return true })
			case "day", "month":
				r = row(p, func(day, _ string) bool { return strings.HasPrefix(day, id) })
			case "source":
				r = row(p, func(_, source string) bool { return source == id })
			default:
				continue
			}
			if f.Hidden {
				secret[f.Cell] = r
				hidden++
				continue
			}
			known.add(r)
			shown[by]++
		}
		for name, r := range secret {
			if len(known.reduce(r)) == 0 {
				t.Errorf("seed %d: %s is hidden, and follows from what is shown", seed, name)
			}
		}
	}
	if hidden < 100 || shown["day"] < 50 || shown["month"] < 20 || shown["source"] < 50 {
		t.Errorf("%d numbers were hidden, shown were %v: this tests nothing", hidden, shown)
	}
}

// Of a sub-theme whose number is hidden no message is quoted.
func TestNoSampleOfTheFew(t *testing.T) {
	in := Input{Counts: counts(t, 1, 300, 4), Lang: English, MinCell: 10, SamplesAsked: 1}
	quoted := make(map[string]bool)
	for _, id := range subThemes(tree(t)) {
		in.Samples = append(in.Samples, Sample{Seq: uint64(len(in.Samples) + 1), SubTheme: id, Text: id, Source: "xinhua", Day: "2022-04-15"})
	}
	r := New(in)
	for _, b := range r.Blocks {
		if q, ok := b.(Quote); ok {
			quoted[q.Text] = true
		}
	}
	some := 0
	for f := range r.Figures {
		id, ok := strings.CutPrefix(f.Cell, "n subtheme:")
		if id, now := strings.CutSuffix(id, " now"); ok && now {
			if f.Hidden == quoted[id] {
				t.Errorf("%s: hidden %v, quoted %v", id, f.Hidden, quoted[id])
			}
			if f.Hidden {
				some++
			}
		}
	}
	if some == 0 || len(quoted) == 0 {
		t.Errorf("%d hidden, %d quoted", some, len(quoted))
	}
}

func subThemes(tree pipeline.ThemeTree) (ids []string) {
	for _, t := range tree {
		for _, s := range t.SubThemes {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
