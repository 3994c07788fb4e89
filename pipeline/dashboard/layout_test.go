package dashboard

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

func TestWidth(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{{0, 0, "0%"}, {0, 5, "0%"}, {1, 4, "25.00%"}, {1, 1_000_000, "0.40%"}, {5, 4, "100.00%"}} {
		if got := width(c.part, c.whole); got != c.want {
			t.Errorf("width(%d, %d) = %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

// totalOf is a cell of one message.
func totalOf(day string) (pipeline.CellKey, pipeline.Count) {
	return pipeline.CellKey{Day: day, Source: "s", Kind: pipeline.KindTotal, ID: pipeline.All}, pipeline.Count{Primary: 1, Any: 1}
}

func TestChartTakesTheFinestPeriodThatFits(t *testing.T) {
	for _, c := range []struct {
		name        string
		days        []string
		columns     int
		first, last string
	}{
		{"one day", []string{"2022-04-15"}, 1, "2022-04-15", "2022-04-15"},
		{"a gap has its place", []string{"2022-04-15", "2022-04-20"}, 6, "2022-04-15", "2022-04-20"},
		{"92 days", []string{"2022-01-01", "2022-04-02"}, 92, "2022-01-01", "2022-04-02"},
		{"93 days are months", []string{"2022-01-01", "2022-04-03"}, 4, "2022-01", "2022-04"},
		{"from the 31st", []string{"2022-01-31", "2022-07-01"}, 7, "2022-01", "2022-07"},
		{"93 months are years", []string{"2015-01-31", "2022-09-01"}, 8, "2015", "2022"},
		{"absurd years: the last that fit", []string{"0001-01-01", "2022-05-01"}, 92, "1931", "2022"},
		{"what is no day has no place", []string{"yesterday", "2022-05-01"}, 1, "2022-05-01", "2022-05-01"},
	} {
		cells := make(pipeline.Cells)
		for _, d := range c.days {
			k, n := totalOf(d)
			cells[k] = n
		}
		got := newChart(pipeline.NewTotals(cells).By(pipeline.ByDay), &english)
		if got == nil {
			t.Errorf("%s: no chart", c.name)
			continue
		}
		if len(got.Columns) != c.columns || got.First != c.first || got.Last != c.last {
			t.Errorf("%s: %d columns from %s to %s, want %d from %s to %s", c.name, len(got.Columns), got.First, got.Last, c.columns, c.first, c.last)
		}
	}
	if newChart(nil, &english) != nil {
		t.Error("a chart of nothing")
	}
}

// The numbers of the chart are the messages read, whatever the period.
func TestChartLosesNothing(t *testing.T) {
	cells, want := make(pipeline.Cells), 0
	start := time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := 0; i < 1200; i += 7 {
		k, n := totalOf(start.AddDate(0, 0, i).Format(time.DateOnly))
		cells[k] = n
		want++
	}
	sum := 0
	for _, col := range newChart(pipeline.NewTotals(cells).By(pipeline.ByDay), &english).Columns {
		n, err := strconv.Atoi(col.N)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if sum != want {
		t.Errorf("columns add up to %d, want %d", sum, want)
	}
}

func TestManySourcesEndInOneLine(t *testing.T) {
	cells := make(pipeline.Cells)
	for i := range uint64(20) {
		cells[pipeline.CellKey{Day: "2022-05-01", Source: fmt.Sprintf("s%02d", i), Kind: pipeline.KindTotal, ID: pipeline.All}] = pipeline.Count{Primary: i + 1, Any: i + 1}
	}
	got := sources(newRequest("/", nil, en), scope{counts: pipeline.Counts{Totals: pipeline.NewTotals(cells)}, tables: &tables{}}, &english, names{})
	if len(got) != maxSources+1 {
		t.Fatalf("%d lines, want %d", len(got), maxSources+1)
	}
	if got[0].Name != "s19" || got[0].Primary != "20" {
		t.Errorf("the first line is %+v, want the largest source", got[0])
	}
	if last := got[maxSources]; last.Name != "8 more sources" || last.Primary != "36" { // 1 to 8
		t.Errorf("the last line is %+v", last)
	}
}
