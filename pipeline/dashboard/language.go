package dashboard

import (
	"golang.org/x/text/language"
)

// Languages of the page.
const (
	zh = "zh"
	en = "en"
)

// accepted returns Chinese if no language is named, and English if only others
// than Chinese are.
func accepted(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return zh
	}
	m := language.NewMatcher([]language.Tag{language.English, language.Chinese})
	if _, i, _ := m.Match(tags...); i == 1 {
		return zh
	}
	return en
}
