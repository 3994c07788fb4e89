package dashboard

import (
	"net/http"
	"net/url"
)

// refreshSeconds is how often a page reloads itself if the reader turned that on.
const refreshSeconds = 10

// request is what a reader chose: a page, and how it is shown. Its address says all of
// it, so that it can be bookmarked, and so that the events of a page are asked for by
// the address of the page.
type request struct {
	path    string // of the page, as URL.EscapedPath gives it
	lang    string // zh or en
	refresh bool   // the page is to reload itself
	sort    string // "", which is by primary count and of days by day, or "any", "name" or "primary"
	filter
}

// parseRequest takes ?lang=, else Accept-Language, else Chinese.
func parseRequest(r *http.Request) request {
	return newRequest(r.URL.EscapedPath(), r.URL.Query(), r.Header.Get("Accept-Language"))
}

func newRequest(path string, q url.Values, acceptLanguage string) request {
	req := request{path: path, lang: q.Get("lang"), refresh: q.Get("refresh") == "on", sort: q.Get("sort"), filter: newFilter(q)}
	byDay := path == "/days" && req.sort == sortPrimary // elsewhere that is the order anyway
	if req.sort != sortAny && req.sort != sortName && !byDay {
		req.sort = ""
	}
	if req.lang != zh && req.lang != en {
		req.lang = accepted(acceptLanguage)
	}
	return req
}

// query returns the part of the address behind the question mark.
func (r request) query() url.Values {
	q := url.Values{"lang": {r.lang}}
	if r.refresh {
		q.Set("refresh", "on")
	}
	if r.sort != "" {
		q.Set("sort", r.sort)
	}
	r.add(q)
	switch kind, id, _ := split(r.path); { // what the path says is not said twice
	case id == "", kind == "tallies":
	case kind == "sources":
		q.Del("source")
	case kind == "days":
		q.Del("from")
		q.Del("to")
	default:
		q.Del("theme")
	}
	return q
}

// link returns the address of the page.
func (r request) link() string { return r.path + "?" + r.query().Encode() }

// The ways to sort tables, beside by primary count; days are in their own order, unless
// they are sorted by that.
const (
	sortAny     = "any"
	sortName    = "name"
	sortPrimary = "primary"
)

// sorted returns the request of the same page with its tables in another order.
func (r request) sorted(by string) request {
	r.sort = by
	return r
}

// all returns the request of the same page without a filter.
func (r request) all() request {
	r.filter = filter{}
	return r
}

// at returns the request of another page, shown in the same way.
func (r request) at(path string) request {
	r.path = path
	return r
}

// events returns the address of the page's events.
func (r request) events() string {
	q := r.query()
	q.Set("page", r.path)
	return "/events?" + q.Encode()
}

// parseEvents is the opposite of events.
func parseEvents(r *http.Request) request {
	q := r.URL.Query()
	return newRequest(q.Get("page"), q, r.Header.Get("Accept-Language"))
}
