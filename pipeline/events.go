package pipeline

import "time"

// Observer is told what the engine does. Calls come from several goroutines at
// once, one a range and never one a message; they must return quickly and must
// not keep the maps they are given. Embed [Silent] to hear only some of them.
//
// [Folded] is where counts come from: of all processes that work on a tally,
// exactly one folds a range, so that sums of it over processes are the
// tally's own numbers (but for a process killed between its commit and the
// call). [Worked] counts the work, repeated work too.
type Observer interface {
	RangePlanned(Planned)
	RangeWorked(Worked)
	RangesFolded(Folded)
	DeltaDropped(Dropped)
	Failed(Failure)
	Drained(Drained)
}

// Planned tells that a range of the stream was handed out.
type Planned struct {
	Tally string
	Range Range
	Last  uint64 // the stream's last sequence when it was planned
}

// Worked tells that a range was read and classified, and that its delta is
// stored.
type Worked struct {
	Tally    string
	Range    Range
	Messages uint64 // messages read; what the range has more is missing
	Bytes    uint64 // of their payloads
	Duration time.Duration
	Repair   bool // worked again by the folder, since no delta came
}

// Folded tells that ranges were added to the totals, and are visible.
type Folded struct {
	Tally    string
	Range    Range // all that was added, as one range
	Ranges   int   // how many deltas it came from
	Frontier uint64
	Last     uint64 // the stream's last sequence as far as it is known here; lag = Last - Frontier

	// What was added.
	Outcomes
	InvalidUTF8, AbsurdTime uint64
	Reasons                 map[Reason]uint64 // adds up to Rejected
	Themes, SubThemes       map[string]Count  // by id

	Cells    int           // totals that changed
	Duration time.Duration // from the first read of the deltas to the last commit
	// Latency is the time from when the broker stored the newest message of
	// the range to now; zero when the range had none.
	Latency time.Duration
}

// Dropped tells that a delta was not needed, since its range had been counted
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

// Failure tells that something went wrong in a role. Lost means that another process was
// faster, which is normal where several run. What is neither lost nor fatal is
// tried again.
type Failure struct {
	Tally string
	Role  Role
	Err   error // never holds text of a message
	Lost  bool
	Fatal bool
}

// Drained tells that the engine has stopped.
type Drained struct {
	Tally string
	// Of the ranges that were in hand when it was asked to stop: those that were
	// finished, and those that were given back to others.
	Finished, HandedBack int
	Frontier             uint64
	Duration             time.Duration // from the request to stop
}

// Silent is an [Observer] that does nothing.
type Silent struct{}

// RangePlanned does nothing.
func (Silent) RangePlanned(Planned) {}

// RangeWorked does nothing.
func (Silent) RangeWorked(Worked) {}

// RangesFolded does nothing.
func (Silent) RangesFolded(Folded) {}

// DeltaDropped does nothing.
func (Silent) DeltaDropped(Dropped) {}

// Failed does nothing.
func (Silent) Failed(Failure) {}

// Drained does nothing.
func (Silent) Drained(Drained) {}

// Observers tells several, in order.
type Observers []Observer

// RangePlanned tells all of them.
func (o Observers) RangePlanned(e Planned) {
	for _, x := range o {
		x.RangePlanned(e)
	}
}

// RangeWorked tells all of them.
func (o Observers) RangeWorked(e Worked) {
	for _, x := range o {
		x.RangeWorked(e)
	}
}

// RangesFolded tells all of them.
func (o Observers) RangesFolded(e Folded) {
	for _, x := range o {
		x.RangesFolded(e)
	}
}

// DeltaDropped tells all of them.
func (o Observers) DeltaDropped(e Dropped) {
	for _, x := range o {
		x.DeltaDropped(e)
	}
}

// Failed tells all of them.
func (o Observers) Failed(e Failure) {
	for _, x := range o {
		x.Failed(e)
	}
}

// Drained tells all of them.
func (o Observers) Drained(e Drained) {
	for _, x := range o {
		x.Drained(e)
	}
}

// Status is how far an engine has come.
type Status struct {
	Tally    string `json:"tally"`
	Dict     string `json:"dict"`
	Last     uint64 `json:"last"`     // the stream's last sequence, as last heard
	Planned  uint64 `json:"planned"`  // handed out up to here
	Frontier uint64 `json:"frontier"` // counted up to here
	Lag      uint64 `json:"lag"`      // Last - Frontier
	// Current tells whether the alias `current` names this tally.
	Current bool `json:"current"`
	// Ready tells whether the engine runs and has heard of its stream.
	Ready bool `json:"ready"`
}
