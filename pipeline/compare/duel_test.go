package compare

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// draws is a population of which B wins a share, in random order.
func draws(n int, share float64, random *rand.Rand) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		if float64(i) < share*float64(n)-1e-9 {
			xs[i] = 1
		}
	}
	random.Shuffle(n, func(i, j int) { xs[i], xs[j] = xs[j], xs[i] })
	return xs
}

// winsWithin tells after how many judgements the bet for B is won, 0 for never, if
// somebody looks after each one of the first most and stops at the first success.
func winsWithin(xs []float64, most int) int {
	b := NewBet(len(xs), 0.5)
	for i, x := range xs[:most] {
		if b.See(x); b.Capital() >= 1/duelLevel {
			return i + 1
		}
	}
	return 0
}

// TestDuelStoppedAtWill simulates people who look after every judgement and stop as soon
// as the candidate has won: a candidate that is worse, or as good, wins in at most 5 % of
// the runs. It prints the power for one that is better.
func TestDuelStoppedAtWill(t *testing.T) {
	const runs = 600
	random := rand.New(rand.NewPCG(17, 1))
	won := func(n, most int, share float64) (rate, judged float64) {
		wins, sum := 0, 0
		for range runs {
			if at := winsWithin(draws(n, share, random), most); at > 0 {
				wins++
				sum += at
			}
		}
		return float64(wins) / runs, float64(sum) / float64(max(wins, 1))
	}
	// Three standard errors above 5 %, as so many runs estimate it.
	const most = 0.05 + 3*0.0089
	for _, n := range []int{40, 300} {
		for _, share := range []float64{0.35, 0.45, 0.5} {
			if rate, _ := won(n, n-1, share); rate > most {
				t.Errorf("of %d messages B wins %.2f, and %.1f%% of the duels", n, share, 100*rate)
			}
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "\nB wins  power within 100 judgements of 2,000  judgements when it wins")
	before := 0.0
	for _, share := range []float64{0.55, 0.6, 0.65, 0.7, 0.8} {
		rate, judged := won(2000, 100, share)
		fmt.Fprintf(&table, "\n%5.0f%%  %38.0f%%  %25.0f", 100*share, 100*rate, judged)
		if rate < before-0.05 {
			t.Errorf("less power at %.2f than below", share)
		}
		before = rate
	}
	t.Log(table.String())
	if before < 0.98 {
		t.Errorf("power %.2f for a candidate that is right four times out of five", before)
	}
}

// A bet that judges all of a population knows the answer.
func TestDuelJudgedToTheEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for _, c := range []struct {
		n     int
		share float64
		want  Verdict
	}{
		{1, 1, Pass}, {1, 0, Fail}, {7, 4.0 / 7, Pass}, {7, 3.0 / 7, Fail}, {8, 0.5, Pass}, {30, 0.5, Pass}, {30, 16.0 / 30, Pass}, {30, 14.0 / 30, Fail},
	} {
		xs := draws(c.n, c.share, random)
		if got := JudgeDuel(Run{c.n, xs}); got.Verdict != c.want {
			t.Errorf("%d messages, B wins %.2f: %+v", c.n, c.share, got)
		}
	}
}

// The bounds hold at every look at once, for almost all runs.
func TestDuelBounds(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 1))
	const runs, n, share = 150, 100, 0.6
	outside := 0
	for range runs {
		xs := draws(n, share, random)
		switch lower := lowerMean(n, xs, duelLevel); {
		case lower > share+1e-9:
			outside++
		case lower < share-0.006: // all were seen
			t.Errorf("of all %d messages: at least %.3f", n, lower)
		}
	}
	if outside > runs/10 {
		t.Errorf("%d of %d bounds are wrong", outside, runs)
	}
}

// A duel that was lost is not won by beginning it again: the capital goes on.
func TestDuelAgain(t *testing.T) {
	lost := Run{1000, []float64{0, 0, 0, 0, 0}}
	better := Run{1000, []float64{1, 1, 1, 1, 1, 1}}
	if got := JudgeDuel(better); got.Verdict != Inconclusive || got.CapitalB < 5 {
		t.Fatalf("%+v", got)
	}
	if one, two := JudgeDuel(better), JudgeDuel(lost, better); two.CapitalB > one.CapitalB/2 || two.Judged != 11 || two.ForA != 5 {
		t.Errorf("%+v, after a lost one %+v", one, two)
	}
	if got := JudgeDuel(lost, lost, lost); got.Verdict != Fail {
		t.Errorf("%+v", got)
	}
}

func TestDuelGuard(t *testing.T) {
	if c := Duel(JudgeDuel()); c.Verdict != Fail {
		t.Errorf("no judgements: %+v", c)
	}
	if c := Duel(JudgeDuel(Run{50, []float64{1, 0.5, 0}})); c.Verdict != Inconclusive {
		t.Errorf("few: %+v", c)
	}
	c := Duel(JudgeDuel(Run{50, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}))
	if c.Verdict != Pass || !strings.Contains(c.Detail.String(), "10 for the candidate, 0 for the current one") {
		t.Errorf("%+v", c)
	}
}

// labelled are n messages, of which B loses some that A has and wins others.
func labelled(n, loses, wins int) []Labelled {
	right, wrong := Hits{Right: 1}, Hits{Wrong: 1, Forgone: 1}
	out := make([]Labelled, n)
	for i := range out {
		out[i] = Labelled{right, right}
		switch {
		case i < loses:
			out[i].B = wrong
		case i < loses+wins:
			out[i].A = wrong
		}
	}
	return out
}

func TestLabels(t *testing.T) {
	for name, c := range map[string]struct {
		rows []Labelled
		want Verdict
	}{
		"none":            {nil, Fail},
		"the same":        {labelled(30, 0, 0), Pass},
		"better":          {labelled(300, 5, 30), Pass},
		"worse":           {labelled(300, 30, 5), Fail},
		"within chance":   {labelled(500, 10, 9), Pass},
		"few, and worse":  {labelled(20, 2, 1), Inconclusive},
		"one, and wrong":  {labelled(1, 1, 0), Inconclusive},
		"few, all wrong":  {labelled(8, 8, 0), Fail},
		"few, and better": {labelled(20, 0, 3), Pass},
	} {
		got := Labels(c.rows, 1)
		if got.Verdict != c.want {
			t.Errorf("%s: %+v", name, got)
		}
		if again := Labels(c.rows, 1); again.Detail.String() != got.Detail.String() {
			t.Errorf("%s: the same seed gives %+v and %+v", name, got, again)
		}
	}
}

// A candidate that is as good is found worse in at most 5 % of the trials.
func TestLabelsLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 1))
	const trials = 120
	failed := 0
	for range trials {
		rows := labelled(60, 0, 0)
		for i := range 20 {
			if rows[i].A = (Hits{Wrong: 1, Forgone: 1}); random.IntN(2) == 0 {
				rows[i].A, rows[i].B = rows[i].B, rows[i].A
			}
		}
		if Labels(rows, random.Uint64()).Verdict == Fail {
			failed++
		}
	}
	if failed > 13 { // 6 are expected at most
		t.Errorf("%d of %d", failed, trials)
	}
}
