//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// trial is one run of one row: a broker, workers, and what is sent to them.
// One goroutine, the test's, owns it.
type trial struct {
	t    *testing.T
	lab  *lab
	seed uint64
	rnd  *rand.Rand

	classifier *classifier.Classifier
	lines      [][]byte
	files      []string

	serverExtra string // of the configuration of servers
	servers     []*natsServer
	url         string   // what workers and senders connect to
	seenAt      string   // what this process connects to
	home        *host    // where clients are typed; nil: on this machine
	making      []string // flags of those who make streams
	see         *observer
	looks       looks     // of the wait that is going on
	workers     []*worker // that run
	sendings    []*sending
	tally       string // of the default dictionary

	// For the table.
	faults, messages, again, cells, mismatches int
	droppedBy                                  map[*worker]int
	note                                       string
}

// worker is a `minyi work`.
type worker struct {
	*process
	args []string
	host *host
}

func newTrial(t *testing.T, l *lab, seed uint64) *trial {
	t.Helper()
	r := &trial{
		t: t, lab: l, seed: seed, rnd: rand.New(rand.NewPCG(seed, 0)), classifier: l.classifier,
		lines: chaosInput(t, seed, l.scale.messages), messages: l.scale.messages, droppedBy: map[*worker]int{},
	}
	r.files = writeParts(t, r.lines, l.scale.rounds)
	return r
}

// startBroker starts one server, or a cluster of so many.
func (r *trial) startBroker(servers int) {
	r.t.Helper()
	r.servers = newServers(r.t, r.lab, servers, r.serverExtra)
	r.url = urls(r.servers)
	r.seenAt = r.url
	r.observe()
}

// conn is a connection of the package that reads counts; it ends with the test.
func (r *trial) conn(ctx context.Context) *broker.Conn {
	r.t.Helper()
	var c *broker.Conn
	r.until("a reader is connected", func(context.Context) (ok bool) { // while a cluster elects, JetStream answers 503
		var err error
		c, err = broker.Connect(ctx, broker.Options{URL: r.seenAt, Name: "chaos"})
		return err == nil
	})
	r.t.Cleanup(c.Close)
	return c
}

// until waits until f is true. It fails the test when that takes too long, or
// when a worker has given up.
func (r *trial) until(what string, f func(context.Context) bool) {
	r.t.Helper()
	r.looks.forget() // what an earlier one saw
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	// What comes soon is seen soon; what takes long is asked for less often, as a
	// question costs this process and the broker what a few messages cost.
	pause := 5 * time.Millisecond
	// A question that is put while nobody is there is never answered.
	try := func() bool {
		ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		return f(ctx)
	}
	for !try() {
		for _, s := range r.servers {
			if !s.alive() && !s.down {
				r.fatalf("server %s ended by itself while waiting until %s", s.name, what)
			}
		}
		for _, w := range r.workers {
			if !w.alive() {
				r.fatalf("a worker ended by itself while waiting until %s:\n%s", what, tail(w.stderr.String()))
			}
		}
		select {
		case <-time.After(pause):
			pause = min(pause+pause/10, 50*time.Millisecond)
		case <-ctx.Done():
			r.fatalf("waited in vain until %s%s", what, &r.looks)
		}
	}
}

// fatalf ends the trial with the logs of all processes, and with what the
// goroutines of workers that still run wait for.
func (r *trial) fatalf(format string, args ...any) {
	r.t.Helper()
	for _, s := range r.servers {
		r.t.Logf("log of server %s:\n%s", s.name, s.log())
	}
	for _, w := range r.workers {
		alive, logged := w.alive(), w.stderr.String()
		r.t.Logf("%s, alive %t:\n%s", w.name, alive, tail(logged))
		if alive {
			w.signal(syscall.SIGQUIT)
			w.wait(10 * time.Second)
			r.t.Logf("%s waits in:\n%s", w.name, engineStacks(w.stderr.String()[len(logged):]))
		}
	}
	for _, s := range r.sendings {
		r.t.Logf("%s of %s, alive %t, try %d:\n%s", s.p.name, s.file, s.p.alive(), s.tries, tail(s.p.stderr.String()))
	}
	r.t.Fatalf(format, args...)
}

// engineStacks picks the goroutines of a dump that are in package pipeline or in
// its adapters.
func engineStacks(dump string) string {
	var picked []string
	for _, stack := range strings.Split(dump, "\n\n") {
		if strings.HasPrefix(stack, "goroutine ") && strings.Contains(stack, "minyi/minyi/pipeline") {
			picked = append(picked, stack)
		}
	}
	return strings.Join(picked, "\n\n")
}

// stop ends what is left of a trial, so that the next has the machine for itself.
func (r *trial) stop() {
	for _, w := range r.workers {
		w.kill()
	}
	for _, s := range r.servers {
		s.kill()
	}
}

// work starts a worker. It does not wait until it works.
func (r *trial) work(args ...string) *worker {
	r.t.Helper()
	return r.workOn(nil, args...)
}

// workOn starts it on a host.
func (r *trial) workOn(h *host, args ...string) *worker {
	r.t.Helper()
	w := &worker{args: args, host: h}
	w.process = startMinyiOn(r.t, h, slices.Concat([]string{"work", "--server", r.url, "--listen", "127.0.0.1:0"}, r.making, args)...)
	r.workers = append(r.workers, w)
	return w
}

// notRun leaves out a row for which the machine has not what it takes.
func (r *trial) notRun(format string, args ...any) {
	r.t.Helper()
	r.note, r.messages = "not run: "+fmt.Sprintf(format, args...), 0
	r.t.Skip(r.note)
}

var (
	pageLine  = regexp.MustCompile(`(?m)^page   (http://\S+)$`)
	tallyLine = regexp.MustCompile(`(?m)^tally  ([0-9a-f]{12}),`)
	dropped   = regexp.MustCompile(`(?m)^minyi_deltas_dropped_total\{[^}]*\} (\S+)$`)
)

// tallyOf waits until a worker has said which tally it works on.
func (r *trial) tallyOf(w *worker) string {
	r.t.Helper()
	var m []string
	r.until("a worker names its tally", func(context.Context) bool {
		m = tallyLine.FindStringSubmatch(w.stderr.String())
		return m != nil
	})
	return m[1]
}

// forget takes a worker off the list of those that have to run.
func (r *trial) forget(w *worker) {
	for i := range r.workers {
		if r.workers[i] == w {
			r.workers = append(r.workers[:i], r.workers[i+1:]...)
			return
		}
	}
}

// killWorker is kill -9.
func (r *trial) killWorker(w *worker) {
	r.forget(w)
	w.kill()
	r.faults++
}

// drainWorker is SIGTERM: the worker has to end by itself and say so.
func (r *trial) drainWorker(w *worker) {
	r.t.Helper()
	r.forget(w)
	w.signal(syscall.SIGTERM)
	if code := w.wait(time.Minute); code != exitDone {
		r.fatalf("a drained worker ended with %d:\n%s", code, tail(w.stderr.String()))
	}
	if !strings.Contains(w.stderr.String(), "msg=drained") {
		r.fatalf("a worker said nothing of draining:\n%s", tail(w.stderr.String()))
	}
}

// begin begins a round: it sends a part, and returns at a moment at which
// something may go wrong: most often when a worker has a range in hand, else
// when some of the part has been counted. The function waits until the part is
// sent.
func (r *trial) begin(part int, file string) (sent func()) {
	r.t.Helper()
	for _, w := range r.workers {
		r.scrape(w) // now, since it takes as long as the work
	}
	s := r.startSending(file)
	if counted := r.within(part); r.rnd.IntN(4) == 0 {
		r.until(fmt.Sprintf("%d of %s are counted", counted, r.tally), func(ctx context.Context) bool {
			s.revive()
			return r.frontier(ctx, r.tally) >= counted
		})
	} else {
		r.until("a range is in hand", func(ctx context.Context) bool {
			s.revive()
			return r.inHand(ctx) > 0 && r.last(ctx) >= r.within(part) || r.frontier(ctx, r.tally) >= r.endOf(part)
		})
	}
	r.moment()
	return s.wait
}

// moment lets some time pass, drawn from the seed: faults should not always
// come just after what can be seen. Nothing relies on it.
func (r *trial) moment() { <-time.After(time.Duration(r.rnd.IntN(60)) * time.Millisecond) }

// scrape reads how many duplicate deltas a worker has dropped. A worker that
// does not answer within a second keeps the number that it had.
func (r *trial) scrape(w *worker) {
	m := pageLine.FindStringSubmatch(w.stderr.String())
	if m == nil {
		return
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m[1]+"/metrics", nil)
	if err != nil {
		return
	}
	resp, err := w.host.client().Do(req)
	if err != nil {
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return
	}
	if m := dropped.FindSubmatch(body); m != nil {
		if n, err := strconv.ParseFloat(string(m[1]), 64); err == nil {
			r.droppedBy[w] = int(n)
		}
	}
}

// dropped is the number of duplicate deltas that workers were seen to drop.
func (r *trial) dropped() int {
	sum := 0
	for _, n := range r.droppedBy {
		sum += n
	}
	return sum
}

// sending is a `minyi send` of a file in the background, which may fail because of a
// fault and is then started again.
type sending struct {
	r     *trial
	file  string
	p     *process
	tries int
}

func (r *trial) startSending(file string) *sending {
	s := &sending{r: r, file: file, p: r.startSend(file), tries: 1}
	r.sendings = append(r.sendings, s)
	return s
}

// revive starts it again if it has failed, and reports whether it is done.
func (s *sending) revive() (done bool) {
	s.r.t.Helper()
	if s.p.alive() {
		return false
	}
	if s.p.wait(s.r.lab.scale.patience) == exitDone {
		return true
	}
	if s.tries == 20 {
		s.r.fatalf("sending failed %d times:\n%s", s.tries, s.p.stderr)
	}
	s.tries++
	s.p = s.r.startSend(s.file)
	return false
}

// wait waits until it is done.
func (s *sending) wait() {
	s.r.t.Helper()
	for {
		s.p.wait(s.r.lab.scale.patience)
		if s.revive() {
			return
		}
	}
}

// send sends a file in the background. The function waits for the end.
func (r *trial) send(file string) (wait func()) { return r.startSending(file).wait }

func (r *trial) startSend(file string) *process {
	return startMinyiOn(r.t, r.home, append([]string{"send", "--server", r.url, file}, r.making...)...)
}

// within is a sequence in the first half of a part, drawn from the seed.
func (r *trial) within(part int) uint64 {
	size := len(r.lines) / len(r.files)
	return uint64(part*size + 1 + r.rnd.IntN(size/2))
}

// endOf is the last sequence of a part.
func (r *trial) endOf(part int) uint64 { return uint64(len(r.lines) * (part + 1) / len(r.files)) }

// pick draws one of the workers that run.
func (r *trial) pick() *worker { return r.workers[r.rnd.IntN(len(r.workers))] }

// finish waits until everything is counted, compares it, has `minyi ledger`
// look at it, and drains the workers.
func (r *trial) finish() {
	r.t.Helper()
	r.settle(uint64(len(r.lines)))
	r.compare(r.tally, r.classifier, r.lines, 0)
	r.end(r.tally)
}

// settle waits until the stream has exactly n sequences and all are counted.
func (r *trial) settle(n uint64) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	if last := r.last(ctx); last != n {
		r.fatalf("%d messages are stored, and not %d%s", last, n, &r.looks)
	}
	r.counted(r.tally, n)
}

// end audits the tallies, drains the workers and takes down what the table says.
func (r *trial) end(tallies ...string) {
	r.t.Helper()
	r.brokerReady()
	for _, tally := range tallies {
		p := startMinyiOn(r.t, r.home, "ledger", "--server", urls(r.servers), "--tally", tally)
		if code := p.wait(r.lab.scale.patience); code != exitDone {
			r.fatalf("minyi ledger ended with %d:\n%s\n%s", code, tail(p.stdout.String()), p.stderr)
		}
	}
	r.again = r.handedOutAgain()
	for _, w := range r.workers {
		r.scrape(w)
	}
	for len(r.workers) > 0 {
		r.tallyOf(r.workers[0]) // one that is stopped while it connects has nothing to drain
		r.drainWorker(r.workers[0])
	}
}

// replicate makes all streams of minyi with a replica on every server, which
// workers then find.
func (r *trial) replicate() {
	r.t.Helper()
	r.until("the streams are made", func(ctx context.Context) bool {
		c, err := broker.Connect(ctx, broker.Options{URL: r.seenAt, Name: "chaos", Replicas: len(r.servers)})
		if err != nil {
			return false
		}
		defer c.Close()
		_, err = c.NewWorker(ctx, pipeline.Config{Classifier: r.classifier})
		return err == nil
	})
}

// otherDictionary is the default one without its examples, and with other
// thresholds, so that other suggestions are tagged.
func (r *trial) otherDictionary() string {
	r.t.Helper()
	dir := r.t.TempDir()
	files, err := filepath.Glob(filepath.Join(root(r.t), "dict/themes/*.yaml"))
	if err != nil || len(files) == 0 {
		r.t.Fatalf("no themes: %v", err)
	}
	threshold := regexp.MustCompile(`(?m)^    threshold: .*\n`)
	subTheme := regexp.MustCompile(`(?m)^(  - id: .*\n)`)
	for _, file := range files {
		theme, err := os.ReadFile(file)
		if err != nil {
			r.t.Fatal(err)
		}
		theme = subTheme.ReplaceAll(threshold.ReplaceAll(theme, nil), []byte("$1    threshold: 2.5\n"))
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), theme, 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	return dir
}
