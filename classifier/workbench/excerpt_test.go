package workbench

import (
	"strings"
	"testing"
)

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
