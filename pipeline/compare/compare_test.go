package compare

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

func TestCombine(t *testing.T) {
	for _, c := range []struct {
		verdicts []Verdict
		want     Verdict
	}{
		{nil, Inconclusive},
		{[]Verdict{Pass}, Pass},
		{[]Verdict{Pass, Inconclusive, Pass}, Inconclusive},
		{[]Verdict{Inconclusive, Fail, Pass}, Fail},
		{[]Verdict{Fail, Inconclusive}, Fail},
		{[]Verdict{Pass, "maybe"}, Fail},
		{[]Verdict{Pass, ""}, Fail},
	} {
		var checks []Check
		for _, v := range c.verdicts {
			checks = append(checks, Check{Verdict: v})
		}
		if got := Decide("a", "b", checks...).Verdict; got != c.want {
			t.Errorf("%q: %s, want %s", c.verdicts, got, c.want)
		}
	}
}

// counts are those of a tally of which each row says how many messages a day has with
// a theme as the primary; the theme "" is untagged.
func counts(tally string, frontier uint64, rows map[string]map[string]uint64) pipeline.Counts {
	cells := pipeline.Cells{}
	c := pipeline.Counts{Snapshot: pipeline.Snapshot{Tally: tally, Dict: "dict-" + tally, Frontier: frontier, Stored: frontier}}
	c.Info.Spec = pipeline.Spec{Version: pipeline.SpecVersion1, Stream: "S", Base: 1, Dict: c.Dict}
	c.Info.Themes = pipeline.ThemeTree{
		{ID: "x", SubThemes: []pipeline.TreeSubTheme{{ID: "x/1"}}},
		{ID: "y", SubThemes: []pipeline.TreeSubTheme{{ID: "y/1"}}},
	}
	add := func(day string, kind pipeline.Kind, id string, n uint64) {
		cells.Merge(pipeline.Cells{{Day: day, Source: "s", Kind: kind, ID: id}: {Primary: n, Any: n}})
	}
	for day, themes := range rows {
		for id, n := range themes {
			add(day, pipeline.KindTotal, pipeline.All, n)
			if id == "" {
				add(day, pipeline.KindUntagged, pipeline.All, n)
				c.Untagged += n
				continue
			}
			c.Tagged += n
			add(day, pipeline.KindTagged, pipeline.All, n)
			add(day, pipeline.KindTheme, id, n)
			add(day, pipeline.KindSubTheme, id+"/1", n)
		}
	}
	c.Missing = frontier - c.Tagged - c.Untagged
	c.Totals = pipeline.NewTotals(cells)
	return c
}

type rows = map[string]map[string]uint64

func TestPairAtOneFrontier(t *testing.T) {
	a := counts("a", 30, rows{"2022-04-15": {"x": 10, "y": 5, "": 5}, "2022-04-16": {"x": 10}})
	b := counts("b", 30, rows{"2022-04-15": {"x": 12, "y": 5, "": 3}, "2022-04-16": {"y": 10}})
	b.Info.Themes = append(b.Info.Themes[1:], pipeline.TreeTheme{ID: "z"}) // x is gone, z is new
	d := NewPair(a, b).Diff()
	want := `{"frontier":30,"a":"a","b":"b","themes":[` +
		`{"id":"x","a":{"primary":20,"any":20},"b":{"primary":0,"any":0},"subthemes":[{"id":"x/1","a":{"primary":20,"any":20},"b":{"primary":0,"any":0}}]},` +
		`{"id":"y","a":{"primary":5,"any":5},"b":{"primary":15,"any":15},"subthemes":[{"id":"y/1","a":{"primary":5,"any":5},"b":{"primary":15,"any":15}}]},` +
		`{"id":"z","a":{"primary":0,"any":0},"b":{"primary":0,"any":0},"subthemes":[]}],` +
		`"dict_a":"dict-a","dict_b":"dict-b",` +
		`"outcomes_a":{"tagged":25,"untagged":5,"rejected":0,"missing":0},"outcomes_b":{"tagged":27,"untagged":3,"rejected":0,"missing":0},` +
		`"days":[{"day":"2022-04-15","a":{"tagged":15,"untagged":5},"b":{"tagged":17,"untagged":3}},` +
		`{"day":"2022-04-16","a":{"tagged":10,"untagged":0},"b":{"tagged":10,"untagged":0}}],"days_left_out":null,"schema":1}`
	if got, _ := json.Marshal(d); string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// Of tallies at different frontiers the days are compared of which both have the same
// messages; the others are named, and are in no number.
func TestPairOverDays(t *testing.T) {
	a := counts("a", 30, rows{"2022-04-15": {"x": 20}, "2022-04-16": {"x": 10}})
	b := counts("b", 25, rows{"2022-04-15": {"y": 20}, "2022-04-16": {"y": 5}})
	p := NewPair(a, b)
	if !p.Over || p.Frontier != 25 || !slices.Equal(p.Days, []string{"2022-04-15"}) || !slices.Equal(p.LeftOut, []string{"2022-04-16"}) {
		t.Fatalf("%+v", p)
	}
	for _, s := range []Side{p.A, p.B} {
		if s.Outcomes != (pipeline.Outcomes{Tagged: 20}) {
			t.Errorf("%s: %+v", s.Tally, s.Outcomes)
		}
	}
	if themes := p.Themes(); themes[0].A.Primary != 20 || themes[1].B.Primary != 20 || themes[1].A.Primary != 0 {
		t.Errorf("%+v", themes)
	}
}

func TestShares(t *testing.T) {
	before := counts("a", 1000, rows{"2022-04-15": {"x": 500, "y": 300, "": 200}})
	for name, c := range map[string]struct {
		after            map[string]uint64
		untagged, themes Verdict
	}{
		"the same":      {map[string]uint64{"x": 500, "y": 300, "": 200}, Pass, Pass},
		"a little":      {map[string]uint64{"x": 480, "y": 360, "": 160}, Pass, Fail}, // 62.5 -> 57.1
		"less untagged": {map[string]uint64{"x": 625, "y": 375, "": 0}, Fail, Pass},
		"at the limit":  {map[string]uint64{"x": 469, "y": 281, "": 250}, Fail, Pass},
		"others":        {map[string]uint64{"x": 500, "y": 300, "": 199}, Fail, Fail}, // not the same messages
	} {
		after := counts("b", 1000, rows{"2022-04-15": c.after})
		checks := Shares(NewPair(before, after), DefaultMaxShift)
		if len(checks) != 2 || checks[0].Verdict != c.untagged || checks[1].Verdict != c.themes {
			t.Errorf("%s: %+v", name, checks)
		}
	}
	none := counts("a", 0, nil)
	for _, c := range Shares(NewPair(none, none), 5) {
		if c.Verdict != Fail {
			t.Errorf("no data: %+v", c)
		}
	}
}

func TestMissing(t *testing.T) {
	in := func(missing, frontier uint64) pipeline.Counts {
		return pipeline.Counts{Snapshot: pipeline.Snapshot{Frontier: frontier, Outcomes: pipeline.Outcomes{Missing: missing}}, Info: pipeline.TallyInfo{Spec: pipeline.Spec{Base: 1}}}
	}
	for _, c := range []struct {
		current, candidate pipeline.Counts
		first              uint64
		want               Verdict
		says               string
	}{
		{in(5, 100), in(5, 100), 1, Pass, "5 in both"},
		{in(5, 100), in(45, 100), 41, Fail, "40 messages that the current tally has counted, in [1,40]"},
		{in(5, 100), in(45, 90), 1, Fail, "up to sequence 90"},
		{in(5, 100), in(6, 120), 1, Inconclusive, "try again"},
		{in(7, 100), in(6, 120), 1, Fail, "did not count the same"},
		{in(7, 100), in(6, 90), 1, Inconclusive, "try again"},
	} {
		if got := Missing(c.current, c.candidate, c.first); got.Verdict != c.want || !strings.Contains(got.Detail.String(), c.says) {
			t.Errorf("%+v", got)
		}
	}
}

func TestOtherGuards(t *testing.T) {
	a := pipeline.Spec{Version: 2, Stream: "S", Dict: "1", Semantics: "1", Cells: &pipeline.CellBounds{Sources: []string{"web"}}}
	b := a
	b.Dict, b.Semantics, b.Cells = "2", "7", &pipeline.CellBounds{}
	same := a
	same.Dict = "2"
	for name, c := range map[string]struct {
		got  Check
		want Verdict
		says string
	}{
		"behind":     {CaughtUp(9, 10), Fail, "1 behind 10"},
		"there":      {CaughtUp(10, 10), Pass, "up to 10"},
		"spec":       {Specs(a, b), Fail, "semantics: 1, 7; cells: {Days:<nil> Sources:[web]}, {Days:<nil> Sources:[]}"},
		"same spec":  {Specs(a, same), Pass, "but for the dictionary"},
		"ledger":     {Ledger(pipeline.Audit{Holds: true}, pipeline.Audit{Tally: "b", Faults: []pipeline.Fault{{Says: phrase.Textf("3 and 4")}}}), Fail, "3 and 4"},
		"holds":      {Ledger(pipeline.Audit{Holds: true}, pipeline.Audit{Holds: true}), Pass, ""},
		"tests fail": {Tests(3, 1, "x/1: a"), Fail, "1 of 4"},
		"tests":      {Tests(3, 0, ""), Pass, "3 examples"},
		"no tests":   {Tests(0, 0, ""), Pass, "no examples"},
	} {
		if c.got.Verdict != c.want || !strings.Contains(c.got.Detail.String(), c.says) {
			t.Errorf("%s: %+v", name, c.got)
		}
	}
}

// Counts that are carried on are those that the tally has when it gets there.
func TestCarry(t *testing.T) {
	before := counts("a", 30, rows{"2022-04-15": {"x": 20, "": 5}, "2022-04-16": {"y": 5}})
	after := counts("a", 50, rows{"2022-04-15": {"x": 20, "": 5}, "2022-04-16": {"y": 9, "": 1}, "2022-04-17": {"x": 14}})
	d := &pipeline.Delta{
		Range: pipeline.Range{From: 31, To: 50}, Cells: pipeline.Cells{},
		Outcomes: pipeline.Outcomes{Tagged: 18, Untagged: 1, Missing: 1},
	}
	for c := range after.Totals.Changes(before.Totals) {
		d.Cells[c.CellKey] = pipeline.Count{Primary: c.After.Primary - c.Before.Primary, Any: c.After.Any - c.Before.Any}
	}
	got := Carry(before, d)
	after.Themes = after.Info.Themes.Themes(after.Totals)
	if !reflect.DeepEqual(got.Snapshot, after.Snapshot) || !maps.Equal(got.Totals.Cells(), after.Totals.Cells()) {
		t.Errorf("%+v\nwant\n%+v", got.Snapshot, after.Snapshot)
	}
	if p := NewPair(got, after); p.Over || p.A.Outcomes != p.B.Outcomes {
		t.Errorf("%+v", p)
	}
}
