//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/minyi/minyi/internal/textfmt"
)

// sameAsLoaded compares a page that was left open with the same page as it is now: what it
// says but for the rate, which moves by itself. The form above it is left as it is, since
// somebody may be filling it in.
const sameAsLoaded = `fetch(location.href).then(r => r.text()).then(html => {
	const said = d => [...d.querySelectorAll('main .part')].map(e => { const m = e.cloneNode(true); m.querySelectorAll('.rate').forEach(e => e.remove()); return m.textContent.replace(/\s+/g, ''); }).join('\n');
	const now = said(new DOMParser().parseFromString(html, 'text/html')), here = said(document);
	return !window.loadedOnce ? 'the page was loaded again' : now === here ? '' : 'open: ' + here.slice(0, 3000) + '\nloaded: ' + now.slice(0, 3000);
})`

// pageLeftOpen leaves a page open in a real browser while its server, another worker and the
// broker are killed, for MINYI_CHAOS_PAGE seconds, or as long as the rounds take. At the end
// the page, which was never loaded again, shows what was counted.
func pageLeftOpen(r *trial) {
	lasts := time.Duration(environmentNumber(r.t, "MINYI_CHAOS_PAGE", 0)) * time.Second
	r.startBroker(1)
	address := freeAddress(r.t)
	page := r.work("--listen", address)
	r.tally = r.tallyOf(page)
	other := r.work()
	r.pageOf(page)
	browser := openInBrowser(r.t, "http://"+address+"/?lang=en")
	if _, err := chromedp.Run(browser, chromedp.Evaluate[bool]("window.loadedOnce = true")); err != nil {
		r.t.Fatal(err)
	}
	fault := func() {
		r.faults++
		switch r.rnd.IntN(3) {
		case 0:
			r.killWorker(page)
			page = r.work("--listen", address)
		case 1:
			r.killWorker(other)
			other = r.work()
		default:
			r.servers[0].kill()
			r.servers[0].start(r.t)
			r.brokerReady()
		}
	}
	for i, file := range r.files {
		begun := time.Now()
		sent := r.begin(i, file)
		fault()
		sent()
		for time.Since(begun) < lasts/time.Duration(len(r.files)) {
			r.moment()
			fault()
			r.counted(r.tally, r.endOf(i))
		}
	}
	r.settle(uint64(len(r.lines)))
	counts, err := r.conn(r.t.Context()).Counts().Snapshot(r.t.Context(), r.tally)
	if err != nil {
		r.t.Fatal(err)
	}
	untilInBrowser(browser, r.t, fmt.Sprintf("document.querySelector('.figure strong')?.innerText === %q && document.querySelector('.ledger tfoot td').innerText === %q",
		textfmt.Count(counts.Tagged+counts.Untagged), textfmt.Count(counts.Stored)), r.lab.scale.patience)
	said, deadline := "", time.Now().Add(30*time.Second)
	for { // what is said of workers and the rate is a few seconds old
		if said, err = chromedp.Run(browser, chromedp.Evaluate[string](sameAsLoaded, chromedp.EvalAwaitPromise)); err == nil && said == "" || time.Now().After(deadline) {
			break
		}
		r.moment()
	}
	if err != nil || said != "" {
		r.t.Errorf("the open page does not say what the page says: %v %s", err, said)
	}
	r.finish()
}

// freeAddress is an address of this machine at which nobody listens, so that a page can come
// back at it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestManyReaders has as many readers follow the page as MINYI_READERS says (make soak:
// 10,000), in a process of their own. Each of both processes needs an open file a reader.
func TestManyReaders(t *testing.T) {
	t.Parallel()
	readers := environmentNumber(t, "MINYI_READERS", 300)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max < readers+200 {
		if os.Getenv("MINYI_READERS") == "" {
			t.Fatalf("only %d open files", limit.Max)
		}
		t.Skipf("not run: %d readers need as many open files, and the machine allows %d (ulimit -Hn)", readers, limit.Max)
	}
	cmd := command(t.Context(), t, "bench", "--pages", fmt.Sprint(readers), "--pages-for", "2s", "--messages", "4000", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s%s", err, out, &stderr)
	}
	t.Logf("%s", out)
	if !strings.Contains(string(out), fmt.Sprintf(`"readers":%d,`, readers)) || strings.Contains(string(out), `"events":0,`) {
		t.Errorf("%s", out)
	}
}
