package dashboard

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/minyi/minyi/pipeline"
)

// live is a dashboard that can be stopped, and started again at the same address.
type live struct {
	address string
	stop    func()
}

func (l *live) start(t *testing.T, b *broker) {
	t.Helper()
	d, err := New(Config{Board: b.board, Engine: b, Tallies: b.listTallies})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", l.address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, listener, d) }()
	l.address = listener.Addr().String()
	l.stop = func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

// wait waits until something is true of the page.
func wait(ctx context.Context, t *testing.T, question string) {
	t.Helper()
	var ok bool
	err := errAway
	for tries := 0; err != nil && tries < 3; tries++ { // a page that is left takes the question with it
		ok, err = chromedp.Run(ctx, chromedp.Poll[bool](question, chromedp.WithPollingTimeout(20*time.Second)))
	}
	if err != nil || !ok {
		t.Fatalf("never true: %s: %v\n%s", question, err, evaluate[string](ctx, t, "document.body.innerText.slice(0, 600)"))
	}
}

func total(n string) string {
	return fmt.Sprintf("document.querySelector('.figure strong')?.innerText === %q", n)
}

// The page follows the counts without being loaded again: focus, what is open and where
// the reader is stay. It comes back by itself when the server does.
func TestLiveInABrowser(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	b := counting()
	l := &live{address: "127.0.0.1:0"}
	l.start(t, b)
	defer func() { l.stop() }()

	show(ctx, t, tab{en, 1280, 900, "light"}, "http://"+l.address+"/?lang=en", true)
	wait(ctx, t, "document.documentElement.classList.contains('is-live')")
	evaluate[bool](ctx, t, `(() => {
		window.loadedOnce = true;
		document.querySelector('.days details').open = true;
		document.querySelector('.summary a').focus();
		scrollTo({top: 700, behavior: 'instant'});
		return true;
	})()`)
	place := evaluate[float64](ctx, t, "scrollY")

	b.board.Put(counted(3))
	wait(ctx, t, total("8,542,003"))
	stays := func() {
		t.Helper()
		if !evaluate[bool](ctx, t, "window.loadedOnce === true && document.querySelector('.days details').open && document.activeElement.matches('.summary a')") {
			t.Error("the page was loaded again, or the focus or what was open is lost")
		}
		if got := evaluate[float64](ctx, t, "scrollY"); got != place {
			t.Errorf("the page has moved from %v to %v", place, got)
		}
	}
	stays()

	promoted := counted(10)
	promoted.Tally = "0123456789ab"
	b.board.Put(promoted)
	b.board.Promote(pipeline.Promotion{Tally: promoted.Tally, From: b.tally, At: time.Unix(1_650_000_000, 0), By: "wang", Why: "schools", Event: "promoted"})
	wait(ctx, t, "document.querySelector('footer').innerText.includes('0123456789ab')")
	wait(ctx, t, total("8,542,010"))
	wait(ctx, t, "document.querySelector('.tallies tbody tr').innerText.includes('0123456789ab') && document.querySelector('.tallies .lead').innerText.includes('promoted, wang, schools')")

	l.stop()
	wait(ctx, t, "!document.documentElement.classList.contains('is-live') && document.getElementById('live').innerText.includes('lost')")
	promoted = counted(25)
	promoted.Tally = "0123456789ab"
	b.board.Put(promoted)
	l.start(t, b)
	wait(ctx, t, total("8,542,025"))
	wait(ctx, t, "document.documentElement.classList.contains('is-live')")
	stays()

	if err := chromedp.Do(ctx, chromedp.Click(`nav a[hreflang="zh-CN"]`)); err != nil {
		t.Fatal(err)
	}
	wait(ctx, t, "document.documentElement.lang === 'zh-CN' && document.documentElement.classList.contains('is-live')")

	// What is chosen is the address, and what is downloaded is what is chosen.
	evaluate[bool](ctx, t, "(() => { document.querySelector('select[name=source]').value = 'people'; document.querySelector('input[name=from]').value = '2022-05-16'; return true; })()")
	if err := chromedp.Do(ctx, chromedp.Click(".choose button")); err != nil {
		t.Fatal(err)
	}
	wait(ctx, t, "location.search.includes('source=people') && location.search.includes('from=2022-05-16') && location.search.includes('lang=zh') && document.querySelector('.chosen')?.innerText.includes('people') && document.readyState === 'complete'")
	file, err := chromedp.Run(ctx, chromedp.Evaluate[string]("fetch(document.querySelector('.sources .files a').href).then(r => r.text())", chromedp.EvalAwaitPromise))
	n := promoted.Totals.Get(pipeline.CellKey{Day: "2022-05-16", Source: "people", Kind: pipeline.KindTotal, ID: pipeline.All}).Primary
	if want := fmt.Sprintf("people,people,%d,%d,1\n", n, n); err != nil || !strings.HasSuffix(file, want) || strings.Count(file, "\n") != 2 {
		t.Errorf("downloaded %q, want one line: %s (%v)", file, want, err)
	}
}
