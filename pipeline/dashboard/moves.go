package dashboard

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Move is an entry of the history: readers were shown another tally.
type Move struct {
	At       time.Time
	Event    string // of [pipeline.Promotion]
	From, To string // tallies; From is empty for the first one
	By, Why  string
}

// Bounds of the history.
const (
	maxMoves = 20          // that a page shows
	movesAge = time.Minute // after which the history is read again although nothing was promoted here
)

// askMoves reads the history when another tally is current, and now and then. Counts are
// shown without it.
func (l *latest) askMoves(ctx context.Context) {
	if l.cfg.Moves == nil || l.now.statusErr != nil {
		return
	}
	now, promotion := l.cfg.Now(), l.cfg.Board.Promotion()
	if age := now.Sub(l.movesAt); !l.movesAt.IsZero() && (age < talliesAge*l.cfg.MaxAge || promotion == l.movesOf && age < movesAge) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.cfg.ReadTimeout)
	defer cancel()
	moves, err := l.cfg.Moves(ctx)
	l.movesAt, l.movesOf = now, promotion
	if err != nil {
		l.cfg.Log.Warn("read the history for the dashboard", "error", err)
		return
	}
	l.now.moves, l.now.movesShown = moves, fmt.Sprint(len(moves), moves[max(0, len(moves)-1):])
}

// moveRow is a line of the history as the page shows it.
type moveRow struct {
	At                       instant
	Event, From, To, By, Why string
}

// history lays out how tallies became the current one, the newest first.
func (d *Dashboard) history(v *view, r request, m moment) {
	for i := len(m.moves) - 1; i >= 0 && len(v.History) < maxMoves; i-- {
		x := m.moves[i]
		v.History = append(v.History, moveRow{
			At: d.time(x.At), Event: cmp.Or(v.W.Moves[x.Event], x.Event), From: x.From, To: x.To, By: x.By, Why: d.cfg.Why(x.Why, r.lang),
		})
	}
}
