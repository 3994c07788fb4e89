package dashboard

import (
	"net/http"
	"net/url"

	"golang.org/x/text/language"
)

// Languages of the page.
const (
	zh = "zh"
	en = "en"
)

// refreshSeconds is how often a page reloads itself if the reader turned that on.
const refreshSeconds = 10

// request is what a reader chose.
type request struct {
	lang    string // zh or en
	refresh bool   // the page is to reload itself
}

// parseRequest takes ?lang=, else Accept-Language, else Chinese.
func parseRequest(r *http.Request) request {
	q := r.URL.Query()
	req := request{lang: q.Get("lang"), refresh: q.Get("refresh") == "on"}
	if req.lang != zh && req.lang != en {
		req.lang = accepted(r.Header.Get("Accept-Language"))
	}
	return req
}

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

// link returns the address of the page in a language, with or without reloading.
func (r request) link() string {
	q := url.Values{"lang": {r.lang}}
	if r.refresh {
		q.Set("refresh", "on")
	}
	return "/?" + q.Encode()
}
