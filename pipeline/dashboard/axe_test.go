package dashboard

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe returns the script that looks at a page as a screen reader does.
func axe(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "bin", "npm", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("axe is missing; `make test-deps` installs it")
		}
		t.Skip("axe is missing; `make test-deps` installs it")
	}
	return string(b)
}

// closeNow closes a server whose pages are still followed.
func closeNow(srv *httptest.Server) {
	srv.CloseClientConnections()
	srv.Close()
}

// found runs axe, and lists what it says against the page.
const found = `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v =>
	v.impact + ' ' + v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(' | ')))`

func TestAxeInABrowser(t *testing.T) {
	t.Parallel()
	script := axe(t)
	ctx := browser(t)
	all := httptest.NewServer(newTestDashboard(t, sure(), newClock()))
	defer closeNow(all)
	empty := httptest.NewServer(newTestDashboard(t, running(nothing(), 0), newClock()))
	defer closeNow(empty)
	two := httptest.NewServer(newTestDashboard(t, counting(), newClock()))
	defer closeNow(two)
	never := httptest.NewServer(newTestDashboard(t, neverThere(), newClock()))
	defer closeNow(never)
	for _, p := range []struct {
		name, address string
		tab
	}{
		{"all", two.URL + "/?", tab{zh, 1280, 1000, "light"}},
		{"all", two.URL + "/?", tab{en, 390, 1000, "dark"}},
		{"diff", two.URL + "/tallies/0123456789ab?", tab{zh, 390, 1000, "dark"}},
		{"diff", two.URL + "/tallies/0123456789ab?", tab{en, 1280, 1000, "light"}},
		{"some", all.URL + "/?source=people&from=2022-05-01&sort=any&", tab{en, 1280, 1000, "dark"}},
		{"theme", all.URL + "/themes/party?", tab{zh, 390, 1000, "light"}},
		{"subtheme", all.URL + "/subthemes/livelihood/education?source=people&", tab{en, 1280, 1000, "light"}},
		{"sources", all.URL + "/sources?", tab{zh, 1280, 1000, "light"}},
		{"days", all.URL + "/days?", tab{en, 390, 1000, "light"}},
		{"none", all.URL + "/none?", tab{en, 1280, 1000, "light"}},
		{"empty", empty.URL + "/?", tab{zh, 1280, 1000, "light"}},
		{"never", never.URL + "/?", tab{en, 1280, 1000, "dark"}},
	} {
		t.Run(p.name+"-"+p.String(), func(t *testing.T) {
			show(ctx, t, p.tab, p.address+"lang="+p.lang, true)
			evaluate[bool](ctx, t, script+"; true")
			list, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](found, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list {
				t.Error(f)
			}
		})
	}
}
