package pipeline

import (
	"maps"
	"testing"
)

// Close calls are added up over the days and sources of the query, whether or not it has any.
func TestCloseCalls(t *testing.T) {
	at := func(day, source string, kind Kind, id string) CellKey { return CellKey{day, source, kind, id} }
	totals := NewTotals(Cells{
		at("2022-05-01", "a", KindClose, "x/y"): {3, 3}, at("2022-05-02", "a", KindClose, "x/y"): {4, 4}, at("2022-05-02", "b", KindClose, "x/z"): {5, 5},
		at("2022-05-01", "a", KindSubTheme, "x/y"): {9, 9}, at(DayBefore, "a", KindClose, "x/y"): {100, 100},
	})
	for _, c := range []struct {
		q    Query
		want map[string]uint64
	}{
		{Query{}, map[string]uint64{"x/y": 107, "x/z": 5}},
		{Query{From: "2022-05-02"}, map[string]uint64{"x/y": 4, "x/z": 5}},
		{Query{To: "2022-05-01"}, map[string]uint64{"x/y": 3}},
		{Query{Sources: []string{"b"}}, map[string]uint64{"x/z": 5}},
		{Query{Sources: []string{"c"}}, map[string]uint64{}},
	} {
		if got := totals.CloseCalls(c.q); !maps.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.q, got, c.want)
		}
	}
	if got := (*Totals)(nil).CloseCalls(Query{From: "2022-05-02"}); len(got) > 0 {
		t.Errorf("of nothing: %v", got)
	}
}
