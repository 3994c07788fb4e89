package measure

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// observations are tags whose chance of being right is known: a logistic curve of the
// margin.
func observations(n int, seed uint64) []Observation {
	r := rand.New(rand.NewPCG(seed, 0))
	all := make([]Observation, n)
	for i := range all {
		margin := 2*r.Float64() - 1
		all[i] = Observation{Margin: margin, Right: r.Float64() < truth(margin), Text: i / 2}
	}
	return all
}

func truth(margin float64) float64 { return 1 / (1 + math.Exp(-3*margin)) }

// TestReliability prints the reliability diagram of chances that were fitted to some tags,
// on others.
func TestReliability(t *testing.T) {
	bins := Reliability(observations(4000, 1))
	tags := 0
	for _, b := range bins {
		t.Logf("predicted %.3f  observed %.3f  n %5d  %s", b.Predicted, b.Observed, b.Tags, strings.Repeat("#", int(40*b.Observed)))
		tags += b.Tags
		if off := math.Abs(b.Predicted - b.Observed); off > 3*math.Sqrt(b.Observed*(1-b.Observed)/float64(b.Tags))+0.02 {
			t.Errorf("predicted %.3f, observed %.3f of %d", b.Predicted, b.Observed, b.Tags)
		}
	}
	if e := CalibrationError(bins); tags != 4000 || e > 0.03 {
		t.Errorf("%d tags, calibration error %.3f", tags, e)
	}
	curve := Fit(observations(4000, 1))
	for _, margin := range []float64{-0.9, -0.4, 0, 0.4, 0.9} {
		if got, ok := curve.Of(margin); !ok || math.Abs(got-truth(margin)) > 0.08 {
			t.Errorf("chance at %.1f: %.3f, want %.3f", margin, got, truth(margin))
		}
	}
}

// TestReliabilityOfSubThemes prints how likely tags of single sub-themes are said to be
// right, and how many are: some are right less often than their margins say, and a rare one is
// close to what all are.
func TestReliabilityOfSubThemes(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 0))
	logits := map[string]float64{"a/right": 1.2, "a/as_all": 0, "a/wrong": -1.5}
	ids := []string{"a/right", "a/as_all", "a/as_all", "a/as_all", "a/wrong"}
	var all []Observation
	for i := range 4000 {
		o := Observation{Margin: 2*r.Float64() - 1, Text: i / 2, SubTheme: ids[i%len(ids)]}
		o.Right = r.Float64() < shifted(truth(o.Margin), logits[o.SubTheme])
		all = append(all, o)
	}
	all = append(all, Observation{Margin: 0, SubTheme: "a/rare", Text: 4000})
	type sum struct{ with, without, right, n float64 }
	sums := map[string]*sum{}
	curve := Fit(all)
	crossFit(all, func(o Observation, chance float64) {
		s := sums[o.SubTheme]
		if s == nil {
			s = &sum{}
			sums[o.SubTheme] = s
		}
		plain, _ := curve.Of(o.Margin)
		s.with, s.without, s.n = s.with+chance, s.without+plain, s.n+1
		if o.Right {
			s.right++
		}
	})
	for id := range logits {
		s := sums[id]
		t.Logf("%-9s predicted %.3f  by margin alone %.3f  observed %.3f  n %4.0f  %s", id, s.with/s.n, s.without/s.n, s.right/s.n, s.n, strings.Repeat("#", int(40*s.right/s.n)))
		if off := math.Abs(s.with-s.right) / s.n; off > 0.03 {
			t.Errorf("%s: predicted %.3f, observed %.3f", id, s.with/s.n, s.right/s.n)
		}
		if off := math.Abs(s.without-s.right) / s.n; off < 0.1 && id != "a/as_all" {
			t.Errorf("%s: by margin alone as good, %.3f: the test shows nothing", id, off)
		}
	}
	if x := FitShifts(curve, all)["a/rare"]; x > 0 || x < -0.2 {
		t.Errorf("one wrong tag shifts a sub-theme by %.3f", x)
	}
	for _, b := range Reliability(all) {
		t.Logf("predicted %.3f  observed %.3f  n %5d  %s", b.Predicted, b.Observed, b.Tags, strings.Repeat("#", int(40*b.Observed)))
		if off := math.Abs(b.Predicted - b.Observed); off > 3*math.Sqrt(b.Observed*(1-b.Observed)/float64(b.Tags))+0.03 {
			t.Errorf("predicted %.3f, observed %.3f of %d", b.Predicted, b.Observed, b.Tags)
		}
	}
}

func TestFit(t *testing.T) {
	all := observations(1000, 2)
	curve := Fit(all)
	tags := 0
	for i, s := range curve {
		tags += s.Tags
		if i > 0 && (s.Chance < curve[i-1].Chance || s.From <= curve[i-1].From) {
			t.Errorf("step %d falls: %+v after %+v", i, s, curve[i-1])
		}
		if s.Tags < minStep || s.Chance <= 0 || s.Chance >= 1 {
			t.Errorf("step %+v", s)
		}
	}
	if tags != len(all) {
		t.Errorf("%d tags in steps, of %d", tags, len(all))
	}
	if below, _ := curve.Of(-2); below != curve[0].Chance {
		t.Errorf("below the first step: %v", below)
	}
	if Fit(all[:2*minStep-1]) != nil || len(Reliability(all[:20])) != 0 {
		t.Error("a curve of too few tags")
	}
	if _, ok := Curve(nil).Of(1); ok {
		t.Error("an empty curve knows a chance")
	}
	same := make([]Observation, 100) // all margins are equal
	if c := Fit(same); len(c) != 1 || c[0].Tags != 100 {
		t.Errorf("equal margins: %+v", c)
	}
}

func TestParse(t *testing.T) {
	m := &Measure{
		Schema: 1, Dict: "04bf505980e8b45c", By: "李", Labels: Labels{File: "a&b.xlsx", Texts: 3},
		Accuracy: []Accuracy{{ID: "a/b", Any: Counts{TP: 3, FP: 1, Precision: 0.75, Recall: 1}, Shares: Table{3, 0, 1, 9}}},
		Chance:   Fit(observations(300, 3)), Shifts: Shifts{"a/b": -0.25}, Reliability: Reliability(observations(300, 3)),
	}
	text := m.Marshal()
	back, err := Parse(text)
	if err != nil || !reflect.DeepEqual(back, m) {
		t.Errorf("read back: %v\n%s", err, text)
	}
	if !strings.Contains(string(text), `"file": "a&b.xlsx"`) {
		t.Errorf("escaped: %s", text)
	}
	for _, bad := range []string{
		"", "[]", string(text) + "{}",
		strings.Replace(string(text), `"schema": 1`, `"schema": 2`, 1),
		strings.Replace(string(text), "04bf505980e8b45c", "", 1),
		strings.Replace(string(text), "-0.25", "-25", 1),
		strings.Replace(string(text), `"tp": 3,
    "fn": 0`, `"tp": -3,
    "fn": 0`, 1),
	} {
		if bad == string(text) {
			t.Fatal("the bad one is the good one")
		}
		if _, err := Parse([]byte(bad)); !errors.Is(err, ErrNoMeasure) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}
