package workbench

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/minyi/minyi/dict"
)

// changedTheme changes fixtureTheme: 学校 weighs less, 双减 is whole only, 老师 is
// removed, 食堂 is added; 驾校 in traditional characters is the same keyword; so is the
// rule with its words in another order; care is removed and sport added; road has a
// higher threshold.
const changedTheme = `theme: life
subthemes:
  - id: school
    keywords:
      - {word: 学校, weight: 0.9}
      - {word: 双减, match: whole}
      - {word: 駕校, weight: -2}
      - 校车安全员
      - 食堂
  - id: road
    threshold: 2
    keywords:
      - 公交
      - 堵车
      - {all: [门口, 学校], within: 8, weight: 1.2}
  - id: sport
    keywords: [足球]
`

func TestCompareDictionaries(t *testing.T) {
	a, b := fixtureDictionary(t), lintDictionary(t, changedTheme)
	got := CompareDictionaries(a, b)
	want := []SubThemeChange{
		{ID: "life/school", Kind: Changed, Keywords: []KeywordChange{
			{"食堂", Added, 0, 1}, {"双减", Changed, 1, 1}, {"老师", Removed, 0.5, 0}, {"学校", Reweighted, 1.5, 0.9},
		}},
		{ID: "life/road", Kind: Changed, Thresholds: &[2]float64{1, 2}, Keywords: []KeywordChange{}},
		{ID: "life/care", Kind: Removed, Keywords: []KeywordChange{{"养老院", Removed, 1, 0}}},
		{ID: "life/sport", Kind: Added, Keywords: []KeywordChange{{"足球", Added, 0, 1}}},
	}
	if d := cmp.Diff(want, got.SubThemes); d != "" {
		t.Error(d)
	}
	if same := CompareDictionaries(a, a); len(same.SubThemes) != 0 || same.A != same.B {
		t.Errorf("a dictionary differs from itself: %+v", same)
	}
}

// TestCompareRelativeThresholds: the keys of a theme change, come with a new theme,
// and go with a removed one. This moves no primary, but it changes tags.
func TestCompareRelativeThresholds(t *testing.T) {
	a := lintDictionary(t, "relative_threshold: 0.1\n"+fixtureTheme)
	b := lintDictionary(t, "relative_threshold: 0.6\nthreshold_length: 16\ntitle_weight: 2\n"+fixtureTheme)
	rename := func(d *dict.Dictionary, id string) *dict.Dictionary {
		other, err := dict.New([]dict.Theme{{ID: id, RelativeThreshold: 0.5, SubThemes: []dict.SubTheme{{ID: id + "/x", Threshold: 1}}}, d.Themes[0]})
		if err != nil {
			t.Fatal(err)
		}
		return other
	}
	got := CompareDictionaries(rename(a, "old"), rename(b, "new"))
	want := []ThemeChange{{"old", [2]float64{0.5, 0}, [2]int{}, [2]int{}}, {"life", [2]float64{0.1, 0.6}, [2]int{0, 16}, [2]int{0, 2}}, {"new", [2]float64{0, 0.5}, [2]int{}, [2]int{}}}
	if d := cmp.Diff(want, got.Themes); d != "" {
		t.Error(d)
	}
	d, err := Compare(context.Background(), classifierFor(t, a), classifierFor(t, b),
		labelledCorpus("公交和养老院的公交 | x", "公交和公交的公交，养老院 | x"), DiffOptions{}) // 1.69 and 1; 2.1 and 1
	if err != nil {
		t.Fatal(err)
	}
	if d.Corpus.Changed != 0 || d.Corpus.Retagged != 2 || len(d.SubThemes) != 0 {
		t.Errorf("changed %d, retagged %d, %+v", d.Corpus.Changed, d.Corpus.Retagged, d.SubThemes)
	}
	text := string(rendered(t, func(b *bytes.Buffer) error { return d.Text(b, Reader{}, 0) }))
	if !strings.Contains(text, "\n\nlife  relative_threshold 0.1 -> 0.6\n\nlife  threshold_length 0 -> 16\n\nlife  title_weight 1 -> 2\n\n2 messages") || strings.Contains(text, "no difference") {
		t.Error(text)
	}
	if out := rendered(t, func(b *bytes.Buffer) error { return d.JSON(b) }); !bytes.Contains(out, []byte("relative_thresholds")) {
		t.Errorf("%s", out)
	}
}

func TestCompareByHand(t *testing.T) {
	a, b := classifierFor(t, fixtureDictionary(t)), classifierFor(t, lintDictionary(t, changedTheme))
	corpus := labelledCorpus(
		"学校的事 | x",      // school -> untagged, by 学校
		"公交和公交 | x",     // road 1 + ln 2 -> untagged, by the threshold
		"食堂饭菜 | x",      // untagged -> school, by 食堂
		"学校食堂，公交堵车 | x", // road 2, school 1.5 -> road 2, school 1.9: the primary stays
		"足球和养老院 | x",    // care -> sport
		"天气 | x",
	)
	d, err := Compare(context.Background(), a, b, corpus, DiffOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got := d.Corpus
	if got.Changed != 4 || got.Retagged != 4 || got.Rows != 6 {
		t.Errorf("changed %d, retagged %d of %d", got.Changed, got.Retagged, got.Rows)
	}
	if want := (Flow{[]string{"life", ""}, [][]int{{2, 2}, {1, 1}}}); !cmp.Equal(got.Themes, want) {
		t.Errorf("themes %+v", got.Themes)
	}
	want := map[string]MoveCause{
		"life/school>":         {"life/school", "学校", Reweighted, 1},
		"life/road>":           {"life/road", "", "threshold", 1},
		">life/school":         {"life/school", "食堂", Added, 1},
		"life/care>life/sport": {"life/sport", "足球", Added, 1},
	}
	for _, m := range got.Moves {
		if d := cmp.Diff([]MoveCause{want[m.From+">"+m.To]}, m.Causes); d != "" {
			t.Errorf("%s > %s: %s", m.From, m.To, d)
		}
	}
	checkGolden(t, "diff.txt", rendered(t, func(b *bytes.Buffer) error { return d.Text(b, Reader{}, 0) }))
	checkGolden(t, "diff.zh.txt", rendered(t, func(b *bytes.Buffer) error { return d.Text(b, inChinese(t), 0) }))
	checkGolden(t, "diff.json", rendered(t, func(b *bytes.Buffer) error { return d.JSON(b) }))
}

// TestFlowConserves: every message is in the flow once, and those off its diagonal
// are the ones that moved. The comparison in the other direction finds as many.
func TestFlowConserves(t *testing.T) {
	a, b := classifierFor(t, fixtureDictionary(t)), classifierFor(t, lintDictionary(t, changedTheme))
	pieces := []string{"学校", "双减", "老师", "驾校", "公交", "堵车", "门口", "养老院", "足球", "食堂", "天气", "，"}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "messages")
		lines := make([]string, 0, n)
		for range n {
			lines = append(lines, "字"+strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 6).Draw(t, "text"), "")+" | x")
		}
		there, err := Compare(context.Background(), a, b, labelledCorpus(lines...), DiffOptions{Samples: -1})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Compare(context.Background(), b, a, labelledCorpus(lines...), DiffOptions{Samples: -1})
		if err != nil {
			t.Fatal(err)
		}
		sum, moved := 0, 0
		for i, row := range there.Corpus.SubThemes.Counts {
			for j, n := range row {
				sum += n
				if i != j {
					moved += n
				}
			}
		}
		if sum != len(lines) || moved != there.Corpus.Changed || moved != back.Corpus.Changed || there.Corpus.Retagged != back.Corpus.Retagged {
			t.Fatalf("%d in the flow of %d, %d moved, %+v and back %+v", sum, len(lines), moved, there.Corpus, back.Corpus)
		}
	})
}

func TestKeywordKey(t *testing.T) {
	for _, c := range []struct {
		a, b dict.Keyword
		same bool
	}{
		{dict.Keyword{Word: "醫療"}, dict.Keyword{Word: "医疗"}, true},
		{dict.Keyword{Word: "ＡＰＰ"}, dict.Keyword{Word: "app"}, true},
		{dict.Keyword{All: []string{"a", "b"}, Within: 9}, dict.Keyword{All: []string{"b", "a"}, Within: 9}, true},
		{dict.Keyword{All: []string{"a", "b"}, Within: 9}, dict.Keyword{All: []string{"a", "b"}, Within: 8}, false},
		{dict.Keyword{Word: "ab"}, dict.Keyword{All: []string{"a", "b"}, Within: 9}, false},
	} {
		if got := keywordKey(&c.a) == keywordKey(&c.b); got != c.same {
			t.Errorf("%+v and %+v are the same: %v", c.a, c.b, got)
		}
	}
}
