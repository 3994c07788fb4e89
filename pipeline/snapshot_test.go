package pipeline

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestTables(t *testing.T) {
	cells := Cells{
		{"2022-04-15", "xinhua", KindTotal, All}:                       {3, 3},
		{"2022-04-16", "xinhua", KindTotal, All}:                       {1, 1},
		{"2022-04-16", "学习", KindTotal, All}:                           {2, 2},
		{"2022-04-15", "xinhua", KindTheme, "livelihood"}:              {2, 3},
		{"2022-04-16", "学习", KindTheme, "livelihood"}:                  {1, 1},
		{"2022-04-15", "xinhua", KindSubTheme, "livelihood/education"}: {1, 2},
		{"2022-04-16", "xinhua", KindRejected, string(NoText)}:         {1, 1},
		{"2022-04-16", "xinhua", KindAspect, "livelihood"}:             {1, 1},
	}
	row := func(id string, primary, all uint64) Row { return Row{id, Count{primary, all}} }
	for d, want := range map[Dimension][]Row{
		ByDay:      {row("2022-04-15", 3, 3), row("2022-04-16", 3, 3)},
		BySource:   {row("xinhua", 4, 4), row("学习", 2, 2)},
		ByTheme:    {row("livelihood", 3, 4)},
		BySubTheme: {row("livelihood/education", 1, 2)},
		ByAspect:   {row("livelihood", 1, 1)},
		ByReason:   {row("no_text", 1, 1)},
		"nothing":  nil,
	} {
		if got := cells.By(d); !reflect.DeepEqual(got, want) {
			t.Errorf("by %s: %v, want %v", d, got, want)
		}
	}
	for k := range cells {
		if back, err := ParseKey(k.Key()); err != nil || back != k {
			t.Errorf("key %q reads back as %+v, %v", k.Key(), back, err)
		}
	}
	if got := (CellKey{"2022-04-15", "a.b 学", KindSubTheme, "livelihood/education"}).Key(); got != "2022-04-15.a=2Eb=20=E5=AD=A6.subtheme.livelihood/education" {
		t.Errorf("key %q", got)
	}
	for _, bad := range []string{"", "checkpoint", "a.b.c", "a.b.c.d.e", "a.=.c.d", "a.=2.c.d", "a.=zz.c.d"} {
		if k, err := ParseKey(bad); err == nil {
			t.Errorf("%q is the key of %+v", bad, k)
		}
	}
}

func TestTallyIdIsOfTheSpec(t *testing.T) {
	w := newWords(t)
	b := newMemBroker(1, 1, w)
	spec := memSpec(t, b, w)
	ids := map[string]bool{spec.Tally(): true}
	for _, change := range []func(*Spec){
		func(s *Spec) { s.Stream = "OTHER" }, func(s *Spec) { s.Created = s.Created.Add(1) }, func(s *Spec) { s.Base = 2 },
		func(s *Spec) { s.Dict = "x" }, func(s *Spec) { s.Semantics = "x" }, func(s *Spec) { s.Format.Zone = "UTC" },
		func(s *Spec) { s.Format.TextField = "x" }, func(s *Spec) { s.Format.MaxBytes = 1 }, func(s *Spec) { s.Format.SkipTokens = 2 },
	} {
		other := spec
		change(&other)
		ids[other.Tally()] = true
	}
	if len(ids) != 10 {
		t.Errorf("10 specs have %d ids", len(ids))
	}
	if again := memSpec(t, b, w); again.Tally() != spec.Tally() || len(again.Tally()) != 12 {
		t.Errorf("the id changes: %s %s", again.Tally(), spec.Tally())
	}
}

func TestSnapshotShape(t *testing.T) {
	w := newWords(t)
	b := newMemBroker(1, 60, w)
	newProcess(t, b, w, 1).finish(t)
	v := View{Checkpoint: b.cp, Revision: b.rev, Cells: b.cells}
	spec := memSpec(t, b, w)
	snap := v.Snapshot(TallyInfo{Spec: spec, Themes: NewThemeTree(w.d)})
	if len(snap.Tally) != 12 || snap.Dict != w.d.Version() || snap.Stored != 60 || snap.Check(60) != nil {
		t.Errorf("snapshot %+v", snap)
	}
	primaries := uint64(0)
	for _, th := range snap.Themes {
		primaries += th.Primary
	}
	if primaries != snap.Tagged || len(snap.Themes) != 3 || len(snap.Themes[2].SubThemes) != 3 {
		t.Errorf("themes %+v", snap.Themes)
	}
	body, err := json.Marshal(Snapshot{
		Tally: "t", Dict: "d", Frontier: 4, Stored: 4, Outcomes: Outcomes{Tagged: 1, Untagged: 1, Rejected: 1, Missing: 1},
		Themes: []ThemeCount{{ID: "livelihood", Primary: 1, Any: 1, SubThemes: []SubThemeCount{{ID: "livelihood/education", Primary: 1, Any: 1}}}},
	})
	const want = `{"tally":"t","dict":"d","frontier":4,"stored":4,"tagged":1,"untagged":1,"rejected":1,"missing":1,` +
		`"themes":[{"id":"livelihood","primary":1,"any":1,"subthemes":[{"id":"livelihood/education","primary":1,"any":1}]}]}`
	if err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
}
