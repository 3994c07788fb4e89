package workbench

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"github.com/minyi/minyi/classifier"
)

// personal matches numbers and addresses that may identify a person, in text that
// [asRead] has made plain: digits of all kinds are 0 to 9, full-width letters and signs
// are ASCII, and what takes no room is left out. Of a match the first group is masked, or
// all of it if there is none, so it does not matter if several match the same text.
// Masking too much does no harm, masking too little does.
//
// In the patterns D is a digit, and S what stands between the groups of a number.
var personal = compile(
	`(?i)[a-z0-9._%+\-]+\s?@\s?[a-z0-9\-]+(?:\s?[.。]\s?[a-z0-9\-]+)+`,                                                             // e-mail
	`(?i)[a-z0-9._%+\-]+\s?(?:#|[\[(（【{<]\s?at\s?[\])）】}>])\s?[a-z0-9\-]+(?:\s?(?:[.。]|[\[(]dot[\])])\s?[a-z0-9\-]+)*\.?[a-z]{2}`, // e-mail, disguised
	`D{7,}[Xx]?`,                    // any long number: phone, identity card or account
	`D(?:S{0,2}D){16}S{0,2}[0-9Xx]`, // an identity card, in groups
	`1S{0,3}[3-9](?:S{0,3}D){9}`,    // a mobile phone, in groups
	`D{4}(?:S{1,2}D{4}){2,}(?:S{0,2}D{1,7})?|D{6}S{1,2}D{10,13}`, // a bank card, in groups
	`\(?0D{2,3}\)?S{0,3}D{3,4}S{0,2}D{4}`,                        // another phone number, with its area code
	`D{3}S{1,2}D{4}S{1,2}D{4}`,
	`[48]00S{0,2}(?:D{3}S{0,2}D{4}|D{4}S{0,2}D{3})`,
	`(?i)(?:qq|扣扣|企鹅)(?:号码|号|群)?[\s:是为=]{0,3}(D{5,})`,
	`(?i)(?:微信|薇信|威信|v信|wechat|weixin|\bvx|\bwx)(?:号码|号|id)?[\s:是为=]{0,3}([a-z][a-z0-9_\-]{4,19}|D{5,})`,
	`(?i)wxid_[a-z0-9_]+`,
	`(?i)[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][a-z][\s·•]?[a-z0-9]{4,5}[a-z0-9挂学警港澳]`, // a number plate
	`(?i)\b[0-9a-z]{2}D{6}[0-9a-z]{10}\b`, // an enterprise
)

func compile(patterns ...string) (out []*regexp.Regexp) {
	write := strings.NewReplacer("D", "[0-9]", "S", `[\s\-—‐–_/\\|·•.,、~]`)
	for _, p := range patterns {
		out = append(out, regexp.MustCompile(write.Replace(p)))
	}
	return out
}

// Mask hides phone, identity card, bank card, account and plate numbers, e-mail
// addresses, and QQ and WeChat names that are said to be some, in a text that an analyst
// is shown. It replaces each of their letters and digits by a star of the same number of
// bytes and columns, so that the place of all other text stays the same. Dates and times
// are kept. Mask does not find names, postal addresses, birthdays, nor a number that is
// shorter than 7 digits and not said to be one: who shows a text has to say so.
func Mask(text string) string {
	plain, at := asRead(text)
	var hidden []bool // by byte of the text
	for _, p := range personal {
		for _, m := range p.FindAllStringSubmatchIndex(plain, -1) {
			if len(m) > 2 {
				m = m[2:]
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
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) { // takes no room
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
		default:
			out = utf8.AppendRune(out, r)
		}
		for range len(out) - before {
			at = append(at, i)
		}
	}
	return string(out), append(at, len(text))
}

// digits are signs that are read as a digit, beside those that Unicode calls decimal. A
// sign of another number, such as ⑩, is read as its first digit.
var digits = map[rune]int{
	'〇': 0, '零': 0, '一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9,
	'幺': 1, '两': 2, '壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
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
