package dashboard

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// configured returns the dashboard of the consultation with a config.
func configured(t *testing.T, c Config) *Dashboard {
	t.Helper()
	b := running(consultation(), 0)
	c.Board, c.Engine = b.board, b
	d, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ask sends a request for a host.
func ask(t *testing.T, h http.Handler, method, host, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

// Another site that leads its visitors' browsers here under its own name is refused.
func TestHosts(t *testing.T) {
	d := configured(t, Config{Hosts: []string{"counts.example.org"}})
	for host, code := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "[::1]:8080": 200, "::1": 200, "10.1.2.3": 200,
		"counts.example.org": 200, "Counts.Example.Org.:443": 200,
		"evil.example": 421, "127.0.0.1.evil.example": 421, "localhost.evil.example": 421, "": 421, "counts.example.org.evil": 421,
	} {
		for _, target := range []string{"/", "/api/v1/counts", "/counts.json"} {
			if rec := ask(t, d, http.MethodGet, host, target); rec.Code != code {
				t.Errorf("%s of %q: %d, want %d", target, host, rec.Code, code)
			}
		}
		if rec := ask(t, d, http.MethodGet, host, "/healthz"); rec.Code != 200 {
			t.Errorf("/healthz of %q: %d", host, rec.Code)
		}
	}
}

func TestOtherOrigins(t *testing.T) {
	d := configured(t, Config{Origins: []string{"https://news.example"}})
	rec := ask(t, d, http.MethodGet, "localhost", "/api/v1/counts", "Origin", "https://news.example")
	if rec.Code != 200 || rec.Header().Get("Access-Control-Allow-Origin") != "https://news.example" || rec.Header().Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Errorf("a site that may read: %d %v", rec.Code, rec.Header())
	}
	rec = ask(t, d, http.MethodOptions, "localhost", "/api/v1/classify", "Origin", "https://news.example", "Access-Control-Request-Method", "POST")
	if rec.Code != http.StatusNoContent || !strings.Contains(rec.Header().Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("before it sends a text: %d %v", rec.Code, rec.Header())
	}
	for _, c := range []struct{ target, origin string }{
		{"/api/v1/counts", "https://evil.example"}, {"/api/v1/counts", ""}, {"/", "https://news.example"}, {"/metrics", "https://news.example"},
	} {
		if got := ask(t, d, http.MethodGet, "localhost", c.target, "Origin", c.origin).Header().Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s for %q: may be read by %s", c.target, c.origin, got)
		}
	}
	if got := ask(t, configured(t, Config{}), http.MethodGet, "localhost", "/api/v1/counts", "Origin", "https://news.example").Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("by default another site may read: %s", got)
	}
}

func TestFrames(t *testing.T) {
	d := configured(t, Config{Embed: []string{"https://a.example", "https://b.example:8443"}})
	h := get(t, d, "/").Header()
	if csp := h.Get("Content-Security-Policy"); !strings.HasSuffix(csp, "frame-ancestors https://a.example https://b.example:8443") || h.Get("X-Frame-Options") != "" {
		t.Errorf("%s, X-Frame-Options %q", csp, h.Get("X-Frame-Options"))
	}
}

func TestOriginsThatAreNone(t *testing.T) {
	b := running(consultation(), 0)
	for _, o := range []string{"*", "example.org", "https://a.example/path", "https://a.example; script-src *", "null", "javascript://x", "https://", "https://*.example", "https://a.example\r\nX: y"} {
		for _, c := range []Config{{Board: b.board, Engine: b, Origins: []string{o}}, {Board: b.board, Engine: b, Embed: []string{o}}} {
			if _, err := New(c); err == nil {
				t.Errorf("%q is taken for an origin", o)
			}
		}
	}
}

func TestProbesAlone(t *testing.T) {
	d := configured(t, Config{})
	for target, code := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404, "/metrics": 404, "/api/v1/counts": 404, "/counts.json": 404} {
		if rec := ask(t, d.Probes(), http.MethodGet, "anything", target); rec.Code != code {
			t.Errorf("%s: %d, want %d", target, rec.Code, code)
		}
	}
}

// Names of sources and themes stand in place of ids, in their language, on every page.
func TestNames(t *testing.T) {
	d := configured(t, Config{Names: Names{
		Sources: map[string]dict.Name{"xinhua": {Zh: "新华社", En: "Xinhua"}, "cctv": {Zh: "央视网"}},
		Themes:  map[string]dict.Name{"livelihood": {En: "Everyday life"}, "livelihood/housing": {Zh: "住", En: "Homes"}},
	}})
	for target, want := range map[string][]string{
		"/?lang=en":                                  {">Xinhua<", ">央视网<", ">people<", ">Everyday life<", ">Homes<", ">Education<"},
		"/?lang=zh":                                  {">新华社<", ">住<", ">教育<"},
		"/sources/xinhua?lang=zh":                    {"<h1 id=\"title\">新华社</h1>"},
		"/subthemes/livelihood/housing?lang=en":      {"<h1 id=\"title\">Homes</h1>", ">Everyday life<"},
		"/sources?lang=en":                           {">Xinhua<"},
		"/?lang=en&source=xinhua":                    {"Only: Xinhua"},
		"/api/v1/counts?by=theme&format=csv&lang=en": {"livelihood,Everyday life,"},
	} {
		body := get(t, d, target).Body.String()
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s does not say %s", target, w)
			}
		}
	}
}
