package pipeline

import (
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
	row := func(id string, primary, all uint64) Row { return Row{ID: id, Count: Count{primary, all}} }
	for d, want := range map[Dimension][]Row{
		ByDay:      {row("2022-04-15", 3, 3), row("2022-04-16", 3, 3)},
		BySource:   {row("xinhua", 4, 4), row("学习", 2, 2)},
		ByTheme:    {row("livelihood", 3, 4)},
		BySubTheme: {row("livelihood/education", 1, 2)},
		ByAspect:   {row("livelihood", 1, 1)},
		ByReason:   {row("no_text", 1, 1)},
		"nothing":  nil,
	} {
		if got := NewTotals(cells).By(d); !reflect.DeepEqual(got, want) {
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
