package workbench

import (
	"regexp"
	"strings"
)

// personal finds what may name a person. Digits may be full-width, and groups of
// them apart. A hit is replaced as a whole, so what is masked by more than one
// rule does not matter; masking too much is no harm, too little is.
var personal = regexp.MustCompile(strings.NewReplacer("D", "[0-9０-９]", "A", "A-Za-z0-9０-９Ａ-Ｚａ-ｚ", "S", "[-－—‐ 　·.]?").Replace(
	`[A._%+\-]+[@＠][A\-]+(?:[.．。][A\-]+)+` + // e-mail
		`|D{6}S(?:[1１][89８９]|[2２][0０])D{2}SD{4}SD{3}(?:D|[XxＸｘ])` + // an identity card, in groups
		`|D{7,}[XxＸｘ]?` + // any long number: phone, identity card, account
		`|D{4}(?:[-－ 　]D{4}){2,}(?:[-－ 　]?D{1,7})?` + // a card, in groups
		`|[1１][3-9３-９]DSD{4}SD{4}` + // a mobile phone, in groups
		`|[1１][3-9３-９]DSD{3}SD{3}SD{2}` +
		`|[(（]?[0０]D{2,3}[)）]?SD{3,4}SD{4}` + // another phone, with its area
		`|D{3}SD{4}SD{4}`))

// Mask replaces phone numbers, identity card, bank card and account numbers and
// e-mail addresses in a text that an analyst is shown: each letter and digit by
// *, a full-width one by ＊. The masked text has the same number of bytes, runes
// and columns, and all else stands where it stood. Dates and times are left. It
// is for a text that a person reads; it does not find names or addresses.
func Mask(text string) string {
	return personal.ReplaceAllStringFunc(text, func(s string) string {
		return strings.Map(func(r rune) rune {
			switch {
			case '0' <= r && r <= '9', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
				return '*'
			case '０' <= r && r <= '９', 'ａ' <= r && r <= 'ｚ', 'Ａ' <= r && r <= 'Ｚ':
				return '＊'
			}
			return r
		}, s)
	})
}
