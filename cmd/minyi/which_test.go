package main

import (
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline"
)

// A table of counts says how many messages wait, so that nobody takes it for the whole stream.
func TestTableSaysWhatWaits(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string]string{"en": "waiting to be counted: 1,234; minyi tally list says who counts", "zh": "还有 1,234 条没有统计；minyi tally list 列出谁在统计"} {
		a := &app{lang: lang}
		if got := a.whichLines(which{counts: &pipeline.Counts{}, behind: 1234}); got[len(got)-1] != want {
			t.Errorf("%s: %q", lang, got)
		}
		if got := strings.Join(a.whichLines(which{counts: &pipeline.Counts{}}), ""); strings.Contains(got, want) {
			t.Errorf("%s: %q, and nothing waits", lang, got)
		}
	}
}
