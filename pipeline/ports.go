package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// Classifier tags texts. It is shared by goroutines, each with its own Result.
type Classifier interface {
	Classify(r *classifier.Result, text []byte)
	Dictionary() *dict.Dictionary
}

// Errors that stop a worker. They say that what is stored contradicts itself,
// so that going on could only make it worse; the counts up to the checkpoint
// are left as they are.
var (
	// ErrConservation: numbers that must add up do not.
	ErrConservation = errors.New("conservation violated")
	// ErrStreamReset: the stream is not the one that the tally was begun on: it
	// was deleted and created again.
	ErrStreamReset = errors.New("stream was reset")
	// ErrSequenceReused: the stream holds another message than the one that was
	// read at the same sequence: the broker lost acknowledged messages, and used
	// their sequences for others.
	ErrSequenceReused = errors.New("a sequence of the stream was used again")
	// ErrStreamBehind: the stream ends before what was already planned or
	// counted: the broker lost acknowledged messages.
	ErrStreamBehind = errors.New("stream is behind what was counted")
)

// ErrLost is returned by Tasks.Plan and Ledger.Commit when another process was
// faster. Nothing was written.
var ErrLost = errors.New("another process was faster")

// ErrGone is returned by Deltas.Fetch for what is not stored.
var ErrGone = errors.New("no longer stored")

// StreamInfo is what the leader of a stream says of it.
type StreamInfo struct {
	Name    string
	Created time.Time
	// Base is the sequence that the stream's first message ever got or will get.
	Base uint64
	// First is the sequence of the oldest message that is stored, Last that of
	// the newest ever stored. First = Last+1: nothing is.
	First, Last uint64
}

// Source is the stream of suggestions. It is only read.
type Source interface {
	// Info asks the stream's leader.
	Info(ctx context.Context) (StreamInfo, error)

	// Read hands every stored message of r to f, in ascending order. The
	// message and its bytes are f's for the time of the call. It returns nil
	// only when the leader has confirmed that what was not handed over, up to
	// r.To, is not stored any more: a lagging replica must never turn messages
	// into missing ones.
	Read(ctx context.Context, r Range, f func(*Message)) error

	// Wait returns when a message after the sequence may be there; it may
	// return early. While nothing happens it costs next to nothing.
	Wait(ctx context.Context, after uint64) error

	// StoredAt returns of each message when the leader stored it, the zero Time
	// if it is gone.
	StoredAt(ctx context.Context, seqs []uint64) ([]time.Time, error)
}

// Tasks is the queue of ranges of one tally.
type Tasks interface {
	// Last returns the newest planned range and its revision; the zero Range
	// and revision 0 when nothing was ever planned.
	Last(ctx context.Context) (Range, uint64, error)

	// Plan appends r if rev is still the newest revision, and returns the new
	// one; else ErrLost. After any other error r may have been appended or not.
	Plan(ctx context.Context, r Range, rev uint64) (uint64, error)

	// Next waits for a task that nobody works on. A task that is not done
	// within some seconds of its last InProgress goes to another worker. Safe
	// for concurrent use.
	Next(ctx context.Context) (Task, error)
}

// Task is a range handed to this process.
type Task interface {
	Range() Range
	// InProgress keeps it from going to another worker for a while.
	InProgress(ctx context.Context) error
	// Done removes it from the queue.
	Done(ctx context.Context) error
	// HandBack gives it to another worker, not before the delay.
	HandBack(ctx context.Context, delay time.Duration) error
}

// DeltaRef points to one part of a stored delta.
type DeltaRef struct {
	Range
	Digest string // of the whole delta: parts with the same range and digest belong together
	Part   int    // from 1
	Parts  int
	Seq    uint64 // where it is stored; ascending in the order of storing
}

// Deltas stores the deltas of one tally.
type Deltas interface {
	// Publish stores all parts of a delta, and returns when they are safe.
	// Storing one that is there already is allowed and harmless.
	Publish(ctx context.Context, d *Delta) error

	// Follow hands over what is and what will be stored from the sequence on,
	// in order, until ctx ends or an error occurs: ErrGone when something that
	// was handed over was lost, and others may have taken its place.
	Follow(ctx context.Context, from uint64, f func(DeltaRef)) error

	// Fetch returns the encoded part at seq, or ErrGone.
	Fetch(ctx context.Context, seq uint64) ([]byte, error)
}

// View is a tally as stored at one moment.
type View struct {
	Checkpoint Checkpoint
	Revision   uint64 // of the checkpoint; 0: nothing is stored yet
	Cells      Cells
	// Tail is the key of the last cell behind the checkpoint, "" where there is
	// none: of a commit that the broker kept only the beginning of.
	Tail string
}

// Ledger holds the totals of one tally.
type Ledger interface {
	// Load returns a view in which all cells are as of the checkpoint, up to
	// the tail.
	Load(ctx context.Context) (View, error)

	// Checkpoint returns the newest checkpoint and its revision, 0 for none.
	Checkpoint(ctx context.Context) (Checkpoint, uint64, error)

	// Commit stores a slice, all or nothing, if rev is still the checkpoint's
	// revision, and returns the new one; else ErrLost. After any other error, a
	// time-out above all, it may have been stored or not.
	Commit(ctx context.Context, s *Slice, rev uint64) (uint64, error)

	// EnsureInfo stores what the tally is; doing so again is harmless.
	EnsureInfo(ctx context.Context, a TallyInfo) error

	// Current returns the id of the current tally, "" for none, and the
	// alias's revision.
	Current(ctx context.Context) (string, uint64, error)

	// Promote makes this tally the current one if rev is still the alias's
	// revision, and returns the new one; else ErrLost.
	Promote(ctx context.Context, rev uint64) (uint64, error)
}

// Slice is what one commit stores, in this order.
type Slice struct {
	// Begin is the checkpoint before it, with Open as it is while the cells are
	// being stored. It is not stored where there are no cells.
	Begin Checkpoint
	Cells Cells // absolute totals, at most [MaxCommit], in the order of [CellKey.Compare]
	End   Checkpoint
}

// MaxCommit is the most cells a commit takes: a batch of the broker holds 1,000
// messages, and two are checkpoints.
const MaxCommit = 998

// Ports are the effects of one tally.
type Ports struct {
	Source Source
	Tasks  Tasks
	Deltas Deltas
	Ledger Ledger
}
