package workbench

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
)

// TestCoverByHand. The messages are tagged so: school, by one keyword with two hits;
// school and road, with similar scores; school, and road by the rule and 公交; nothing,
// since 0.5 is below the threshold; nothing, since -2 + 1.5 is below; nothing; road, by one
// keyword.
func TestCoverByHand(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	corpus := labelledCorpus("学校旁的学校 | x", "学校与公交、堵车，双减 | x", "学校门口的公交 | x", "老师好 | x", "驾校学校 | x", "天气 | x", "堵车 | x")
	got, err := Cover(context.Background(), c, corpus)
	if err != nil {
		t.Fatal(err)
	}
	want := []SubThemeCoverage{
		{ID: "life/school", Tagged: 3, Primary: 2, Single: 2, Below: 2},
		{ID: "life/road", Tagged: 3, Primary: 2, Single: 1},
		{ID: "life/care"},
	}
	if d := cmp.Diff(want, got.SubThemes); d != "" {
		t.Error(d)
	}
	words := map[string]KeywordCoverage{}
	for _, k := range got.Keywords {
		if k.Pos == (dict.Position{}) {
			t.Errorf("%s is nowhere", k.Keyword)
		}
		k.SubTheme, k.Pos, k.Weight = "", dict.Position{}, 0
		words[k.Keyword], k.Keyword = k, ""
	}
	for _, w := range []KeywordCoverage{
		{Keyword: "学校", Hits: 5, Messages: 4, Tagged: 3, Single: 2},
		{Keyword: "双减", Hits: 1, Messages: 1, Tagged: 1},
		{Keyword: "老师", Hits: 1, Messages: 1},
		{Keyword: "驾校", Hits: 1, Messages: 1},
		{Keyword: "校车安全员", Dead: true},
		{Keyword: "学校+门口", Hits: 1, Messages: 1, Tagged: 1},
		{Keyword: "公交", Hits: 2, Messages: 2, Tagged: 2},
		{Keyword: "堵车", Hits: 2, Messages: 2, Tagged: 2, Single: 1},
	} {
		if d := cmp.Diff(w, words[w.Keyword]); d != "" {
			t.Errorf("%s: %s", w.Keyword, d)
		}
	}
	// Both: the second (2.5 and 2) and the third (1.5 and 2.2) message. In the
	// third, both match 学校, but the match of the rule is longer, so it is not the
	// same text.
	if d := cmp.Diff([]Overlap{{A: "life/school", B: "life/road", Both: 2, Jaccard: 0.5}}, got.Overlaps); d != "" {
		t.Error(d)
	}
	if got.Untagged != 3 {
		t.Errorf("%d untagged", got.Untagged)
	}
	checkGolden(t, "coverage.txt", rendered(t, func(b *bytes.Buffer) error { return got.Text(b, Reader{}, CoverageTextOptions{}) }))
	checkGolden(t, "coverage.zh.txt", rendered(t, func(b *bytes.Buffer) error { return got.Text(b, inChinese(t), CoverageTextOptions{}) }))
	checkGolden(t, "coverage.json", rendered(t, func(b *bytes.Buffer) error { return got.JSON(b) }))
}

func TestCoverConflictsAndDominance(t *testing.T) {
	d := lintDictionary(t, "theme: a\nsubthemes:\n  - {id: x, keywords: [学校, 食堂]}\n  - {id: y, keywords: [学校, {word: 公交, weight: 0.05}]}\n")
	lines := make([]string, 0, minDominated)
	for range minDominated {
		lines = append(lines, "学校 | x")
	}
	got, err := Cover(context.Background(), classifierFor(t, d), labelledCorpus(lines...))
	if err != nil {
		t.Fatal(err)
	}
	want := []Overlap{{A: "a/x", B: "a/y", Both: 20, Jaccard: 1, Conflicts: 20, Shared: 20}}
	if d := cmp.Diff(want, got.Overlaps); d != "" {
		t.Error(d)
	}
	if !got.Keywords[0].Dominating || got.Keywords[1].Dominating || !got.Keywords[1].Dead {
		t.Errorf("%+v", got.Keywords)
	}
}

// TestCoverRelativeThreshold: a score below the relative threshold counts as below,
// and its keywords still have their hits.
func TestCoverRelativeThreshold(t *testing.T) {
	c := classifierFor(t, lintDictionary(t, "relative_threshold: 0.6\n"+fixtureTheme))
	corpus := labelledCorpus("学校双减，公交 | x", "养老院，公交 | x") // 2.5 and 1, by matches 2 and 1; 1 and 1
	got, err := Cover(context.Background(), c, corpus)
	if err != nil {
		t.Fatal(err)
	}
	want := []SubThemeCoverage{
		{ID: "life/school", Tagged: 1, Primary: 1},
		{ID: "life/road", Tagged: 1, Primary: 1, Single: 1, Below: 1},
		{ID: "life/care", Tagged: 1, Single: 1},
	}
	if d := cmp.Diff(want, got.SubThemes); d != "" {
		t.Error(d)
	}
	for _, k := range got.Keywords {
		if k.Keyword == "公交" && (k.Hits != 2 || k.Tagged != 1) {
			t.Errorf("%+v", k)
		}
	}
}

// TestCoverSingle: a keyword is alone where striking it out costs the tag, whatever
// else matches beside it, and not where a word that it covers would count.
func TestCoverSingle(t *testing.T) {
	c := classifierFor(t, lintDictionary(t, fixtureTheme+"  - {id: note, keywords: [{word: 教育质量, weight: 2}, 质量]}\n"))
	corpus := labelledCorpus("学校和老师 | x", "学校，双减 | x", "学校，双减，驾校 | x", "教育质量 | x", "质量 | x")
	got, err := Cover(context.Background(), c, corpus)
	if err != nil {
		t.Fatal(err)
	}
	single := map[string]int{}
	for _, k := range got.Keywords {
		if k.Single > 0 {
			single[k.Keyword] = k.Single
		}
	}
	// 1.5 + 0.5; 1.5 + 1; 1.5 + 1 - 2 is no tag; 2, and 1 without it; 1.
	if d := cmp.Diff(map[string]int{"学校": 1, "质量": 1}, single); d != "" {
		t.Error(d)
	}
	if n := got.SubThemes[0].Single; n != 1 {
		t.Errorf("%d messages of school depend on one keyword", n)
	}
}
