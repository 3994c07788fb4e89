package dashboard

import (
	"context"
	"errors"
	"time"

	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

// moment is the newest known counts and status, and why there may be newer ones.
type moment struct {
	counts pipeline.Counts
	rate   uint64 // messages counted a second; 0: none, or not known
	listed
	measure *measure.Measure // of the dictionary of the counts; nil: there is none
	known   bool             // the counts are some, or it is known that there are none
	readAt  time.Time        // when they were the newest

	status               pipeline.Status // the newest that the engine returned
	countsErr, statusErr error           // of the last try
	since                time.Time       // when the first of the last failed tries was
}

// away tells whether there may be newer counts.
func (m moment) away() bool { return m.countsErr != nil || m.statusErr != nil }

// signature is equal for two moments that show the same. It leaves out when they were.
type signature struct {
	tally, dict        string
	totals             *pipeline.Totals
	revision, frontier uint64
	status             pipeline.Status
	rate               uint64
	known, away        bool
	since, promoted    time.Time
	tallies, moves     string
	measure            *measure.Measure
}

func (m moment) signature() signature {
	status := m.status
	if m.statusErr != nil {
		status = pipeline.Status{}
	}
	return signature{
		tally: m.counts.Tally, dict: m.counts.Dict, totals: m.counts.Totals, revision: m.counts.Revision, frontier: m.counts.Frontier,
		status: status, rate: m.rate, known: m.known, away: m.away(), since: m.since,
		promoted: m.promotion.At, tallies: m.talliesShown, moves: m.movesShown, measure: m.measure,
	}
}

// latest takes the counts from the board, and caches the status for Config.MaxAge. One
// request at a time asks for it; others wait for the result.
type latest struct {
	cfg Config

	turn  chan struct{} // holds one token; its holder owns the fields below
	now   moment
	rates rates
	tried time.Time

	talliesAt time.Time // when tallies were last listed

	movesAt time.Time          // when the history was last read
	movesOf pipeline.Promotion // that was the newest then
}

func newLatest(c Config) *latest {
	l := &latest{cfg: c, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

// get returns what is known, a status of at most Config.MaxAge among it. When ctx ends
// before it is this caller's turn, nothing was read and countsErr is ctx's error.
func (l *latest) get(ctx context.Context) moment {
	select {
	case <-l.turn:
	case <-ctx.Done():
		return moment{countsErr: ctx.Err(), statusErr: ctx.Err(), since: l.cfg.Now()}
	}
	defer func() { l.turn <- struct{}{} }()
	if now := l.cfg.Now(); l.tried.IsZero() || now.Sub(l.tried) >= l.cfg.MaxAge {
		l.askStatus(ctx)
		l.askTallies(ctx)
		l.askMoves(ctx)
		l.tried = l.cfg.Now()
	}
	l.readBoard()
	return l.now
}

// askStatus asks the engine. All waiting requests use the result, so the question is
// not cancelled with the request that started it.
func (l *latest) askStatus(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.cfg.ReadTimeout)
	defer cancel()
	status, err := l.cfg.Engine.Status(ctx)
	if l.now.statusErr = err; err == nil {
		l.now.status = status
	}
}

// readBoard takes what the board has.
func (l *latest) readBoard() {
	was, since := l.now.away() && !l.now.since.IsZero(), l.now.since
	counts, err := l.cfg.Board.Latest("")
	none := errors.Is(err, pipeline.ErrNotCounted)
	if none {
		err = nil
	}
	l.now.countsErr = err
	if counts.Tally != "" || none {
		l.now.counts, l.now.known = counts, true
	}
	l.now.promotion = l.cfg.Board.Promotion()
	l.now.measure = l.cfg.Measure(l.now.counts.Dict)
	at := l.cfg.Now()
	l.now.rate = l.rates.note(at, l.now.counts)
	if l.now.counts.Suppression != nil { // what came since it was published is not to be seen
		l.now.rate, l.now.status.Last, l.now.status.Lag = 0, l.now.counts.Frontier, 0
		l.now.status.Frontier = l.now.counts.Frontier
	}
	switch {
	case !l.now.away():
		l.now.readAt, l.now.since = at, time.Time{}
		if was {
			l.cfg.Log.Info("counts can be read again")
		}
	case !was:
		l.now.since = at
		l.cfg.Log.Warn("read counts for the dashboard", "error", errors.Join(l.now.countsErr, l.now.statusErr))
	default:
		l.now.since = since
	}
}
