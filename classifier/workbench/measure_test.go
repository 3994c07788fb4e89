package workbench

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/internal/measure"
)

// TestMeasureByHand: the messages of TestEvaluateThemesByHand.
func TestMeasureByHand(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	e, err := Evaluate(context.Background(), c, themed(fixtureThemed...), EvalOptions{Resamples: -1, Measure: true})
	if err != nil {
		t.Fatal(err)
	}
	m := e.Measure
	if m.Dict != c.Dictionary().Version() || m.Labels.File != "themed.ndjson" || len(m.Labels.SHA256) != 64 ||
		m.Labels.Texts != 8 || m.Labels.Primaries != 8 || m.Labels.Tagged != 6 || m.Labels.Examples != 0 {
		t.Errorf("%+v", m.Labels)
	}
	type row struct {
		any, primary measure.Counts
		shares       measure.Table
	}
	counts := func(tp, fp, fn int) measure.Counts {
		c := measure.Counts{TP: tp, FP: fp, FN: fn}
		c.Rate()
		return c
	}
	for id, want := range map[string]row{
		measure.Any:   {counts(6, 0, 1), counts(6, 0, 1), measure.Table{}},
		"life":        {counts(6, 0, 1), counts(6, 0, 1), measure.Table{TP: 6}},
		"life/school": {counts(2, 1, 0), counts(1, 1, 0), measure.Table{TP: 1, FP: 1, TN: 4}},
		"life/road":   {counts(2, 1, 1), counts(2, 1, 1), measure.Table{TP: 2, FP: 1, TN: 3}},
		"life/care":   {counts(1, 0, 1), counts(1, 0, 1), measure.Table{TP: 1, FN: 1, TN: 4}},
	} {
		got, ok := m.Of(id)
		if !ok || got.Any != want.any || got.Primary != want.primary || got.Shares != want.shares {
			t.Errorf("%s: %+v, want %+v", id, got, want)
		}
	}
	if len(m.Chance) != 0 || len(e.Reliability) != 0 {
		t.Errorf("chances of 7 tags: %v", m.Chance)
	}
	if _, why := m.Interval("life/school", 1, 2); why != measure.FewTexts {
		t.Errorf("an interval from 6 texts: %q", why)
	}
	other := classifierFor(t, lintDictionary(t, strings.ReplaceAll(fixtureTheme, "双减", "减负")))
	m.Chance = measure.Curve{{From: 0, Tags: 50, Right: 25, Chance: 0.5}}
	if _, err := NewChances(other, m); err == nil || !strings.Contains(err.Error(), m.Dict) {
		t.Errorf("a measure of another version: %v", err)
	}
}

// TestMargins: what is not tagged counts as well, and the tag that is not the first is behind.
func TestMargins(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	margins, err := NewMargins(c)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]float64{
		"学校门口堵车，老师": {(2.2 - 2.0) / 2.2, (2.0 - 2.2) / 2.2},
		"养老院很好":     {1},
		"养老院的老师":    {0.5}, // 老师 has 0.5, which does not tag
		"天气很好":      nil,
	} {
		var r classifier.Result
		c.Classify(&r, []byte(text))
		got := margins.Of([]byte(text), r.Tags)
		if d := cmp.Diff(fmt.Sprintf("%.6f", want), fmt.Sprintf("%.6f", got)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}
