package workbench

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// TestFindUntagged has a text for each reason, and says what it is nearest to.
func TestFindUntagged(t *testing.T) {
	t.Parallel()
	d := lintDictionary(t, `theme: life
name: {zh: 民生, en: Life}
threshold_length: 20
subthemes:
  - id: school
    name: {zh: 教育, en: Education}
    keywords:
      - {word: 学校, weight: 0.5}
      - {word: 老师, weight: 0.5, unless: [老师傅]}
      - {word: 上课, weight: 1.2}
      - {word: 驾校, weight: -2}
  - id: road
    name: {zh: 交通, en: Roads}
    keywords:
      - 公交
      - {word: 车站, match: whole}
      - 路灯
      - {word: 晚上, weight: 0.5}
`)
	texts := []string{
		"公交太少",                           // tagged
		"电灯坏了没人修",                        // no keyword
		"晚上路灯不亮",                         // below, as 灯不亮 is a word and cuts 路灯
		"学校太远，打 13912345678",             // below
		"学校太远，打 13912345678",             // the same again
		"教练在驾校上课",                        // against
		"上课" + strings.Repeat("说来话长", 8), // length: 34 units, 1.2 of 1.303
		"老师傅修得好",                         // refused: unless
		"火车站人太多",                         // refused: inside
		"谢谢领导",                           // short
		"https://example.org",            // not Chinese
	}
	var lines bytes.Buffer
	for i, text := range texts {
		fmt.Fprintf(&lines, `{"id":"m%d","text":%q}`+"\n", i, text)
	}
	u, err := FindUntagged(t.Context(), classifierFor(t, d), Bytes("texts", lines.Bytes()), UntaggedOptions{Texts: true})
	if err != nil {
		t.Fatal(err)
	}
	want := map[Reason]int{ReasonNoKeyword: 1, ReasonBelow: 3, ReasonAgainst: 1, ReasonLength: 1, ReasonRefused: 2, ReasonShort: 1, ReasonNoChinese: 1}
	got, sum := map[Reason]int{}, 0
	for _, r := range u.Reasons {
		got[r.Reason] = r.Messages
		sum += r.Messages
		if r.Reason == ReasonRefused && !reflect.DeepEqual(r.Refused, map[string]int{"unless": 1, "match: whole": 1}) {
			t.Errorf("refused: %v", r.Refused)
		}
		if r.Reason == ReasonBelow {
			if !reflect.DeepEqual(r.Refused, map[string]int{"straddling": 1}) {
				t.Errorf("below, as keywords are refused: %v", r.Refused)
			}
			s := r.Samples[1:]
			if len(s) != 1 || s[0].Nearest.ID != "life/school" || s[0].Missing().String() != "0.5" || strings.Contains(s[0].Text, "139") {
				t.Errorf("below: %+v", s)
			}
		}
	}
	if !reflect.DeepEqual(got, want) || sum != u.Untagged || u.Untagged != 10 || u.Rows != 11 {
		t.Errorf("%d of %d: %v", u.Untagged, u.Rows, got)
	}
	near := u.Near[0]
	if len(u.Near) != 2 || near.Messages != 4 || near.Missing.String() != "0.5" || near.Keywords[0] != (NearKeyword{"上课", 2}) {
		t.Errorf("%+v", u.Near)
	}
	if len(u.Texts) != 9 || u.Texts[1].Messages != 2 || strings.Contains(u.Texts[1].Text, "139") || u.Texts[8].Reason != ReasonNoChinese {
		t.Errorf("%+v", u.Texts)
	}
	if out := rendered(t, func(b *bytes.Buffer) error { return u.JSON(b) }); bytes.Contains(out, []byte("139")) {
		t.Errorf("%s", out)
	}
	for _, r := range []Reader{{Dicts: []*dict.Dictionary{d}}, inChinese(t)} {
		out := string(rendered(t, func(b *bytes.Buffer) error { return u.Text(b, r) }))
		if strings.Contains(out, "139") || strings.Contains(out, "short") {
			t.Error(out)
		}
	}
	if _, err := FindUntagged(t.Context(), classifierFor(t, d), Bytes("none", nil), UntaggedOptions{}); !errors.Is(err, ErrNoMessages) {
		t.Error(err)
	}
}
