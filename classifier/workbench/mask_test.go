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

// Each kind of personal data, as people write it so that a program does not find it: of what
// is said after the colon no letter and no digit may be left.
func TestMaskIsNotEvaded(t *testing.T) {
	for kind, texts := range map[string][]string{
		"phone": {
			"138 1234 5678", "＋８６ 138 1234 5678", "壹叁捌壹贰叁肆伍陆柒捌", "壹叄捌壹貳叄肆伍陸柒捌", "幺三八洞洞拐拐五六七八", "1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣",
			"138(1234)5678", "138【1234】5678", "138*1234*5678", "138:1234:5678", "138…1234…5678", "138杠1234杠5678", "1３8①②③④五六七八", "138 12 34 56 78", "1381234 5678",
			"（010）6234—5678", "010.62345678", "电话：6234 5678", "座机6234-5678", "tel 876-5432", "联系电话 0 5 7 1 8 7 6 5 4 3 2", "热线0731-12345",
		},
		"identity": {
			"11010119900307123x", "１１０１０１１９９００３０７１２３ｘ", "110101 900307 123", "110101-19900307-1233", "1101 0119 9003 0712 33",
			"A123456(7)", "H12345678", "E12345678", "护照号:E 1234 5678", "EA1234567",
		},
		"bank": {"6222 0212 3456 7890 123", "6222,0212,3456,7890", "622202 12345 67890", "6222－0212－3456－7890"},
		"plate": {
			"粤BD12345", "粤B12345D", "京A-12345", "京 A12345", "京A·D12345", "渝A8X8X8", "沪ＡＤ１２３４５", "使014578", "WJ京12345", "粤Z1234港",
		},
		"network": {
			"加V：zhangsan88", "+v zhangsan88", "V：zhangsan88", "微 信：zhangsan88", "薇信：zhangsan88", "卫星：zhangsan88", "威❤zhangsan88", "v❤️zhangsan88", "wei xin zhangsan88", "微信（zhangsan88）",
			"微信名zhangsan88", "微信号就是zhangsan88", "WeChat ID: zhangsan88", "微信搜zhangsan88", "微信同号：zhangsan88", "v x：zhangsan88", "抖音号：zhangsan88", "telegram @zhangsan88",
			"Q:123456", "Q群：123456", "q q 123456", "QQ1234 5678 9", "球球123456", "QQ 一二三四五六",
		},
		"mail": {
			"12345＠qq。com", "zhang at example dot com", "zhang(a)example.com", "zhang艾特example.com", "zhang@example点com", "zhang.san＠ example ． com", "zhang_at_example.com",
			"zhang@qq,com", "zhang@163 com", "zhang﹫qq.com", "zhang@例子.中国", "zhang*163.com",
		},
	} {
		for _, text := range texts {
			// Labels may stay, and so may what is short and known: the sign of an address.
			left := regexp.MustCompile(`(?i)８６|telegram|tel|wechat id|wei xin|v x|vx|q ?q|at|dot|[vqa]`).ReplaceAllString(Mask("我是"+text+"，谢谢"), "")
			for _, r := range left {
				if digitOf(r) >= 0 || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
					t.Errorf("%s: %q is %q", kind, text, Mask("我是"+text+"，谢谢"))
					break
				}
			}
		}
	}
}

// What is no personal data stays, but for amounts of seven digits and more.
func TestMaskLeavesOrdinaryNumbers(t *testing.T) {
	for _, text := range []string{
		"2024年10月、2022年12月31日23:59", "2019.5.18/2019.5.25", "2024-10-01至2024-10-07", "补偿100000元，每平方米12,500.50元，共3.5亿元", "《民法典》第1062条、第1063条",
		"投入135亿元，2020年1500人，2021年1600人", "1、2、3、5、6、7、8号楼", "一百三十八户、二〇二四年十月", "微信支付、微信app、QQ群里", "新iPhone15，C#7.0，5G，PM2.5",
		"110路公交，12345热线，拨打12315", "建议@有关部门", "山洞二三处，勾画一二",
	} {
		if got := Mask(text); got != text {
			t.Errorf("%s: %s", text, got)
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
