package pipeline

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// query is the plain way to answer a query: every cell is looked at for each row.
func (c Cells) query(q Query) map[Group]Group {
	selected := make(Cells)
	for k, n := range c {
		if k.Day >= q.From && (q.To == "" || k.Day <= q.To) && (len(q.Sources) == 0 || slices.Contains(q.Sources, k.Source)) {
			selected[k] = n
		}
	}
	rowOf := func(k CellKey) (row Group, ok bool) {
		kind := KindTotal
		for _, d := range q.By {
			switch d {
			case ByDay:
				row.Day = k.Day
			case BySource:
				row.Source = k.Source
			default:
				row.ID, kind = k.ID, d.kind()
			}
		}
		return row, k.Kind == kind
	}
	rows := make(map[Group]Group)
	for k := range selected {
		row, ok := rowOf(k)
		if !ok {
			continue
		}
		full := row
		for other, n := range selected {
			if same, ok := rowOf(other); ok && same == row {
				full.Count = full.Add(n)
			}
			whole, near := KindTotal, true
			switch q.id() {
			case ByTheme, BySubTheme, ByAspect:
				whole = KindTagged
			case ByReason:
				whole = KindRejected
			}
			if q.id() != "" {
				near = (row.Day == "" || other.Day == row.Day) && (row.Source == "" || other.Source == row.Source)
			}
			if other.Kind == whole && near {
				full.Of += n.Primary
			}
		}
		rows[row] = full
	}
	return rows
}

func TestQueriesAreWhatThePlainWayGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := make(Cells)
		for k, n := range someCells(t, 60) {
			k.Day, k.Source = "d"+k.Day, "s"+k.Source // as of messages: neither is ever empty
			if k.Kind == KindTotal || k.Kind == KindTagged || k.Kind == KindUntagged {
				k.ID = All
			}
			if n != (Count{}) {
				cells[k] = n
			}
		}
		q := Query{By: rapid.SampledFrom([][]Dimension{
			{ByDay}, {BySource}, {ByTheme}, {ByReason}, {BySubTheme, ByDay}, {ByDay, BySource}, {BySource, ByAspect, ByDay}, {ByReason, BySource},
		}).Draw(t, "by")}
		q.From = rapid.SampledFrom([]string{"", "db"}).Draw(t, "from")
		q.To = rapid.SampledFrom([]string{"", "dc"}).Draw(t, "to")
		q.Sources = rapid.SampledFrom([][]string{nil, {"sa"}, {"sa", "s学习", "nobody"}}).Draw(t, "sources")
		want := cells.query(q)
		got := NewTotals(cells).Query(q)
		have := make(map[Group]Group)
		for i, g := range got {
			have[g.key()] = g
			if i > 0 && got[i-1].Key(q.By[0]) > g.Key(q.By[0]) {
				t.Fatalf("rows %v and %v are not in order", got[i-1], g)
			}
		}
		if !maps.Equal(have, want) || len(got) != len(want) {
			t.Fatalf("%+v:\n%v, not\n%v", q, have, want)
		}
	})
}

func TestQueriesThatMakeNoSense(t *testing.T) {
	for want, q := range map[string]Query{
		"do not go together":     {By: []Dimension{BySubTheme, ByAspect}},
		"unknown dimension":      {By: []Dimension{"month"}},
		"twice":                  {By: []Dimension{ByDay, ByDay}},
		"is no day":              {From: "yesterday"},
		"2022-04-01 is before":   {From: "2022-04-15", To: "2022-04-01"},
		"subtheme and theme do ": {By: []Dimension{BySubTheme, ByDay, ByTheme}},
	} {
		if err := q.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", q, err, want)
		}
	}
	if err := (Query{By: []Dimension{BySource, BySubTheme, ByDay}, From: "2022-04-15", To: "2022-04-15"}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestCompare(t *testing.T) {
	cell := func(day string, kind Kind, id string) CellKey { return CellKey{day, "s", kind, id} }
	totals := NewTotals(Cells{
		cell("2022-04-01", KindTagged, All): {100, 100}, cell("2022-04-01", KindTheme, "a"): {25, 30}, cell("2022-04-01", KindTheme, "gone"): {75, 75},
		cell("2022-05-01", KindTagged, All): {10, 10}, cell("2022-05-01", KindTheme, "a"): {3, 4}, cell("2022-05-01", KindTheme, "new"): {7, 7},
	})
	got := totals.Compare(Query{By: []Dimension{ByTheme}, From: "2022-05-01"}, "2022-04-01", "2022-04-30")
	var lines []string
	for _, c := range got {
		lines = append(lines, strings.Join([]string{c.ID, fmt.Sprint(c.Primary), fmt.Sprint(c.Of), fmt.Sprint(c.Before.Primary), fmt.Sprint(c.Before.Of), fmt.Sprint(uint64(int64(c.Points() + 1000)))}, " "))
	}
	want := []string{"a 3 10 25 100 1005", "gone 0 10 75 100 925", "new 7 10 0 100 1070"}
	if !slices.Equal(lines, want) {
		t.Errorf("%q, not %q", lines, want)
	}
}
