package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/dashboard"
	"github.com/minyi/minyi/pipeline/metrics"
	"github.com/minyi/minyi/pipeline/supervise"
)

// engine counts the tallies that are wanted, together with its outputs: metrics, the page
// and the NATS service. `up` and `work` run the same engine.
type engine struct {
	conn      *broker.Conn
	tally     string // that it was started with
	fleet     *supervise.Supervisor
	board     *pipeline.Board // what is counted
	public    *pipeline.Board // what is shown: the same, or with --min-cell what may be published
	begin     chan struct{}   // closed when the first publication may be made
	publisher *broker.Publisher
	page      *dashboard.Dashboard
	options   pageOptions
	log       *slog.Logger

	measures       measures
	classifier     *classifier.Classifier
	serviceContext string // of broker.ServiceOptions
	refused        onceAMinute
	repairs        onceAMinute
	stored         atomic.Pointer[storage] // nil: not known
	drained        atomic.Bool             // it was logged
}

// newEngine builds an engine on a connection. Nothing runs yet.
func (a *app) newEngine(ctx context.Context, conn *broker.Conn, c *classifier.Classifier, cfg pipeline.Config, o pageOptions) (*engine, error) {
	saveMemory()
	log := a.log()
	e := &engine{conn: conn, board: pipeline.NewBoard(), begin: make(chan struct{}), publisher: conn.NewPublisher(), options: o, log: log, classifier: c}
	e.public = e.board
	if o.minCell > 0 {
		e.public = pipeline.NewBoard()
	}
	m := metrics.New(metrics.Config{
		Build: metrics.Build{Version: version, Revision: buildRevision(), GoVersion: runtime.Version(), Semantics: classifier.Semantics},
		Board: e.board, Log: log, Fleet: e.fleetStatus,
		Broker: e.brokerStatus, CertificateEnds: o.certificateEnds(),
	})
	if err := a.newFleet(ctx, e, cfg, m); err != nil {
		return nil, err
	}
	a.tally.Store(&e.tally)
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	shown, err := o.config()
	if err != nil {
		return nil, err
	}
	e.page, err = dashboard.New(dashboard.Config{
		Hosts: shown.Hosts, Origins: shown.Origins, Embed: shown.Embed, Private: shown.Private, Names: shown.Names,
		Classify: func(text []byte) []byte { return e.classify(e.shownClassifier(), text) },
		Measure:  e.measures.get,
		Tallies:  e.listed, Difference: e.difference, Moves: e.moves, Why: whyIn,
		Board: e.public, Engine: e, Metrics: m.Handler(), PrivateMetrics: o.minCell > 0, Zone: zone, Log: log,
	})
	return e, err
}

// run works until ctx ends or body returns an error, which is then returned
// (errDone counts as none). The order in which things stop is fixed: first the
// worker drains, then the body returns, and the page and the service stop last, so
// that people can watch. l may be nil: no page.
func (e *engine) run(ctx context.Context, l net.Listener, body func(context.Context) error) error {
	work, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	outside, closeOutside := context.WithCancel(context.WithoutCancel(ctx))
	defer closeOutside()

	var outsiders, insiders sync.WaitGroup
	if e.options.probes != "" {
		probes, err := listen(ctx, "--probe-listen", e.options.probes)
		if err != nil {
			return err
		}
		outsiders.Go(func() { stopOn(stop, dashboard.Serve(outside, probes, e.page.Probes())) })
	}
	outsiders.Go(func() { e.conn.Counts().Feed(outside, e.board, e.feed(stop)) })
	outsiders.Go(func() { stopOn(stop, e.conn.Serve(outside, e.service())) })
	outsiders.Go(func() { e.conn.Archive(outside, e.public, func(err error) { e.log.Warn("archive", "error", err) }) })
	outsiders.Go(func() {
		e.conn.KeepMarks(outside, e.board, "", time.Minute, func(err error) { e.log.Warn("marks of the stream", "error", err) })
	})
	outsiders.Go(func() {
		e.publisher.Run(outside, e.public, time.Second, func(err error) { e.log.Warn("service", "error", err) })
	})
	if e.public != e.board {
		outsiders.Go(func() {
			pipeline.Publish(outside, e.board, e.public, pipeline.Publication{
				Least: e.options.minCell, Every: e.options.publishEvery, Begin: e.begin, Store: e.conn.Publications(),
				OnError: func(err error) { e.log.Warn("nothing newer is published", "error", err) },
			})
		})
	}
	if l != nil {
		outsiders.Go(func() { stopOn(stop, dashboard.ServeBy(outside, l, e.page, e.servePage)) })
	}
	outsiders.Go(func() { e.tellSystemd(work, outside) })
	insiders.Go(func() { stopOn(stop, body(work)) })
	insiders.Go(func() { stopOn(stop, e.keepStreams(work)) })
	insiders.Go(func() { e.watchCounted(work) })
	insiders.Go(func() { e.watchStorage(work) })
	outsiders.Go(func() { e.watchMeasures(outside) })

	err := e.fleet.Run(work)
	if err == nil && !e.drained.Load() { // it was asked to stop before it had begun to count
		e.log.Info("drained", "tally", e.tally, "handed_back", 0)
	}
	stop(err)
	insiders.Wait()
	closeOutside()
	outsiders.Wait()
	if err == nil {
		err = context.Cause(work)
	}
	if errors.Is(err, errDone) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// keepStreams looks after minyi's own streams, and logs what stops the worker.
func (e *engine) keepStreams(ctx context.Context) error {
	err := e.conn.KeepStreams(ctx, func(stream string) {
		e.log.Warn("made anew: the stream was removed under a running worker, and nothing is lost by it", "stream", stream)
	})
	if err != nil {
		e.log.Error("stopped: what is counted could not be kept", "error", err)
	}
	return err
}

// beginPublishing allows the first publication.
func (e *engine) beginPublishing() { close(e.begin) }

// errDone ends an engine whose work is done.
var errDone = phrase.New("done")

func stopOn(stop context.CancelCauseFunc, err error) {
	if err != nil {
		stop(err)
	}
}

// feed is what the board has: the current tally, for all readers, and the one that this
// process counts. It follows the stored counts, and so it notices when another program
// changes them, which the committer with its totals in memory does not: then it stops
// the worker.
func (e *engine) feed(stop context.CancelCauseFunc) broker.FeedOptions {
	return broker.FeedOptions{
		Tallies: []string{"", e.tally},
		OnError: func(tally string, err error) {
			if t, ok := e.fleet.Tally(tally); ok && t.State == supervise.Working && errors.Is(err, pipeline.ErrConservation) {
				e.log.Error("stopped: going on could only make it worse", "role", "board", "tally", tally, "error", err)
				stop(err)
				return
			}
			e.log.Warn("read counts", "tally", tally, "error", err)
		},
	}
}

// logObserver logs failures and the end of the drain, but not failures that are normal
// ([pipeline.Failure.Noted]).
type logObserver struct {
	pipeline.Silent
	log     *slog.Logger
	refused *onceAMinute
	repairs *onceAMinute
	drained *atomic.Bool // set when it says so
}

// onceAMinute is how often something has happened since it was logged last. Whoever writes
// nonsense may write much of it, and a stream that was restored may have lost much: one line
// a minute says as much.
type onceAMinute struct {
	mu sync.Mutex
	at time.Time
	n  int
}

// add counts one more, and returns how many are to be logged now; 0: none.
func (l *onceAMinute) add(now time.Time) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	if now.Sub(l.at) < time.Minute {
		return 0
	}
	n := l.n
	l.at, l.n = now, 0
	return n
}

// Refused implements [pipeline.Observer].
func (r logObserver) Refused(e pipeline.Refused) {
	if n := r.refused.add(time.Now()); n > 0 {
		r.log.Warn("dropped: no worker of this tally wrote it, but an older release or somebody else; its range is worked again, and counts stay right",
			"tally", e.Tally, "what", e.Text(), "more", n-1)
	}
}

// RangeWorked implements [pipeline.Observer]. Only repairs are said.
func (r logObserver) RangeWorked(e pipeline.Worked) {
	if !e.Repair {
		return
	}
	if n := r.repairs.add(time.Now()); n > 0 {
		r.log.Warn("worked again: the broker has lost the task or the delta of a range; counts stay right",
			"tally", e.Tally, "range", e.Range.String(), "messages", e.Messages, "more", n-1)
	}
}

// Failed implements [pipeline.Observer].
func (r logObserver) Failed(f pipeline.Failure) {
	about := []any{"role", f.Role, "tally", f.Tally}
	if f.Range.From > 0 {
		about = append(about, "range", f.Range.String())
	}
	about = append(about, "error", f.Err)
	switch {
	case f.Fatal:
		r.log.Error("stopped: going on could only make it worse", about...)
	case f.Noted():
		r.log.Warn("trying again", about...)
	}
}

// Pointed implements [pipeline.Observer].
func (r logObserver) Pointed(p pipeline.Pointed) {
	about := []any{"tally", p.Tally, "current", p.Current}
	switch p.Change {
	case pipeline.Promoted:
		r.log.Info("promoted: readers are shown this tally", about...)
	case pipeline.PutBack:
		r.log.Warn("the broker lost the pointer to the current tally; it is there again", about...)
	case pipeline.Replaced:
		r.log.Warn("replaced: readers are shown another tally; this one is counted on", about...)
	case pipeline.Shadow:
		r.log.Info("shadow: counted beside the current tally, and not shown", about...)
	case pipeline.NotAgain:
		r.log.Warn("not promoted: it was current before, and another one was promoted since; minyi tally promote brings it back", about...)
	}
}

// Drained implements [pipeline.Observer].
func (r logObserver) Drained(d pipeline.Drained) {
	r.drained.Store(true)
	r.log.Info("drained", "tally", d.Tally, "frontier", d.Frontier, "finished", d.Finished, "handed_back", d.HandedBack, "took", d.Duration.Round(time.Millisecond))
}

// listen opens the address that a flag gives. The error names the flag to change.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, phrase.Errorf("the address %s is in use; choose another with %s HOST:PORT", addr, flag)
	}
	if err != nil {
		return nil, usageError("%s %s: %w", flag, addr, err)
	}
	return l, nil
}
