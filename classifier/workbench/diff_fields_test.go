package workbench

import (
	"bytes"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// TestDiffShowsWhateverChangesTheVersion: a change that gives another version, and so
// other counts, is never reported as no difference. There is a change for every field
// on which the version depends.
func TestDiffShowsWhateverChangesTheVersion(t *testing.T) {
	theme := func(change func(t *dict.Theme, s *dict.SubTheme, word, rule *dict.Keyword)) *dict.Dictionary {
		themes := []dict.Theme{{ID: "life", SubThemes: []dict.SubTheme{{
			ID: "life/school", Threshold: 1,
			Keywords: []dict.Keyword{{Word: "学校", Weight: 1}, {All: []string{"医院", "挂号"}, Within: 12, Weight: 1}},
		}}}}
		s := &themes[0].SubThemes[0]
		change(&themes[0], s, &s.Keywords[0], &s.Keywords[1])
		d, err := dict.New(themes)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before := theme(func(*dict.Theme, *dict.SubTheme, *dict.Keyword, *dict.Keyword) {})
	for name, change := range map[string]func(t *dict.Theme, s *dict.SubTheme, word, rule *dict.Keyword){
		"theme":              func(t *dict.Theme, s *dict.SubTheme, _, _ *dict.Keyword) { t.ID, s.ID = "other", "other/school" },
		"relative threshold": func(t *dict.Theme, _ *dict.SubTheme, _, _ *dict.Keyword) { t.RelativeThreshold = 0.25 },
		"threshold length":   func(t *dict.Theme, _ *dict.SubTheme, _, _ *dict.Keyword) { t.ThresholdLength = 40 },
		"title weight":       func(t *dict.Theme, _ *dict.SubTheme, _, _ *dict.Keyword) { t.TitleWeight = 3 },
		"sub-theme":          func(_ *dict.Theme, s *dict.SubTheme, _, _ *dict.Keyword) { s.ID = "life/road" },
		"aspect":             func(_ *dict.Theme, s *dict.SubTheme, _, _ *dict.Keyword) { s.Aspect = "livelihood" },
		"threshold":          func(_ *dict.Theme, s *dict.SubTheme, _, _ *dict.Keyword) { s.Threshold = 0.75 },
		"word":               func(_ *dict.Theme, _ *dict.SubTheme, word, _ *dict.Keyword) { word.Word = "老师" },
		"words of a rule":    func(_ *dict.Theme, _ *dict.SubTheme, _, rule *dict.Keyword) { rule.All = []string{"医院", "排队"} },
		"within":             func(_ *dict.Theme, _ *dict.SubTheme, _, rule *dict.Keyword) { rule.Within = 30 },
		"weight":             func(_ *dict.Theme, _ *dict.SubTheme, word, _ *dict.Keyword) { word.Weight = 0.5 },
		"whole":              func(_ *dict.Theme, _ *dict.SubTheme, word, _ *dict.Keyword) { word.Whole = true },
		"token":              func(_ *dict.Theme, _ *dict.SubTheme, word, _ *dict.Keyword) { word.Token = true },
		"unless":             func(_ *dict.Theme, _ *dict.SubTheme, word, _ *dict.Keyword) { word.Unless = []string{"驾校学校"} },
	} {
		after := theme(change)
		if after.Version() == before.Version() {
			t.Errorf("%s: the version is the same: this row tests nothing", name)
		}
		var out bytes.Buffer
		if err := CompareDictionaries(before, after).Text(&out, Reader{}, 0); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "no difference") {
			t.Errorf("%s: the versions differ, and diff says:\n%s", name, out.String())
		}
	}
}
