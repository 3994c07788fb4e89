package supervise

import (
	"context"

	"github.com/minyi/minyi/pipeline"
)

// Store is what a supervisor needs of a broker. Safe for concurrent use.
type Store interface {
	// FollowWanted calls changed with all records, at once and whenever they are others,
	// until ctx ends. It returns an error when they cannot be read.
	FollowWanted(ctx context.Context, changed func([]Wanted)) error

	// Known returns what is said of a tally, and whether anything is.
	Known(ctx context.Context, tally string) (Wanted, bool, error)

	// Begin stores the dictionary of a tally, and that it is wanted, unless somebody has
	// said before what is wanted of it. It returns what is wanted.
	Begin(ctx context.Context, spec pipeline.Spec, packed []byte, why string) (Wanted, error)

	// Current returns the id of the current tally, "" for none, and sees to it that the
	// history says how it became that.
	Current(ctx context.Context) (string, error)

	// Dict returns what is stored of a dictionary, as [Pack] made it. Errors wrap
	// [ErrNoDict].
	Dict(ctx context.Context, version string) ([]byte, error)

	// Say stores what this worker does with a tally, until [SayFor] has passed.
	Say(ctx context.Context, tally string, s WorkerState) error

	// Unsay removes what this worker said of a tally.
	Unsay(ctx context.Context, tally string) error

	// Record adds an event to the history, once for each id.
	Record(ctx context.Context, e Event) error

	// Free removes what is stored of tallies that are retired and that no worker counts. It
	// returns whether there is more to free, as some worker has not stopped yet.
	Free(ctx context.Context) (more bool, err error)

	// Workers returns what all workers say of all tallies.
	Workers(ctx context.Context) (map[string][]WorkerState, error)

	// WorkerOf returns a worker for the tally of a spec.
	WorkerOf(ctx context.Context, cfg pipeline.Config, spec pipeline.Spec) (*pipeline.Worker, error)
}
