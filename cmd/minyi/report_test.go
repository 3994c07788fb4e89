package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The report of the example consultation, as an office writes it.
func TestReport(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	file := filepath.Join(t.TempDir(), "r.md")
	if _, stderr, code := r.minyi(t, "report", "--lang", "zh", "--out", file, "--from", "2022-05-01", "--compare", "previous"); code != 0 {
		t.Fatal(code, stderr)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"（2022年5月1日至2022年5月16日）", "共收到留言336条", "对比时期为2022年4月15日至2022年4月30日，共收到留言314条", "## 五、口径说明", "统计至第650条消息",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in\n%s", want, b)
		}
	}
	for _, wrong := range [][]string{
		{"--out", "r.txt"}, {"--from", "1.5."}, {"--compare", "2022-04-01"}, {"--compare", "2022-04-02..2022-04-01"}, {"--names", "nowhere"},
	} {
		if _, stderr, code := r.minyi(t, append([]string{"report"}, wrong...)...); code != exitUsage || !strings.Contains(stderr, wrong[1]) {
			t.Errorf("%v: exit code %d, %s", wrong, code, stderr)
		}
	}
}
