package metrics

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// A scrape that takes too long is answered before the scraper stops waiting.
func TestScrapeKeepsTheTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := withinScrape(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-time.After(20 * time.Second):
			}
		}))
		for header, want := range map[string]struct {
			code  int
			after time.Duration
		}{"10": {503, 9 * time.Second}, "": {200, 20 * time.Second}, "soon": {200, 20 * time.Second}, "30": {200, 20 * time.Second}} {
			r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			r.Header.Set(timeoutHeader, header)
			w, begin := httptest.NewRecorder(), time.Now()
			h.ServeHTTP(w, r)
			if w.Code != want.code || time.Since(begin) != want.after {
				t.Errorf("%q: %d after %s", header, w.Code, time.Since(begin))
			}
			synctest.Wait()
		}
	})
}
