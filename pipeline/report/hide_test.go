package report

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

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

// Rows of totals hide the small ones and as many others as it takes.
func TestHideRow(t *testing.T) {
	for _, x := range []struct {
		rows   string
		listed int
		want   string
	}{
		{"50 20 30", 9, ""},
		{"50 3 20", 9, "3 20"},
		{"50 3 2 20", 9, "2 3 20"},
		{"50 3 8 20", 9, "3 8"},
		{"3", 9, "3"},
		{"50 40 30 2", 3, "30"}, // the 2 is not listed
		{"50 40 30 20", 3, ""},
		{"50 40 30 6 7", 3, ""},
		{"50 40 9 3 2", 3, "9"},
		{"50 40 4 3 2", 3, "4 40"},
	} {
		p := &period{hidden: map[cell]bool{}}
		for i, n := range strings.Fields(x.rows) {
			primary, _ := strconv.ParseUint(n, 10, 64)
			p.bySource = append(p.bySource, pipeline.Group{Source: fmt.Sprint(i), Count: pipeline.Count{Primary: primary}})
		}
		p.hideRow(pipeline.BySource, x.listed, 10)
		want := map[string]bool{}
		for _, n := range strings.Fields(x.want) {
			want[n] = true
		}
		for i, n := range strings.Fields(x.rows) {
			if p.hidden[cell{pipeline.BySource, fmt.Sprint(i)}] != want[n] {
				t.Errorf("%s, %d listed: %s is wrong", x.rows, x.listed, n)
			}
		}
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
