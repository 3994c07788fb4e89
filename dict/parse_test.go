package dict

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// documented is the example of the format in the design documents, with every key.
const documented = `theme: livelihood
name: {zh: 民生, en: People's livelihood}
subthemes:
  - id: education                      # counted as livelihood/education
    name: {zh: 教育, en: Education}
    aspect: livelihood                 # one of the nine headings
    threshold: 1                       # default 1
    keywords:
      - 双减                            # weight 1
      - {word: 学校, weight: 0.6, unless: [驾校学校]}
      - {word: 代表, match: whole}
      - {word: 托幼一体化, token: true}
      - {all: [幼儿园, 收费], within: 12, weight: 1.5}
    examples:
      - {text: 建议放学后开展课后服务, expect: [livelihood/education]}
      - {text: 你好, expect: []}
      - {text: 驾校学校, forbid: [livelihood/education]}
  - {id: other, keywords: []}
relative_threshold: 0.4                # default 0
threshold_length: 16                   # default 0
title_weight: 2                        # default 1
`

func TestParse(t *testing.T) {
	d, err := Parse(fstest.MapFS{"1.yaml": {Data: []byte(documented)}})
	if err != nil {
		t.Fatal(err)
	}
	at := func(line, column int) Position { return Position{"1.yaml", line, column} }
	want := []Theme{{
		ID:                "livelihood",
		Name:              Name{"民生", "People's livelihood"},
		RelativeThreshold: 0.4,
		ThresholdLength:   16,
		TitleWeight:       2,
		File:              "1.yaml",
		SubThemes: []SubTheme{
			{
				ID: "livelihood/education", Name: Name{"教育", "Education"}, Aspect: "livelihood", Threshold: 1, Pos: at(4, 5),
				Keywords: []Keyword{
					{Word: "双减", Weight: 1, Pos: at(9, 9)},
					{Word: "学校", Weight: 0.6, Unless: []string{"驾校学校"}, Pos: at(10, 9)},
					{Word: "代表", Weight: 1, Whole: true, Pos: at(11, 9)},
					{Word: "托幼一体化", Weight: 1, Token: true, Pos: at(12, 9)},
					{All: []string{"幼儿园", "收费"}, Within: 12, Weight: 1.5, Pos: at(13, 9)},
				},
				Examples: []Example{
					{Text: "建议放学后开展课后服务", Expect: []string{"livelihood/education"}, Pos: at(15, 9)},
					{Text: "你好", Expect: []string{}, Pos: at(16, 9)},
					{Text: "驾校学校", Forbid: []string{"livelihood/education"}, Pos: at(17, 9)},
				},
			},
			{ID: "livelihood/other", Name: Name{"other", "other"}, Threshold: 1, Pos: at(18, 5)},
		},
	}}
	if diff := cmp.Diff(want, d.Themes); diff != "" {
		t.Errorf("themes differ (-want +got):\n%s", diff)
	}
	for i, untagged := range []bool{false, true, false} {
		if got := d.Themes[0].SubThemes[0].Examples[i].Untagged(); got != untagged {
			t.Errorf("example %d: Untagged is %v, want %v", i, got, untagged)
		}
	}
}

// TestKeywordsStayText: words that YAML would read as a number, a date or nothing
// are read as the text that was written.
func TestKeywordsStayText(t *testing.T) {
	want := []string{
		"007", "1.10", "yes", "null", "~", "1e3", "2022-01-01", "true", "0x10", "0o7", "1_000", ".inf", ".nan", "12:30:45",
		"=", "<<", "OFF", "NO", "-1", "+1", "C#", "5G",
	}
	for _, layout := range []struct{ name, before, between, after string }{
		{"block", "keywords:\n      - ", "\n      - ", "\n"},
		{"flow", "keywords: [", ", ", "]\n"},
		{"mappings", "keywords:\n      - {word: ", "}\n      - {word: ", "}\n"},
		{"typed as strings", "keywords:\n      - !!str ", "\n      - !!str ", "\n"},
	} {
		t.Run(layout.name, func(t *testing.T) {
			text := "theme: a\nsubthemes:\n  - id: b\n    " + layout.before
			for i, w := range want {
				if i > 0 {
					text += layout.between
				}
				text += w
			}
			d, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(text + layout.after)}})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, k := range d.Themes[0].SubThemes[0].Keywords {
				got = append(got, k.Word)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("keywords differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestIDsStayText: the same holds for ids, in a theme and in what an example
// expects.
func TestIDsStayText(t *testing.T) {
	d, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(
		"theme: 010\nname: {zh: no, en: 1.10}\nsubthemes:\n  - {id: null, keywords: [], examples: [{text: 1.10, expect: [010/null]}]}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	theme := d.Themes[0]
	if theme.ID != "010" || theme.Name != (Name{"no", "1.10"}) || theme.SubThemes[0].ID != "010/null" || theme.SubThemes[0].Examples[0].Text != "1.10" {
		t.Errorf("theme %+v", theme)
	}
}

// TestNumbers: weights and thresholds in all valid notations.
func TestNumbers(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1e6, "0.6": 600_000, "-2.5": -2_500_000, "+1": 1e6, ".5": 500_000, "2.": 2e6, "1e-6": 1, "1E2": 100e6,
		"0.000001": 1, "1000": 1000e6, "-1000": -1000e6, "010": 10e6, "0.1": 100_000, "999.999999": 999_999_999,
		"0.30000000000000000000001": 300_000,
	} {
		d, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(
			"theme: a\nsubthemes: [{id: b, keywords: [{word: 学校, weight: " + text + "}]}]\n")}})
		if err != nil {
			t.Errorf("weight %s: %v", text, err)
			continue
		}
		if got := millionths(d.Themes[0].SubThemes[0].Keywords[0].Weight); got != want {
			t.Errorf("weight %s is %d millionths, want %d", text, got, want)
		}
	}
}

func TestLookup(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i, theme := range d.Themes {
		for j, s := range theme.SubThemes {
			n++
			if gotTheme, gotSub, ok := d.Lookup(s.ID); !ok || gotTheme != i || gotSub != j {
				t.Errorf("Lookup(%s) = %d, %d, %v, want %d, %d", s.ID, gotTheme, gotSub, ok, i, j)
			}
		}
	}
	if n != d.NumSubThemes() {
		t.Errorf("NumSubThemes is %d, want %d", d.NumSubThemes(), n)
	}
	for _, id := range []string{"", "/", "livelihood", "livelihood/", "education", "livelihood/education/", "livelihood/none", "x/education"} {
		if theme, sub, ok := d.Lookup(id); ok {
			t.Errorf("Lookup(%q) = %d, %d, want none", id, theme, sub)
		}
	}
}

func TestAspects(t *testing.T) {
	a := Aspects()
	if len(a) != 9 || a[0].ID != "leadership" || a[8].Name.Zh != "加强生态文明建设" {
		t.Errorf("aspects %v", a)
	}
	a[0].ID = "changed"
	if Aspects()[0].ID != "leadership" {
		t.Error("the caller's copy is not its own")
	}
	for _, x := range Aspects() {
		if msg, _ := checkID(x.ID); !msg.IsZero() || x.Name.Zh == "" || x.Name.En == "" {
			t.Errorf("aspect %+v: %s", x, msg)
		}
	}
}
