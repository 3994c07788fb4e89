package classifier

import (
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// cases specify the semantics: each is the smallest example that distinguishes two
// readings. Every engine must pass them. want is in the format of [render].
var cases = []struct {
	name     string
	keywords []dict.Keyword
	text     string
	want     string
}{
	{"one token", words("教育"), "教育质量", "1: 教育@0w"},
	{"a run of whole tokens", words("乡村振兴"), "乡村振兴", "1: 乡村振兴@0w"},
	{"inside a longer token", words("教育"), "教育部", "1: 教育@0i"},
	{"straddling", words("国企"), "中国企业", ""},
	{"match whole refuses inside", []dict.Keyword{{Word: "代表", Whole: true}}, "代表团", ""},
	{"match whole takes whole", []dict.Keyword{{Word: "代表", Whole: true}}, "代表说", "1: 代表@0w"},
	{"refused by an unless", []dict.Keyword{{Word: "学校", Unless: []string{"驾校学校"}}}, "驾校学校", ""},
	{"an unless elsewhere", []dict.Keyword{{Word: "学校", Unless: []string{"驾校学校"}}}, "驾校学校,学校", "1: 学校@13w"},
	{"an unless that only overlaps", []dict.Keyword{{Word: "学校教育", Unless: []string{"驾校学校"}}}, "驾校学校教育", "1: 学校教育@6w"},
	{"an unless need not be a token", []dict.Keyword{{Word: "企业", Unless: []string{"国企业"}}}, "中国企业", ""},

	{"the longest of the leftmost", words("教育", "教育质量", "质量监督"), "教育质量监督", "1: 教育质量@0w"},
	{"not the longest first", words("教育质量", "质量监督局"), "教育质量监督局", "1: 教育质量@0w"},
	{"touching does not overlap", words("教育", "质量"), "教育质量", "2: 教育@0w 质量@6w"},
	{
		"what is refused hides nothing",
		[]dict.Keyword{{Word: "教育部门", Unless: []string{"教育部门前"}}, {Word: "教育"}},
		"教育部门前", "1: 教育@0i",
	},
	{"a keyword over itself", words("哈哈"), "哈哈哈哈哈", "1.693147: 哈哈@0w 哈哈@6i"},

	{"n counts damped", words("学校"), "学校,学校,学校", "2.098612: 学校@0w 学校@7w 学校@14w"},
	{"weights", []dict.Keyword{{Word: "学校", Weight: 0.6}, {Word: "老师", Weight: 0.5}}, "学校老师", "1.1: 学校@0w 老师@6w"},
	{"below the threshold", []dict.Keyword{{Word: "学校", Weight: 0.6}}, "学校", ""},
	{"evidence against", []dict.Keyword{{Word: "学校"}, {Word: "驾驶", Weight: -0.5}}, "驾驶学校", ""},
	{"nothing", words("学校"), "", ""},

	{"rule in any order", rule(12, "幼儿园", "收费"), "收费的幼儿园", "1: 幼儿园+收费@0w"},
	{"rule within, to the rune", rule(6, "幼儿园", "收费"), "幼儿园的收费", "1: 幼儿园+收费@0w"},
	{"rule beyond, by a rune", rule(5, "幼儿园", "收费"), "幼儿园的收费", ""},
	{"rule counts no pair twice", rule(9, "学校", "医院"), "学校医院学校", "1: 学校+医院@0w"},
	{"rule takes the nearest", rule(9, "学校", "医院"), "学校学校医院", "1: 学校+医院@6w"},
	{"rule goes on after a match", rule(9, "学校", "医院"), "学校医院医院学校", "1.693147: 学校+医院@0w 学校+医院@12w"},
	{"rule matches do not overlap", rule(9, "的", "哈哈"), "的哈哈哈的", "1: 的+哈哈@0i"},
	{"rule words may overlap", rule(9, "教育", "教育部"), "教育部", "1: 教育+教育部@0i"},
	{"rule refuses straddling words", rule(9, "国企", "中国"), "中国企业", ""},
	{
		"rule and words both count", append(rule(9, "学校", "医院"), words("学校", "医院")...), "学校医院",
		"3: 学校@0w 学校+医院@0w 医院@6w",
	},
	{"rule with whole", []dict.Keyword{{All: []string{"代表", "学校"}, Within: 9, Whole: true}}, "代表团学校", ""},
	{"rule with unless", []dict.Keyword{{All: []string{"企业", "学校"}, Within: 9, Unless: []string{"国企业"}}}, "中国企业学校", ""},
	{"rule counts runes, not units", rule(9, "医院", "5G"), "医院abc,,5G", "1: 医院+5G@0w"},
	{"rule counts runes of a run", rule(8, "医院", "5G"), "医院abc,,5G", ""},

	{"unit that gse lacks", words("5G"), "用5G网络", "1: 5G@3w"},
	{"not in a longer run", words("5G", "ai"), "15G maintain 5Gs", ""},
	{"mixed units", words("双一流A类"), "双一流a类大学", "1: 双一流A类@0w"},
	{"a space in a keyword", words("machine learning"), "Machine　Learning", "1: machine learning@0w"},
	{"full-width and case", words("ＡＰＰ"), "下载app和ａＰｐ", "1.693147: ＡＰＰ@6w ＡＰＰ@12w"},
	{"traditional in the text", words("医疗"), "醫療", "1: 医疗@0w"},
	{"traditional in the keyword", words("醫療"), "医疗", "1: 醫療@0w"},
	{"zero-width within", words("医疗"), "\u200b医\u200b\ufe0f疗\u200b改", "1: 医疗@3w"},
	{"zero-width within a run", words("app"), "a\u00adp\u200dp\u200d", "1: app@0w"},
	{"form C", words("café"), "cafe\u0301s cafe\u0301", "1: café@8w"},
	{"form C after lower case", words("ǰ"), "J\u030c", "1: ǰ@0w"},
	{"invalid bytes", words("学校"), "\xff学校\xe5\xad", "1: 学校@1w"},
	{"invalid bytes are no match", words("学校"), "学\xff校", ""},
	{"emoji", words("🏥"), "去🏥吧", "1: 🏥@3w"},
	{"an added token", []dict.Keyword{{Word: "国企", Token: true}}, "中国企业", ""},
	{"an added token is one", []dict.Keyword{{Word: "托幼一体化", Token: true}, {Word: "一体", Whole: true}}, "推进托幼一体化", "1: 托幼一体化@6w"},
	{"without it there are parts", words("一体化"), "推进托幼一体化", "1: 一体化@12w"},
}

func words(ws ...string) []dict.Keyword {
	out := make([]dict.Keyword, 0, len(ws))
	for _, w := range ws {
		out = append(out, dict.Keyword{Word: w})
	}
	return out
}

func rule(within int, ws ...string) []dict.Keyword {
	return []dict.Keyword{{All: ws, Within: within}}
}

// one returns a dictionary with one sub-theme. A weight of 0 becomes 1.
func one(keywords []dict.Keyword) *dict.Dictionary {
	keywords = append([]dict.Keyword(nil), keywords...)
	for i := range keywords {
		if keywords[i].Weight == 0 {
			keywords[i].Weight = 1
		}
	}
	return &dict.Dictionary{Themes: []dict.Theme{{
		ID: "t", SubThemes: []dict.SubTheme{{ID: "t/s", Threshold: 1, Keywords: keywords}},
	}}}
}

// render formats tags for people: "score: keyword@start and relation, …", one
// sub-theme after the other.
func render(d *dict.Dictionary, tags []Tag) string {
	parts := make([]string, 0, len(tags))
	for _, tag := range tags {
		s := tag.Score.String() + ":"
		for _, m := range tag.Matches {
			k := &d.Themes[tag.Theme].SubThemes[tag.SubTheme].Keywords[m.Keyword]
			s += fmt.Sprintf(" %s@%d%c", keywordText(k), m.Start, "?wis"[m.Relation])
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

func TestOracleCases(t *testing.T) {
	t.Parallel()
	for _, c := range cases {
		d := one(c.keywords)
		p, err := newPlan(d)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		o, err := sharedOracle(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := render(d, o.classify([]byte(c.text))); got != c.want {
			t.Errorf("%s: %q\n got %s\nwant %s", c.name, c.text, got, c.want)
		}
	}
}

// TestOracleOrder: in one sub-theme a longer word replaces a shorter one, while
// another sub-theme has the shorter one and a rule that begins there.
func TestOracleOrder(t *testing.T) {
	u := newDuel(t, &dict.Dictionary{Themes: []dict.Theme{{ID: "t", SubThemes: []dict.SubTheme{
		{ID: "t/a", Threshold: 1, Keywords: []dict.Keyword{{Word: "电梯", Weight: 2}, {Word: "电梯坏了", Weight: 1}}},
		{ID: "t/b", Threshold: 1, Keywords: []dict.Keyword{{Word: "电梯", Weight: 1}, {All: []string{"电梯", "坏"}, Within: 4, Weight: 1}}},
	}}}})
	if !u.fight(t, []byte("电梯坏了")) || u.matches < 3 {
		t.Errorf("%d matches", u.matches)
	}
}

// TestThresholdLength: in a text of 5 units, a threshold_length of 4 multiplies
// thresholds by sqrt(5/4), which is 1.118 in thousandths, and a threshold_length of
// 3 by 1.290.
func TestThresholdLength(t *testing.T) {
	themes := func(length int) []dict.Theme {
		sub := func(id string, weight float64) dict.SubTheme {
			return dict.SubTheme{ID: id, Threshold: 1, Keywords: []dict.Keyword{{Word: "电梯", Weight: weight}}}
		}
		return []dict.Theme{
			{ID: "x", ThresholdLength: length, SubThemes: []dict.SubTheme{sub("x/1", 1), sub("x/2", 1.117999), sub("x/3", 1.118), sub("x/4", 1.289999), sub("x/5", 1.29)}},
			{ID: "y", SubThemes: []dict.SubTheme{sub("y/always", 1)}},
		}
	}
	for _, c := range []struct {
		length int
		text   string
		want   string
	}{
		{0, "那个电梯坏", "x/5 x/4 x/3 x/2 x/1 y/always"},
		{5, "那个电梯坏", "x/5 x/4 x/3 x/2 x/1 y/always"},
		{4, "个电梯坏", "x/5 x/4 x/3 x/2 x/1 y/always"},
		{4, "那个电梯坏", "x/5 x/4 x/3 y/always"},
		{3, "那个电梯坏", "x/5 y/always"},
		{4, "\u200b那 12345电梯", "x/5 x/4 x/3 y/always"},        // a removed character is no unit, a run of digits is one
		{4, "\u200b那12345电梯", "x/5 x/4 x/3 x/2 x/1 y/always"}, // without the space there are four units
		{1, "电梯", "y/always"},
	} {
		u := newDuel(t, &dict.Dictionary{Themes: themes(c.length)})
		u.fight(t, []byte(c.text))
		var got []string
		for _, tag := range u.result.Tags {
			got = append(got, u.dict.Themes[tag.Theme].SubThemes[tag.SubTheme].ID)
		}
		if list := strings.Join(got, " "); list != c.want {
			t.Errorf("%d, %q: %s, want %s", c.length, c.text, list, c.want)
		}
	}
	for _, length := range []int{-1, 1_000_001} {
		if _, err := newPlan(&dict.Dictionary{Themes: themes(length)}); err == nil || !strings.Contains(err.Error(), "threshold_length of x") {
			t.Errorf("%d: %v", length, err)
		}
	}
}

// TestTitle: what the title is, and how often a match in it counts. Every keyword weighs
// 1, and the scores are 1 + ln n: 1 for once, 1.693147 for twice and so on.
func TestTitle(t *testing.T) {
	theme := func(id string, weight int) dict.Theme {
		return dict.Theme{ID: id, TitleWeight: weight, SubThemes: []dict.SubTheme{{ID: id + "/s", Threshold: 1, Keywords: []dict.Keyword{
			{Word: "电梯", Weight: 1}, {Word: "公交", Weight: 2, Unless: []string{"公交卡"}}, {All: []string{"学校", "收费"}, Within: 9, Weight: 1},
		}}}}
	}
	const once, twice, thrice, four = "1", "1.693147", "2.098612", "2.386294"
	long := strings.Repeat("长", 57)
	for _, c := range []struct{ text, none, three string }{
		{"电梯", once, once},
		{"电梯\n", once, once},
		{"电梯\n \r\n　\u200b", once, once}, // nothing but white space follows
		{"电梯\n坏", once, thrice},
		{"电梯\r\n坏", once, thrice},
		{"电梯\r坏", once, once}, // only a line feed ends a line
		{"电梯\u2028坏", once, once},
		{"坏\n电梯", once, once},
		{"电梯\n电梯", twice, four},
		{"电梯，电\u200b梯\n坏", twice, "2.791759"},   // 6
		{"\n\r\n 　\ufeff\n电梯\n电梯", twice, four}, // blank lines before
		{"坏\n电梯\n坏", once, once},
		{"坏\u200b\u200b\u200b\n电梯", once, once}, // removed characters are no units
		{"电\n梯\n坏", "", ""},
		{long + "。电梯\n坏", once, thrice}, // 60 units
		{"\n" + long + "电梯\n坏", once, thrice},
		{long + "长。电梯\n坏", once, once}, // 61 units are a paragraph
		{"\n" + long + "。电梯\n坏", once, once},
		{"学校收费\n坏", once, thrice},
		{"学校\n收费", once, once}, // a rule counts as one in the title only with all its words
		{"公交卡\n公交", "2", "2"},
		{"公交\n公交卡", "2", "4.197224"},
		{"5G，电梯\u0301\n\u0301坏", once, thrice}, // form C decides nothing about the line feed
	} {
		u := newDuel(t, &dict.Dictionary{Themes: []dict.Theme{theme("none", 0), theme("one", 1), theme("three", 3)}})
		u.fight(t, []byte(c.text))
		got := map[string]string{}
		for _, tag := range u.result.Tags {
			got[u.dict.Themes[tag.Theme].ID] = tag.Score.String()
		}
		if got["none"] != c.none || got["one"] != c.none || got["three"] != c.three {
			t.Errorf("%q: %v, want %s and %s", c.text, got, c.none, c.three)
		}
	}
	// A bound must know the title: without it this would be dropped below the threshold.
	high := theme("nine", 9)
	high.SubThemes[0].Threshold = 3.19
	u := newDuel(t, &dict.Dictionary{Themes: []dict.Theme{high, theme("three", 3)}})
	if u.fight(t, []byte("电梯\n坏")); len(u.result.Tags) != 2 {
		t.Errorf("%d tags", len(u.result.Tags))
	}
	for _, weight := range []int{-1, 10} {
		if _, err := newPlan(&dict.Dictionary{Themes: []dict.Theme{theme("x", weight)}}); err == nil || !strings.Contains(err.Error(), "title_weight of x") {
			t.Errorf("%d: %v", weight, err)
		}
	}
}

// TestStretch compares with exact integers, up to the longest possible text.
func TestStretch(t *testing.T) {
	for _, length := range []int{1, 2, 3, 16, 999_983, maxLength} {
		for _, units := range []int{0, 1, 15, 16, 17, 25, 64, 100, 1 << 20, 999_983 * 4, 1<<31 - 1} {
			got := new(big.Int).SetUint64(stretch(units, length))
			if units <= length {
				if got.Int64() != stretchUnit {
					t.Errorf("%d of %d: %v", units, length, got)
				}
				continue
			}
			square := big.NewInt(int64(units) * stretchUnit * stretchUnit / int64(length))
			if want := new(big.Int).Sqrt(square); got.Cmp(want) != 0 {
				t.Errorf("%d of %d: %v, want %v", units, length, got, want)
			}
		}
	}
	for _, c := range []struct {
		threshold int64
		factor    uint64
		want      int64
	}{{1, 1000, 1}, {1, 1001, 2}, {1_000_000, 1118, 1_118_000}, {999_999, 1118, 1_117_999}, {math.MaxInt64, 1001, math.MaxInt64}, {math.MaxInt64, 1 << 40, math.MaxInt64}} {
		if got := stretched(c.threshold, c.factor); got != c.want {
			t.Errorf("%d x %d: %d, want %d", c.threshold, c.factor, got, c.want)
		}
	}
}

// TestRelativeThreshold: 电梯 scores 10 in a, 4 in b and c, and 3.999999 in d. It
// scores 20 in e, which is below the threshold of e, so that score is not the
// highest for the others.
func TestRelativeThreshold(t *testing.T) {
	sub := func(id string, threshold, weight float64) dict.SubTheme {
		return dict.SubTheme{ID: id, Threshold: threshold, Keywords: []dict.Keyword{{Word: "电梯", Weight: weight}}}
	}
	themes := func(share float64) []dict.Theme {
		return []dict.Theme{
			{ID: "x", RelativeThreshold: share, SubThemes: []dict.SubTheme{sub("x/d", 1, 3.999999), sub("x/b", 1, 4), sub("x/below", 4.1, 4)}},
			{ID: "y", SubThemes: []dict.SubTheme{sub("y/a", 1, 10), sub("y/least", 0.000001, 0.000001), sub("y/e", 20.000001, 20)}},
			{ID: "z", RelativeThreshold: 0.4, SubThemes: []dict.SubTheme{sub("z/c", 1, 4)}},
		}
	}
	for _, c := range []struct {
		share float64
		want  string
	}{
		{0, "y/a 10, x/b 4, z/c 4, x/d 3.999999, y/least 0.000001"},
		{0.399999, "y/a 10, x/b 4, z/c 4, x/d 3.999999, y/least 0.000001"},
		{0.4, "y/a 10, x/b 4, z/c 4, y/least 0.000001"},
		{0.400001, "y/a 10, z/c 4, y/least 0.000001"},
		{1, "y/a 10, z/c 4, y/least 0.000001"},
	} {
		u := newDuel(t, &dict.Dictionary{Themes: themes(c.share)})
		u.fight(t, []byte("电梯"))
		var got []string
		for _, tag := range u.result.Tags {
			got = append(got, u.dict.Themes[tag.Theme].SubThemes[tag.SubTheme].ID+" "+tag.Score.String())
		}
		if list := strings.Join(got, ", "); list != c.want {
			t.Errorf("%v: %s, want %s", c.share, list, c.want)
		}
	}
	for _, share := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		if _, err := newPlan(&dict.Dictionary{Themes: themes(share)}); err == nil || !strings.Contains(err.Error(), "relative_threshold of x") {
			t.Errorf("%v: %v", share, err)
		}
	}
}
