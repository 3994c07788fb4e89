package dashboard

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
)

// With the keyboard alone a reader gets past the head, sees where the focus is, and opens
// what is closed.
func TestKeyboardInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	srv := httptest.NewServer(newTestDashboard(t, all(), newClock()))
	defer srv.Close()
	press := func(keys string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.KeyEvent(keys)); err != nil {
			t.Fatal(err)
		}
	}
	open(ctx, t, tab{en, 1280, 1000, "light"}, srv.URL+"/?lang=en")
	press("\t")
	if !evaluate[bool](ctx, t, "document.activeElement.matches('.skip') && document.activeElement.getBoundingClientRect().left >= 0") {
		t.Error("the first key does not show the link that skips the head")
	}
	for range 12 {
		press("\t")
		if e := evaluate[string](ctx, t, "getComputedStyle(document.activeElement).outlineStyle === 'none' ? document.activeElement.outerHTML.slice(0, 120) : ''"); e != "" {
			t.Errorf("has the focus, and does not show it: %s", e)
		}
	}
	evaluate[bool](ctx, t, "(document.querySelector('.next summary').focus(), true)")
	press("\r")
	wait(ctx, t, "document.querySelector('.next').open")
	evaluate[bool](ctx, t, "(document.querySelector('.skip').focus(), true)")
	press("\r")
	wait(ctx, t, "location.hash === '#main'")
}

// A proxy between must neither keep nor collect the events of a page.
func TestHeadOfEvents(t *testing.T) {
	t.Parallel()
	rec := ask(t, newTestDashboard(t, all(), newClock()), http.MethodHead, "localhost", "/events?page=/")
	for name, want := range map[string]string{"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
