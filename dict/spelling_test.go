package dict

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict/phrase"
)

func TestSpellingOf(t *testing.T) {
	for _, c := range []struct {
		word  string
		kind  spelling
		meant string
	}{
		{"学校、老师、学生", spellList, ""},
		{"学校，老师", spellList, ""},
		{"学校,老师", spellList, ""},
		{"school,teacher", spellList, ""},
		{"学校/老师", spellList, ""},
		{"学校|老师", spellList, ""},
		{"学校;老师", spellList, ""},
		{"学校；老师；", spellList, ""},
		{"学校 老师", spellList, ""},
		{"教育*", spellPattern, "教育"},
		{"*教育", spellPattern, "教育"},
		{"学*校", spellPattern, "学"},
		{"学.*校车", spellPattern, "校车"},
		{"学校?", spellPattern, "学校"},
		{"学校？", spellEnd, "学校"},
		{"学校？老师！", spellList, ""},
		{"^学校", spellPattern, "学校"},
		{"从…到", spellPattern, "从"},
		{"word：学校", spellKey, "学校"},
		{"关键词: 学校", spellKey, "学校"},
		{"【养老】", spellBrackets, "养老"},
		{"“三农”", spellBrackets, "三农"},
		{"(02 134)like", spellBrackets, "02 134"},
		{"<of>kind", spellBrackets, "kind"},
		{"学校（公办）", spellBrackets, "学校"},
		{"学校。", spellEnd, "学校"},
		{"学校！", spellEnd, "学校"},
		{"、学校", spellEnd, "学校"},
		{"学校：", spellEnd, "学校"},
		{"—学校", spellEnd, "学校"},
		{"⽼⼈", spellRadicals, ""},
		{"学校", spellPlain, ""},
		{"5G", spellPlain, ""},
		{"C++", spellPlain, ""},
		{"C#", spellPlain, ""},
		{"TCP/IP", spellPlain, ""},
		{"1,000", spellPlain, ""},
		{"8:30", spellPlain, ""},
		{"house price", spellPlain, ""},
		{"U.S.", spellPlain, ""},
		{"don’t", spellPlain, ""},
		{"卡尔·马克思", spellPlain, ""},
		{"互联网+", spellPlain, ""},
		{"K12 教育", spellPlain, ""},
		{"100%", spellPlain, ""},
		{":)", spellPlain, ""},
		{"？", spellPlain, ""},
	} {
		if kind, meant := spellingOf(c.word); kind != c.kind || meant != c.meant {
			t.Errorf("%s: kind %d, meant %q; want %d, %q", c.word, kind, meant, c.kind, c.meant)
		}
	}
}

func TestListed(t *testing.T) {
	for word, want := range map[string][]string{
		"学校、老师、 学生":  {"学校", "老师", "学生"},
		"学校|老师":      {"学校", "老师"},
		"，学校，，老师，":   {"学校", "老师"},
		"1,000 元，学校": {"1,000 元", "学校"},
		"学校":         nil,
		"学校、":        nil,
		"TCP/IP":     nil,
	} {
		if d := cmp.Diff(want, Listed(word)); d != "" {
			t.Errorf("%s: %s", word, d)
		}
	}
}

// TestLintSpellings: each kind is a warning that says what to write, for keywords and
// for the words of rules and of unless, in both languages.
func TestLintSpellings(t *testing.T) {
	src := "theme: a\nsubthemes:\n- id: b\n  keywords:\n  - 学校、老师\n  - 教育*\n  - 学*校\n  - word：医院\n  - 【养老】\n  - 公园。\n  - ⽼⼈\n" +
		"  - {all: [\"收费，涨价\", 幼儿园], within: 20}\n  - {word: 驾校, unless: [\"驾校甲、驾校乙\"]}\n"
	want := []string{
		"5 warning unlikely-spelling: 学校、老师 reads as a list of 2 words",
		"6 warning unlikely-spelling: 教育* has a wildcard or a mark of a pattern, and minyi has no patterns",
		"7 warning unlikely-spelling: 学*校 has a wildcard or a mark of a pattern, and minyi has no patterns",
		"8 warning unlikely-spelling: word：医院 has a key or a label before the word",
		"9 warning unlikely-spelling: 【养老】 has brackets or quotes",
		"10 warning unlikely-spelling: 公园。 has punctuation at an end",
		"11 warning unlikely-spelling: ⽼⼈ is written with radicals in place of characters",
		"12 warning unlikely-spelling: 收费，涨价 reads as a list of 2 words",
		"13 warning unlikely-spelling: 驾校甲、驾校乙 reads as a list of 2 words",
	}
	if d := cmp.Diff(want, lintOf(t, src)); d != "" {
		t.Error(d)
	}
	d, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(src)}})
	if err != nil {
		t.Fatal(err)
	}
	normalise := func(w string) string { return strings.NewReplacer("⽼", "老", "⼈", "人").Replace(w) }
	var fixes []string
	for _, f := range Lint(d, phrase.Chinese, normalise, nil) {
		fixes = append(fixes, f.Fix)
	}
	for _, fix := range []string{"写成 2 个关键词：学校、老师；minyi dict import --split 可以把整个文件里的都拆开", "写成 老人", "写成 2 个词：[收费, 涨价]"} {
		if !slices.ContainsFunc(fixes, func(f string) bool { return f == fix || strings.HasSuffix(f, fix) }) {
			t.Errorf("no fix %s in %q", fix, fixes)
		}
	}
}

// TestDefaultIsSpelledPlainly: no word of the dictionary in the program is of these
// kinds.
func TestDefaultIsSpelledPlainly(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Lint(d, phrase.English, func(w string) string { return w }, nil) {
		if f.Rule == ruleSpelling {
			t.Errorf("%s: %s", f.Position, f.Message)
		}
	}
}
