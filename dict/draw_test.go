package dict

import (
	"fmt"
	"math"
	"slices"

	"pgregory.net/rapid"
)

// trickyWords are words that YAML, quoting or the canonical form could get wrong.
var trickyWords = []string{
	"学校", "教师", "双减", "007", "7", "1.10", "1.1", "yes", "no", "null", "~", "1e3", "2022-01-01", "true", "0x1F",
	"学 校", `a"b`, `a\`, `\`, `a'b`, "a: b", "a #b", "#话题", "- a", "-", "*a", "&a", "!a", "%a", "@a", "`a", "[a]", "{a}",
	"a,b", "?", ":", "|", ">", "<<", "=", "…", "，", "5G", "👨‍👩‍👧", "𠮷野家", "é", "0.6", ".5", "a\u00a0b", `\n`, "weight=2",
}

// drawWord draws a valid word: one of the tricky ones, or a short random one.
func drawWord(t *rapid.T) string {
	if rapid.Bool().Draw(t, "tricky") {
		return rapid.SampledFrom(trickyWords).Draw(t, "word")
	}
	return rapid.StringOfN(rapid.RuneFrom([]rune("学校教师工资房价医院养老ab7\"\\' :#")), 1, 6, -1).
		Filter(func(w string) bool { msg, _ := checkWord(w); return msg.IsZero() }).Draw(t, "word")
}

// drawWords draws words such that no two match the same text.
func drawWords(t *rapid.T, least, most int) []string {
	n := rapid.IntRange(least, most).Draw(t, "words")
	var words []string
	for seen := map[string]bool{}; len(words) < n; {
		if w := drawWord(t); !seen[fold(w)] {
			seen[fold(w)] = true
			words = append(words, w)
		}
	}
	return words
}

// drawMillionths draws a whole number of millionths in [low, high] other than 0.
func drawMillionths(t *rapid.T, low, high int64) float64 {
	n := rapid.OneOf(
		rapid.Int64Range(low, high),
		rapid.SampledFrom([]int64{1, 600_000, 1_000_000, 1_500_000, 100_000, low, high}),
	).Filter(func(n int64) bool { return n != 0 && low <= n && n <= high }).Draw(t, "millionths")
	return float64(n) / 1e6
}

func drawKeyword(t *rapid.T) Keyword {
	k := Keyword{Weight: 1}
	if rapid.Bool().Draw(t, "weighted") {
		k.Weight = drawMillionths(t, -maxWeight*1e6, maxWeight*1e6)
	}
	if rapid.IntRange(0, 3).Draw(t, "rule") == 0 {
		k.All = drawWords(t, 2, 4)
		k.Within = rapid.IntRange(runesOf(k.All), maxWithin).Draw(t, "within")
	} else {
		k.Word = drawWord(t)
		k.Whole, k.Token = rapid.Bool().Draw(t, "whole"), rapid.Bool().Draw(t, "token")
	}
	if rapid.IntRange(0, 2).Draw(t, "conditional") == 0 {
		k.Unless = drawWords(t, 1, 3)
	}
	return k
}

func runesOf(words []string) (n int) {
	for _, w := range words {
		n += len([]rune(w))
	}
	return n
}

// drawThemes draws the themes of a valid dictionary.
func drawThemes(t *rapid.T) []Theme {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9_]{1,8}`), 1, 3, rapid.ID[string])
	themeIDs := ids.Draw(t, "themes")
	themes := make([]Theme, 0, len(themeIDs))
	var subThemes []string //nolint:prealloc // their number is drawn
	for _, id := range themeIDs {
		theme := Theme{ID: id, Name: drawName(t)}
		if rapid.Bool().Draw(t, "relative") {
			theme.RelativeThreshold = drawMillionths(t, 1, 1e6)
		}
		if rapid.Bool().Draw(t, "by length") {
			theme.ThresholdLength = rapid.IntRange(1, maxThresholdLength).Draw(t, "length")
		}
		if rapid.Bool().Draw(t, "by title") {
			theme.TitleWeight = rapid.IntRange(2, maxTitleWeight).Draw(t, "title")
		}
		for _, local := range ids.Draw(t, "sub-themes") {
			theme.SubThemes = append(theme.SubThemes, drawSubTheme(t, id+"/"+local))
			subThemes = append(subThemes, id+"/"+local)
		}
		themes = append(themes, theme)
	}
	for i := range themes {
		for j := range themes[i].SubThemes {
			themes[i].SubThemes[j].Examples = drawExamples(t, subThemes)
		}
	}
	return themes
}

func drawSubTheme(t *rapid.T, id string) SubTheme {
	s := SubTheme{ID: id, Name: drawName(t), Threshold: 1}
	s.Aspect = rapid.SampledFrom(append(aspectIDs(), "")).Draw(t, "aspect")
	if rapid.Bool().Draw(t, "threshold") {
		s.Threshold = drawMillionths(t, 1, maxThreshold*1e6)
	}
	seen := map[string]bool{}
	for range rapid.IntRange(0, 5).Draw(t, "keywords") {
		k := drawKeyword(t)
		key := fold(k.Word)
		if key == "" {
			key = fmt.Sprint("a rule within ", k.Within)
		}
		if !seen[key] {
			seen[key] = true
			s.Keywords = append(s.Keywords, k)
		}
	}
	return s
}

func drawName(t *rapid.T) Name {
	names := rapid.SampledFrom([]string{"", "教育", "People's livelihood", "null", `"`, "a: b", "~"})
	return Name{Zh: names.Draw(t, "zh"), En: names.Draw(t, "en")}
}

func drawExamples(t *rapid.T, ids []string) []Example {
	var examples []Example //nolint:prealloc // mostly none, and then nil
	for range rapid.IntRange(0, 2).Draw(t, "examples") {
		e := Example{Text: rapid.SampledFrom([]string{"建议放学后开展课后服务", "a\n\nb ", " 学校: #1", "null"}).Draw(t, "text")}
		switch rapid.IntRange(0, 2).Draw(t, "demands") {
		case 0:
			e.Expect = []string{}
		case 1:
			e.Expect = []string{rapid.SampledFrom(ids).Draw(t, "expect")}
		case 2:
			e.Forbid = []string{rapid.SampledFrom(ids).Draw(t, "forbid")}
		}
		examples = append(examples, e)
	}
	return examples
}

// mustNew returns the dictionary of valid themes.
func mustNew(t interface{ Fatalf(string, ...any) }, themes []Theme) *Dictionary {
	d, err := New(themes)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return d
}

// shuffled returns the same themes with everything reordered whose order has no
// meaning, and with other names, examples, files and positions.
func shuffled(t *rapid.T, themes []Theme) []Theme {
	themes = cloneThemes(themes)
	for i := range themes {
		themes[i].File, themes[i].Name = "other.yaml", drawName(t)
		for j := range themes[i].SubThemes {
			s := &themes[i].SubThemes[j]
			s.Name, s.Examples, s.Pos = drawName(t), drawExamples(t, []string{s.ID}), Position{"x", 1, 1}
			s.Keywords = rapid.Permutation(s.Keywords).Draw(t, "keywords")
			for k := range s.Keywords {
				w := &s.Keywords[k]
				w.All = rapid.Permutation(w.All).Draw(t, "all")
				w.Unless = rapid.Permutation(w.Unless).Draw(t, "unless")
				w.Pos = Position{"x", k + 1, 1}
			}
		}
	}
	return themes
}

// change changes the meaning of a dictionary in one respect. It returns false if the
// drawn themes have nothing to which it applies.
type change struct {
	name  string
	apply func(*rapid.T, []Theme) ([]Theme, bool)
}

// changes has one change for everything on which Canonical depends.
func changes() []change { return append(themeChanges(), keywordChanges()...) }

func themeChanges() []change {
	onSub := func(f func(*SubTheme)) func(*rapid.T, []Theme) ([]Theme, bool) {
		return func(t *rapid.T, themes []Theme) ([]Theme, bool) {
			theme := &themes[rapid.IntRange(0, len(themes)-1).Draw(t, "theme")]
			f(&theme.SubThemes[rapid.IntRange(0, len(theme.SubThemes)-1).Draw(t, "sub")])
			return themes, true
		}
	}
	return []change{
		{"order of themes", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			slices.Reverse(themes)
			return themes, len(themes) > 1
		}},
		{"order of sub-themes", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			slices.Reverse(themes[0].SubThemes)
			return themes, len(themes[0].SubThemes) > 1
		}},
		{"theme id", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			for i, s := range themes[0].SubThemes {
				themes[0].SubThemes[i].ID = "another_one" + s.ID[len(themes[0].ID):]
			}
			themes[0].ID = "another_one"
			return withoutExamples(themes), true
		}},
		{"sub-theme id", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			themes[0].SubThemes[0].ID = themes[0].ID + "/another_one"
			return withoutExamples(themes), true
		}},
		{"a theme less", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			return withoutExamples(themes)[1:], len(themes) > 1
		}},
		{"a sub-theme more", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			themes[0].SubThemes = append(themes[0].SubThemes, SubTheme{ID: themes[0].ID + "/another_one", Threshold: 1})
			return themes, true
		}},
		{"aspect", onSub(func(s *SubTheme) {
			ids := append(aspectIDs(), "")
			s.Aspect = ids[(slices.Index(ids, s.Aspect)+1)%len(ids)]
		})},
		{"relative_threshold by a millionth", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			theme := &themes[len(themes)-1]
			theme.RelativeThreshold = math.Round(theme.RelativeThreshold*1e6+1) / 1e6
			if theme.RelativeThreshold > 1 {
				theme.RelativeThreshold = 0
			}
			return themes, true
		}},
		{"threshold_length by one", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			theme := &themes[len(themes)-1]
			theme.ThresholdLength = (theme.ThresholdLength + 1) % (maxThresholdLength + 1)
			return themes, true
		}},
		{"title_weight by one", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			theme := &themes[len(themes)-1]
			theme.TitleWeight = max(1, theme.TitleWeight)%maxTitleWeight + 1
			return themes, true
		}},
		{"threshold by a millionth", onSub(func(s *SubTheme) {
			s.Threshold = math.Round(s.Threshold*1e6+1) / 1e6
			if s.Threshold > maxThreshold {
				s.Threshold = 1
			}
		})},
		{"a keyword more", onSub(func(s *SubTheme) { s.Keywords = append(s.Keywords, Keyword{Word: freshWord, Weight: 1}) })},
		{"a keyword less", func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			s := &themes[0].SubThemes[0]
			if len(s.Keywords) == 0 {
				return themes, false
			}
			s.Keywords = s.Keywords[1:]
			return themes, true
		}},
	}
}

// withoutExamples removes examples, which might name a sub-theme that was removed.
func withoutExamples(themes []Theme) []Theme {
	for i := range themes {
		for j := range themes[i].SubThemes {
			themes[i].SubThemes[j].Examples = nil
		}
	}
	return themes
}

// freshWord is a word that is never drawn.
const freshWord = "全新的词"

func keywordChanges() []change {
	onKeyword := func(f func(*Keyword) bool) func(*rapid.T, []Theme) ([]Theme, bool) {
		return func(_ *rapid.T, themes []Theme) ([]Theme, bool) {
			for i := range themes {
				for j := range themes[i].SubThemes {
					for k := range themes[i].SubThemes[j].Keywords {
						keyword := &themes[i].SubThemes[j].Keywords[k]
						changed := *keyword
						changed.All, changed.Unless = slices.Clone(changed.All), slices.Clone(changed.Unless)
						if f(&changed) {
							*keyword = changed
							return themes, true
						}
					}
				}
			}
			return themes, false
		}
	}
	isRule := func(k *Keyword) bool { return len(k.All) > 0 }
	return []change{
		{"word", onKeyword(func(k *Keyword) bool { k.Word = freshWord; return !isRule(k) })},
		{"weight by a millionth", onKeyword(func(k *Keyword) bool {
			k.Weight = math.Round(k.Weight*1e6-1) / 1e6
			return k.Weight != 0 && k.Weight >= -maxWeight
		})},
		{"sign", onKeyword(func(k *Keyword) bool { k.Weight = -k.Weight; return true })},
		{"whole", onKeyword(func(k *Keyword) bool { k.Whole = !k.Whole; return !isRule(k) })},
		{"token", onKeyword(func(k *Keyword) bool { k.Token = !k.Token; return !isRule(k) })},
		{"an unless word more", onKeyword(func(k *Keyword) bool { k.Unless = append(k.Unless, freshWord); return true })},
		{"an unless word less", onKeyword(func(k *Keyword) bool {
			if len(k.Unless) == 0 {
				return false
			}
			k.Unless = k.Unless[1:]
			return true
		})},
		{"word of a rule", onKeyword(func(k *Keyword) bool {
			if !isRule(k) {
				return false
			}
			k.All[0] = freshWord
			k.Within = max(k.Within, runesOf(k.All))
			return true
		})},
		{"within", onKeyword(func(k *Keyword) bool { k.Within++; return isRule(k) && k.Within <= maxWithin })},
		{"a rule instead of a word", onKeyword(func(k *Keyword) bool {
			if isRule(k) {
				return false
			}
			*k = Keyword{All: []string{k.Word, freshWord}, Within: 100, Weight: k.Weight, Unless: k.Unless}
			return true
		})},
	}
}
