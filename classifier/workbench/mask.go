package workbench

import (
	"regexp"
	"strings"
)

// personal matches numbers and addresses that may identify a person. Digits may be
// full-width, and in groups. A match is masked as a whole, so it does not matter if
// several alternatives match the same text. Masking too much does no harm, masking
// too little does.
var personal = regexp.MustCompile(strings.NewReplacer("D", "[0-9０-９]", "A", "A-Za-z0-9０-９Ａ-Ｚａ-ｚ", "S", "[-－—‐ 　·.]?").Replace(
	`[A._%+\-]+[@＠][A\-]+(?:[.．。][A\-]+)+` + // e-mail
		`|D{6}S(?:[1１][89８９]|[2２][0０])D{2}SD{4}SD{3}(?:D|[XxＸｘ])` + // an identity card, in groups
		`|D{7,}[XxＸｘ]?` + // any long number: phone, identity card or account
		`|D{4}(?:[-－ 　]D{4}){2,}(?:[-－ 　]?D{1,7})?` + // a card, in groups
		`|[1１][3-9３-９]DSD{4}SD{4}` + // a mobile phone, in groups
		`|[1１][3-9３-９]DSD{3}SD{3}SD{2}` +
		`|[(（]?[0０]D{2,3}[)）]?SD{3,4}SD{4}` + // another phone number, with its area code
		`|D{3}SD{4}SD{4}`))

// Mask hides phone numbers, identity card, bank card and account numbers and e-mail
// addresses in a text that an analyst is shown. It replaces each of their letters
// and digits by *, or by ＊ if it is full-width, so that the number of bytes, runes
// and columns and the place of all other text stay the same. Dates and times are
// kept. Mask does not find names or postal addresses.
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
