package textfmt_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/minyi/minyi/internal/textfmt"
)

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12345: "12,345", 8542000: "8,542,000", -1000: "-1,000", -999: "-999",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := textfmt.Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	if got := textfmt.Count(uint64(math.MaxUint64)); got != "18,446,744,073,709,551,615" {
		t.Error(got)
	}
}

func TestShare(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 0, "–"},
		{0, 10, "0.0%"},
		{1, 3, "33.3%"},
		{2, 3, "66.7%"},
		{1, 400, "0.3%"}, // 0.25: half is rounded up, here as on the page
		{10, 10, "100.0%"},
		{1, 100_000, "<0.1%"},
		{99_999, 100_000, ">99.9%"},
		{1, 1000, "0.1%"},
	} {
		if got := textfmt.Share(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d: %q, want %q", c.part, c.whole, got, c.want)
		}
	}
}

func TestWeightAndScore(t *testing.T) {
	if got := textfmt.Weight(0.6) + " " + textfmt.Weight(-2) + " " + textfmt.Score(0.75); got != "0.6 -2 0.750" {
		t.Error(got)
	}
}

func TestTable(t *testing.T) {
	tb := textfmt.Table{Columns: []textfmt.Column{{Title: "词"}, {Title: "n", Right: true}}}
	tb.Row("教育部", "7")
	tb.Row("a", "1,234")
	if got, want := tb.String(), "词          n\n教育部      7\na       1,234\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	untitled := textfmt.Table{Columns: make([]textfmt.Column, 2)}
	untitled.Row("seq", "7")
	untitled.Row("source", "")
	if got, want := untitled.String(), "seq     7\nsource\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&textfmt.Table{Columns: []textfmt.Column{{Title: "n"}}}).String(); got != "n\n" {
		t.Errorf("without rows: %q", got)
	}
}

// TestBars: the largest has 20 columns, or what 80 leave; the others in
// proportion, in eighths of a column.
func TestBars(t *testing.T) {
	tb := textfmt.Table{Columns: []textfmt.Column{{Title: "theme"}, {Title: "n", Right: true}}}
	tb.Bar(160, "a", "160")
	tb.Bar(81, "b", "81")
	tb.Bar(1, "c", "1")
	tb.Bar(0, "d", "0")
	want := "theme    n\na      160  ████████████████████\nb       81  ██████████▏\nc        1  ▏\nd        0\n"
	if got := tb.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for name, bar := range map[string]string{strings.Repeat("x", 70): "█████", strings.Repeat("x", 90): ""} {
		narrow := textfmt.Table{Columns: []textfmt.Column{{}, {Right: true}}}
		narrow.Bar(5, name, "5")
		if got, want := narrow.String(), strings.TrimRight(name+"  5  "+bar, " ")+"\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	none := textfmt.Table{Columns: make([]textfmt.Column, 1)}
	none.Bar(0, "all are 0")
	if got := none.String(); got != "all are 0\n" {
		t.Errorf("%q", got)
	}
}

// TestHostileCells: a cell is one line, and commands no terminal.
func TestHostileCells(t *testing.T) {
	tb := textfmt.Table{Columns: make([]textfmt.Column, 2)}
	tb.Row("a\nb\x1b[31m\u009b", "c\xff")
	if got, want := tb.String(), `a\x0ab\x1b[31m\u009b  c\xff`+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestTableFits: where one column may be cut the table is at most 80 columns
// wide, and the figures end in one column.
func TestTableFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := textfmt.Table{Columns: []textfmt.Column{{Title: "word", MinWidth: 8}, {Title: "n", Right: true}, {Title: "m", Right: true}}}
		for range rapid.IntRange(1, 8).Draw(t, "rows") {
			tb.Row(rapid.StringOf(rapid.SampledFrom([]rune("教育ab，é🏥"))).Draw(t, "word"), textfmt.Count(rapid.Int().Draw(t, "n")), "1")
		}
		width := -1
		for line := range strings.Lines(tb.String()) {
			w := textfmt.Width(strings.TrimRight(line, "\n"))
			if w > textfmt.Columns || width >= 0 && w != width {
				t.Fatalf("%d columns after %d:\n%s", w, width, tb.String())
			}
			width = w
		}
	})
	wide := textfmt.Table{Columns: []textfmt.Column{{MinWidth: 8}, {}}}
	wide.Row("短", strings.Repeat("x", 90))
	wide.Row(strings.Repeat("长", 30), "y")
	if got, want := wide.String(), "短        "+strings.Repeat("x", 90)+"\n长长长…   y\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What a terminal obeys is written out, also when it is written byte by byte; JSON says
// the same as before.
func TestWriters(t *testing.T) {
	const hostile = "学\x1b[2J\u009b31m\u202e\u2028\u061c\x07\r\t\xffb👨‍👩‍👧\n"
	var whole, parts strings.Builder
	if _, err := textfmt.NewWriter(&whole).Write([]byte(hostile)); err != nil {
		t.Fatal(err)
	}
	w := textfmt.NewWriter(&parts)
	for i := range len(hostile) {
		if n, err := w.Write([]byte{hostile[i]}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	want := `学\x1b[2J\u009b31m\u202e\u2028\u061c\x07\x0d` + "\t" + `\xffb👨‍👩‍👧` + "\n"
	if whole.String() != want || parts.String() != want {
		t.Errorf("%q and %q, want %q", whole.String(), parts.String(), want)
	}
	b, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if _, err := textfmt.NewJSONWriter(&out).Write(b); err != nil {
		t.Fatal(err)
	}
	var before, after string
	if err := errors.Join(json.Unmarshal(b, &before), json.Unmarshal([]byte(out.String()), &after)); err != nil || before != after {
		t.Errorf("%q became %q: %v", before, after, err)
	}
	if strings.ContainsAny(out.String(), "\u009b\u202e\u2028\u061c\x1b\x07") {
		t.Errorf("a terminal would obey %q", out.String())
	}
}
