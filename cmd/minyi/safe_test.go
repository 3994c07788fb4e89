//go:build linux

package main

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPageFromOutside asks a real process that others can reach, with every guard that there
// is: TLS and a password, other origins, names, no texts, no small numbers.
func TestPageFromOutside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := writeCert(t, dir)
	config := writeWebConfig(t, dir)
	probes := freeAddress(t)
	r := startUp(t, filepath.Join(root(t), "examples", "hostile.ndjson"), "--web-config-file", config, "--probe-listen", probes, "--host", "counts.example",
		"--cors-origin", "https://news.example", "--embed-origin", "https://portal.example", "--private", "--min-cell", "5")
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
	type answer struct {
		code   int
		header http.Header
		body   string
	}
	try := func(method, address string, body io.Reader, change func(*http.Request)) (answer, error) {
		req, err := http.NewRequestWithContext(t.Context(), method, address, body)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("operator", "minyi")
		if change != nil {
			change(req)
		}
		res, err := client.Do(req)
		if err != nil {
			return answer{}, err
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		return answer{res.StatusCode, res.Header, string(text)}, err
	}
	ask := func(method, address string, body io.Reader, change func(*http.Request)) answer {
		t.Helper()
		a, err := try(method, address, body, change)
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", method, address, err, r.stderr)
		}
		return a
	}
	want := func(code int, method, address string, body io.Reader, change func(*http.Request)) {
		t.Helper()
		if a := ask(method, address, body, change); a.code != code {
			t.Errorf("%s %s: %d, want %d: %.200s", method, address, a.code, code, a.body)
		}
	}
	until(t, "the page shows what is published", func() bool {
		a, err := try(http.MethodGet, r.page+"/api/v1/counts", nil, nil)
		return err == nil && a.code == http.StatusOK
	})

	// Who it is, and under which name.
	for _, path := range []string{"/", "/api/v1/counts", "/counts.json", "/events?page=/", "/healthz", "/metrics"} {
		want(http.StatusUnauthorized, http.MethodGet, r.page+path, nil, func(req *http.Request) { req.Header.Del("Authorization") })
		want(http.StatusUnauthorized, http.MethodGet, r.page+path, nil, func(req *http.Request) { req.SetBasicAuth("operator", "guess") })
	}
	want(http.StatusMisdirectedRequest, http.MethodGet, r.page+"/", nil, func(req *http.Request) { req.Host = "evil.example" })
	want(http.StatusOK, http.MethodGet, r.page+"/", nil, func(req *http.Request) { req.Host = "counts.example" })

	// The probes have a place of their own, and there the numbers are that are not published.
	for path, code := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/": 404, "/api/v1/counts": 404} {
		want(code, http.MethodGet, "http://"+probes+path, nil, func(req *http.Request) { req.Header.Del("Authorization"); req.Host = "pod-7.any" })
	}
	want(http.StatusNotFound, http.MethodGet, r.page+"/metrics", nil, nil)

	// Other sites.
	page := ask(http.MethodGet, r.page+"/?lang=en", nil, nil)
	policy := page.header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none';") || !strings.HasSuffix(policy, "frame-ancestors https://portal.example") || page.header.Get("X-Frame-Options") != "" {
		t.Errorf("policy: %s, X-Frame-Options %q", policy, page.header.Get("X-Frame-Options"))
	}
	if strings.Contains(page.body, "<script>") || strings.Contains(page.body, " style=") || strings.Contains(page.body, "<style") {
		t.Error("the page has an inline script or style")
	}
	for origin, allowed := range map[string]string{"https://news.example": "https://news.example", "https://evil.example": "", "null": ""} {
		a := ask(http.MethodGet, r.page+"/api/v1/counts", nil, func(req *http.Request) { req.Header.Set("Origin", origin) })
		if got := a.header.Get("Access-Control-Allow-Origin"); got != allowed || allowed != "" && !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Minyi-Tally") {
			t.Errorf("%s may read: %q, %v", origin, got, a.header)
		}
	}

	// No text, and no small number.
	want(http.StatusForbidden, http.MethodPost, r.page+"/api/v1/classify", strings.NewReader("学校太远"), nil)
	for _, path := range []string{"/api/v1/classify", "/", "/api/v1/counts", "/events?page=/"} {
		// Where the server does not read 10 MB it closes the connection, before or after the answer is read.
		if a, err := try(http.MethodPost, r.page+path, bytes.NewReader(make([]byte, 10<<20)), nil); err == nil && a.code != http.StatusForbidden && a.code != http.StatusMethodNotAllowed {
			t.Errorf("10 MB to %s: %d", path, a.code)
		}
	}
	if !strings.Contains(page.body, "withheld: fewer than 5") {
		t.Error("the page does not say what is withheld")
	}

	slowClients(t, strings.TrimPrefix(r.page, "https://"), func() { want(http.StatusOK, http.MethodGet, r.page+"/", nil, nil) })
}

// slowClients opens many connections that say hardly anything. Others are served meanwhile,
// and the connections are cut.
func slowClients(t *testing.T, address string, served func()) {
	t.Helper()
	var conns []net.Conn
	for range 300 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("\x16\x03\x01")); err != nil { // the beginning of a handshake
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	served()
	for _, conn := range conns {
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatalf("a slow client is not cut: %v", err)
		}
	}
}
