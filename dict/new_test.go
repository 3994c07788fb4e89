package dict

import (
	"errors"
	"math"
	"testing"
)

// valid returns the themes of a dictionary, new for each test that changes them.
func valid() []Theme {
	return []Theme{{ID: "a", SubThemes: []SubTheme{{
		ID: "a/b", Threshold: 1,
		Keywords: []Keyword{{Word: "学校", Weight: 1}, {All: []string{"教师", "工资"}, Within: 12, Weight: 1}},
		Examples: []Example{{Text: "学校", Expect: []string{"a/b"}}},
	}}}}
}

func TestNewFaults(t *testing.T) {
	keyword := func(f func(*Keyword)) func([]Theme) []Theme {
		return func(themes []Theme) []Theme { f(&themes[0].SubThemes[0].Keywords[0]); return themes }
	}
	rule := func(f func(*Keyword)) func([]Theme) []Theme {
		return func(themes []Theme) []Theme { f(&themes[0].SubThemes[0].Keywords[1]); return themes }
	}
	sub := func(f func(*SubTheme)) func([]Theme) []Theme {
		return func(themes []Theme) []Theme { f(&themes[0].SubThemes[0]); return themes }
	}
	const (
		inSub     = `theme 1 "a", sub-theme 1 "a/b": `
		inKeyword = `theme 1 "a", sub-theme 1 "a/b", keyword 1 "学校": `
		inRule    = `theme 1 "a", sub-theme 1 "a/b", keyword 2 "教师+工资": `
		inExample = `theme 1 "a", sub-theme 1 "a/b", example 1: `
	)
	for _, tc := range []struct {
		spoil func([]Theme) []Theme
		want  string
	}{
		{func([]Theme) []Theme { return nil }, "a dictionary without themes"},
		{func([]Theme) []Theme { return []Theme{{ID: "a"}} }, `theme 1 "a": a theme without sub-themes`},
		{func(x []Theme) []Theme { return append(x, valid()...) }, `theme 2 "a": the theme "a" is also in theme 1 "a"`},
		{func(x []Theme) []Theme {
			x[0].ID = ""
			x[0].SubThemes[0].ID = "/b"
			x[0].SubThemes[0].Examples = nil
			return x
		}, `theme 1 "": empty id`},
		{func(x []Theme) []Theme { x[0].Name.Zh = "\xff"; return x }, `theme 1 "a": invalid UTF-8`},
		{sub(func(s *SubTheme) { s.ID = "b"; s.Examples = nil }), `theme 1 "a", sub-theme 1 "b": the id "b" does not begin with "a/"`},
		{sub(func(s *SubTheme) { s.Threshold = 0 }), inSub + "the threshold must be above 0"},
		{sub(func(s *SubTheme) { s.Threshold = math.NaN() }), inSub + "the threshold is not a finite number"},
		{func(x []Theme) []Theme { x[0].RelativeThreshold = -0.4; return x }, `theme 1 "a": relative_threshold must lie between 0 and 1`},
		{func(x []Theme) []Theme { x[0].RelativeThreshold = math.NaN(); return x }, `theme 1 "a": relative_threshold is not a finite number`},
		{func(x []Theme) []Theme { x[0].RelativeThreshold = 1; return x }, ""},
		{func(x []Theme) []Theme { x[0].ThresholdLength = -1; return x }, `theme 1 "a": threshold_length is negative`},
		{func(x []Theme) []Theme { x[0].TitleWeight = -1; return x }, `theme 1 "a": title_weight must be a whole number from 1 to 9`},
		{func(x []Theme) []Theme { x[0].TitleWeight = 10; return x }, `theme 1 "a": title_weight must be a whole number from 1 to 9`},
		{func(x []Theme) []Theme { x[0].ThresholdLength = 1_000_001; return x }, `theme 1 "a": threshold_length over 1000000`},
		{sub(func(s *SubTheme) { s.Aspect = "none" }), inSub + `unknown aspect "none"`},
		{keyword(func(k *Keyword) { k.Weight = 0 }), inKeyword + "weight 0: the keyword would never count"},
		{keyword(func(k *Keyword) { k.Weight = math.Inf(-1) }), inKeyword + "the weight is not a finite number"},
		{keyword(func(k *Keyword) { k.Weight = math.NaN() }), inKeyword + "the weight is not a finite number"},
		{keyword(func(k *Keyword) { k.Weight = 0.1 + 0.2 }), ""}, // a constant expression, so exact
		{keyword(func(k *Keyword) { k.Weight = 0.1; k.Weight += 0.2 }), inKeyword + "weight finer than a millionth"},
		{keyword(func(k *Keyword) { k.Word = "" }), `theme 1 "a", sub-theme 1 "a/b", keyword 1 "": empty word`},
		{keyword(func(k *Keyword) { k.Word = "学\xff" }), `theme 1 "a", sub-theme 1 "a/b", keyword 1 "学\xff": invalid UTF-8`},
		{keyword(func(k *Keyword) { k.Within = 3 }), inKeyword + "within without all"},
		{keyword(func(k *Keyword) { k.Unless = []string{"x", "X"} }), inKeyword + `the word "X" a second time`},
		{rule(func(k *Keyword) { k.All = k.All[:1] }), `theme 1 "a", sub-theme 1 "a/b", keyword 2 "教师": a rule of fewer than two words`},
		{rule(func(k *Keyword) { k.Word = "教师" }), `theme 1 "a", sub-theme 1 "a/b", keyword 2 "教师": a keyword with both word and all`},
		{rule(func(k *Keyword) { k.Whole = true }), inRule + "match on a rule"},
		{rule(func(k *Keyword) { k.Token = true }), inRule + "token on a rule"},
		{rule(func(k *Keyword) { k.Within = 3 }), inRule + "within 3; the words of the rule alone have 4 characters"},
		{
			sub(func(s *SubTheme) { s.Keywords[1] = s.Keywords[0] }),
			`theme 1 "a", sub-theme 1 "a/b", keyword 2 "学校": the word "学校" is in this sub-theme already, in theme 1 "a", sub-theme 1 "a/b", keyword 1 "学校"`,
		},
		{sub(func(s *SubTheme) { s.Examples[0].Expect = nil }), inExample + "an example that demands nothing"},
		{sub(func(s *SubTheme) { s.Examples[0].Forbid = []string{"a/c"} }), inExample + `there is no sub-theme "a/c"`},
	} {
		d, err := New(tc.spoil(valid()))
		if tc.want == "" {
			if err != nil {
				t.Errorf("error %v, want none", err)
			}
			continue
		}
		var faults Errors
		if !errors.As(err, &faults) || d != nil {
			t.Errorf("New = %v, %v, want the error %q", d, err, tc.want)
			continue
		}
		if err.Error() != tc.want {
			t.Errorf("error\n%s\nwant\n%s", err, tc.want)
		}
	}
}

// TestNewOfParsedThemes: themes that were read from a file keep their positions.
func TestNewOfParsedThemes(t *testing.T) {
	themes := valid()
	themes[0].SubThemes[0].Keywords[0].Pos = Position{"mine.yaml", 7, 9}
	themes[0].SubThemes[0].Keywords[0].Weight = 0
	_, err := New(themes)
	if want := "mine.yaml:7:9: weight 0: the keyword would never count"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// TestNewCopies: later changes of the caller's themes do not change the dictionary.
func TestNewCopies(t *testing.T) {
	themes := valid()
	themes[0].SubThemes[0].Keywords[0].Unless = []string{"驾校"}
	d := mustNew(t, themes)
	before := string(d.Canonical())
	if themes[0].Name != (Name{}) {
		t.Errorf("the caller's theme was given the name %v", themes[0].Name)
	}
	s := &themes[0].SubThemes[0]
	s.Keywords[0].Unless[0], s.Keywords[1].All[0], s.Examples[0].Expect[0] = "x", "x", "x"
	s.Keywords[0], s.ID, themes[0].ID = Keyword{}, "x", "x"
	if got := string(d.Canonical()); got != before || d.Themes[0].SubThemes[0].Examples[0].Expect[0] != "a/b" {
		t.Errorf("the dictionary changed with the caller's themes:\n%s", got)
	}
	if d.Themes[0].Name != (Name{"a", "a"}) || d.Themes[0].SubThemes[0].Name != (Name{"b", "b"}) {
		t.Errorf("names %v and %v, want the ids", d.Themes[0].Name, d.Themes[0].SubThemes[0].Name)
	}
}

func TestSuggest(t *testing.T) {
	keys := []string{"word", "weight", "match", "token", "unless", "all", "within"}
	for got, want := range map[string]string{
		"wieght": "weight", "Weight": "weight", "wight": "weight", "weights": "weight", "withn": "within", "al": "all",
		"alll": "all", "wrod": "word", "xyz": "", "": "", "tokens": "token", "教育": "",
	} {
		if s := Suggest(got, keys); s != want {
			t.Errorf("Suggest(%q) = %q, want %q", got, s, want)
		}
	}
	ids := []string{"livelihood/education", "governance/culture"}
	for got, want := range map[string]string{
		"education": "livelihood/education", "livelihood/Education": "livelihood/education", "governance/cultrue": "governance/culture",
		"housing": "",
	} {
		if s := Suggest(got, ids); s != want {
			t.Errorf("Suggest(%q) = %q, want %q", got, s, want)
		}
	}
}
