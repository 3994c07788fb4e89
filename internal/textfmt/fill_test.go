package textfmt

import (
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	if got := Fill("\n短：a、b\n"); got != "\n短：a、b\n" {
		t.Errorf("%q", got)
	}
	for _, list := range []string{
		"词典里没有：" + strings.Repeat("livelihood/consumer、", 9) + "party/theory\n",
		"Not in the dictionary: " + strings.Repeat("livelihood/consumer, ", 9) + "party/theory\n",
	} {
		got := Fill(list)
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if Width(line) > Columns || strings.HasSuffix(line, " ") {
				t.Errorf("%d columns: %q", Width(line), line)
			}
		}
		if strings.NewReplacer("\n", "", " ", "").Replace(got) != strings.NewReplacer("\n", "", " ", "").Replace(list) {
			t.Errorf("%q became %q", list, got)
		}
	}
}
