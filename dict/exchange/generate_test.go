package exchange

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
	"pgregory.net/rapid"

	"github.com/minyi/minyi/dict"
)

// hostileWords are words that a spreadsheet changes silently.
func hostileWords() []string {
	return []string{
		"007", "1.10", "null", "~", "TRUE", "false", "=SUM(A1)", "+86", "-1", "1e5", "2022-01-01", "1/2", "12:30", "50%", "￥5", "3月2日", "MAR1",
		"@某人", "'引号", "''", `"双引号"`, `"`, "a,b", "a;b", "a\tb"[:1] + "x", "_x000D_", "_x0041_", "_x005F_x000D_", "_x005F_x005F_x000D_", "_x005f_x000D_", "_x005F", "_x005F_x005f_x000D_", "5G", "＝1+1", "＋86",
		"1 2", "a|b", "中 文", "é", "👨\u200d👩", "none", "subtheme", "&amp;", "<b>", "]]>", "1,234", "(5)", "$1", "１２３", "=cmd|' /C calc'!A0", "\\n", "#REF!", "#N/A",
	}
}

func genWord() *rapid.Generator[string] {
	free := rapid.StringOfN(rapid.SampledFrom([]rune("学校教师工资企业abcXYZ019 '\",:#-[]{}=+@|;_.!?&*%~<>/x")), 1, 10, -1).
		Filter(func(s string) bool { return s == strings.TrimSpace(s) })
	return rapid.OneOf(rapid.SampledFrom(hostileWords()), free)
}

// same maps words that package dict takes for the same word to the same string.
func same(w string) string {
	return strings.ToLower(width.Fold.String(strings.ReplaceAll(w, "\u200d", "")))
}

func uniqueWords(words []string) []string {
	seen := map[string]bool{}
	words = slices.DeleteFunc(words, func(w string) bool {
		defer func() { seen[same(w)] = true }()
		return seen[same(w)]
	})
	if len(words) == 0 {
		return nil
	}
	return words
}

func genText() *rapid.Generator[string] {
	lines := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(genWord(), 1, 4).Draw(t, "lines")
		glue := rapid.SampledFrom([]string{"\n", "\n\n", "\r\n", "\r", " \n", "\t", "，", "_x000", "\x01"}).Draw(t, "glue")
		ends := rapid.SampledFrom([]string{"", "", "\n", "\r\n", " ", "\t", "\x00", "\ufffe", "\u2028"})
		return ends.Draw(t, "start") + strings.Join(parts, glue) + ends.Draw(t, "end")
	})
	return rapid.OneOf(genWord(), lines).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
}

func genKeyword() *rapid.Generator[dict.Keyword] {
	return rapid.Custom(func(t *rapid.T) dict.Keyword {
		k := dict.Keyword{Weight: rapid.OneOf(
			rapid.SampledFrom([]float64{1, 1, 0.6, -1, 0.000001, 1000, 0.1 + 0.2 - 0.000000000000000044}),
			rapid.Map(rapid.IntRange(1, 1e9), func(n int) float64 { return float64(n) / 1e6 }),
		).Filter(func(x float64) bool { return x == float64(int64(x*1e6+0.5))/1e6 || x < 0 }).Draw(t, "weight")}
		if words := uniqueWords(rapid.SliceOfN(genWord(), 0, 4).Draw(t, "all")); len(words) > 1 {
			k.All = words
			k.Within = rapid.IntRange(utf8.RuneCountInString(strings.Join(words, "")), 1000).Draw(t, "within")
		} else {
			k.Word = genWord().Draw(t, "word")
			k.Whole, k.Token = rapid.Bool().Draw(t, "whole"), rapid.Bool().Draw(t, "token")
		}
		k.Unless = uniqueWords(rapid.SliceOfN(genWord(), 0, 3).Draw(t, "unless"))
		return k
	})
}

func genDictionary() *rapid.Generator[*dict.Dictionary] {
	return rapid.Custom(func(t *rapid.T) *dict.Dictionary {
		ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"livelihood", "party", "1", "007", "null", "true"}), 1, 3, rapid.ID).Draw(t, "themes")
		name := rapid.SampledFrom([]string{"", "", "民生", "007", "People's", "=x", " x ", "History", "a/b*?", "'", "说明 Guide", strings.Repeat("长", 40), "TRUE"})
		themes := make([]dict.Theme, 0, len(ids))
		all := make([]string, 0, 3*len(ids))
		for _, id := range ids {
			theme := dict.Theme{ID: id, Name: dict.Name{Zh: name.Draw(t, "zh"), En: name.Draw(t, "en")}}
			theme.RelativeThreshold = rapid.SampledFrom([]float64{0, 0, 0.4, 0.000001, 0.333333, 1}).Draw(t, "relative")
			theme.ThresholdLength = rapid.SampledFrom([]int{0, 0, 1, 16, 1_000_000}).Draw(t, "length")
			theme.TitleWeight = rapid.SampledFrom([]int{0, 0, 2, 9}).Draw(t, "title")
			for i := range rapid.IntRange(1, 3).Draw(t, "sub-themes") {
				s := dict.SubTheme{
					ID: fmt.Sprintf("%s/%d", id, i), Name: dict.Name{Zh: name.Draw(t, "zh"), En: name.Draw(t, "en")},
					Aspect:    rapid.SampledFrom([]string{"", "livelihood", "rule_of_law"}).Draw(t, "aspect"),
					Threshold: rapid.SampledFrom([]float64{1, 0.5, 2.000001, 1e6}).Draw(t, "threshold"),
				}
				seen := map[string]bool{}
				for _, k := range rapid.SliceOfN(genKeyword(), 0, 6).Draw(t, "keywords") {
					words := append(make([]string, 0, 1+len(k.All)), same(k.Word))
					for _, w := range k.All {
						words = append(words, same(w))
					}
					slices.Sort(words)
					key := strings.Join(words, "\x00")
					if !seen[key] {
						s.Keywords = append(s.Keywords, k)
					}
					seen[key] = true
				}
				all = append(all, s.ID)
				theme.SubThemes = append(theme.SubThemes, s)
			}
			themes = append(themes, theme)
		}
		for i := range themes {
			for j := range themes[i].SubThemes {
				s := &themes[i].SubThemes[j]
				for range rapid.IntRange(0, 2).Draw(t, "examples") {
					s.Examples = append(s.Examples, genExample(all).Draw(t, "example"))
				}
			}
		}
		d, err := dict.New(themes)
		if err != nil {
			t.Fatalf("the generator made a bad dictionary: %v", err)
		}
		return d
	})
}

func genExample(all []string) *rapid.Generator[dict.Example] {
	return rapid.Custom(func(t *rapid.T) dict.Example {
		e := dict.Example{Text: genText().Draw(t, "text")}
		for _, id := range all {
			switch rapid.IntRange(0, 3).Draw(t, "say") {
			case 0:
				e.Expect = append(e.Expect, id)
			case 1:
				e.Forbid = append(e.Forbid, id)
			}
		}
		if e.Expect == nil && (len(e.Forbid) == 0 || rapid.Bool().Draw(t, "untagged")) {
			e.Expect = []string{}
		}
		return e
	})
}
