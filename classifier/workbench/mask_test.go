package workbench

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMask(t *testing.T) {
	for text, want := range map[string]string{
		"我的电话是13812345678，请回复":        "我的电话是***********，请回复",
		"电话138 1234 5678":             "电话*** **** ****",
		"电话138-1234-5678。":            "电话***-****-****。",
		"+86 13812345678":             "+86 ***********",
		"１３８１２３４５６７８":                 "＊＊＊＊＊＊＊＊＊＊＊",
		"１３８－１２３４－５６７８":               "＊＊＊－＊＊＊＊－＊＊＊＊",
		"身份证110105 1949 1231 002X":    "身份证****** **** **** ****",
		"zhang＠example．com":           "*****＠*******．***",
		"电话0571-876-5432":             "电话****-***-****",
		"座机010-62345678转3":            "座机***-********转3",
		"座机（0571）8765432":             "座机（****）*******",
		"身份证11010519491231002X":       "身份证******************",
		"卡号6222 0212 3456 7890 123":   "卡号**** **** **** **** ***",
		"邮箱zhang.san@example.com.cn！": "邮箱*****.***@*******.***.**！",
		"QQ 12345678":                 "QQ ********",
		"2022-04-15T08:19:23+08:00":   "2022-04-15T08:19:23+08:00",
		"2022年4月15日":                  "2022年4月15日",
		"第100条，共2000字":                "第100条，共2000字",
		"邮编100055":                    "邮编100055",
		"":                            "",
		"建议@有关部门":                     "建议@有关部门",
	} {
		got := Mask(text)
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if again := Mask(got); again != got {
			t.Errorf("%s: masked twice is %s", text, again)
		}
	}
}

// FuzzMask: masking changes only letters and digits, and replaces each by a star of
// the same length and width. The masked text has no long number, and masking it
// again changes nothing.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"电话13812345678", "１３８-1234 ５６７８", "a@b.c@d.e", "ａ＠ｂ．ｃ 110105194912310021x", "\xff138\xfe12345678"} {
		f.Add(s)
	}
	long := regexp.MustCompile(`[0-9０-９]{7}`)
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		got := Mask(text)
		if len(got) != len(text) {
			t.Fatalf("%q: %d bytes became %d", text, len(text), len(got))
		}
		for i, r := range text {
			now, _ := utf8.DecodeRuneInString(got[i:])
			if now != r && now != '*' && now != '＊' {
				t.Fatalf("%q: byte %d became %q", text, i, now)
			}
		}
		if long.MatchString(got) {
			t.Fatalf("%q: a long number is left in %q", text, got)
		}
	})
}
