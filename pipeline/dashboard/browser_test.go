package dashboard

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium starts a real browser, once for all tests; TestMain ends it. Where there is
// none, the context is nil.
var chromium = sync.OnceValues(func() (context.Context, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil
	}
	profile, err := os.MkdirTemp("", "chromium")
	if err != nil {
		return nil, err
	}
	ctx, stopAllocator := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(profile),
	)...)
	ctx, stopBrowser := chromedp.NewContext(ctx)
	stopChromium = func() {
		stopBrowser()
		stopAllocator()
		_ = os.RemoveAll(profile) // it is in the folder for what is temporary
	}
	return ctx, chromedp.Do(ctx)
})

var stopChromium = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopChromium()
	os.Exit(code)
}

// browser opens a tab of the browser, with a window, cookies and a cache of its own.
func browser(t *testing.T) context.Context {
	t.Helper()
	all, err := chromium()
	if err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	if all == nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing; `make test-deps` installs it")
		}
		t.Skip("chromium is missing; `make test-deps` installs it")
	}
	ctx, stop := context.WithTimeout(all, 3*time.Minute)
	t.Cleanup(stop)
	ctx, stopTab := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(stopTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab of chromium: %v", err)
	}
	return ctx
}

// tab is a page as a reader sees it.
type tab struct {
	lang   string
	width  int64
	height int64 // of what the documentation shows
	scheme string
}

func (c tab) String() string { return fmt.Sprintf("%s-%d-%s", c.lang, c.width, c.scheme) }

// complaints collects what the browser says against a page: console messages,
// exceptions, refusals of the content security policy, failed and foreign requests.
type complaints struct {
	mu   sync.Mutex
	list []string
}

func (c *complaints) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func (c *complaints) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.list
	c.list = nil
	return list
}

func (c *complaints) listen(ctx context.Context, t *testing.T, home string) {
	t.Helper()
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *runtime.EventConsoleAPICalled:
			c.add("console: %s", ev.Type)
		case *runtime.EventExceptionThrown:
			c.add("exception: %s", ev.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			c.add("log: %s: %s", ev.Entry.Source, ev.Entry.Text)
		case *network.EventLoadingFailed:
			c.add("request failed: %s %s", ev.ErrorText, ev.BlockedReason)
		case *network.EventRequestWillBeSent:
			// The icon of the control for dates is the browser's own.
			if !strings.HasPrefix(ev.Request.URL, home) && !strings.HasPrefix(ev.Request.URL, "data:") {
				c.add("request to another place: %s", ev.Request.URL)
			}
		case *network.EventResponseReceived:
			if ev.Response.Status >= 400 {
				c.add("%d for %s", ev.Response.Status, ev.Response.URL)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// open shows a page in a tab, with scripts switched off.
func open(ctx context.Context, t *testing.T, c tab, address string) {
	t.Helper()
	show(ctx, t, c, address, false)
}

// show shows a page in a tab.
func show(ctx context.Context, t *testing.T, c tab, address string, scripts bool) {
	t.Helper()
	mobile := func(p *emulation.SetDeviceMetricsOverrideParams, _ *emulation.SetTouchEmulationEnabledParams) {
		p.Mobile = c.width < 600
	}
	scale := 1.0
	if c.width < 600 {
		scale = 2
	}
	err := chromedp.Do(ctx,
		chromedp.EmulateViewport(c.width, c.height, chromedp.EmulateScale(scale), mobile),
		chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
			_, err := cdp.Call(ctx, tg, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: c.scheme}},
			})
			if err != nil {
				return err
			}
			_, err = cdp.Call(ctx, tg, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
			return err
		}),
		chromedp.Navigate(address),
	)
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
}

// evaluate asks the page; the question comes from outside, so it works although
// the page's own scripts are off.
func evaluate[T any](ctx context.Context, t *testing.T, question string) T {
	t.Helper()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](question))
	if err != nil {
		t.Fatalf("ask the page: %v\n%s", err, question)
	}
	return answer
}

// tooWide lists the elements that stick out of a window of a width. The width is
// not asked of the page: a phone's browser widens innerWidth to what sticks out.
const tooWide = `[...document.body.querySelectorAll('*')]
	.filter(e => !e.closest('.hidden, .skip, thead') && e.getBoundingClientRect().right > %d + 0.5)
	.map(e => e.outerHTML.slice(0, 120))`

// tooFaint lists the texts whose contrast with what is behind them is under 4.5,
// the ratio that WCAG 2 asks for at level AA, and the bars under 3.
const tooFaint = `(() => {
	const rgb = s => s.match(/[\d.]+/g).map(Number);
	const light = c => { const f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
	const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
	const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
	const bad = [];
	for (const e of document.body.querySelectorAll('*')) {
		const texts = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
		if (texts && !e.closest('svg') && ratio(rgb(getComputedStyle(e).color), behind(e)) < 4.5) bad.push(e.outerHTML.slice(0, 120));
		if (e.matches('rect.fill, .columns rect') && ratio(rgb(getComputedStyle(e).fill), behind(e.closest('svg').parentElement)) < 3) bad.push(e.outerHTML);
	}
	return bad;
})()`

// noFile lists the tables that cannot be had as files. Those of a theme's page that have the
// share of the theme alone are lines of the tables of the first page.
const noFile = `[...document.querySelectorAll('main table')].filter(t => {
	const place = t.closest('article, section');
	return !place.matches('.facts') && !document.querySelector('.empty') && !['csv', 'xlsx'].every(f => place.querySelector('.files a[href*="format=' + f + '"]'));
}).map(t => t.outerHTML.slice(0, 160))`

// visible tells whether the total stands in the first window, and in a readable
// size; check sees to it that it does not stick out.
const visible = `(() => {
	const e = document.querySelector('.figure strong'), r = e.getBoundingClientRect();
	return e.innerText === '8,542,000' && r.left >= 0 && r.top >= 0 && r.bottom <= innerHeight && r.height > 30;
})()`

func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	srv := httptest.NewServer(newTestDashboard(t, sure(), newClock()))
	defer srv.Close()
	said := &complaints{}
	said.listen(ctx, t, srv.URL)
	for _, c := range []tab{
		{zh, 1280, 1500, "light"},
		{en, 1280, 1500, "light"},
		{zh, 390, 1300, "light"},
		{en, 390, 1300, "light"},
		{zh, 1280, 1500, "dark"},
		{en, 1280, 1500, "dark"},
		{zh, 390, 1300, "dark"},
		{en, 390, 1300, "dark"},
		{zh, 768, 1024, "light"},
		{en, 320, 1300, "light"},
	} {
		t.Run(c.String(), func(t *testing.T) {
			open(ctx, t, c, srv.URL+"/?lang="+c.lang)
			check(ctx, t, c, said)
			if !evaluate[bool](ctx, t, visible) {
				t.Error("the total cannot be seen")
			}
			text := evaluate[string](ctx, t, "document.body.innerText")
			for _, n := range []string{"7,930,518", "611,482", "48,115", "432", "8,590,547", "655,918", "712,386"} {
				if !strings.Contains(text, n) {
					t.Errorf("%s cannot be read on the page", n)
				}
			}
			shoot(ctx, t, c)
		})
	}
}

// The pages beside the first, at the widths of a phone, a desk and a wall.
func TestOtherPagesInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	srv := httptest.NewServer(newTestDashboard(t, all(), newClock()))
	defer srv.Close()
	said := &complaints{}
	said.listen(ctx, t, srv.URL)
	shots := os.Getenv("MINYI_SCREENSHOTS")
	for _, p := range []struct {
		name, path string
		tab
	}{
		{"wall", "/?", tab{zh, 2560, 1440, "light"}},
		{"wall", "/?", tab{en, 2560, 1440, "dark"}},
		{"theme", "/themes/livelihood?", tab{zh, 1280, 1100, "light"}},
		{"theme", "/themes/party?source=people&", tab{en, 390, 1100, "dark"}},
		{"subtheme", "/subthemes/livelihood/education?", tab{en, 2560, 1440, "light"}},
		{"subtheme", "/subthemes/livelihood/education?from=2022-05-01&", tab{zh, 390, 1100, "light"}},
		{"some", "/?source=people&from=2022-05-01&to=2022-05-07&sort=any&", tab{en, 1280, 1100, "light"}},
		{"some", "/?source=people&from=2022-05-01&", tab{zh, 390, 1100, "light"}},
		{"source", "/sources/people?", tab{en, 390, 1100, "light"}},
		{"sources", "/sources?", tab{zh, 390, 1100, "light"}},
		{"diff", "/tallies/0123456789ab?", tab{zh, 390, 1100, "light"}},
		{"diff", "/tallies/0123456789ab?", tab{en, 1280, 1100, "light"}},
		{"theme", "/themes/governance?", tab{zh, 2560, 1440, "light"}},
		{"days", "/days?theme=party&", tab{en, 1280, 1100, "dark"}},
		{"day", "/days/2022-05-16?", tab{zh, 1280, 1100, "light"}},
		{"week", "/themes/party?from=2022-05-11&", tab{en, 390, 1100, "light"}},
	} {
		t.Run(p.name+"-"+p.String(), func(t *testing.T) {
			open(ctx, t, p.tab, srv.URL+p.path+"lang="+p.lang)
			check(ctx, t, p.tab, said)
			if shots != "" {
				save(ctx, t, filepath.Join(shots, p.name+"-"+p.String()+".png"), chromedp.FullScreenshot(100))
			}
		})
	}
}

func TestOtherStatesInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	said := &complaints{}
	said.listen(ctx, t, "http://127.0.0.1")
	shots := os.Getenv("MINYI_SCREENSHOTS")
	for name, b := range map[string]*broker{"empty": running(nothing(), 0), "behind": running(consultation(), 1234), "away": running(consultation(), 0)} {
		clk := newClock()
		srv := httptest.NewServer(newTestDashboard(t, b, clk))
		if name == "away" {
			get(t, srv.Config.Handler, "/")
			b.goAway()
			clk.advance(90 * time.Second)
		}
		for _, c := range []tab{{zh, 1280, 900, "light"}, {en, 390, 1100, "dark"}} {
			t.Run(name+"-"+c.String(), func(t *testing.T) {
				open(ctx, t, c, srv.URL+"/?lang="+c.lang)
				check(ctx, t, c, said)
				if shots != "" {
					save(ctx, t, filepath.Join(shots, name+"-"+c.String()+".png"), chromedp.CaptureScreenshot())
				}
			})
		}
		srv.Close()
	}
}

// check asserts what holds in every state and at every width.
func check(ctx context.Context, t *testing.T, c tab, said *complaints) {
	t.Helper()
	if over := evaluate[int64](ctx, t, "document.documentElement.scrollWidth") - c.width; over > 0 {
		t.Errorf("the page is %d pixels wider than the window", over)
	}
	for _, e := range evaluate[[]string](ctx, t, fmt.Sprintf(tooWide, c.width)) {
		t.Errorf("sticks out: %s", e)
	}
	for _, e := range evaluate[[]string](ctx, t, tooFaint) {
		t.Errorf("too faint: %s", e)
	}
	for _, e := range evaluate[[]string](ctx, t, noFile) {
		t.Errorf("a table that is not there as CSV and XLSX: %s", e)
	}
	if n := evaluate[int](ctx, t, "document.styleSheets.length"); n != 1 {
		t.Errorf("%d style sheets were applied, want 1", n)
	}
	if n := evaluate[int](ctx, t, "document.querySelectorAll('script:not([src^=\"/assets/live.\"])').length"); n != 0 {
		t.Errorf("%d scripts on the page that are not its own file", n)
	}
	want := map[string]string{zh: "zh-CN", en: "en"}[c.lang]
	if got := evaluate[string](ctx, t, "document.documentElement.lang"); got != want {
		t.Errorf("lang is %q, want %q", got, want)
	}
	for _, s := range said.take() {
		t.Errorf("the browser complains: %s", s)
	}
}

// shoot takes a picture of the whole page where MINYI_SCREENSHOTS says that somebody wants
// to see it, and with -update the one of the documentation, which shows its beginning.
func shoot(ctx context.Context, t *testing.T, c tab) {
	t.Helper()
	if dir := os.Getenv("MINYI_SCREENSHOTS"); dir != "" {
		save(ctx, t, filepath.Join(dir, "page-"+c.String()+".png"), chromedp.FullScreenshot(100))
	}
	name, documented := map[tab]string{
		{zh, 1280, 1500, "light"}: "page-zh", {en, 1280, 1500, "light"}: "page-en",
		{zh, 390, 1300, "light"}: "page-zh-phone", {en, 390, 1300, "light"}: "page-en-phone",
	}[c]
	if *update && documented {
		save(ctx, t, filepath.Join("..", "..", "docs", "images", name+".png"), chromedp.CaptureScreenshot())
	}
}

func save(ctx context.Context, t *testing.T, path string, picture chromedp.Action[[]byte]) {
	t.Helper()
	b, err := chromedp.Run(ctx, picture)
	if err != nil {
		t.Fatalf("take a picture: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
