package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// currentPointer looks after the current pointer: the key `current`, by which
// readers find the tally to show. The first tally of all takes the pointer at once.
// A later one takes it, if Config.Promote is set, when it has counted what was in the
// stream when it began; so readers never go back in the stream by more than a
// moment. It takes it once: one that was current before stays beside. After that a person moves the pointer, and the worker leaves it alone,
// unless the broker lost it.
type currentPointer struct {
	ledger  Ledger
	tally   string
	promote bool
	beside  bool   // it never takes the pointer, and only puts it back
	target  uint64 // the frontier from which on the tally may be promoted

	progress *progress
	observer Observer
	said     PointerChange // the last one that was reported
	lookedAt time.Time
	settled  bool   // the tally was current once: nothing is left to be done
	rev      uint64 // of the pointer, when it was last read
}

// check reads the pointer at most every lookEvery, and moves it when that is due.
func (p *currentPointer) check(ctx context.Context) error {
	reached := p.promote && !p.settled && p.progress.frontier.Load() >= p.target
	if !p.lookedAt.IsZero() && time.Since(p.lookedAt) < lookEvery && !reached {
		return nil
	}
	current, rev, err := p.ledger.Current(ctx)
	if err != nil {
		return phrase.Errorf("look at current tally: %w", err)
	}
	p.lookedAt = time.Now()
	// Revisions only grow. If this one lies before the last, the broker lost the
	// newest pointer, and nobody meant to move it. Nor did whoever wrote something
	// that is no tally.
	lost := (rev < p.rev || current == "") && p.progress.current.Load()
	if reached && !lost && current != "" && current != p.tally {
		again, err := p.ledger.Promoted(ctx)
		if err != nil {
			return phrase.Errorf("look whether it was current before: %w", err)
		}
		if again {
			p.settled, reached = true, false
			p.report(NotAgain, current)
		}
	}
	change := PointerChange("")
	if current != p.tally && (lost || !p.settled && !p.beside && (current == "" || reached)) {
		change = Promoted
		if lost {
			change = PutBack
		}
		promoted, err := p.ledger.Promote(ctx, rev, change)
		if errors.Is(err, ErrLost) {
			p.lookedAt = time.Time{} // somebody else moved it: look again at once
			return nil
		}
		if err != nil {
			return phrase.Errorf("make tally current: %w", err)
		}
		current, rev = p.tally, promoted
	}
	// Only now: after a failed attempt the next check has to see the loss again.
	p.rev = rev
	// Once this tally was current, only a person moves the pointer to another one.
	p.settled = p.settled || current == p.tally
	was := p.progress.current.Swap(current == p.tally)
	switch {
	case change != "":
	case was && current != p.tally:
		change = Replaced
	case current != p.tally && current != "" && p.said == "":
		change = Shadow
	}
	if change != "" {
		p.report(change, current)
	}
	return nil
}

// report tells the observer, once for each change.
func (p *currentPointer) report(change PointerChange, current string) {
	p.said = change
	p.observer.Pointed(Pointed{Tally: p.tally, Current: current, Change: change})
}
