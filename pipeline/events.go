package pipeline

import (
	"errors"
	"time"
)

// Planned says that a range of the stream was planned.
type Planned struct {
	Tally string
	Range Range
	Last  uint64 // the stream's last sequence when it was planned
}

// Worked says that a range was read and classified, and that its delta is stored.
type Worked struct {
	Tally    string
	Range    Range
	Messages uint64 // messages read; the other sequences of the range are missing
	Bytes    uint64 // of their payloads
	Duration time.Duration
	Repair   bool // worked by the commit loop, because the broker lost the task or the delta
}

// Folded says that ranges were added to the totals, and are visible.
type Folded struct {
	Tally    string
	Range    Range // all that was added, as one range
	Ranges   int   // how many deltas it came from
	Frontier uint64
	Last     uint64 // the stream's last sequence as far as this process knows; lag = Last - Frontier

	// What was added.
	Outcomes
	InvalidUTF8, AbsurdTime uint64
	Reasons                 map[Reason]uint64 // adds up to Rejected
	Themes, SubThemes       map[string]Count  // by id

	Cells    int           // totals that changed
	Duration time.Duration // from the first read of the deltas to the last commit
	// Latency is the time since the broker stored the newest message of the range;
	// zero if the range had none.
	Latency time.Duration
}

// Dropped says that a delta was not needed, because its range had been counted
// before.
type Dropped struct {
	Tally string
	Range Range
}

// Role is one of the three parts of the engine.
type Role string

// The roles.
const (
	RolePlan Role = "plan"
	RoleWork Role = "work"
	RoleFold Role = "fold"
)

// Failure says that something went wrong in a role. Lost means that another process
// was faster, which is normal where several run. What is neither lost nor fatal is
// tried again.
type Failure struct {
	Tally string
	Role  Role
	Range Range // that was being worked; the zero Range if none was
	Err   error // never holds text of a message
	// Vain is how many readings of the range in a row have brought no message.
	Vain  int
	Lost  bool
	Fatal bool
}

// Noted tells whether the failure is worth a line of a log. A commit that is lost to
// another process is normal. A reading that stopped goes on, and that is worth a
// line only from the third on that brought nothing.
func (f Failure) Noted() bool {
	const patience = 3
	return !f.Lost && (f.Vain >= patience || !errors.Is(f.Err, ErrReadStopped))
}

// Pointed says that the current pointer concerns this tally in another way than before.
type Pointed struct {
	Tally   string
	Current string // whom the pointer names now
	Change  PointerChange
}

// PointerChange is how the current pointer concerns a tally.
type PointerChange string

// The changes.
const (
	// Promoted: readers are shown this tally from now on.
	Promoted PointerChange = "promoted"
	// PutBack: the broker lost the pointer to this tally, and it is there again.
	PutBack PointerChange = "put back"
	// Replaced: somebody moved the pointer from this tally to another one.
	Replaced PointerChange = "replaced"
	// Shadow: this tally counts beside the current one, and readers are not shown it.
	Shadow PointerChange = "shadow"
	// NotAgain: it was to be promoted, and was current before; only a person brings it
	// back. An old process that is started again would otherwise undo a promotion.
	NotAgain PointerChange = "not again"
)

// Drained says that the engine has stopped.
type Drained struct {
	Tally string
	// Of the ranges in hand when the worker was asked to stop: how many it finished,
	// and how many it handed back.
	Finished, HandedBack int
	Frontier             uint64
	Duration             time.Duration // from the request to stop
}
