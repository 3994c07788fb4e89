package classifier

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
)

// decisivePairs returns what Decisive visits for a text, as "sub-theme keyword".
func decisivePairs(c *Classifier, text string) []string {
	var r Result
	var out []string
	c.Decisive(&r, []byte(text), func(tag, keyword int) {
		s := &c.dict.Themes[r.Tags[tag].Theme].SubThemes[r.Tags[tag].SubTheme]
		out = append(out, s.ID+" "+keywordText(&s.Keywords[keyword]))
	})
	return out
}

func TestDecisive(t *testing.T) {
	d := &dict.Dictionary{Themes: []dict.Theme{
		{ID: "t", RelativeThreshold: 0.5, SubThemes: []dict.SubTheme{
			{ID: "t/a", Threshold: 1, Keywords: []dict.Keyword{
				{Word: "教育质量", Weight: 2},
				{Word: "质量", Weight: 1},
				{Word: "学校", Weight: 0.5},
				{Word: "老师", Weight: 0.5},
				{Word: "驾校", Weight: -1},
				{All: []string{"学校", "收费"}, Within: 12, Weight: 1},
			}},
			{ID: "t/b", Threshold: 1, Keywords: []dict.Keyword{{Word: "医院", Weight: 1.5}, {Word: "挂号", Weight: 2.5}}},
		}},
	}}
	c := testClassifier(t, d)
	for text, want := range map[string][]string{
		"天气":        nil,
		"质量":        {"t/a 质量"},
		"教育质量":      nil,                  // without it 质量 counts
		"学校，老师":     {"t/a 学校", "t/a 老师"}, // each is needed
		"学校，老师，质量":  nil,                  // none is
		"学校收费":      {"t/a 学校+收费"},        // the rule is struck out, or the word in it
		"驾校，教育质量":   {"t/a 教育质量"},         // 1 - 1 is not enough
		"医院挂号":      nil,                  // 1.5 or 2.5 is enough
		"质量，医院":     {"t/b 医院", "t/a 质量"}, // 1 is more than half of 1.5
		"医院挂号，教育质量": {"t/a 教育质量"},         // 1 is less than half of 4
	} {
		if diff := cmp.Diff(want, decisivePairs(c, text)); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

// withoutKeyword returns d without one keyword.
func withoutKeyword(d *dict.Dictionary, theme, sub, keyword int) *dict.Dictionary {
	themes := slices.Clone(d.Themes)
	themes[theme].SubThemes = slices.Clone(themes[theme].SubThemes)
	s := &themes[theme].SubThemes[sub]
	s.Keywords = slices.Delete(slices.Clone(s.Keywords), keyword, keyword+1)
	return &dict.Dictionary{Themes: themes}
}

// sameAsStrikingOut checks Decisive against its definition: for the given keywords,
// the texts that lose the tag are those that a classifier without the keyword does not
// tag.
func sameAsStrikingOut(t *testing.T, d *dict.Dictionary, texts []string, keywords [][3]int) (lost int) {
	t.Helper()
	c := testClassifier(t, d)
	for _, at := range keywords {
		s := &d.Themes[at[0]].SubThemes[at[1]]
		less := testClassifier(t, withoutKeyword(d, at[0], at[1], at[2]))
		pair := s.ID + " " + keywordText(&s.Keywords[at[2]])
		has := func(tags []NamedTag) bool {
			return slices.ContainsFunc(tags, func(tag NamedTag) bool { return tag.ID == s.ID })
		}
		for _, text := range texts {
			want := has(c.Tags(text)) && !has(less.Tags(text))
			if got := slices.Contains(decisivePairs(c, text), pair); got != want {
				t.Errorf("%s in %q: %t, but striking it out says %t", pair, text, got, want)
			}
			if want {
				lost++
			}
		}
	}
	return lost
}

// TestDecisiveIsStrikingOut: with dictionaries of few words that overlap, and with the
// most frequent keywords of the default dictionary on real texts.
func TestDecisiveIsStrikingOut(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(13, 28))
	words := []string{"教育", "教育质量", "质量", "质量监督", "监督", "学校", "小学", "小学校", "教育部", "学校教育", "部门", "监督部门"}
	lost := 0
	for range 6 {
		d := &dict.Dictionary{Themes: []dict.Theme{{ID: "t", RelativeThreshold: float64(rng.IntN(3)) * 0.4, ThresholdLength: rng.IntN(2) * 8, TitleWeight: rng.IntN(3) * 2}}}
		var all [][3]int
		for sub := range 3 {
			s := dict.SubTheme{ID: fmt.Sprintf("t/s%d", sub), Threshold: 0.5 + float64(rng.IntN(3))/2}
			for _, w := range words {
				if rng.IntN(3) > 0 {
					s.Keywords = append(s.Keywords, dict.Keyword{Word: w, Weight: []float64{-1, 0.5, 1, 2}[rng.IntN(4)], Whole: rng.IntN(4) == 0})
				}
			}
			s.Keywords = append(s.Keywords, dict.Keyword{All: []string{words[rng.IntN(6)], words[6+rng.IntN(6)]}, Within: 20, Weight: 1})
			d.Themes[0].SubThemes = append(d.Themes[0].SubThemes, s)
			for k := range s.Keywords {
				if k%4 == sub {
					all = append(all, [3]int{0, sub, k})
				}
			}
		}
		texts := make([]string, 200)
		for i := range texts {
			for range 1 + rng.IntN(6) {
				texts[i] += words[rng.IntN(len(words))] + []string{"", "，", "的", "\n"}[rng.IntN(4)]
			}
		}
		lost += sameAsStrikingOut(t, d, texts, all)
	}
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, text := range readTexts(t, filepath.Join("..", "examples", "suggestions.ndjson")) {
		texts = append(texts, string(text))
	}
	lost += sameAsStrikingOut(t, d, texts, mostDecisive(testClassifier(t, d), texts, 8))
	if lost < 100 {
		t.Errorf("only %d tags depend on a keyword", lost)
	}
}

// mostDecisive returns the n keywords on which most tags depend.
func mostDecisive(c *Classifier, texts []string, n int) [][3]int {
	count := map[[3]int]int{}
	var r Result
	for _, text := range texts {
		c.Decisive(&r, []byte(text), func(tag, keyword int) { count[[3]int{r.Tags[tag].Theme, r.Tags[tag].SubTheme, keyword}]++ })
	}
	var all [][3]int
	for at := range count {
		all = append(all, at)
	}
	slices.SortFunc(all, func(a, b [3]int) int {
		if d := count[b] - count[a]; d != 0 {
			return d
		}
		return slices.Compare(a[:], b[:])
	})
	return all[:min(n, len(all))]
}
