package pipeline

import "time"

// Status says how far an engine has come.
type Status struct {
	Tally    string `json:"tally"`
	Dict     string `json:"dict"`
	Last     uint64 `json:"last"`     // the stream's last sequence, as the planner last saw it
	Planned  uint64 `json:"planned"`  // handed out up to here
	Frontier uint64 `json:"frontier"` // counted up to here
	Lag      uint64 `json:"lag"`      // Last - Frontier
	// AsOf is when the newest message that is counted was stored; zero: none is.
	AsOf   time.Time `json:"as_of,omitzero"`
	Schema int       `json:"schema"` // [SnapshotSchema]
	// Current tells whether the current pointer names this tally.
	Current bool `json:"current"`
	// Ready tells whether the engine runs, has seen its stream, and takes new work.
	Ready bool `json:"ready"`
	// Uncounted says that nobody counts the tally, although it is current and behind, why,
	// and what to do; "" if somebody does.
	Uncounted string `json:"uncounted,omitempty"`
	// Draining tells whether the engine was asked to stop, and finishes what it has.
	Draining bool `json:"draining,omitempty"`
	// Refused is what this process has dropped because no worker of this tally wrote it;
	// nil: nothing.
	Refused *Refusals `json:"refused,omitempty"`
}
