package workbench

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/minyi/minyi/classifier"
)

// pattern matches numbers and addresses that may identify a person, in text that [asRead]
// has made plain: digits of all kinds are 0 to 9, full-width letters and signs are ASCII,
// and what takes no room is left out. Of a match the first group is masked, or all of it
// if there is none, so it does not matter if several match the same text. Masking too much
// does less harm than masking too little.
type pattern struct {
	*regexp.Regexp
	digits int // that a match must have, beside what the expression says
}

// personal are the patterns. In them D is a digit, S what stands between the groups of a
// number, T anything else that may (what is counted is not: 135人2022年1234元), M an e-mail
// name, P the point of an address, N a name that somebody chose on a network and IS what
// stands before it.
var personal = slices.Concat(
	compile(0, // e-mail
		`M\s?@\s?[a-z0-9\-]+(?:\s?P\s?[a-z0-9\-]+)+`,
		`M\s?@\s?[a-z0-9\-]+\s(?:com|cn|net|org)`,
		`M\s?@\p{Han}+P(?:中国|公司|网络|com|cn|net)`,
		`M\s?(?:[#*&$]|[\[(【{<]\s?(?:at?|艾特)\s?[\])】}>]|艾特|[_\s]at[_\s])\s?[a-z0-9\-]+(?:\s?P\s?[a-z0-9\-]+)*\s?P\s?(?:com|cn|net|org|edu|gov)`,
	),
	compile(0, // phones
		`D{7,}x?`, // any long number: phone, identity card or account
		`(?:^|[^0-9]|86)(1S{0,3}[3-9](?:S{0,3}D){9})`,
		`(?:^|[^0-9]|86)(1[3-9]DT{1,3}D{4}T{1,3}D{4})`,
		`\(?0D{2,3}\)?S{0,3}D{3,4}S{0,2}D{4}`, // with an area code
		`D{3}S{1,2}D{4}S{1,2}D{4}`,
		`[48]00S{0,2}(?:D{3}S{0,2}D{4}|D{4}S{0,2}D{3})`,
		`(?:电话|座机|固话|热线|手机|号码|传真|联系|tel|phone|fax)[^0-9]{0,8}?(D{3,4}[\s\-—‐–·]{1,2}D{4,}|D(?:[\s\-]D){6,})`,
	),
	compile(0, // identity cards, passports, bank cards, enterprises
		`D(?:S{0,2}D){16}S{0,2}[0-9x]`,
		`D{6}S{1,2}D{6}S{1,2}D{3}`,
		`D{4}(?:S{1,2}D{4}){2,}(?:S{0,2}D{1,7})?|D{6}S{1,2}D{10,13}|D{4,6}(?:[\s\-—_]{1,2}D{4,7}){2,}`,
		`(?:^|[^a-z0-9])([a-z]{1,2}D{6}\s?\(\s?[0-9a]\s?\)|[a-z]{1,2}D{7,9})`,
		`(?:护照|通行证|证件|证号|卡号|账号|帐号)[^0-9a-z]{0,6}([a-z]{0,2}(?:S{0,2}D){6,})`,
		`\b[0-9a-z]{2}D{6}[0-9a-z]{10}\b`,
	),
	compile(3, // number plates, which have two letters at most after the first
		`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]\s?[a-z][\s·•.\-]{0,2}[a-z0-9]{4,5}[a-z0-9挂学警港澳]`,
		`[使领]D{6}|\bwj\s?\p{Han}?\s?D{4,5}`,
	),
	compile(0, // names on networks
		`(?:q\s?q|扣扣|叩叩|企鹅|球球|秋秋|(?:^|[^a-z0-9])q[群号]?\s?:)(?:号码|号|群)?[\s:是为=]{0,3}(D(?:[\s\-]?D){4,})`,
		`(?:[微薇威徽维v]\s?信|卫星[:号]|绿泡泡|[微薇威v][❤♥心]|we\s?chat|wei\s?xin|\bv\s?x|\bw\s?x|[+加]\s?v|(?:^|[^a-z0-9])v\s?:)IS(N)`,
		`(?:抖音|快手|小红书|支付宝|钉钉|陌陌|微博|telegram|skype|line)\s?(?:号码|账号|帐号|号|id|@)IS(N)`,
		`wxid_[a-z0-9_]+`,
	),
)

func compile(digits int, expressions ...string) (out []pattern) {
	write := strings.NewReplacer(
		"IS", `(?:号码|账号|帐号|同号|号|名|搜|\s?id)?(?:就是|是|为)?[\s:=(【\["“-]{0,4}`,
		"D", "[0-9]", "S", `[\s\-—‐–_/\\|·•.,、~]`, "T", `[^0-9年月日元万亿人个条号件户]`,
		"M", `[a-z0-9._%+\-]+`, "N", `[a-z][a-z0-9_\-]{4,19}|[0-9]{5,}`, "P", `(?:[.。,·•点]|[\[(]dot[\])]|\bdot\b)`)
	for _, e := range expressions {
		out = append(out, pattern{regexp.MustCompile("(?i)" + write.Replace(e)), digits})
	}
	return out
}

// Mask hides phone, identity card, bank card, account and plate numbers, e-mail
// addresses, and QQ and WeChat names that are said to be some, in a text that an analyst
// is shown. It replaces each of their letters and digits by a star of the same number of
// bytes and columns, so that the place of all other text stays the same. Dates and times
// are kept, and so are amounts below seven digits: in 10,883 texts of the public it takes 40
// of 3,475 amounts of money, most of which have seven digits, and of 188 numbers of articles
// none. Mask does not find names, postal addresses, birthdays, nor a number that is
// shorter than 7 digits and not said to be one: who shows a text has to say so.
func Mask(text string) string {
	plain, at := asRead(text)
	var hidden []bool // by byte of the text
	for _, p := range personal {
		for _, m := range p.FindAllStringSubmatchIndex(plain, -1) {
			if len(m) > 2 {
				m = m[2:]
			}
			if p.digits > 0 && countDigits(plain[m[0]:m[1]]) < p.digits {
				continue
			}
			if hidden == nil {
				hidden = make([]bool, len(text))
			}
			for i := at[m[0]]; i < at[m[1]]; i++ {
				hidden[i] = true
			}
		}
	}
	if hidden == nil {
		return text
	}
	var out strings.Builder
	out.Grow(len(text))
	for i, r := range text {
		n := utf8.RuneLen(r)
		if hidden[i] && n > 0 && (digitOf(r) >= 0 || unicode.IsLetter(r) && isLatin(r)) {
			out.WriteString(star(r, n))
			continue
		}
		_, n = utf8.DecodeRuneInString(text[i:])
		out.WriteString(text[i : i+n])
	}
	return out.String()
}

func countDigits(s string) (n int) {
	for _, r := range s {
		if '0' <= r && r <= '9' {
			n++
		}
	}
	return n
}

// MaskExplanation masks the texts of an explanation, in place, and returns it. Keywords,
// which are the dictionary's, stay.
func MaskExplanation(e *classifier.Explanation) *classifier.Explanation {
	e.Text = Mask(e.Text)
	for i, t := range e.Tokens {
		e.Tokens[i].Text = e.Text[t.Start:t.End]
	}
	for _, s := range e.SubThemes {
		for _, k := range s.Keywords {
			for i, o := range k.Occurrences {
				k.Occurrences[i].Text = e.Text[o.Start:o.End]
			}
		}
	}
	return e
}

// isLatin tells whether r is a letter of the Latin alphabet, full-width ones among them.
func isLatin(r rune) bool { return unicode.Is(unicode.Latin, r) }

// star returns what stands for a masked character of n bytes.
func star(r rune, n int) string {
	switch {
	case n == 1:
		return "*"
	case n == 2:
		return "×"
	case n == 4:
		return "🞶"
	case displaywidth.Rune(r) == 2:
		return "＊"
	}
	return "∗"
}

// asRead returns the text as one reads it, and for each of its bytes, and the end, the
// byte of the text from which it comes.
func asRead(text string) (plain string, at []int) {
	out := make([]byte, 0, len(text))
	at = make([]int, 0, len(text)+1)
	for i, r := range text {
		if unicode.In(r, unicode.Cf, unicode.Mn, unicode.Me) { // takes no room
			continue
		}
		before := len(out)
		switch d := digitOf(r); {
		case d >= 0:
			out = append(out, byte('0'+d))
		case '！' <= r && r <= '～':
			out = append(out, byte(r-'！'+'!'))
		case r == '　':
			out = append(out, ' ')
		case '﹐' <= r && r <= '﹫': // small forms
			out = append(out, smallForm(r))
		default:
			out = utf8.AppendRune(out, r)
		}
		for range len(out) - before {
			at = append(at, i)
		}
	}
	return string(out), append(at, len(text))
}

// smallForm returns what a small form is read as, or else a comma.
func smallForm(r rune) byte {
	switch r {
	case '﹒':
		return '.'
	case '﹕':
		return ':'
	case '﹣', '﹘':
		return '-'
	case '﹫':
		return '@'
	case '﹟':
		return '#'
	}
	return ','
}

// digits are signs that are read as a digit, beside those that Unicode calls decimal. A
// sign of another number, such as ⑩, is read as its first digit.
var digits = map[rune]int{
	'〇': 0, '零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
	'洞': 0, '幺': 1, '两': 2, '兩': 2, '貳': 2, '叄': 3, '參': 3, '陸': 6, '拐': 7, '勾': 9,
	'壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
	'⓪': 0, '⓿': 0, '⁰': 0, '₀': 0, '¹': 1, '²': 2, '³': 3,
}

// digitRuns are signs for 1 to 9, or 10, in order, by the first.
var digitRuns = []rune{'①', '⑴', '⒈', '❶', '➀', '➊', '⓵', '㈠', '㊀'}

// digitOf returns the digit that r is read as, -1 if it is none.
func digitOf(r rune) int {
	if r < utf8.RuneSelf {
		if '0' <= r && r <= '9' {
			return int(r - '0')
		}
		return -1
	}
	if d, ok := digits[r]; ok {
		return d
	}
	for _, first := range digitRuns {
		if first <= r && r < first+10 {
			return int(r-first+1) % 10
		}
	}
	switch {
	case '⁴' <= r && r <= '⁹':
		return int(r - '⁰')
	case '₁' <= r && r <= '₉':
		return int(r - '₀')
	case '𝟎' <= r && r <= '𝟿':
		return int(r-'𝟎') % 10
	case unicode.Is(unicode.Nd, r): // in runs of ten that begin with zero
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return int(r - zero)
	}
	return -1
}
