package dashboard

import (
	"context"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// moment is the newest known counts and status, and the errors of the last try.
type moment struct {
	reading Reading
	known   bool      // the counts were read at least once
	readAt  time.Time // when it was read

	status               pipeline.Status // the newest that the engine returned
	countsErr, statusErr error           // of the last try
	since                time.Time       // when the first of the last failed tries was
}

// away tells whether the last try to read the counts failed.
func (m moment) away() bool { return m.countsErr != nil }

// latest caches the counts and the status for Config.MaxAge. One request at a time
// reads them anew; others wait for its result.
type latest struct {
	cfg Config

	turn  chan struct{} // holds one token; its holder owns the fields below
	now   moment
	tried time.Time
}

func newLatest(c Config) *latest {
	l := &latest{cfg: c, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

// get returns what is known, at most Config.MaxAge old. When ctx ends before it
// is this caller's turn, nothing was read and countsErr is ctx's error.
func (l *latest) get(ctx context.Context) moment {
	select {
	case <-l.turn:
	case <-ctx.Done():
		return moment{countsErr: ctx.Err(), statusErr: ctx.Err(), since: l.cfg.Now()}
	}
	defer func() { l.turn <- struct{}{} }()
	if now := l.cfg.Now(); l.tried.IsZero() || now.Sub(l.tried) >= l.cfg.MaxAge {
		l.refresh(ctx)
		l.tried = l.cfg.Now()
	}
	return l.now
}

// refresh reads counts and status. All waiting requests use the result, so the
// read is not cancelled with the request that started it.
func (l *latest) refresh(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.cfg.ReadTimeout)
	defer cancel()
	was := l.now.countsErr

	status, err := l.cfg.Engine.Status(ctx)
	if l.now.statusErr = err; err == nil {
		l.now.status = status
	}
	reading, err := l.cfg.Counts.Read(ctx)
	l.now.countsErr = err
	at := l.cfg.Now()
	switch {
	case err == nil:
		l.now.reading, l.now.known, l.now.readAt, l.now.since = reading, true, at, time.Time{}
		if was != nil {
			l.cfg.Log.Info("counts can be read again")
		}
	case was == nil:
		l.now.since = at
		l.cfg.Log.Warn("read counts for the dashboard", "error", err)
	}
}
