package pipeline

import (
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// Audit compares everything that is stored of a tally: the checkpoint, the cells,
// the deltas that are still kept, and the stream.
// Stored = Tagged + Untagged + Rejected + Missing has to hold in each range and
// in sum, and all four sources have to say the same.
type Audit struct {
	Tally    string `json:"tally"`
	Dict     string `json:"dict"`
	Stream   string `json:"stream"`
	Base     uint64 `json:"base"`     // the stream's first sequence ever
	Frontier uint64 `json:"frontier"` // counted up to here
	Last     uint64 `json:"last"`     // the stream's last sequence
	// AsOf is when the newest message that is counted was stored; zero: none is.
	AsOf    time.Time `json:"as_of,omitzero"`
	Holds   bool      `json:"holds"` // no faults
	Numbers           // of the checkpoint

	// Ranges are those whose deltas are kept, in ascending order. Gone are counted
	// ranges whose deltas are not kept any more.
	Ranges []AuditedRange `json:"ranges"`
	Gone   []Range        `json:"gone"`
	// GoneNumbers is the checkpoint less the sum of the kept ranges.
	GoneNumbers Numbers `json:"gone_numbers"`
	// Waiting is how many complete deltas lie after the frontier.
	Waiting int `json:"waiting"`

	Cells    int    `json:"cells"`
	Compared string `json:"compared"` // how cells were compared with deltas, see the constants
	// Absent is how many sequences up to the frontier the stream does not hold now:
	// those that were missing when they were counted, and those that expired or
	// were deleted since then.
	Absent uint64 `json:"absent"`

	// Recounted is what was computed anew; nil: nothing.
	Recounted *Recounting `json:"recounted,omitempty"`

	Faults []Fault       `json:"faults"`
	Notes  []phrase.Text `json:"notes"`
}

// How an audit compared the cells with the deltas.
const (
	// ComparedEach: every cell is the sum of the deltas.
	ComparedEach = "each"
	// ComparedAtLeast: some deltas are gone, and no cell is less than the sum of
	// the kept ones.
	ComparedAtLeast = "at_least"
	// ComparedNot: the deltas do not tell what was added; Notes says why.
	ComparedNot = "not"
)

// Numbers are the terms of the conservation rule.
type Numbers struct {
	Stored uint64 `json:"stored"`
	Outcomes
}

// Add returns the sum of both, term by term.
func (n Numbers) Add(o Numbers) Numbers {
	return Numbers{n.Stored + o.Stored, n.Outcomes.Add(o.Outcomes)}
}

// AuditedRange is a counted range whose delta is kept.
type AuditedRange struct {
	Range
	Numbers
	// Absent is how many of its sequences the stream does not hold now. Less than
	// Missing is a fault. Nil if the stream did not say.
	Absent *uint64 `json:"absent,omitempty"`
}

// Fault is a number that contradicts another one.
type Fault struct {
	Check string      `json:"check"` // what was checked: range, checkpoint, cells, deltas, stream, recount
	Range *Range      `json:"range,omitempty"`
	Cell  string      `json:"cell,omitempty"` // key without the tally
	Says  phrase.Text `json:"says"`           // in JSON in English
}

// maxFaults is how many faults are kept. The first ones say what happened.
const maxFaults = 1000
