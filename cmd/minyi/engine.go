package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/dashboard"
	"github.com/minyi/minyi/pipeline/metrics"
)

// engine is a worker together with its outputs: metrics, the page and the NATS
// service. `up` and `work` run the same engine.
type engine struct {
	conn   *broker.Conn
	worker *pipeline.Worker
	page   http.Handler
	log    *slog.Logger

	classifier *classifier.Classifier
}

// newEngine builds an engine on a connection. Nothing runs yet.
func (a *app) newEngine(ctx context.Context, conn *broker.Conn, c *classifier.Classifier, cfg pipeline.Config) (*engine, error) {
	saveMemory()
	log := slog.New(slog.NewTextHandler(a.stderr, nil))
	// The worker needs its observers, and the observer of the metrics needs the
	// tally, which the worker computes. So the second observer is set below, before
	// anything runs.
	observers := pipeline.Observers{logObserver{log: log}, pipeline.Silent{}}
	cfg.Classifier, cfg.Observer = c, observers
	worker, err := conn.NewWorker(ctx, cfg)
	if err != nil {
		return nil, err
	}
	counts := countsOf{conn}
	m := metrics.New(metrics.Config{
		Build:  metrics.Build{Version: version, Revision: buildRevision(), GoVersion: runtime.Version()},
		Counts: counts, Log: log,
	})
	observers[1] = m.Observe(metrics.Tally{
		ID: worker.Tally(), Dict: c.Dictionary().Version(),
		Tree: pipeline.NewThemeTree(c.Dictionary()), Status: worker.Status,
	})
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		return nil, err
	}
	page, err := dashboard.New(dashboard.Config{
		Counts: counts, Engine: engineStatus{conn, worker}, Metrics: m.Handler(), Zone: zone, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return &engine{conn: conn, worker: worker, page: page, log: log, classifier: c}, nil
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
	outsiders.Go(func() { stopOn(stop, e.conn.Serve(outside, e.service(stop))) })
	if l != nil {
		outsiders.Go(func() { stopOn(stop, dashboard.Serve(outside, l, e.page)) })
	}
	insiders.Go(func() { stopOn(stop, body(work)) })

	err := e.worker.Run(work)
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

// errDone ends an engine whose work is done.
var errDone = errors.New("done")

func stopOn(stop context.CancelCauseFunc, err error) {
	if err != nil {
		stop(err)
	}
}

// service is what the engine answers on NATS. It follows the stored
// counts, and so it notices when another program changes them, which the committer
// with its totals in memory does not: then it stops the worker.
func (e *engine) service(stop context.CancelCauseFunc) broker.ServiceOptions {
	return broker.ServiceOptions{
		Version: version,
		Status:  e.worker.Status,
		Classify: func(text []byte) ([]byte, error) {
			var r classifier.Result
			e.classifier.Classify(&r, text)
			return e.classifier.NewRecord("", text, &r).AppendJSON(nil), nil
		},
		OnError: func(err error) {
			if errors.Is(err, pipeline.ErrConservation) && e.worker.Status().Current {
				e.log.Error("stopped: going on could only make it worse", "role", "service", "tally", e.worker.Tally(), "error", err)
				stop(err)
				return
			}
			e.log.Warn("service", "error", err)
		},
	}
}

// countsOf reads the current tally for the page and the metrics.
type countsOf struct{ conn *broker.Conn }

// Read implements [dashboard.Counts].
func (c countsOf) Read(ctx context.Context) (dashboard.Reading, error) {
	t, err := c.conn.Counts().Snapshot(ctx, "")
	if errors.Is(err, broker.ErrNoTally) {
		return dashboard.Reading{}, nil
	}
	return dashboard.Reading{Snapshot: t.Snapshot, Cells: t.Cells, Tree: t.Tree}, err
}

// Counts implements [metrics.Counts].
func (c countsOf) Counts(ctx context.Context) (pipeline.Snapshot, pipeline.Cells, error) {
	r, err := c.Read(ctx)
	return r.Snapshot, r.Cells, err
}

// engineStatus asks the worker for its status, and the broker for an answer.
type engineStatus struct {
	conn   *broker.Conn
	worker *pipeline.Worker
}

// Status implements [dashboard.Engine].
func (s engineStatus) Status(ctx context.Context) (pipeline.Status, error) {
	if _, err := s.conn.StreamInfo(ctx); err != nil {
		return pipeline.Status{}, err
	}
	return s.worker.Status(), nil
}

// logObserver logs failures and the end of the drain. A commit that is lost to
// another process is normal and is not logged.
type logObserver struct {
	pipeline.Silent
	log *slog.Logger
}

// Failed implements [pipeline.Observer].
func (r logObserver) Failed(f pipeline.Failure) {
	switch {
	case f.Lost:
	case f.Fatal:
		r.log.Error("stopped: going on could only make it worse", "role", f.Role, "tally", f.Tally, "error", f.Err)
	default:
		r.log.Warn("trying again", "role", f.Role, "tally", f.Tally, "error", f.Err)
	}
}

// Drained implements [pipeline.Observer].
func (r logObserver) Drained(d pipeline.Drained) {
	r.log.Info("drained", "tally", d.Tally, "frontier", d.Frontier, "finished", d.Finished, "handed_back", d.HandedBack, "took", d.Duration.Round(time.Millisecond))
}

// listen opens the address of the page. The error names the flag to change.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the page's address %s is in use; choose another with --listen HOST:PORT", addr)
	}
	if err != nil {
		return nil, usageError("--listen %s: %w", addr, err)
	}
	return l, nil
}
