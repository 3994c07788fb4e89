package classifier

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/clipperhouse/displaywidth"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// explainDict has, for each reason for a refusal, a keyword that is refused.
func explainDict() *dict.Dictionary {
	return &dict.Dictionary{Themes: []dict.Theme{{ID: "t", SubThemes: []dict.SubTheme{
		{ID: "t/school", Name: dict.Name{Zh: "教育"}, Threshold: 1, Keywords: []dict.Keyword{
			{Word: "教育质量", Weight: 1.5},
			{Word: "质量", Weight: 1},
			{Word: "学校", Weight: 0.5, Unless: []string{"驾校学校"}},
			{All: []string{"学校", "收费"}, Within: 12, Weight: 1},
		}},
		{ID: "t/firm", Name: dict.Name{Zh: "企业"}, Threshold: 5, Keywords: []dict.Keyword{
			{Word: "国企", Weight: 3},
			{Word: "代表", Weight: 1, Whole: true},
			{Word: "企业", Weight: 1},
		}},
		{ID: "t/none", Threshold: 1, Keywords: []dict.Keyword{{Word: "海洋", Weight: 1}}},
		{ID: "t/against", Threshold: 1, Keywords: []dict.Keyword{{Word: "驾校", Weight: -1}, {Word: "海洋", Weight: 1}}},
	}}}}
}

const explainText = "中国企业的代表团看教育质量：驾校学校收费，学校收费高。\n学校\x1b[31m"

const explainWant = `text
  中国|企业|的|代表团|看|教育|质量|：|驾校|学校|收费|，|学校|收费|高|。
  学校|�|[|31m

t/school 教育                                 4.039721  tagged, threshold 1
  + 学校+收费                 weight 1 x (1 + ln 2) = 1.693147
      whole       at 17    学校收费
      whole       at 22    学校收费
  + 教育质量                  weight 1.5
      whole       at 10    教育质量
  + 学校                      weight 0.5 x (1 + ln 2) = 0.846574
      whole       at 17    学校  refused: unless 驾校学校
      whole       at 22    学校
      whole       at 29    学校
  - 质量                      weight 1, none counted
      whole       at 12    质量  refused: overlap 教育质量

t/firm 企业                                          1  not tagged, threshold 5
  + 企业                      weight 1
      whole       at 3     企业
  - 国企                      weight 3, none counted
      straddling  at 2     国企  refused: a token border falls inside it
  - 代表                      weight 1, none counted
      inside      at 6     代表  refused: match: whole

not shown: 1 with only keywords that weigh against them

t/school is the only sub-theme to reach its threshold: 4.039721 of 1
`

func testClassifier(t testing.TB, d *dict.Dictionary) *Classifier {
	t.Helper()
	p, err := newPlan(d)
	if err != nil {
		t.Fatal(err)
	}
	return &Classifier{dict: d, engine: newEngine(p, gseBase().lexicon), lexicon: gseBase().lexicon}
}

func TestExplain(t *testing.T) {
	c := testClassifier(t, explainDict())
	e := c.Explain([]byte(explainText))
	var b bytes.Buffer
	if err := e.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if b.String() != explainWant {
		t.Errorf("got\n%s\nwant\n%s", b.String(), explainWant)
	}
	for line := range strings.Lines(b.String()) {
		if displaywidth.String(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("a line of more than 80 columns: %q", line)
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back Explanation
	if err := json.Unmarshal(text, &back); err != nil || *back.Primary != "t/school" || len(back.SubThemes) != 2 || back.Against != 1 {
		t.Errorf("%v: %s", err, text)
	}
}

// TestExplainInChinese: all text is Chinese, in lines of at most 80 columns.
func TestExplainInChinese(t *testing.T) {
	d := explainDict()
	d.Themes[0].SubThemes[1].Threshold = 1
	d.Themes[0].RelativeThreshold = 0.25
	c := testClassifier(t, d)
	ours := []string{"school", "firm", "ln", "unless", "match", "whole"}
	for _, text := range []string{explainText, "企业看教育质量，学校收费；教育质量，学校收费，学校收费，学校", "海豚", "驾校", "国企代表", "教育质量和企业"} {
		var b bytes.Buffer
		if err := c.Explain([]byte(text)).WriteTextIn(&b, phrase.Chinese); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if displaywidth.String(strings.TrimSuffix(line, "\n")) > 80 {
				t.Errorf("a line of more than 80 columns: %q", line)
			}
		}
		for _, w := range regexp.MustCompile(`[a-z]{2,}`).FindAllString(b.String(), -1) {
			if !slices.Contains(ours, w) {
				t.Errorf("%q is not Chinese in\n%s", w, b.String())
			}
		}
	}
}

// TestExplainLost: a sub-theme that reached its threshold but not its relative
// threshold is explained, in the text and in JSON.
func TestExplainLost(t *testing.T) {
	d := explainDict()
	d.Themes[0].SubThemes[1].Threshold = 1
	d.Themes[0].RelativeThreshold = 0.25
	c := testClassifier(t, d)
	e := c.Explain([]byte("企业看教育质量，学校收费；教育质量，学校收费，学校收费，学校"))
	var b bytes.Buffer
	if err := e.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nt/school 教育                                  5.83148  tagged, threshold 1\n",
		"\nt/firm 企业                                          1  not tagged, threshold 1\n" +
			"  score 1 reaches the threshold 1, but is less than 0.25 of the highest score,\n" +
			"  5.83148 of t/school\n  + 企业 ",
		"\nt/school has the highest score: 5.83148; beside it the others that reach their\nthresholds are too little\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"id":"t/school","name":"教育","score":5.83148,"threshold":1,"relative_threshold":0.25,"tagged":true,"keywords"`,
		`"id":"t/firm","name":"企业","score":1,"threshold":1,"relative_threshold":0.25,"tagged":false,` +
			`"lost":"score 1 reaches the threshold 1, but is less than 0.25 of the highest score, 5.83148 of t/school","keywords"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	e = c.Explain([]byte("企业看教育质量，学校收费"))
	if len(e.SubThemes) != 2 || !e.SubThemes[1].Tagged || e.SubThemes[1].Lost != "" {
		t.Errorf("1 of 3, with 0.25: %+v", e.SubThemes)
	}
}

func TestExplainUntagged(t *testing.T) {
	c := testClassifier(t, explainDict())
	for text, want := range map[string]string{
		"":     "no keyword of the dictionary occurs",
		"国庆":   "no keyword of the dictionary occurs",
		"驾校":   "no keyword that occurs in the text speaks for a sub-theme",
		"企业代表": "no sub-theme reaches its threshold; nearest is t/firm with 2 of 5",
		"学校":   "nearest is t/school with 0.5 of 1",
	} {
		e := c.Explain([]byte(text))
		if e.Primary != nil || !strings.Contains(e.Why, want) {
			t.Errorf("%q: %s", text, e.Why)
		}
	}
}

// TestExplainTitle: --explain says which words stand in the title, and how often they count.
func TestExplainTitle(t *testing.T) {
	d := &dict.Dictionary{Themes: []dict.Theme{{ID: "t", TitleWeight: 3, SubThemes: []dict.SubTheme{
		{ID: "t/lift", Name: dict.Name{Zh: "电梯"}, Threshold: 1, Keywords: []dict.Keyword{{Word: "电梯", Weight: 1}, {Word: "物业", Weight: 0.5}}},
	}}}}
	e := testClassifier(t, d).Explain([]byte("电梯与物业\n电梯坏了"))
	for lang, want := range map[phrase.Language]string{
		phrase.English: `t/lift 电梯                                     3.4356  tagged, threshold 1
  + 电梯                      weight 1 x (1 + ln 4) = 2.386294
      whole       at 1     电梯  in the title: counts 3 times
      whole       at 7     电梯
  + 物业                      weight 0.5 x (1 + ln 3) = 1.049306
      whole       at 4     物业  in the title: counts 3 times
`,
		phrase.Chinese: `  + 电梯                      权重 1 × (1 + ln 4) = 2.386294
      整词        第 1 字  电梯  在标题里：算 3 次
      整词        第 7 字  电梯
`,
	} {
		var b bytes.Buffer
		if err := e.WriteTextIn(&b, lang); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v\n%s", err, b.String())
		}
	}
	text, err := json.Marshal(e.SubThemes[0].Keywords[0])
	if err != nil || !strings.Contains(string(text), `"count":2,"n":4,`) || strings.Count(string(text), `"times":3`) != 1 {
		t.Errorf("%s, %v", text, err)
	}
}

// TestExplainAgrees: on hostile messages, Explain counts the same occurrences as
// Classify, and its relations are the oracle's.
func TestExplainAgrees(t *testing.T) {
	t.Parallel()
	u := newDuel(t, withShares(bigDictionary(gseBase().words, false)))
	c := &Classifier{dict: u.dict, engine: u.engine}
	h := newHostile(u.dict, 11)
	const messages = 500
	occurrences, refused, lost := 0, 0, 0
	for range messages {
		text := h.message()
		e := c.Explain(text)
		var r Result
		c.Classify(&r, text)
		tagged := 0
		for i, s := range e.SubThemes {
			if !s.Tagged {
				if (s.Lost != "") != (s.Score >= s.Threshold) {
					t.Fatalf("%q: %s %s is not tagged from %s; lost: %q", text, s.ID, s.Score, s.Threshold, s.Lost)
				}
				lost += len(s.Lost)
				continue
			}
			tagged++
			tag := r.Tags[i]
			if id := u.dict.Themes[tag.Theme].SubThemes[tag.SubTheme].ID; id != s.ID || tag.Score != s.Score {
				t.Fatalf("%q: %s %s, Classify has %s %s", text, s.ID, s.Score, id, tag.Score)
			}
			counted, n, times := 0, 0, 0
			for _, m := range tag.Matches {
				times += int(m.Times)
			}
			for _, k := range s.Keywords {
				counted += k.Count
				n += max(k.N, k.Count)
				for _, o := range k.Occurrences {
					occurrences++
					if o.Counted == (o.Refused != "") {
						t.Fatalf("%q: %s at %d: counted %v, refused %q", text, k.Keyword, o.Start, o.Counted, o.Refused)
					}
					if o.Refused != "" {
						refused++
					}
				}
			}
			if counted != len(tag.Matches) || n != times {
				t.Fatalf("%q: %s counts %d as %d, Classify %d as %d", text, s.ID, counted, n, len(tag.Matches), times)
			}
		}
		if tagged != len(r.Tags) {
			t.Fatalf("%q: %d tagged, Classify has %d", text, tagged, len(r.Tags))
		}
		want := u.oracle.read(text)
		end := 0
		for _, token := range e.Tokens {
			end = token.End
			if at := slicesIndexEnd(want.runes, end); at < 0 || !want.token[at+1] {
				t.Fatalf("%q: token %q ends where gse has no border", text, token.Text)
			}
		}
	}
	t.Logf("%d messages, %d occurrences, %d refused", messages, occurrences, refused)
	if refused == 0 || lost == 0 {
		t.Error("nothing was refused, or nothing was lost")
	}
}

// slicesIndexEnd returns the index of the last rune that ends at end, or -1.
func slicesIndexEnd(runes []normRune, end int) int {
	for i := len(runes) - 1; i >= 0; i-- {
		if runes[i].end == end {
			return i
		}
	}
	return -1
}
