//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

// published is a dictionary that the trial publishes.
type published struct {
	dir        string
	classifier *classifier.Classifier
	tally      string
}

// dictionariesPublished publishes five dictionaries, one of them broken, to a fleet that
// counts what arrives, and promotes one after another, while workers, the broker and the
// client that publishes or promotes are killed. Every tally is compared cell by cell, a
// reader of the current tally never sees a mixture, and the history is complete.
func dictionariesPublished(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	dicts := r.dictionaries()
	reader := r.readCurrent()
	var promotions [][2]string // that a client has reported
	rounds := max(len(r.files), len(dicts)+1)
	for i := range rounds {
		sent := func() {}
		if i < len(r.files) {
			sent = r.begin(i, r.files[i])
		}
		switch {
		case i < len(dicts):
			dicts[i].tally = r.publishDictionary(dicts[i].dir)
		case i == len(dicts):
			r.refusesBroken()
		}
		w := r.pick()
		r.killWorker(w)
		r.work(w.args...)
		if i%2 == 1 {
			r.servers[0].kill()
			r.faults++
			r.servers[0].start(r.t)
			r.brokerReady()
		}
		if i > 0 && i <= len(dicts) {
			promotions = append(promotions, r.promoteKilled(dicts[i-1].tally))
		}
		sent()
	}
	n := uint64(len(r.lines))
	r.settle(n)
	var tallies []string
	for _, d := range dicts {
		r.counted(d.tally, n)
		r.compare(d.tally, d.classifier, r.lines, 0)
		tallies = append(tallies, d.tally)
	}
	r.compare(r.tally, r.classifier, r.lines, 0)
	reader.check(r, append(dicts, published{classifier: r.classifier, tally: r.tally}))
	r.historyIsComplete(dicts, promotions)
	r.retireKilled(dicts[0].tally)
	r.end(append(tallies[1:], r.tally)...)
}

// retireKilled retires a tally by a client that is killed when that is said, and no more:
// the workers free what was stored.
func (r *trial) retireKilled(tally string) {
	r.t.Helper()
	store := r.conn(r.t.Context()).Tallies()
	client := startMinyi(r.t, "tally", "retire", tally, "--server", r.url, "--by", "chaos")
	r.until("the tally is retired", func(ctx context.Context) bool {
		w, _, err := store.Known(ctx, tally)
		return err == nil && w.State == supervise.Retired
	})
	client.kill()
	r.faults++
	r.until("what was stored of it is freed", func(ctx context.Context) bool {
		w, _, err := store.Known(ctx, tally)
		left, leftErr := store.LeftOver(ctx)
		return err == nil && w.Freed && leftErr == nil && !slices.ContainsFunc(left, func(l broker.LeftOver) bool { return l.Tally == tally })
	})
}

// dictionaries are four that can be used: the default one with other thresholds, and each
// of its themes alone.
func (r *trial) dictionaries() []published {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(root(r.t), "dict/themes/*.yaml"))
	if err != nil || len(files) != 3 {
		r.t.Fatalf("three themes were to be there: %v, %v", files, err)
	}
	dirs := []string{r.otherDictionary()}
	examples := regexp.MustCompile(`(?m)^    examples:\n(      .*\n)+`)
	for _, file := range files {
		theme, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		dir := r.t.TempDir()
		// Its examples may speak of other themes.
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), examples.ReplaceAll(theme, nil), 0o600); err != nil {
			r.t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	var all []published
	for _, dir := range dirs {
		c, err := (&app{}).loadClassifier(dir)
		if err != nil {
			r.t.Fatal(err)
		}
		all = append(all, published{dir: dir, classifier: c})
	}
	return all
}

// untilDone runs a client, kills it at a random moment the first time, and runs it again
// until it ends with code 0. It returns what the last one printed.
func (r *trial) untilDone(args ...string) string {
	r.t.Helper()
	first := startMinyi(r.t, append(args, "--server", r.url)...)
	select {
	case <-first.ended:
	case <-time.After(time.Duration(r.rnd.IntN(400)) * time.Millisecond):
		first.kill()
		r.faults++
	}
	out := ""
	r.until("minyi "+strings.Join(args, " ")+" succeeds", func(context.Context) bool {
		p := startMinyi(r.t, append(args, "--server", r.url)...)
		code := p.wait(r.lab.scale.patience)
		if code != exitDone && code != exitEnvironment && !strings.Contains(p.stderr.String(), "moved the pointer") && !strings.Contains(p.stderr.String(), "nothing of tally") {
			r.fatalf("minyi %s ended with %d:\n%s", strings.Join(args, " "), code, p.stderr)
		}
		out = p.stdout.String()
		return code == exitDone
	})
	return out
}

func (r *trial) publishDictionary(dir string) (tally string) {
	r.t.Helper()
	out := r.untilDone("dict", "publish", dir, "--by", "chaos", "--reason", "a trial", "--force", "--json")
	var p struct{ Dict, Tally string }
	if err := json.Unmarshal([]byte(out), &p); err != nil || p.Tally == "" {
		r.fatalf("dict publish printed %s: %v", out, err)
	}
	return p.Tally
}

// promoteKilled promotes a tally by a client that is killed the first time.
func (r *trial) promoteKilled(tally string) [2]string {
	r.t.Helper()
	out := r.untilDone("tally", "promote", tally, "--when-ready", "--force", "--by", "chaos", "--reason", "a trial", "--json")
	var d struct{ From, To string }
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.To != tally {
		r.fatalf("tally promote printed %s: %v", out, err)
	}
	return [2]string{d.From, d.To}
}

// refusesBroken publishes a dictionary that cannot be read: nobody gets to see it.
func (r *trial) refusesBroken() {
	r.t.Helper()
	dir := r.t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "1.yaml"), []byte("theme: broken\nsubthemes: [\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	p := startMinyi(r.t, "dict", "publish", dir, "--server", r.url, "--by", "chaos", "--force", "--reason", "it will not do")
	if code := p.wait(r.lab.scale.patience); code != exitUsage {
		r.fatalf("a broken dictionary was published with %d:\n%s", code, p.stderr)
	}
}

// currentReader follows the current tally, as a page does.
type currentReader struct {
	mu    sync.Mutex
	seen  map[string]int // readings by tally
	wrong []string
	names map[string]string // themes of each reading, by tally
	// kept are the first and the newest reading of each tally: a mixture would be seen where
	// one comes after another.
	kept map[string][2]pipeline.Counts
}

// readCurrent reads the current tally until the trial ends.
func (r *trial) readCurrent() *currentReader {
	r.t.Helper()
	reader := &currentReader{seen: map[string]int{}, names: map[string]string{}, kept: map[string][2]pipeline.Counts{}}
	conn := r.conn(r.t.Context())
	board := pipeline.NewBoard()
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { conn.Counts().Feed(ctx, board, broker.FeedOptions{Tallies: []string{""}}) })
	running.Go(func() {
		for c := range board.Subscribe(ctx, "", pipeline.Counts{}) {
			reader.take(c.After)
		}
	})
	r.t.Cleanup(func() { cancel(); running.Wait() })
	return reader
}

// take looks at one reading: its numbers add up, and it has cells of the themes of its own
// dictionary only.
func (c *currentReader) take(counts pipeline.Counts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[counts.Tally]++
	themes := map[string]bool{}
	for k := range counts.Totals.All {
		if k.Kind == pipeline.KindTheme {
			themes[k.ID] = true
		}
	}
	var known []string
	for _, t := range counts.Info.Themes {
		known = append(known, t.ID)
		delete(themes, t.ID)
	}
	if len(themes) > 0 || counts.Stored != counts.Sum() || counts.Info.Spec.Tally() != counts.Tally {
		c.wrong = append(c.wrong, fmt.Sprintf("%s at %d: foreign themes %v, stored %d of %d", counts.Tally, counts.Frontier, themes, counts.Stored, counts.Sum()))
	}
	c.names[counts.Tally] = strings.Join(known, " ")
	kept := c.kept[counts.Tally]
	if kept[1] = counts; kept[0].Tally == "" {
		kept[0] = counts
	}
	c.kept[counts.Tally] = kept
}

// check fails unless the reader saw every tally that was promoted, each with its own
// dictionary.
func (c *currentReader) check(r *trial, all []published) {
	r.t.Helper()
	last := all[len(all)-2].tally
	r.until("the reader sees the last promotion", func(context.Context) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.seen[last] > 0
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wrong {
		r.t.Errorf("a mixture: %s", w)
	}
	for _, d := range all {
		var want []string
		for _, t := range d.classifier.Dictionary().Themes {
			want = append(want, t.ID)
		}
		if got, ok := c.names[d.tally]; ok && got != strings.Join(want, " ") {
			r.t.Errorf("tally %s was shown with the themes %s, and its dictionary has %v", d.tally, got, want)
		}
	}
	for _, d := range all {
		for _, reading := range c.kept[d.tally] {
			if reading.Tally != "" {
				r.recount(reading, d.classifier)
			}
		}
	}
	delete(c.seen, r.tally)
	r.note = fmt.Sprintf("%d promotions", len(c.seen))
}

// recount counts again what a reading says that it has counted, without the broker's counts:
// every cell is that of its own tally at its own frontier.
func (r *trial) recount(reading pipeline.Counts, c *classifier.Classifier) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	tallier, err := pipeline.NewSpecTallier(c, reading.Info.Spec)
	if err != nil {
		r.t.Fatal(err)
	}
	want := pipeline.Cells{}
	if reading.Frontier > 0 {
		all := pipeline.Range{From: 1, To: reading.Frontier}
		tallier.Begin(all)
		if err := pipeline.ReadThrough(ctx, r.conn(ctx).Source(), all, tallier.Add, func(int, error) {}); err != nil {
			r.t.Fatalf("read %v: %v", all, err)
		}
		want = tallier.End().Cells
	}
	if have := reading.Totals.Cells(); !maps.Equal(want, have) {
		r.mismatches++
		r.t.Errorf("a mixture: readers were shown tally %s at %d with %d cells that are not those of its dictionary (%d)", reading.Tally, reading.Frontier, len(have), len(want))
	}
	r.cells += len(want)
}

// historyIsComplete fails unless the history says of each tally that it was published and
// started, once, of the broken dictionary that it was refused, and of every move of the
// pointer, in a chain without a gap.
func (r *trial) historyIsComplete(dicts []published, promotions [][2]string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	conn := r.conn(ctx)
	var events []supervise.Event
	r.until("the history has the last promotion", func(ctx context.Context) bool {
		var err error
		events, err = conn.History(ctx)
		return err == nil && slices.ContainsFunc(events, func(e supervise.Event) bool { return e.To == dicts[len(dicts)-1].tally })
	})
	times, refused := map[string]int{}, 0
	at, gaps := pointerOf(events)
	for _, gap := range gaps {
		r.t.Error(gap)
	}
	for _, e := range events {
		times[string(e.Event)+" "+e.Tally]++
		if e.Event == supervise.RefusedBy && e.By == "chaos" {
			refused++
		}
	}
	current, err := conn.Counts().Current(ctx)
	if err != nil || current != at {
		r.t.Errorf("the history ends with %s, and %s is current: %v", at, current, err)
	}
	for _, d := range dicts {
		for _, kind := range []supervise.EventKind{supervise.Published, supervise.Started, supervise.Promoted} {
			if n := times[string(kind)+" "+d.tally]; n != 1 {
				r.t.Errorf("%s is %s %d times in the history, and not once", d.tally, kind, n)
			}
		}
	}
	if refused != 1 {
		r.t.Errorf("a broken dictionary was refused, and the history has it %d times", refused)
	}
	if r.t.Failed() {
		for _, e := range events {
			r.t.Logf("%s %s %s %s->%s by %s: %s", e.At.Format(time.TimeOnly), e.Event, e.Tally, e.From, e.To, e.By, e.Why)
		}
		r.t.Logf("clients have reported %v", promotions)
	}
}

// pointerOf is where the moves of the history have brought the pointer, and which of them do
// not begin where the one before ended. A move that puts a lost pointer back is none.
func pointerOf(events []supervise.Event) (at string, gaps []string) {
	for _, e := range events {
		if !e.MovesPointer() || e.Event == supervise.PutBack {
			continue
		}
		if e.From != at {
			gaps = append(gaps, fmt.Sprintf("the history has a gap: %s became current after %s, and it was %s", e.To, e.From, at))
		}
		at = e.To
	}
	return at, gaps
}

// twoVersions runs workers of two versions of minyi side by side, whose classifiers have
// other semantics: each counts what it can, says what it cannot, and leaves that to the
// others; an upgrade is a promotion.
func twoVersions(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	sent := r.begin(0, r.files[0])
	later := r.workOther("--promote")
	next := r.tallyOf(later)
	if next == r.tally {
		r.fatalf("two versions of the rules count one tally")
	}
	sent()
	for i, file := range r.files[1:] {
		sent := r.begin(i+1, file)
		r.killWorker(later)
		later = r.workOther("--promote")
		w := r.workers[0]
		r.killWorker(w)
		r.work(w.args...)
		r.workers[0], r.workers[len(r.workers)-1] = r.workers[len(r.workers)-1], r.workers[0]
		sent()
	}
	n := uint64(len(r.lines))
	r.settle(n)
	r.counted(next, n)
	r.compare(r.tally, r.classifier, r.lines, 0)
	r.compare(next, r.classifier, r.lines, 0)
	conn := r.conn(r.t.Context())
	r.until("the new version's tally is current, and each worker refuses that of the other", func(ctx context.Context) bool {
		list, err := conn.Tallies().List(ctx)
		if err != nil || len(list) != 2 || list[0].Tally != next {
			return false
		}
		for _, t := range list {
			if t.Workers != 1 || len(t.Refused) != 1 || !strings.Contains(t.Refused[0].Reason, "another release of minyi counts it") {
				return false
			}
		}
		return true
	})
	r.end(r.tally, next)
}

// workOther starts a worker of another version of minyi.
func (r *trial) workOther(args ...string) *worker {
	r.t.Helper()
	w := &worker{args: args}
	cmd := command(context.Background(), r.t, append([]string{"work", "--server", r.url, "--listen", "127.0.0.1:0"}, args...)...)
	cmd.Env = append(cmd.Env, asSemantics+"=another/9")
	w.process = start(r.t, "minyi work", cmd)
	r.workers = append(r.workers, w)
	return w
}
