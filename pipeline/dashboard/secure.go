package dashboard

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// policy of content: the page's own style sheet, icon and script, the events that the script
// asks for, a form that leads back to the page, and nothing else. No inline script, no inline style.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "

// validOrigins returns an error for each text that is no origin such as
// https://example.org. They are written into headers.
func validOrigins(what string, origins []string) error {
	var errs []error
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != o || strings.ContainsAny(o, " ;,'\"*") {
			errs = append(errs, phrase.Errorf("dashboard: %s: %q is no origin such as https://example.org", what, o))
		}
	}
	return errors.Join(errs...)
}

// secure sets the headers of every answer.
func secure(next http.Handler, embed []string) http.Handler {
	ancestors := policy + "'none'"
	if len(embed) > 0 {
		ancestors = policy + strings.Join(embed, " ")
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", ancestors)
		if len(embed) == 0 {
			h.Set("X-Frame-Options", "DENY")
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		next.ServeHTTP(w, r)
	})
}

// knownHost refuses requests for a host name that nobody has given to this server, so
// that no other site can lead its visitors' browsers here under a name of its own
// (DNS rebinding). Addresses and localhost are known. Probes are let through, as they
// say nothing and come under any name.
func knownHost(next http.Handler, names []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isKnown(r.Host, names) && r.URL.Path != "/healthz" && r.URL.Path != "/readyz" {
			plain(w, http.StatusMisdirectedRequest, "unknown host; minyi is told its names by --host\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isKnown(host string, names []string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || slices.Contains(names, host)
}

// shared lets pages of the given origins read what programs read: tables, the snapshot,
// events.
func shared(next http.Handler, origins []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		forPrograms := strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/events" || r.URL.Path == "/counts.json"
		if len(origins) == 0 || !forPrograms {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Add("Vary", "Origin")
		origin := r.Header.Get("Origin")
		if !slices.Contains(origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "ETag, Minyi-Tally, Minyi-Dict, Minyi-Frontier, Minyi-Stream, Minyi-As-Of, Minyi-Current-Since")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
			h.Set("Access-Control-Allow-Headers", "Content-Type, If-None-Match, Last-Event-ID")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// classifyPath is the only address that takes a body, and changes nothing either.
const classifyPath = "/api/v1/classify"

// readOnly refuses every method but GET and HEAD, and of one address but POST.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowed := []string{http.MethodGet, http.MethodHead}
		if r.URL.Path == classifyPath {
			allowed = []string{http.MethodPost}
		}
		if !slices.Contains(allowed, r.Method) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			plain(w, http.StatusMethodNotAllowed, "method not allowed\n")
			return
		}
		next.ServeHTTP(w, r)
	})
}
