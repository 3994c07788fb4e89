package supervise

import (
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// State is what is wanted of a tally.
type State string

// The states. There is no way from Retired to Counting but to publish the dictionary
// again.
const (
	Counting State = "counting" // every worker that can counts it
	Retired  State = "retired"  // nobody counts it, and its counts are freed
)

// Wanted is what is wanted of a tally, and who said so. Its JSON is the value of the key
// `<tally>` of the bucket MINYI_TALLIES.
type Wanted struct {
	Spec  pipeline.Spec `json:"spec"`
	State State         `json:"state"`
	By    string        `json:"by,omitempty"`
	At    time.Time     `json:"at"`
	Why   string        `json:"why,omitempty"`
	// Event is the id of the entry of the history about the newest change. The record is
	// stored first, so whoever finds no such entry adds it.
	Event string `json:"event"`
	// Freed tells whether everything that was stored of a retired tally is gone.
	Freed bool `json:"freed,omitempty"`
}

// Tally returns the id of the tally.
func (w *Wanted) Tally() string { return w.Spec.Tally() }

// WorkerStep is how far a worker is with a tally.
type WorkerStep string

// The steps.
const (
	Loading WorkerStep = "loading" // its dictionary is being fetched and prepared
	Working WorkerStep = "working"
	Refused WorkerStep = "refused" // it cannot be counted by this worker; the reason says why
)

// WorkerState is what a worker says of a tally. Its JSON is the value of the key
// `<tally>.<worker>` of the bucket MINYI_TALLIES, which expires unless it is written again.
type WorkerState struct {
	Worker   string     `json:"worker"`
	State    WorkerStep `json:"state"`
	Reason   string     `json:"reason,omitempty"`
	Rate     float64    `json:"rate"` // messages a second by which the tally's frontier moves
	Version  string     `json:"version,omitempty"`
	Semantic string     `json:"semantics,omitempty"` // of the classifier of this worker
	At       time.Time  `json:"at"`
}

// Refusal is why a worker does not count a tally.
type Refusal struct {
	Worker string `json:"worker"`
	Reason string `json:"reason"`
}

const (
	// SayEvery is how often a worker says again what it does.
	SayEvery = 5 * time.Second
	// SayFor is how long its word holds.
	SayFor = 16 * time.Second
)

// Limits of what is kept. A limit is met with an error that says what to do.
const (
	// MaxCounting is how many tallies may be counted at a time: each costs processors,
	// memory and cells, on every worker.
	MaxCounting = 8
	// MaxTallies is how many tallies are known, retired ones too.
	MaxTallies = 1000
	// MaxDicts is how many dictionaries are kept. The oldest that no counted tally needs
	// makes room for a new one.
	MaxDicts = 100
	// MaxHistory is how many entries the history may have. At that nothing more can be
	// published, promoted, retired or erased, because nothing may happen without a record.
	MaxHistory = 200_000
	// MaxWhy is the longest reason, in bytes.
	MaxWhy = 1000
)

// Errors that a caller may branch on.
var (
	// ErrLimit: one of the limits above is met.
	ErrLimit = phrase.New("limit reached")
	// ErrRetired: the tally is retired.
	ErrRetired = phrase.New("tally is retired")
	// ErrIsCurrent: the current tally is never retired.
	ErrIsCurrent = phrase.New("tally is the current one")
	// ErrNoDict: there is no dictionary of that version.
	ErrNoDict = phrase.New("no such dictionary")
	// ErrOtherDict: what is stored under a version is another dictionary, or none.
	ErrOtherDict = phrase.New("not the dictionary of that version")
)

// CheckWhy returns an error unless a reason is short enough to be kept.
func CheckWhy(why string) error {
	if len(why) > MaxWhy {
		return phrase.Errorf("the reason has %d bytes; the history keeps %d at most", len(why), MaxWhy)
	}
	return nil
}
