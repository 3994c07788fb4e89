package workbench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

func lintDictionary(t *testing.T, src string) *dict.Dictionary {
	t.Helper()
	d, err := dict.Parse(fstest.MapFS{"a.yaml": {Data: []byte(src)}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lintCorpus returns texts as a corpus.
func lintCorpus(t *testing.T, texts ...string) *Corpus {
	t.Helper()
	var data []byte
	for _, text := range texts {
		line, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		data = append(append(data, line...), '\n')
	}
	c := Bytes("texts.ndjson", data)
	return &c
}

// lintLines returns the findings that dict.Lint does not have.
func lintLines(t *testing.T, d *dict.Dictionary, c *Corpus) []string {
	t.Helper()
	findings, err := Lint(context.Background(), d, phrase.English, c, testTables())
	if err != nil {
		t.Fatal(err)
	}
	rules := dict.LintRules(phrase.English)
	known := make([]string, 0, len(rules))
	for _, r := range rules {
		known = append(known, r.ID)
	}
	var lines []string
	for _, f := range findings {
		if f.Why == "" || f.Fix == "" || f.Line == 0 {
			t.Errorf("incomplete: %+v", f)
		}
		if !slices.Contains(known, f.Rule) {
			lines = append(lines, fmt.Sprintf("%d %s %s: %s", f.Line, f.Severity, f.Rule, f.Message))
		}
	}
	return lines
}

const lintTheme = `theme: a
subthemes:
- id: b
  keywords:
  - 国企
  - 教育
  - {word: 代表, match: whole}
  - 不存在的词
  - {all: [教育, 国企], within: 20}
  - {all: [教育, 中国], within: 4}
  - 中国
  - {word: 就业, unless: [就业机会]}
  - 人民
  - 人民生活
  - {word: 质量, token: true}
`

func TestLintOnACorpus(t *testing.T) {
	d := lintDictionary(t, lintTheme)
	c := lintCorpus(t, "中国企业很多。", "我国的中国企业", "中国企业，教育部", "代表团来了", "就业机会很多", "人民生活好", "教育质量")
	want := []string{
		"5 error straddled-keyword: 国企 stands 3 times in 7 texts, and segmentation cuts through it every time",
		"7 warning inside-only-keyword: 代表 has match: whole and stands only inside longer words, once in 7 texts",
		"8 warning dead-keyword: 不存在的词 stands in none of 7 texts",
		"9 error straddled-keyword: 国企 stands 3 times in 7 texts, and segmentation cuts through it every time (in the rule 教育+国企)",
		"10 warning dead-keyword: the words of the rule 教育+中国 stand in texts, but in none of 7 within 4 characters of each other",
		"12 warning hidden-keyword: 就业 is counted in none of 7 texts although it stands in them",
		"13 warning hidden-keyword: 人民 is counted in none of 7 texts although it stands in them",
	}
	if diff := cmp.Diff(want, lintLines(t, d, c)); diff != "" {
		t.Error(diff)
	}
}

// TestLintFindsWhatIsMostlyCut: 灯不亮 is a word of gse's dictionary, and so 路灯 does not
// count in 路|灯不亮.
func TestLintFindsWhatIsMostlyCut(t *testing.T) {
	d := lintDictionary(t, "theme: a\nsubthemes:\n- id: b\n  keywords:\n  - 路灯\n  - 国企\n  - {all: [路灯, 国企], within: 9}\n  - 企业\n")
	texts := []string{"路灯坏了", "路灯不亮", "路灯不亮了，路灯不亮", "國企與路燈不亮", "路灯不亮", "国企很多", "中国企业", "中国企业", "中国企业", "中国企业"}
	want := []string{
		"5 warning straddled-keyword: segmentation cuts 路灯 in 5 of the 6 places where it stands, by the words 灯不亮 (5 times)",
		"7 warning straddled-keyword: segmentation cuts 路灯 in 5 of the 6 places where it stands, by the words 灯不亮 (5 times) (in the rule 路灯+国企)",
	}
	got := slices.DeleteFunc(lintLines(t, d, lintCorpus(t, texts...)), func(line string) bool { return !strings.Contains(line, ruleStraddled) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	findings, err := Lint(t.Context(), d, phrase.Chinese, lintCorpus(t, texts...), testTables())
	if err != nil || !slices.ContainsFunc(findings, func(f dict.Finding) bool {
		return f.Message == "路灯 出现 6 处，其中 5 处被分词切开，切开它的词：灯不亮（5 次）"
	}) {
		t.Errorf("%v, %+v", err, findings)
	}
}

func TestLintFindsDominatingKeywords(t *testing.T) {
	d := lintDictionary(t, "theme: a\nsubthemes:\n- id: b\n  keywords: [学校, 教师]\n- id: c\n  keywords: [医院]\n")
	var texts []string
	for i := range 30 {
		texts = append(texts, "学校")
		if i%3 == 0 {
			texts = append(texts, "教师", "学校的教师")
		}
		texts = append(texts, "医院")
	}
	want := []string{"4 warning dominating-keyword: 30 of 50 texts of a/b (60 %) are tagged by 学校 alone"}
	if diff := cmp.Diff(want, lintLines(t, d, lintCorpus(t, texts...))); diff != "" {
		t.Error(diff)
	}
}

// TestLintWithoutACorpus: Lint looks at the examples, and reports nothing about
// words that do not occur in them.
func TestLintWithoutACorpus(t *testing.T) {
	d := lintDictionary(t, `theme: a
subthemes:
- id: b
  keywords: [国企, 教育, 没有的词, {all: [企业, 国企], within: 9}]
  examples:
  - {text: 中国企业很多，教育部管教育, expect: [a/b]}
  - {text: 我国的中国企业, forbid: [a/b]}
`)
	want := []string{
		"4 warning straddled-keyword: 国企 stands 2 times in 2 examples, and segmentation cuts through it every time",
		"4 warning straddled-keyword: 国企 stands 2 times in 2 examples, and segmentation cuts through it every time (in the rule 企业+国企)",
	}
	if diff := cmp.Diff(want, lintLines(t, d, nil)); diff != "" {
		t.Error(diff)
	}
}

// TestLintKnowsWhatIsCut: 师资 occurs in 教师资格证, where 教师 is a token.
func TestLintKnowsWhatIsCut(t *testing.T) {
	d := lintDictionary(t, "theme: a\nsubthemes:\n- id: b\n  keywords: [师资, 教师资格证, 教师]\n")
	findings, err := Lint(context.Background(), d, phrase.English, nil, testTables())
	if err != nil || len(findings) != 1 || !strings.HasPrefix(findings[0].Message, "教师 stands in 教师资格证") {
		t.Errorf("%+v, %v", findings, err)
	}
}

func TestLintOfWhatTheClassifierRefuses(t *testing.T) {
	d := lintDictionary(t, "theme: a\nsubthemes:\n- id: b\n  keywords: [医疗, 醫療]\n")
	findings, err := Lint(context.Background(), d, phrase.English, lintCorpus(t, "医疗"), testTables())
	if err != nil || !dict.HasErrors(findings) {
		t.Errorf("%v, %v: want the error as a finding", findings, err)
	}
}

func TestLintOfABadCorpus(t *testing.T) {
	d := lintDictionary(t, lintTheme)
	bad := Bytes("bad.ndjson", []byte("{\"text\":\"好\"}\nnot json\n"))
	if _, err := Lint(context.Background(), d, phrase.English, &bad, testTables()); err == nil || !strings.Contains(err.Error(), "bad.ndjson:2") {
		t.Errorf("%v, want the fault with its line", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Lint(ctx, d, phrase.English, lintCorpus(t, "好"), testTables()); err == nil {
		t.Error("nothing stops it")
	}
}

func TestLintRulesAreTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range LintRules(phrase.English) {
		if seen[r.ID] || r.ID != strings.ToLower(r.ID) || r.Summary == "" {
			t.Errorf("%+v", r)
		}
		seen[r.ID] = true
	}
}

// sharedData returns the path of a file of real messages, which is not part of the
// project.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	dir := os.Getenv("MINYI_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	path := filepath.Join(dir, "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no real messages at %s: set MINYI_SHARED to the folder with data/%s", path, name)
	}
	return path
}

func TestLintOfTheDefaultOnRealMessages(t *testing.T) {
	path := sharedData(t, "citizen-messages.dev.ndjson")
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := File(path)
	start := time.Now()
	findings, err := Lint(context.Background(), d, phrase.English, &c, testTables())
	if err != nil {
		t.Fatal(err)
	}
	all, rows := normalisedCorpus(t, path)
	count := map[string]int{}
	for i, f := range findings {
		count[f.Rule]++
		if !strings.Contains(f.Message, fmt.Sprintf("in none of %d texts", rows)) || f.Rule != ruleDead || i%20 != 0 {
			continue
		}
		// A word that is reported as absent occurs in no text, except within a run
		// of Latin letters.
		word, _, _ := strings.Cut(f.Message, " stands")
		if !strings.ContainsFunc(word, func(r rune) bool { return r < 0x800 }) && strings.Contains(all, classifier.Normalize(word)) {
			t.Errorf("%s, and yet it does", f.Message)
		}
	}
	if count[ruleDead] == 0 || count[ruleStraddled] == 0 {
		t.Errorf("nothing was found: %v", count)
	}
	t.Logf("%d messages in %.1fs: %v", rows, time.Since(start).Seconds(), count)
}

// normalisedCorpus returns all texts of a corpus, and how many there are.
func normalisedCorpus(t *testing.T, path string) (string, int) {
	t.Helper()
	var b strings.Builder
	stats, err := mapMessages(context.Background(), File(path), func() struct{} { return struct{}{} },
		func(_ struct{}, m *Message) (string, error) { return classifier.Normalize(m.Text), nil },
		func(text string) error { b.WriteString(text + "\n"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), stats.Rows
}
