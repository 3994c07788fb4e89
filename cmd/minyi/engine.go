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

// engine is a worker with all that people and machines see of it: metrics, the
// page, the NATS service. `up` and `work` run the same one.
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
	// The metrics want to know the tally, which the worker works out, and the
	// worker wants to know whom to tell: the second place is filled in below,
	// before anything runs.
	observers := pipeline.Observers{reporter{log: log}, pipeline.Silent{}}
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
// (errDone counts as none). The order of the end is fixed: the worker drains
// first, then the body has to return, and the page and the service go last, so
// that everybody can watch. l may be nil: no page.
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

// service is what the engine answers on NATS. It follows the counts that are
// stored, so it is the one who sees when somebody else writes into them while
// the folder has its own view in memory: that stops the worker.
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

// engineStatus asks the worker, and the broker whether it is there.
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

// reporter writes what an operator has to know to the log: failures, and the
// end. Another process that was faster is no failure.
type reporter struct {
	pipeline.Silent
	log *slog.Logger
}

// Failed implements [pipeline.Observer].
func (r reporter) Failed(f pipeline.Failure) {
	switch {
	case f.Lost:
	case f.Fatal:
		r.log.Error("stopped: going on could only make it worse", "role", f.Role, "tally", f.Tally, "error", f.Err)
	default:
		r.log.Warn("trying again", "role", f.Role, "tally", f.Tally, "error", f.Err)
	}
}

// Drained implements [pipeline.Observer].
func (r reporter) Drained(d pipeline.Drained) {
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
