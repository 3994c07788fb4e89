package dict

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// hostileWords are words that one format or another changes silently.
var hostileWords = []string{
	"007", "1.10", "null", "~", "TRUE", "yes", "=SUM(A1)", "+86", "-1", "1e5", "2022-01-01", "12:30", "0x1F", "@某人", "'引号'", `"双引号"`,
	"a: b", "a #b", "#号", "- x", "[x]", "{x}", "x, y", "&a", "*b", "!c", "|", ">", "%d", "`e`", "?", "：", "a,b", "5G", "ＡＢ", "é", "e\u0301", "👨\u200d👩",
	"\\n", "a|b", "a；b", "a;b", "_x000D_", "x:", "...", "---", "<<", "1_000", "中 文", "\t"[1:] + "tab", "''", "x'", "'x", "_x0041_",
}

func genWord() *rapid.Generator[string] {
	plain := rapid.StringOfN(rapid.SampledFrom([]rune("学校教师工资中国企业abcXYZ019 '\",:#-[]{}=+@|\\;；_.!?&*%~<>/")), 1, 12, -1).
		Filter(func(s string) bool { return s == strings.TrimSpace(s) })
	return rapid.OneOf(rapid.SampledFrom(hostileWords), plain)
}

// genText returns texts of examples: anything that is not blank, including line
// breaks.
func genText() *rapid.Generator[string] {
	lines := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(genWord(), 1, 5).Draw(t, "lines")
		glue := rapid.SampledFrom([]string{"\n", "\n\n", "\r\n", " \n", "\n  ", "\t", "，"}).Draw(t, "glue")
		ends := rapid.SampledFrom([]string{"", "", "\n", "\n\n", " ", "\t", "\r"}).Draw(t, "end")
		return rapid.SampledFrom([]string{"", "", " ", "\n"}).Draw(t, "start") + strings.Join(parts, glue) + ends
	})
	long := rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat(genWord().Draw(t, "word"), rapid.IntRange(1, 40).Draw(t, "times"))
	})
	odd := rapid.SampledFrom([]string{"a\u2028b", "\ufeffx", "x\u200b", "\u00a0x", "\u3000", "\x00x", "x\x1b[31m", "\U0001F600", "\ufffe", "x\u0085y", "=1+1", "'=x"})
	return rapid.OneOf(genWord(), lines, long, odd).Filter(func(s string) bool { return strings.TrimSpace(s) != "" })
}

func genWeight() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.SampledFrom([]float64{1, 1, 1, 0.6, -1, 2.5, 0.000001, 1000, -0.1}),
		rapid.Map(rapid.IntRange(1, 1e9), func(n int) float64 { return float64(n) / 1e6 }),
	)
}

func uniqueWords(words []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(words, func(w string) bool {
		f := fold(w)
		defer func() { seen[f] = true }()
		return seen[f]
	})
}

func genKeyword() *rapid.Generator[Keyword] {
	return rapid.Custom(func(t *rapid.T) Keyword {
		k := Keyword{Weight: genWeight().Draw(t, "weight")}
		if words := uniqueWords(rapid.SliceOfN(genWord(), 0, 4).Draw(t, "all")); len(words) > 1 {
			k.All = words
			k.Within = rapid.IntRange(len([]rune(strings.Join(words, ""))), maxWithin).Draw(t, "within")
		} else {
			k.Word = genWord().Draw(t, "word")
			k.Whole = rapid.Bool().Draw(t, "whole")
			k.Token = rapid.Bool().Draw(t, "token")
		}
		k.Unless = uniqueWords(rapid.SliceOfN(genWord(), 0, 3).Draw(t, "unless"))
		if len(k.Unless) == 0 {
			k.Unless = nil
		}
		return k
	})
}

// genThemes returns themes that New accepts. Their examples name each other's
// sub-themes.
func genThemes() *rapid.Generator[[]Theme] {
	return rapid.Custom(func(t *rapid.T) []Theme {
		ids := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"livelihood", "party", "a", "007", "null", "true", "b_2"}), 1, 3, rapid.ID).Draw(t, "themes")
		names := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"民生", "007", "People's", "=x", "a: b", " x", "null"}))
		themes := make([]Theme, 0, len(ids))
		all := make([]string, 0, 3*len(ids))
		for _, id := range ids {
			theme := Theme{ID: id, Name: Name{names.Draw(t, "zh"), names.Draw(t, "en")}}
			theme.RelativeThreshold = rapid.SampledFrom([]float64{0, 0, 0.4, 0.000001, 1}).Draw(t, "relative")
			theme.ThresholdLength = rapid.SampledFrom([]int{0, 0, 1, 16, maxThresholdLength}).Draw(t, "length")
			theme.TitleWeight = rapid.SampledFrom([]int{0, 0, 2, maxTitleWeight}).Draw(t, "title")
			for i := range rapid.IntRange(1, 3).Draw(t, "subthemes") {
				s := SubTheme{
					ID:        fmt.Sprintf("%s/%s%d", id, rapid.SampledFrom([]string{"", "s"}).Draw(t, "id"), i),
					Name:      Name{names.Draw(t, "zh"), names.Draw(t, "en")},
					Aspect:    rapid.SampledFrom([]string{"", "livelihood", "rule_of_law"}).Draw(t, "aspect"),
					Threshold: rapid.SampledFrom([]float64{1, 0.5, 2, 0.000001, maxThreshold}).Draw(t, "threshold"),
				}
				seen := map[string]bool{}
				for _, k := range rapid.SliceOfN(genKeyword(), 0, 6).Draw(t, "keywords") {
					key := fold(k.Word)
					for _, w := range slices.Sorted(slices.Values(k.All)) {
						key += "\x00" + fold(w)
					}
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
				for range rapid.IntRange(0, 3).Draw(t, "examples") {
					e := Example{Text: genText().Draw(t, "text")}
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
					themes[i].SubThemes[j].Examples = append(themes[i].SubThemes[j].Examples, e)
				}
			}
		}
		return themes
	})
}
