package compare

import (
	"cmp"
	"slices"

	"github.com/minyi/minyi/pipeline/label"
)

// Runs returns the runs of the duels between two tallies, in the order in which they were
// begun. A duel that was held with the sides exchanged counts as well. What several
// people said of a message is their mean. A run ends at the first message that nobody
// has judged: what was drawn after it is not random any more.
func Runs(judgements []label.Judgement, a, b string) []Run {
	type id struct{ seed, from, to uint64 }
	type sums struct {
		population int
		began      int64
		score      map[int]float64
		people     map[int]int
	}
	runs := map[id]*sums{}
	for _, j := range label.Latest(judgements) {
		d := j.Duel
		if d == nil {
			continue
		}
		score := d.Won.Score()
		switch {
		case d.A == a && d.B == b:
		case d.A == b && d.B == a:
			score = 1 - score
		default:
			continue
		}
		k := id{d.Seed, d.From, d.To}
		s := runs[k]
		if s == nil {
			s = &sums{population: d.Population, began: j.At.UnixNano(), score: map[int]float64{}, people: map[int]int{}}
			runs[k] = s
		}
		s.began = min(s.began, j.At.UnixNano())
		s.score[d.Draw] += score
		s.people[d.Draw]++
	}
	list := make([]*sums, 0, len(runs))
	for _, s := range runs {
		list = append(list, s)
	}
	slices.SortFunc(list, func(x, y *sums) int { return cmp.Compare(x.began, y.began) })
	out := make([]Run, 0, len(list))
	for _, s := range list {
		run := Run{Population: s.population}
		for draw := 1; s.people[draw] > 0 && draw <= s.population; draw++ {
			run.Scores = append(run.Scores, s.score[draw]/float64(s.people[draw]))
		}
		out = append(out, run)
	}
	return out
}
