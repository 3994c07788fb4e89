package send

import "github.com/minyi/minyi/pipeline/intake"

// Report says what became of a file. Read = Sent + Already + Refused, also
// where sending ended early: a record without an outcome is not in it.
type Report struct {
	File    string
	Read    int // records with an outcome
	Sent    int // stored by this run
	Already int // there before, in the stream or further up in the file
	Refused int // could not be sent, see Refusals

	// Window is how many of Already the broker's duplicate window found.
	Window int
	// Refusals names the first records that were refused, at most 100, as
	// file:line and why.
	Refusals []error
	// Balance says what was read of the file and what became of every row. It is
	// nil where nothing was read, or a read of a pipe still hangs.
	Balance *intake.Balance
	// Position is nil, or why the position could not be kept. Nothing is lost
	// by it; the next run reads the stream.
	Position error
}

const maxRefusals = 100

// Stage is what a sender is doing.
type Stage int

// The stages, in the order in which they come.
const (
	StageSkipping Stage = iota // reading what an earlier run sent
	StageScanning              // reading the ids in the stream
	StageSending
)

// Progress is a moment of [Sender.SendFile].
type Progress struct {
	Report
	Stage Stage

	Bytes, TotalBytes uint64 // of the file; the total is 0 when not known
	Scanned, ToScan   uint64 // ids in the stream, in StageScanning
}
