package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// openInBrowser opens a page in a real browser, and waits until it is live.
func openInBrowser(t *testing.T, address string) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing; `make test-deps` installs it")
		}
		t.Skip("chromium is missing; `make test-deps` installs it")
	}
	ctx, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.UserDataDir(t.TempDir()))...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	untilInBrowser(ctx, t, "document.documentElement.classList.contains('is-live')", time.Minute)
	return ctx
}

// untilInBrowser waits until something is true of the page.
func untilInBrowser(ctx context.Context, t *testing.T, question string, patience time.Duration) {
	t.Helper()
	ok, err := chromedp.Run(ctx, chromedp.Poll[bool](question, chromedp.WithPollingTimeout(patience)))
	if err != nil || !ok {
		text, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText.slice(0, 800)"))
		t.Fatalf("never true in the browser: %s: %v\n%s", question, err, text)
	}
}

// watchMixtures has the page take down each state that it shows: which tally, how many are
// tagged by the ledger, and how many by the themes.
const watchMixtures = `(() => {
	const text = q => document.querySelector(q)?.innerText;
	const state = () => [...document.querySelectorAll('footer dd code')].at(-1).innerText + ' ' + text('.ledger tbody td') + ' ' +
		[...document.querySelectorAll('.summary tbody td:nth-child(2)')].map(e => e.innerText).join(' ');
	window.seen = [state()];
	window.loadedOnce = true;
	new MutationObserver(() => { if (seen.at(-1) !== state()) seen.push(state()); })
		.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
	return true;
})()`

// A promotion is seen live: readers of an open page are sent one event that brings all
// numbers of the other tally, and the page never shows a mixture of both.
func TestPromotionSeenLiveInABrowser(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	page := openInBrowser(t, r.page+"/?lang=en")
	if _, err := chromedp.Run(page, chromedp.Evaluate[bool](watchMixtures)); err != nil {
		t.Fatal(err)
	}
	events := followEvents(t, r.page+"/events?page=/&lang=en")
	if out, stderr, code := r.here(t, "", "tally", "promote", r.b, "--by", "li", "--reason", "hospitals", "--force"); code != exitDone {
		t.Fatalf("exit %d: %s%s", code, out, stderr)
	}
	untilInBrowser(page, t, fmt.Sprintf("document.querySelector('footer').innerText.includes(%q)", r.b), 30*time.Second)
	seen, err := chromedp.Run(page, chromedp.Evaluate[[]string]("loadedOnce && seen"))
	if err != nil || len(seen) != 2 || seen[0] != r.a+" 60 60" || seen[1] != r.b+" 80 80" {
		t.Errorf("the page showed %q, %v", seen, err)
	}
	untilInBrowser(page, t, "document.querySelector('.history')?.textContent.includes('hospitals')", 30*time.Second)

	// The same for a program that follows: the foot with the tally, the ledger and the themes
	// come in one event.
	brought := 0
	for event := range events {
		foot := strings.Contains(event["foot"], r.b)
		if !foot {
			continue
		}
		brought++
		if !strings.Contains(event["hero"], "<td>80</td>") || !strings.Contains(event["themes"], ">80</td>") {
			t.Errorf("the event of the promotion lacks numbers: %v", event)
		}
		break
	}
	if brought != 1 {
		t.Error("no event brought the promotion")
	}
}
