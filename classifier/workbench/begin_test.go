package workbench

import (
	"errors"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// TestBegin: what was given stays, what is made holds, and proposals are in no dictionary.
func TestBegin(t *testing.T) {
	t.Parallel()
	d := lintDictionary(t, fixtureTheme)
	corpus := Bytes("few", []byte(strings.Repeat(`{"text":"公交太挤，司机态度差"}`+"\n", 9)+strings.Repeat(`{"text":"养老院的饭菜太贵"}`+"\n", 9)))
	b, err := Begin(t.Context(), d, BeginOptions{Corpus: &corpus, Limit: 1, Classifier: testTables()})
	if err != nil {
		t.Fatal(err)
	}
	theme := b.Dict().Themes[0]
	if theme.RelativeThreshold != begunRelative || theme.ThresholdLength != 0 || d.Themes[0].RelativeThreshold != 0 {
		t.Errorf("settings %v, of the given %v", theme.RelativeThreshold, d.Themes[0].RelativeThreshold)
	}
	report, err := RunExamples(classifierFor(t, b.Dict()), "")
	if err != nil || len(report.Failed) > 0 || report.Examples != 5 {
		t.Errorf("%v, %+v", err, report)
	}
	road := b.SubThemes[1]
	if road.ID != "life/road" || road.Messages != 9 || len(road.Proposals) != 1 || road.Proposals[0].Messages != 9 {
		t.Errorf("%+v", road)
	}
	for _, r := range []Reader{{}, inChinese(t)} {
		src, err := b.Marshal(&theme, r)
		if err != nil || !strings.Contains(string(src), "\n      # - "+road.Proposals[0].Word+" # ") {
			t.Errorf("%v\n%s", err, src)
		}
		if back, err := dict.Revise(src, &theme, ""); err != nil || string(back) != string(src) {
			t.Errorf("%v\n%s", err, back)
		}
	}
	none := Bytes("none", nil)
	if _, err := Begin(t.Context(), d, BeginOptions{Corpus: &none, Classifier: testTables()}); !errors.Is(err, ErrNoMessages) {
		t.Error(err)
	}
}
