package dashboard

import (
	"context"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// moment is what is known now.
type moment struct {
	reading Reading
	known   bool      // there was a reading, ever
	readAt  time.Time // when it was read

	status               pipeline.Status // of the last time it answered
	countsErr, statusErr error           // of the last try
	since                time.Time       // the first of the tries that failed in a row
}

// away tells whether the last try to read the counts failed.
func (m moment) away() bool { return m.countsErr != nil }

// latest keeps what is known, and asks again when it is old. One reader asks at
// a time, and others wait for its answer.
type latest struct {
	cfg Config

	turn  chan struct{} // holds one token: whoever took it owns what follows
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

// refresh asks the broker. The answer is for all who wait, so it does not end
// with the request of whoever happened to ask.
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
