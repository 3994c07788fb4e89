package pipeline

import "context"

// Turns shares the processors of a process between the workers of several tallies: a
// range is worked when it is its turn. A task that waits stays in hand, and the broker is
// told so. Planning, committing and repairing never wait: they cost little, and the
// frontier depends on them. Safe for concurrent use.
type Turns interface {
	// Wait returns when a range of a tally may be worked; over says that it was, and is called once.
	// The error is that of ctx.
	Wait(ctx context.Context, tally string) (over func(), err error)
}

// atOnce are the turns of a process that works on one tally.
type atOnce struct{}

// Wait implements [Turns].
func (atOnce) Wait(context.Context, string) (over func(), err error) { return func() {}, nil }
