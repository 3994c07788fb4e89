package workbench

import (
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"
	"pgregory.net/rapid"
)

func TestTable(t *testing.T) {
	tb := table{columns: []column{{title: "词", shrink: true}, {title: "n", right: true}}}
	tb.add("教育部", "7")
	tb.add("a", "1,234")
	if got, want := tb.String(), "词          n\n教育部      7\na       1,234\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestTableFits: the table is at most 80 columns wide where one may shrink, and
// the figures end in one column.
func TestTableFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tb := table{columns: []column{{title: "word", shrink: true}, {title: "n", right: true}, {title: "m", right: true}}}
		for range rapid.IntRange(1, 8).Draw(t, "rows") {
			tb.add(rapid.StringOf(rapid.SampledFrom([]rune("教育ab，é🏥"))).Draw(t, "word"), grouped(rapid.Int().Draw(t, "n")), "1")
		}
		width := -1
		for line := range strings.Lines(tb.String()) {
			w := displaywidth.String(strings.TrimRight(line, "\n"))
			if w > textColumns || width >= 0 && w != width {
				t.Fatalf("%d columns after %d:\n%s", w, width, tb.String())
			}
			width = w
		}
	})
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("一二三四五六七八九十", 20)
	for _, c := range []struct {
		text string
		at   int
		want string
	}{
		{"短\n文\x1b[0m\u200b", 0, "短 文 [0m"},
		{"", 0, ""},
		{"电话13812345678", 6, "电话***********"},
	} {
		if got := excerpt(c.text, c.at); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	got := excerpt(long, len(long)/2)
	if n := len([]rune(got)); n != excerptRunes || !strings.HasPrefix(got, "…") || !strings.HasSuffix(got, "…") {
		t.Errorf("%d runes: %s", n, got)
	}
}
