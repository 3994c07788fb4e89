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
		"138/1234/5678 138_1234_5678": "***/****/**** ***_****_****",
		"1 3 8 1 2 3 4 5 6 7 8":       "* * * * * * * * * * *",
		"138  1234\n5678":             "***  ****\n****",
		"一三八一二三四五六七八":                 "＊＊＊＊＊＊＊＊＊＊＊",
		"幺三八幺二三四五六七八":                 "＊＊＊＊＊＊＊＊＊＊＊",
		"①③⑧①②③④⑤⑥⑦⑧":                 "∗∗∗∗∗∗∗∗∗∗∗",
		"138\u200b1234\u200b5678":     "***\u200b****\u200b****",
		"١٣٨١٢٣٤٥٦٧٨":                 "×××××××××××",
		"𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖":                 "🞶🞶🞶🞶🞶🞶🞶🞶🞶🞶🞶",
		"zhang @ example.com":         "***** @ *******.***",
		"zhang[at]example.com":        "*****[**]*******.***",
		"zhang#example.com":           "*****#*******.***",
		"QQ：123456，qq号54321":          "QQ：******，qq号*****",
		"微信号 zhangsan_1990":           "微信号 ********_****",
		"加微信wxid_abc123def":           "加微信****_*********",
		"京A12345，粤BD12345":            "京******，粤*******",
		"400-123-4567，400-1234-567":   "***-***-****，***-****-***",
		"9111010 8MA01ABCD2X":         "******* 8MA01ABCD2X",
		"代码91110108MA01ABCD2X":        "代码******************",
		"一九九〇年至二〇〇〇年，第一，二三十人":         "一九九〇年至二〇〇〇年，第一，二三十人",
		"花了12,000元，C#7.0，2022.04.15":  "花了12,000元，C#7.0，2022.04.15",
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
	for _, s := range []string{"电话13812345678", "１３８-1234 ５６７８", "a@b.c@d.e", "ａ＠ｂ．ｃ 110105194912310021x", "\xff138\xfe12345678", "①③⑧-1234\u200b5678", "微信 a1b2c_d 京A12345"} {
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
			if now != r && !strings.ContainsRune("*×∗＊🞶", now) {
				t.Fatalf("%q: byte %d became %q", text, i, now)
			}
		}
		if again := Mask(got); again != got {
			t.Fatalf("%q: masked twice: %q, %q", text, got, again)
		}
		if long.MatchString(got) {
			t.Fatalf("%q: a long number is left in %q", text, got)
		}
	})
}
