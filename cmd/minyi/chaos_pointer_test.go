//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minyi/minyi/pipeline/supervise"
)

// promotionsContested has several clients promote tallies at the same moment, while messages
// arrive and workers, clients and the broker are killed, and an old worker with --promote
// comes back in each round. Then nobody counts the current tally, and at last the stream is
// made anew.
//
//   - After each round current is what the history says, and the old worker has not moved it.
//   - What a client reports as promoted is in the history, in a chain without a gap.
//   - "nobody counts" is said when that is so, and at no other moment: one worker is never
//     killed, and from the first round on it is asked all the time.
//   - Readers are shown the stream that was made anew, and not the old counts.
func promotionsContested(r *trial) {
	r.startBroker(1)
	anchor := r.work("--promote")
	r.tally = r.tallyOf(anchor)
	old := r.work("--promote")
	r.tallyOf(old)
	dicts := r.dictionaries()[:2]
	tallies := []string{r.tally}
	cried := r.listen(anchor)
	parts := r.files[:len(r.files)-1] // the last one is for when nobody counts
	var c contest
	for i, file := range parts {
		sent := r.begin(i, file)
		if i < len(dicts) {
			dicts[i].tally = r.publishDictionary(dicts[i].dir)
			tallies = append(tallies, dicts[i].tally)
		}
		first := r.promoteAtOnce(&c, tallies)
		r.killWorker(old)
		if i%2 == 1 {
			r.servers[0].kill()
			r.faults++
			r.servers[0].start(r.t)
			r.brokerReady()
		}
		sent()
		first()
		r.promoteAtOnce(&c, slices.Concat(tallies, tallies))()
		c.moves = append(c.moves, r.promoteKilled(dicts[min(i, 1)].tally))
		old = r.oldComesBack(dicts[min(i, 1)].tally)
	}
	if n := cried(); n > 0 {
		r.fatalf("it was said %d times that nobody counts, and somebody did all the time", n)
	}
	r.historyHas(c.moves)
	left := r.nobodyCounts()
	n := uint64(len(r.lines))
	r.settle(n)
	r.counted(left, n)
	for _, d := range append(dicts, published{classifier: r.classifier, tally: r.tally}, published{classifier: r.classifier, tally: left}) {
		r.counted(d.tally, n)
		r.compare(d.tally, d.classifier, r.lines, 0)
	}
	r.end(append(tallies, left)...)
	r.streamMadeAnew(left)
	r.note = fmt.Sprintf("%d promotions, %d too late", len(c.moves), c.late)
}

// contest is what clients have reported that promote at the same moment.
type contest struct {
	moves [][2]string // from one tally to another
	late  int         // clients that were told that somebody else moved the pointer meanwhile
}

// promoteAtOnce has a client for each tally promote it, all at the same moment, and kills
// one of them. The function waits for the others, and takes down what they report.
func (r *trial) promoteAtOnce(c *contest, tallies []string) (wait func()) {
	r.t.Helper()
	var clients []*process
	for _, i := range r.rnd.Perm(len(tallies)) {
		clients = append(clients, startMinyi(r.t, "tally", "promote", tallies[i], "--when-ready", "--force",
			"--by", "chaos", "--reason", "a contest", "--json", "--server", r.url))
	}
	r.moment()
	clients[0].kill()
	r.faults++
	return func() {
		for _, p := range clients[1:] {
			code := p.wait(r.lab.scale.patience)
			var d struct{ From, To string }
			switch {
			case code == exitDone:
				if err := json.Unmarshal(p.stdout.Bytes(), &d); err != nil {
					r.fatalf("tally promote printed %s: %v", &p.stdout, err)
				}
				if d.From != d.To { // else it was current already
					c.moves = append(c.moves, [2]string{d.From, d.To})
				}
			case code == exitCheck && strings.Contains(p.stderr.String(), "moved the pointer"):
				c.late++
			case code != exitEnvironment: // the broker was killed
				r.fatalf("tally promote ended with %d:\n%s", code, p.stderr)
			}
		}
	}
}

// oldComesBack starts a worker with --promote again, whose tally another one has replaced,
// and waits until it says that it leaves the pointer alone.
func (r *trial) oldComesBack(current string) *worker {
	r.t.Helper()
	old := r.work("--promote")
	r.until("an old worker says that it does not promote", func(context.Context) bool {
		return strings.Contains(old.stderr.String(), "not promoted: it was current before")
	})
	r.currentIsHistory(current)
	return old
}

// currentIsHistory fails unless readers are shown that tally and the history ends with it.
func (r *trial) currentIsHistory(tally string) []supervise.Event {
	r.t.Helper()
	conn := r.conn(r.t.Context())
	var events []supervise.Event
	r.until("the history ends with the current tally", func(ctx context.Context) bool {
		current, err := conn.Counts().Current(ctx)
		if err != nil {
			return false
		}
		if current != tally {
			r.fatalf("%s is current, and not %s", current, tally)
		}
		events, err = conn.History(ctx)
		at, _ := pointerOf(events)
		return err == nil && at == tally
	})
	if _, gaps := pointerOf(events); len(gaps) > 0 {
		r.fatalf("%s", strings.Join(gaps, "\n"))
	}
	return events
}

// historyHas fails unless each of the moves is in the history as often as it was reported.
func (r *trial) historyHas(moves [][2]string) {
	r.t.Helper()
	times := map[[2]string]int{}
	for _, e := range r.currentIsHistory(moves[len(moves)-1][1]) {
		if e.Event == supervise.Promoted {
			times[[2]string{e.From, e.To}]++
		}
	}
	for _, m := range moves {
		if times[m]--; times[m] < 0 && m[0] != m[1] {
			r.t.Errorf("a client has reported that %s replaced %s, and the history does not have it", m[1], m[0])
		}
	}
}

// listen asks a worker all the time whether it is ready. The function returns how often it
// has said, there or in its log, that nobody counts the current tally.
func (r *trial) listen(w *worker) (cried func() int) {
	r.t.Helper()
	page := r.pageOf(w)
	var n atomic.Int64
	stop := r.disturb(func(*rand.Rand) error {
		_, body, err := r.ask(page + "/readyz")
		if strings.Contains(body, "nobody counts") {
			n.Add(1)
		}
		return err
	})
	return func() int {
		if stop() == 0 {
			r.fatalf("the worker at %s never answered", page)
		}
		return int(n.Load()) + strings.Count(w.stderr.String(), "nobody counts")
	}
}

// pageOf is the address of a worker's page.
func (r *trial) pageOf(w *worker) string {
	r.t.Helper()
	var m []string
	r.until("a worker has a page", func(context.Context) bool {
		m = pageLine.FindStringSubmatch(w.stderr.String())
		return m != nil
	})
	return m[1]
}

// ask asks a worker over HTTP.
func (r *trial) ask(url string) (code int, body string, err error) { return r.askOn(nil, url) }

// askOn asks from a host.
func (r *trial) askOn(h *host, url string) (code int, body string, err error) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, "", err
	}
	resp, err := h.client().Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// workersOfCurrent is the metric of how many workers count the current tally.
var workersOfCurrent = regexp.MustCompile(`(?m)^minyi_current_tally_workers\{tally="([0-9a-f]+)"\} (\S+)$`)

// nobodyCounts has readers shown the tally of another version of minyi, whose only worker
// is killed before the last part is sent. All that is left say that nobody counts it, until
// it is there again.
func (r *trial) nobodyCounts() (tally string) {
	r.t.Helper()
	other := r.workOther()
	tally = r.tallyOf(other)
	r.promoteKilled(tally)
	r.currentIsHistory(tally)
	r.killWorker(other)
	r.send(r.files[len(r.files)-1])()
	for _, w := range r.workers {
		page := r.pageOf(w)
		r.until("a worker says that nobody counts the current tally", func(context.Context) bool {
			code, body, err := r.ask(page + "/readyz")
			_, metrics, metricsErr := r.ask(page + "/metrics")
			m := workersOfCurrent.FindStringSubmatch(metrics)
			return errors.Join(err, metricsErr) == nil && code == http.StatusServiceUnavailable && strings.Contains(body, "nobody counts tally "+tally) &&
				m != nil && m[1] == tally && m[2] == "0" && strings.Contains(w.stderr.String(), "nobody counts tally "+tally)
		})
	}
	if code, out := r.doctor(); code != exitCheck || !strings.Contains(out, "nobody counts it") {
		r.fatalf("nobody counts the current tally, and the doctor ends with %d:\n%s", code, out)
	}
	other = r.workOther()
	r.tallyOf(other)
	for _, w := range r.workers {
		page := r.pageOf(w)
		r.until("a worker says that the current tally is counted again", func(context.Context) bool {
			code, _, err := r.ask(page + "/readyz")
			return err == nil && code == http.StatusOK && (w == other || strings.Contains(w.stderr.String(), "the current tally is counted again"))
		})
	}
	return tally
}

// doctor examines the broker.
func (r *trial) doctor() (code int, out string) {
	r.t.Helper()
	p := startMinyi(r.t, "doctor", "--server", r.url)
	code = p.wait(r.lab.scale.patience)
	return code, p.stdout.String() + p.stderr.String()
}

// streamMadeAnew removes the stream while no worker runs, and sends the first part into
// another one. Nothing says that all is well before a worker comes; then readers are shown
// the new stream, and the history says why.
func (r *trial) streamMadeAnew(before string) {
	r.t.Helper()
	r.until("the stream is removed", func(ctx context.Context) bool { return r.see.js.DeleteStream(ctx, "SUGGESTIONS") == nil })
	r.faults++
	r.send(r.files[0])()
	if code, out := r.doctor(); code != exitCheck {
		r.fatalf("the stream was made anew and nobody works, and the doctor ends with %d:\n%s", code, out)
	}
	r.tally = r.tallyOf(r.work("--promote"))
	r.work("--promote")
	n := r.endOf(0)
	r.counted(r.tally, n)
	conn := r.conn(r.t.Context())
	r.until("readers are shown the stream that was made anew", func(ctx context.Context) bool {
		current, err := conn.Counts().Current(ctx)
		return err == nil && current == r.tally
	})
	events := r.currentIsHistory(r.tally)
	if !slices.ContainsFunc(events, func(e supervise.Event) bool {
		return e.Event == supervise.Recreated && e.From == before && e.To == r.tally
	}) {
		r.fatalf("the history does not say that the stream was made anew: %+v", events[len(events)-1])
	}
	r.compare(r.tally, r.classifier, r.lines[:n], 0)
	r.end(r.tally)
}
