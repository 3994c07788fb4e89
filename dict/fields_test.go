package dict

import (
	"reflect"
	"testing"
	"testing/fstest"
)

// fieldChange changes one field of a dictionary that has one theme, one sub-theme,
// a word and a rule.
type fieldChange struct {
	counts bool // the version has to change with it
	change func(t *Theme, s *SubTheme, word, rule *Keyword)
}

// fieldChanges has every field of the types that a dictionary is made of. If version,
// format or writer ignored a field, two different dictionaries would share a tally, or
// the field would be lost when a file is written.
var fieldChanges = map[string]fieldChange{
	"Theme.ID":                {true, func(t *Theme, s *SubTheme, _, _ *Keyword) { t.ID, s.ID = "other", "other/a" }},
	"Theme.Name":              {false, func(t *Theme, _ *SubTheme, _, _ *Keyword) { t.Name.Zh = "别的" }},
	"Theme.RelativeThreshold": {true, func(t *Theme, _ *SubTheme, _, _ *Keyword) { t.RelativeThreshold = 0.25 }},
	"Theme.ThresholdLength":   {true, func(t *Theme, _ *SubTheme, _, _ *Keyword) { t.ThresholdLength = 40 }},
	"Theme.TitleWeight":       {true, func(t *Theme, _ *SubTheme, _, _ *Keyword) { t.TitleWeight = 3 }},
	"SubTheme.ID":             {true, func(_ *Theme, s *SubTheme, _, _ *Keyword) { s.ID = "theme/b" }},
	"SubTheme.Name":           {false, func(_ *Theme, s *SubTheme, _, _ *Keyword) { s.Name.Zh = "别的" }},
	"SubTheme.Aspect":         {true, func(_ *Theme, s *SubTheme, _, _ *Keyword) { s.Aspect = "livelihood" }},
	"SubTheme.Threshold":      {true, func(_ *Theme, s *SubTheme, _, _ *Keyword) { s.Threshold = 0.75 }},
	"SubTheme.Examples": {false, func(_ *Theme, s *SubTheme, _, _ *Keyword) {
		s.Examples = []Example{{Text: "学校", Expect: []string{s.ID}}}
	}},
	"Keyword.Word":   {true, func(_ *Theme, _ *SubTheme, word, _ *Keyword) { word.Word = "老师" }},
	"Keyword.All":    {true, func(_ *Theme, _ *SubTheme, _, rule *Keyword) { rule.All = []string{"医院", "排队"} }},
	"Keyword.Within": {true, func(_ *Theme, _ *SubTheme, _, rule *Keyword) { rule.Within = 30 }},
	"Keyword.Weight": {true, func(_ *Theme, _ *SubTheme, word, _ *Keyword) { word.Weight = 0.5 }},
	"Keyword.Whole":  {true, func(_ *Theme, _ *SubTheme, word, _ *Keyword) { word.Whole = true }},
	"Keyword.Token":  {true, func(_ *Theme, _ *SubTheme, word, _ *Keyword) { word.Token = true }},
	"Keyword.Unless": {true, func(_ *Theme, _ *SubTheme, word, _ *Keyword) { word.Unless = []string{"驾校学校"} }},
}

// elsewhere has the fields that are positions, and the lists whose items have rows of
// their own in fieldChanges.
var elsewhere = map[string]bool{
	"Theme.SubThemes": true, "Theme.File": true, "SubTheme.Keywords": true, "SubTheme.Pos": true, "Keyword.Pos": true,
}

func fieldsTheme() []Theme {
	return []Theme{{ID: "theme", Name: Name{Zh: "主题", En: "Theme"}, SubThemes: []SubTheme{{
		ID: "theme/a", Name: Name{Zh: "甲", En: "A"}, Threshold: 1,
		Keywords: []Keyword{{Word: "学校", Weight: 1}, {All: []string{"医院", "挂号"}, Within: 12, Weight: 1}},
	}}}}
}

func TestEveryFieldIsKnownEverywhere(t *testing.T) {
	for _, of := range []any{Theme{}, SubTheme{}, Keyword{}} {
		typ := reflect.TypeOf(of)
		for i := range typ.NumField() {
			name := typ.Name() + "." + typ.Field(i).Name
			if _, ok := fieldChanges[name]; !ok && !elsewhere[name] {
				t.Errorf("%s has no row in fieldChanges: say whether counts depend on it, then see what forgets it", name)
			}
		}
	}
	before := mustNew(t, fieldsTheme())
	for name, f := range fieldChanges {
		themes := fieldsTheme()
		s := &themes[0].SubThemes[0]
		f.change(&themes[0], s, &s.Keywords[0], &s.Keywords[1])
		after := mustNew(t, themes)
		if got := after.Version() != before.Version(); got != f.counts {
			t.Errorf("%s: another version: %v, not %v (version.go)", name, got, f.counts)
		}
		if sameTheme(&before.Themes[0], &after.Themes[0]) {
			t.Errorf("%s: two themes that differ in it are taken for the same (sameTheme in format.go)", name)
		}
		text, err := Marshal(&after.Themes[0])
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(fstest.MapFS{"theme.yaml": {Data: text}})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if !sameTheme(&again.Themes[0], &after.Themes[0]) {
			t.Errorf("%s: is lost when the theme is written and read (write.go, read_theme.go):\n%s", name, text)
		}
	}
}
