package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
)

// world is a theme of a dictionary of which everything is known.
type world struct {
	labelled int     // texts
	before   float64 // share of the theme in the labelled texts
	s, f     float64 // how often texts of the theme, and others, are given it
	messages int     // that were counted
	share    float64 // of the theme in them: what the interval has to cover
}

func binomial(r *rand.Rand, n int, p float64) (k int) {
	if sd := math.Sqrt(float64(n) * p * (1 - p)); sd > 30 { // then the normal distribution is as good
		return int(math.Round(float64(n)*p + sd*r.NormFloat64()))
	}
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return k
}

// TestIntervalCovers simulates labelled texts and counted messages of which the truth is
// known: the 95 % interval has to cover it in 93 to 97 % of the cases, with many labelled
// texts and with few, for frequent themes and rare ones, in a whole stream and on one day,
// and where the theme has become twice as frequent since the texts were labelled.
func TestIntervalCovers(t *testing.T) {
	worlds := []world{
		{1000, 0.20, 0.90, 0.02, 20_000, 0.20},
		{1000, 0.05, 0.80, 0.01, 20_000, 0.10},
		{1000, 0.03, 0.60, 0.02, 500, 0.03},
		{300, 0.20, 0.60, 0.03, 200, 0.40},
		{300, 0.05, 0.85, 0.02, 20_000, 0.05}, // about 15 texts of the theme
		{200, 0.06, 0.60, 0.01, 2000, 0.12},   // about 12
	}
	const times = 600
	type outcome struct{ covered, given, few int }
	sums := make([]outcome, len(worlds))
	var group sync.WaitGroup
	for i, w := range worlds {
		group.Go(func() {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			for k := range times {
				id := fmt.Sprint(k) // each theme has draws of its own
				of := binomial(r, w.labelled, w.before)
				a := Accuracy{ID: id}
				a.Shares.TP, a.Shares.FP = binomial(r, of, w.s), binomial(r, w.labelled-of, w.f)
				a.Shares.FN, a.Shares.TN = of-a.Shares.TP, w.labelled-of-a.Shares.FP
				m := &Measure{Accuracy: []Accuracy{a}}
				true := int(w.share * float64(w.messages))
				n := binomial(r, true, w.s) + binomial(r, w.messages-true, w.f)
				got, why := m.Interval(id, uint64(n), uint64(w.messages))
				switch share := float64(true) / float64(w.messages); {
				case why == FewTexts && of < MinLabels:
					sums[i].few++
				case why != Given:
				default:
					sums[i].given++
					if got.Low <= share && share <= got.High {
						sums[i].covered++
					}
				}
			}
		})
	}
	group.Wait()
	covered, given := 0, 0
	for i, s := range sums {
		c := float64(s.covered) / float64(s.given)
		t.Logf("%s: covered %.3f of %d; %d have too few labels", fmt.Sprintf("%+v", worlds[i]), c, s.given, s.few)
		if s.given+s.few < times*97/100 {
			t.Errorf("%+v: %d of %d have an interval or too few labels", worlds[i], s.given+s.few, times)
		}
		if c < 0.93 || c > 0.97 {
			t.Errorf("%+v: the 95 %% interval covers %.3f", worlds[i], c)
		}
		covered, given = covered+s.covered, given+s.given
	}
	t.Logf("all: %.4f of %d", float64(covered)/float64(given), given)
}

// Without an interval there is a reason.
func TestNoInterval(t *testing.T) {
	row := func(id string, tp, fn, fp, tn int) Accuracy { return Accuracy{ID: id, Shares: Table{tp, fn, fp, tn}} }
	m := &Measure{Accuracy: []Accuracy{
		row(Any, 100, 0, 0, 100), row("good", 90, 10, 2, 98), row("few", 9, 0, 0, 91), row("all", 91, 0, 0, 9), row("worthless", 50, 50, 50, 50),
	}}
	for _, tc := range []struct {
		id    string
		n, of uint64
		want  Why
	}{
		{"good", 50, 100, Given},
		{"good", 0, 100, Given},
		{"good", 100, 100, Given},
		{"few", 50, 100, FewTexts},
		{"all", 50, 100, FewTexts},
		{"worthless", 50, 100, NoTell},
		{"absent", 50, 100, Unknown},
		{Any, 50, 100, Unknown},
		{"good", 0, 0, Nothing},
		{"good", 2, 1, Nothing},
	} {
		got, why := m.Interval(tc.id, tc.n, tc.of)
		if why != tc.want {
			t.Errorf("%s %d/%d: %q, want %q", tc.id, tc.n, tc.of, why, tc.want)
		}
		again, _ := m.Interval(tc.id, tc.n, tc.of)
		if got != again {
			t.Errorf("%s: %v, and again %v", tc.id, got, again)
		}
		if got.Low > got.Share || got.Share > got.High || got.Low < 0 || got.High > 1 {
			t.Errorf("%s %d/%d: %+v", tc.id, tc.n, tc.of, got)
		}
	}
	// By hand: s = 0.9, f = 0.02, (0.5 - 0.02) / (0.9 - 0.02).
	if got, _ := m.Interval("good", 50, 100); math.Abs(got.Share-0.48/0.88) > 1e-12 {
		t.Errorf("share %v", got.Share)
	}
}

// More labelled texts and more messages make an interval narrower; neither alone does.
func TestIntervalNarrows(t *testing.T) {
	width := func(texts int, of uint64) float64 {
		m := &Measure{Accuracy: []Accuracy{{ID: "x", Shares: Table{8 * texts, 2 * texts, texts, 89 * texts}}}}
		i, why := m.Interval("x", of/10, of)
		if why != Given {
			t.Fatal(why)
		}
		return i.High - i.Low
	}
	few, labels, both := width(2, 100), width(100, 100), width(100, 100_000)
	if few <= labels || labels <= both || width(2, 100_000) >= few {
		t.Errorf("widths %.3f, %.3f, %.3f", few, labels, both)
	}
}
