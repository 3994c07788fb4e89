package compare

import (
	"reflect"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/label"
)

func TestRuns(t *testing.T) {
	n := 0
	duel := func(by, a, b string, won label.Won, seed uint64, draw int) label.Judgement {
		n++
		return label.Judgement{
			Stream: "g", Seq: uint64(100*draw) + seed, By: by, At: time.Unix(int64(n), 0), Origin: label.OfDuel,
			Duel: &label.Duel{A: a, B: b, Won: won, Seed: seed, From: 1, To: 9, Population: 40, Draw: draw},
		}
	}
	all := []label.Judgement{
		duel("x", "a", "b", label.WonA, 7, 1),
		duel("x", "a", "b", label.WonB, 7, 1), // a second thought
		duel("x", "a", "b", label.Both, 7, 2),
		duel("x", "a", "b", label.WonB, 7, 4), // nobody judged the third
		duel("y", "a", "b", label.WonA, 7, 2),
		duel("x", "b", "a", label.WonB, 3, 1), // the sides exchanged
		duel("x", "a", "c", label.WonB, 7, 3),
		{Stream: "g", Seq: 1, By: "x", At: time.Unix(1, 0), Origin: label.OfPage, Themes: []string{}},
	}
	want := []Run{{40, []float64{1, 0.25}}, {40, []float64{0}}}
	if got := Runs(all, "a", "b"); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	want = []Run{{40, []float64{0, 0.75}}, {40, []float64{1}}}
	if got := Runs(all, "b", "a"); !reflect.DeepEqual(got, want) {
		t.Errorf("exchanged: %+v", got)
	}
}
