package dashboard

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// click clicks on an element, and waits until something is true of the page that it leads to.
func click(ctx context.Context, t *testing.T, selector, question string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Click(selector)); err != nil {
		t.Fatalf("click on %s: %v", selector, err)
	}
	wait(ctx, t, question)
}

// seen tells whether an element can be seen, and is not in what is closed.
const seen = `(id => { const e = document.getElementById(id); return !!e && e.checkVisibility() && e.getBoundingClientRect().height > 0; })`

// Without JavaScript a reader has everything but liveness: numbers that somebody can do
// something about lead to what to do, which opens by itself, by a click as by an address that
// was sent to somebody else; the form, the heads of tables and the language are links.
func TestWithoutScriptsInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	srv := httptest.NewServer(newTestDashboard(t, all(), newClock()))
	defer srv.Close()
	said := &complaints{}
	said.listen(ctx, t, srv.URL)
	c := tab{en, 1280, 1000, "light"}
	for _, todo := range []string{"todo-untagged", "todo-rejected", "todo-undated", "todo-close"} {
		open(ctx, t, c, srv.URL+"/?lang=en")
		if evaluate[bool](ctx, t, seen+`('`+todo+`')`) {
			t.Errorf("%s is open before it was asked for", todo)
		}
		click(ctx, t, `a[href="#`+todo+`"]`, seen+`('`+todo+`')`)
	}
	for _, page := range []string{"/?lang=zh#todo-untagged", "/subthemes/livelihood/education?lang=zh#todo-close"} {
		open(ctx, t, tab{zh, 390, 1000, "dark"}, "about:blank")
		open(ctx, t, tab{zh, 390, 1000, "dark"}, srv.URL+page)
		wait(ctx, t, seen+"(location.hash.slice(1))")
		check(ctx, t, tab{zh, 390, 1000, "dark"}, said)
	}

	open(ctx, t, c, srv.URL+"/?lang=en")
	click(ctx, t, ".summary thead a", "location.search === '?lang=en&sort=name' && document.querySelector('.summary th[aria-sort]').innerText === 'Theme'")
	evaluate[bool](ctx, t, "(document.querySelector('select[name=source]').value = 'people', document.querySelector('input[name=from]').value = '2022-05-16', true)")
	click(ctx, t, ".choose button", "location.search.includes('source=people') && location.search.includes('sort=name') && document.querySelector('.chosen')?.innerText.includes('people')")
	click(ctx, t, `nav a[hreflang="zh-CN"]`, "document.documentElement.lang === 'zh-CN' && document.querySelector('.chosen')?.innerText.includes('people')")
	check(ctx, t, tab{zh, 1280, 1000, "light"}, said)
}

// On paper there is what can be read there: no form, no links to files, and the numbers.
func TestPrintInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	srv := httptest.NewServer(newTestDashboard(t, all(), newClock()))
	defer srv.Close()
	said := &complaints{}
	said.listen(ctx, t, srv.URL)
	c := tab{zh, 794, 1123, "dark"} // A4
	open(ctx, t, c, srv.URL+"/?lang=zh")
	paper := chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	})
	if err := chromedp.Do(ctx, paper); err != nil {
		t.Fatal(err)
	}
	check(ctx, t, c, said)
	if list := evaluate[[]string](ctx, t, `[...document.querySelectorAll('.choose, .files, nav, .links, .next, .history, .skip')].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))`); len(list) > 0 {
		t.Errorf("printed, and of no use on paper: %q", list)
	}
	if !evaluate[bool](ctx, t, `document.querySelector('.figure strong').checkVisibility() && document.querySelectorAll('.theme tbody tr').length === 22 && getComputedStyle(document.body).color === 'rgb(0, 0, 0)'`) {
		t.Error("the numbers are not printed in black")
	}
	if dir := os.Getenv("MINYI_SCREENSHOTS"); dir != "" {
		save(ctx, t, filepath.Join(dir, "print-zh.png"), chromedp.FullScreenshot(100))
	}
}
