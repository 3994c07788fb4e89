package pipeline

import (
	"context"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// Classifier tags texts. It is shared by goroutines, each with its own Result.
type Classifier interface {
	Classify(r *classifier.Result, text []byte)
	Dictionary() *dict.Dictionary
}

// StreamInfo is what the leader of a stream says about it.
type StreamInfo struct {
	Name    string
	Created time.Time
	// Base is the sequence of the first message that the stream ever had or will have.
	Base uint64
	// First is the sequence of the oldest message that is stored, Last of the
	// newest that ever was. If nothing is stored, First = Last+1.
	First, Last uint64
}

// Source is the stream of suggestions. It is only read.
type Source interface {
	// Info asks the stream's leader.
	Info(ctx context.Context) (StreamInfo, error)

	// Read hands every stored message of r to f, in ascending order. The message
	// and its bytes belong to f only until f returns. Read returns nil only when
	// the leader has confirmed that every sequence up to r.To that was not handed
	// over is not stored any more: a replica that lags must never turn messages
	// into missing ones (invariant 6). An error that wraps ErrReadStopped says that
	// a reading that begins after the last message may get further.
	Read(ctx context.Context, r Range, f func(*Message)) error

	// Wait returns when a message after the sequence may be stored. It may return
	// early. While nothing happens it costs next to nothing.
	Wait(ctx context.Context, after uint64) error

	// StoredAt returns for each sequence when the leader stored its message, the
	// zero Time if the message is gone.
	StoredAt(ctx context.Context, seqs []uint64) ([]time.Time, error)
}

// Tasks is the queue of ranges of one tally.
type Tasks interface {
	// Last returns the newest planned range; the zero value if nothing was ever planned.
	Last(ctx context.Context) (StoredTask, error)

	// Plan appends r if rev still is the newest revision, and returns the new
	// revision; else ErrLost. After any other error r may have been appended or not.
	Plan(ctx context.Context, r Range, rev uint64) (uint64, error)

	// Next waits for a task that no other worker has. A task that is not done within
	// some seconds after its last InProgress goes to another worker. Safe for
	// concurrent use.
	Next(ctx context.Context) (Task, error)
}

// StoredTask is a planned range.
type StoredTask struct {
	Range
	Revision uint64
	Flaw     Flaw
}

// Task is a range handed to this process.
type Task interface {
	Range() Range
	// Flaw says why the task is not to be worked but only done; "" for nothing.
	Flaw() Flaw
	// InProgress keeps the task from going to another worker for a while.
	InProgress(ctx context.Context) error
	// Done removes the task from the queue.
	Done(ctx context.Context) error
	// HandBack gives the task to another worker, after the delay.
	HandBack(ctx context.Context, delay time.Duration) error
}

// DeltaRef points to one part of a stored delta.
type DeltaRef struct {
	Range
	Digest string // of the whole delta; parts with the same range and digest belong together
	Part   int    // from 1
	Parts  int
	Seq    uint64 // where the part is stored; it ascends in the order of storing
	Flaw   Flaw   // why it is no part; of the other fields only Seq need be right then
}

// StoredPart is the encoded part of a delta.
type StoredPart struct {
	Body []byte
	Flaw Flaw
}

// Deltas stores the deltas of one tally.
type Deltas interface {
	// Publish stores all parts of a delta, and returns when they are safe. To store
	// a delta twice is allowed and harmless.
	Publish(ctx context.Context, d *Delta) error

	// Follow hands over what is stored from the sequence on, and then what will
	// be, in order, until ctx ends or an error occurs. It returns ErrGone when a
	// part that was handed over was lost, and others may have taken its sequence.
	Follow(ctx context.Context, from uint64, f func(DeltaRef)) error

	// Fetch returns the encoded part at seq, or ErrGone.
	Fetch(ctx context.Context, seq uint64) (StoredPart, error)
}

// Ledger holds the totals of one tally.
type Ledger interface {
	// Load returns a view in which all cells are as of the checkpoint; if the broker
	// kept only the beginning of a commit, up to the view's Tail.
	Load(ctx context.Context) (View, error)

	// Checkpoint returns the newest checkpoint and its revision, 0 for none.
	Checkpoint(ctx context.Context) (Checkpoint, uint64, error)

	// Commit stores a slice, all or nothing, if rev still is the checkpoint's
	// revision, and returns the new revision; else ErrLost. After any other error,
	// a time-out above all, the slice may have been stored or not.
	Commit(ctx context.Context, s *Slice, rev uint64) (uint64, error)

	// EnsureInfo stores the tally's info. To store it again is harmless.
	EnsureInfo(ctx context.Context, a TallyInfo) error

	// Current reads the current pointer: it returns the id of the current tally,
	// "" for none, and the pointer's revision.
	Current(ctx context.Context) (string, uint64, error)

	// Promoted tells whether this tally was ever made the current one.
	Promoted(ctx context.Context) (bool, error)

	// Promote makes this tally the current one if rev still is the pointer's
	// revision, and returns the new revision; else ErrLost. Change says why: [Promoted]
	// or [PutBack].
	Promote(ctx context.Context, rev uint64, change PointerChange) (uint64, error)
}

// Slice is what one commit stores, in this order.
type Slice struct {
	// Begin is the checkpoint before the commit, with Open as it is while the cells
	// are being stored (invariant 5). It is not stored if there are no cells.
	Begin Checkpoint
	Cells []CellCount // absolute totals, at most [MaxCommit], in the order of [CellKey.Compare]
	End   Checkpoint
}

// MaxCommit is the largest number of cells in a commit. A batch of the broker holds
// 1,000 messages, and two of them are checkpoints.
const MaxCommit = 998

// Ports are the effects of one tally.
type Ports struct {
	Source Source
	Tasks  Tasks
	Deltas Deltas
	Ledger Ledger
}
