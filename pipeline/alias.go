package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// alias watches over the name `current`, by which readers find the tally that
// counts. The first tally of all takes it at once. A later one takes it, if it
// is to, when it has counted what was in the stream when it began, so that
// readers never go back in the stream by more than a moment.
type alias struct {
	ledger  Ledger
	tally   string
	promote bool
	target  uint64 // the frontier from which the tally may be promoted
	seen    *progress
	looked  time.Time
	settled bool   // the tally was current once: nothing to be done any more
	rev     uint64 // of the alias, when it was looked at
}

// check reads the alias, and moves it if it is time to.
func (a *alias) check(ctx context.Context) error {
	reached := a.promote && !a.settled && a.seen.frontier.Load() >= a.target
	if !a.looked.IsZero() && time.Since(a.looked) < lookEvery && !reached {
		return nil
	}
	current, rev, err := a.ledger.Current(ctx)
	if err != nil {
		return fmt.Errorf("look at current tally: %w", err)
	}
	a.looked = time.Now()
	// A revision that lies further back than before is of an alias of which the
	// broker has lost the newest: nobody meant that.
	lost := rev < a.rev && a.seen.current.Load()
	if current != a.tally && (lost || !a.settled && (current == "" || reached)) {
		promoted, err := a.ledger.Promote(ctx, rev)
		if errors.Is(err, ErrLost) {
			a.looked = time.Time{} // look again at once
			return nil
		}
		if err != nil {
			return fmt.Errorf("make tally current: %w", err)
		}
		current, rev = a.tally, promoted
	}
	a.rev = rev // not before: what did not succeed is tried again
	// Once it is or was current, somebody who names another one means it.
	a.settled = a.settled || current == a.tally
	a.seen.current.Store(current == a.tally)
	return nil
}
