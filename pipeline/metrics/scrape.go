package metrics

import (
	"net/http"
	"strconv"
	"time"
)

// timeoutHeader is how Prometheus says for how many seconds it waits for an answer.
const timeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds"

// withinScrape answers a scrape with 503 shortly before the scraper stops waiting. An
// answer that comes later is lost, and to the scraper it looks as if nobody were here.
func withinScrape(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.ParseFloat(r.Header.Get(timeoutHeader), 64)
		if err != nil || seconds <= 0 || seconds > 3600 {
			h.ServeHTTP(w, r)
			return
		}
		within := time.Duration(seconds * float64(time.Second) * 9 / 10)
		http.TimeoutHandler(h, within, "not done within the scraper's timeout\n").ServeHTTP(w, r)
	})
}
