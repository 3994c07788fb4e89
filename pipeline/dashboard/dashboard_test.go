package dashboard

import (
	"encoding/json"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/pipeline"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

// hashes are the parts of asset addresses that change with every stroke in the
// style sheet.
var hashes = regexp.MustCompile(`(/assets/[a-z]+)\.[0-9a-f]{12}\.`)

func TestPages(t *testing.T) {
	broken := consultation()
	broken.Missing--
	idle := running(consultation(), 0)
	idle.status.Ready = false
	strange := consultation()
	strange.Info.Themes = nil
	strange.Totals = strange.Totals.With(pipeline.Cells{{Day: "<b>", Source: `"><script>alert(1)</script>`, Kind: pipeline.KindTotal, ID: pipeline.All}: {Primary: 1, Any: 1}})

	for _, c := range []struct {
		name   string
		b      *broker
		target string
		code   int
		away   time.Duration // the broker goes away after the first reading
	}{
		{name: "all-zh", b: running(consultation(), 0), target: "/?lang=zh", code: 200},
		{name: "all-en", b: running(consultation(), 0), target: "/?lang=en", code: 200},
		{name: "behind-en", b: running(consultation(), 1234), target: "/?lang=en&refresh=on", code: 200},
		{name: "empty-zh", b: running(nothing(), 0), target: "/?lang=zh", code: 200},
		{name: "empty-en", b: running(nothing(), 0), target: "/?lang=en", code: 200},
		{name: "none-en", b: running(pipeline.Counts{}, 0), target: "/?lang=en", code: 200},
		{name: "broken-en", b: running(broken, 0), target: "/?lang=en", code: 200},
		{name: "idle-zh", b: idle, target: "/?lang=zh", code: 200},
		{name: "strange-en", b: running(strange, 0), target: "/?lang=en", code: 200},
		{name: "away-en", b: running(consultation(), 0), target: "/?lang=en", code: 200, away: 90 * time.Second},
		{name: "away-never-zh", b: neverThere(), target: "/?lang=zh", code: 503},
		{name: "theme-en", b: running(consultation(), 0), target: "/themes/livelihood?lang=en", code: 200},
		{name: "subtheme-zh", b: running(consultation(), 7), target: "/subthemes/livelihood/education?lang=zh&source=people", code: 200},
		{name: "source-zh", b: running(consultation(), 0), target: "/sources/people?lang=zh&sort=name", code: 200},
		{name: "day-en", b: running(consultation(), 0), target: "/days/2022-05-01?lang=en", code: 200},
		{name: "some-en", b: running(consultation(), 0), target: "/?lang=en&source=xinhua&from=2022-05-01&to=2022-05-07&sort=any", code: 200},
		{name: "sources-en", b: running(consultation(), 0), target: "/sources?lang=en", code: 200},
		{name: "days-zh", b: running(consultation(), 0), target: "/days?lang=zh", code: 200},
		{name: "tallies-en", b: counting(), target: "/?lang=en", code: 200},
		{name: "tallies-zh", b: counting(), target: "/?lang=zh", code: 200},
		{name: "diff-en", b: counting(), target: "/tallies/0123456789ab?lang=en", code: 200},
		{name: "diff-zh", b: counting(), target: "/tallies/0123456789ab?lang=zh", code: 200},
		{name: "measured-en", b: sure(), target: "/?lang=en", code: 200},
		{name: "measured-zh", b: sure(), target: "/themes/party?lang=zh&source=people", code: 200},
		{name: "404-en", b: running(pipeline.Counts{}, 0), target: "/no/such/page?lang=en", code: 404},
		{name: "404-zh", b: running(pipeline.Counts{}, 0), target: "/assets/style.000000000000.css?lang=zh", code: 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			clk := newClock()
			d := newTestDashboard(t, c.b, clk)
			if c.away > 0 {
				get(t, d, "/")
				c.b.goAway()
				clk.advance(c.away)
			}
			rec := get(t, d, c.target)
			if rec.Code != c.code {
				t.Errorf("status %d, want %d", rec.Code, c.code)
			}
			golden(t, c.name+".html", hashes.ReplaceAllString(rec.Body.String(), "$1.HASH."))
		})
	}
}

func TestAwaySaysSinceWhen(t *testing.T) {
	clk, b := newClock(), running(consultation(), 0)
	d := newTestDashboard(t, b, clk)
	get(t, d, "/")
	b.goAway()
	clk.advance(time.Minute) // 09:31:05: the first try that fails
	get(t, d, "/")
	clk.advance(time.Hour)
	body := html.UnescapeString(get(t, d, "/?lang=en").Body.String())
	for _, want := range []string{"since <time datetime=\"2022-05-17T09:31:05+08:00\">2022-05-17 09:31:05 +08:00<", "read at <time datetime=\"2022-05-17T09:30:05+08:00\">", "8,542,000"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "All counted") {
		t.Error("the page says that all is counted, but cannot know")
	}
	b.comeBack()
	clk.advance(time.Minute)
	if body := get(t, d, "/?lang=en").Body.String(); strings.Contains(body, "not answered") || !strings.Contains(body, "All counted") {
		t.Error("the broker is back, but the page does not know")
	}
}

func TestLanguage(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	for _, c := range []struct{ target, accept, want string }{
		{"/", "", "zh-CN"},
		{"/", "en-GB,en;q=0.9", "en"},
		{"/", "zh-TW", "zh-CN"},
		{"/", "fr-FR, zh;q=0.5", "zh-CN"},
		{"/", "fr", "en"},
		{"/", "ö;;q=", "zh-CN"},
		{"/?lang=en", "zh", "en"},
		{"/?lang=zh", "en", "zh-CN"},
		{"/?lang=tlh", "en", "en"},
	} {
		rec := get(t, d, c.target, "Accept-Language", c.accept)
		if !strings.Contains(rec.Body.String(), `<html lang="`+c.want+`">`) {
			t.Errorf("%s with Accept-Language %q: not in %s", c.target, c.accept, c.want)
		}
		if rec.Header().Get("Vary") != "Accept-Language" {
			t.Error("no Vary header: a cache would mix languages up")
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	for _, target := range []string{"/", "/counts.json", "/healthz", "/readyz", "/metrics", "/nowhere", "/tallies/0123456789ab", "/api/v1/tallies/diff", "/events?page=/nowhere", d.assets.Style} {
		rec := get(t, d, target)
		for name, want := range map[string]string{
			"Content-Security-Policy": policy + "'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", target, name, got, want)
			}
		}
	}
	if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("the policy is lax: %s", policy)
	}
}

func TestOnlyReading(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace, "BREW"} {
		for _, target := range []string{"/", "/metrics", "/nowhere"} {
			rec := httptest.NewRecorder()
			d.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+target, nil))
			if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d, Allow %q", method, target, rec.Code, rec.Header().Get("Allow"))
			}
		}
	}
	srv := httptest.NewServer(d)
	defer srv.Close()
	code, body, err := fetch(t.Context(), srv.Client(), http.MethodHead, srv.URL+"/")
	if code != http.StatusOK || body != "" || err != nil {
		t.Errorf("HEAD /: %d, %d bytes, %v", code, len(body), err)
	}
}

func TestAssetsAreCachedForEver(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	page := get(t, d, "/").Body.String()
	for address, kind := range map[string]string{d.assets.Style: "text/css; charset=utf-8", d.assets.Icon: "image/svg+xml", d.assets.Script: "text/javascript; charset=utf-8"} {
		if !strings.Contains(page, `="`+address+`"`) {
			t.Errorf("the page does not ask for %s", address)
		}
		rec := get(t, d, address)
		if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != kind || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") || rec.Body.Len() == 0 {
			t.Errorf("%s: %d %v, %d bytes", address, rec.Code, rec.Header(), rec.Body.Len())
		}
	}
}

func TestCountsJSON(t *testing.T) {
	clk, b := newClock(), running(consultation(), 0)
	d := newTestDashboard(t, b, clk)
	rec := get(t, d, "/counts.json")
	var got pipeline.Snapshot
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(consultation().Snapshot, got); diff != "" {
		t.Errorf("not the snapshot (-want +got):\n%s", diff)
	}
	if got := rec.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q", got)
	}
	b.goAway()
	clk.advance(time.Minute)
	if rec := get(t, d, "/counts.json"); rec.Code != http.StatusServiceUnavailable {
		t.Errorf("%d while the broker is away: a program would take old counts for new ones", rec.Code)
	}
	empty := get(t, newTestDashboard(t, running(pipeline.Counts{}, 0), clk), "/counts.json").Body.String()
	if !strings.Contains(empty, `"themes":[]`) {
		t.Errorf("themes of nothing are not []: %s", empty)
	}
}

func TestReadiness(t *testing.T) {
	idle := running(consultation(), 0)
	idle.status.Ready = false
	for _, c := range []struct {
		name string
		b    *broker
		code int
		want string
	}{
		{"running", running(consultation(), 99), 200, "ready\n"},
		{"no tally yet", running(pipeline.Counts{}, 0), 200, "ready\n"},
		{"worker not yet", idle, 503, "worker: does not run yet\n"},
		{"nobody counts what is shown", uncounted(), 503, "tally: nobody counts it\n"},
		{"broker away", neverThere(), 503, "broker: does not answer: no servers available\n"},
	} {
		d := newTestDashboard(t, c.b, newClock())
		if rec := get(t, d, "/readyz"); rec.Code != c.code || rec.Body.String() != c.want {
			t.Errorf("%s: /readyz answers %d %q, want %d %q", c.name, rec.Code, rec.Body, c.code, c.want)
		}
		if rec := get(t, d, "/healthz"); rec.Code != 200 || rec.Body.String() != "ok\n" {
			t.Errorf("%s: /healthz answers %d %q", c.name, rec.Code, rec.Body)
		}
	}
}

func uncounted() *broker {
	b := running(consultation(), 99)
	b.status.Uncounted = "nobody counts it"
	return b
}

// Readers are told since when they are shown this tally, and that nobody counts it.
func TestPageSaysWhatIsPromotedAndUncounted(t *testing.T) {
	b := uncounted()
	b.board.Promote(pipeline.Promotion{Tally: consultation().Tally, At: time.Date(2022, 5, 3, 4, 5, 6, 0, time.UTC)})
	page := get(t, newTestDashboard(t, b, newClock()), "/?lang=en").Body.String()
	for _, want := range []string{"Shown since", ":05:06", "Nobody counts by this dictionary"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestMetricsAreMounted(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	if rec := get(t, d, "/metrics"); rec.Body.String() != "minyi_up 1\n" {
		t.Errorf("/metrics answers %d %q", rec.Code, rec.Body)
	}
	b := running(consultation(), 0)
	without, err := New(Config{Board: b.board, Engine: b})
	if err != nil {
		t.Fatal(err)
	}
	if rec := get(t, without, "/metrics"); rec.Code != http.StatusNotFound {
		t.Errorf("/metrics without metrics answers %d", rec.Code)
	}
	if strings.Contains(get(t, without, "/").Body.String(), `href="/metrics"`) {
		t.Error("the page links to metrics that there are not")
	}
}

// However many look at once, the broker is asked once per MaxAge.
func TestTheBrokerIsAskedOnceForAll(t *testing.T) {
	clk, b := newClock(), running(consultation(), 0)
	d := newTestDashboard(t, b, clk)
	for want := 1; want <= 3; want++ {
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() { get(t, d, "/") })
		}
		wg.Wait()
		if b.asked != want {
			t.Errorf("the broker was asked %d times, want %d", b.asked, want)
		}
		clk.advance(time.Second)
	}
}

func TestAConfigThatLacksSomething(t *testing.T) {
	_, err := New(Config{})
	if err == nil || !strings.Contains(err.Error(), "Config.Board") || !strings.Contains(err.Error(), "Config.Engine") {
		t.Errorf("New(Config{}): %v, want an error that names what is missing", err)
	}
}

// While the counts of a large bucket are being read for the first time, the process can
// work, and nobody is given zeros.
func TestWhileCountsAreBeingRead(t *testing.T) {
	b := running(consultation(), 0)
	b.board.Drop(b.tally)
	b.board.Fail(b.tally, pipeline.ErrReading)
	d := newTestDashboard(t, b, newClock())
	for target, want := range map[string]int{"/": 503, "/counts.json": 503, "/readyz": 200, "/healthz": 200} {
		if rec := get(t, d, target); rec.Code != want {
			t.Errorf("%s answers %d, want %d: %s", target, rec.Code, want, rec.Body)
		}
	}
}

func TestManyCellsAreSaid(t *testing.T) {
	cells := make(pipeline.Cells)
	for i := range 13_000 {
		day := time.Date(1990, 1, 2+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		cells[pipeline.CellKey{Day: day, Source: "s", Kind: pipeline.KindTotal, ID: pipeline.All}] = pipeline.Count{Primary: 1, Any: 1}
	}
	c := consultation()
	c.Totals = pipeline.NewTotals(cells)
	body := get(t, newTestDashboard(t, running(c, 0), newClock()), "/?lang=en").Body.String()
	if !strings.Contains(body, "1 sources and 13,000 days are counted on their own") || !strings.Contains(body, "minyi doctor") {
		t.Error("the page does not say that there are 13,000 days, or not what to do")
	}
	body = get(t, newTestDashboard(t, running(consultation(), 0), newClock()), "/?lang=en").Body.String()
	if strings.Contains(body, "counted on their own") {
		t.Error("the page warns of 32 days")
	}
}
