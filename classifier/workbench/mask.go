package workbench

import (
	"regexp"
	"strings"
	"unicode"
)

// Digits may be full-width. A hit is replaced as a whole, so what is masked by
// more than one rule does not matter; masking too much is no harm, too little is.
var personal = regexp.MustCompile(strings.NewReplacer("D", "[0-9０-９]", "S", "[-－ 　]?").Replace(
	`[A-Za-z0-9._%+\-]+[@＠][A-Za-z0-9\-]+(?:[.．][A-Za-z0-9\-]+)+` + // e-mail
		`|D{7,}[XxＸｘ]?` + // any long number: phone, identity card, account
		`|D{4}(?:[- ]D{4}){2,}(?:[- ]?D{1,4})?` + // a card, in groups
		`|[1１][3-9３-９]DSDDDDSDDDD` + // a mobile phone, in groups
		`|[(（]?[0０]D{2,3}[)）]?SD{7,8}` + // another phone, with its area
		`|D{3}SD{4}SD{4}`))

// Mask replaces phone numbers, identity card and account numbers and e-mail
// addresses in a text that an analyst is shown: each letter and digit by *, so
// that the rest keeps its place. Dates and times are left. It is for a text that
// a person reads; it does not find names or addresses.
func Mask(text string) string {
	return personal.ReplaceAllStringFunc(text, func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return '*'
			}
			return r
		}, s)
	})
}
