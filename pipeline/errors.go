package pipeline

import (
	"errors"

	"github.com/minyi/minyi/dict/phrase"
)

// Errors that stop a worker. They say that what is stored contradicts itself, so
// that going on could only make it worse. The counts up to the checkpoint stay as
// they are.
var (
	// ErrConservation: numbers that must add up do not.
	ErrConservation = phrase.New("conservation violated")
	// ErrStreamReset: the stream is not the one that the tally was begun on. It
	// was deleted and created again.
	ErrStreamReset = phrase.New("stream was reset")
	// ErrSequenceReused: the stream holds another message at a sequence than the
	// one that was read there. The broker lost acknowledged messages, and used
	// their sequences for others.
	ErrSequenceReused = phrase.New("a sequence of the stream was used again")
	// ErrStreamBehind: the stream ends before the last sequence that was planned
	// or counted. The broker lost acknowledged messages.
	ErrStreamBehind = phrase.New("stream is behind what was counted")
)

// ErrLost is returned by Tasks.Plan and Ledger.Commit when another process was
// faster. Nothing was written.
var ErrLost = phrase.New("another process was faster")

// ErrReadStopped is returned by Source.Read when messages stopped coming before the
// end of the range, and the leader still has more of it. What was handed over is
// right, and a reading that begins after it goes on. The error that wraps it says
// why messages stopped, as far as this side of the connection can know.
var ErrReadStopped = phrase.New("messages stopped coming")

// ErrGone is returned by Deltas.Fetch for what is not stored.
var ErrGone = phrase.New("no longer stored")

// Fatal tells whether an error is one that [Worker.Run] returns: what is stored
// contradicts itself, and going on would make things worse.
func Fatal(err error) bool {
	return errors.Is(err, ErrConservation) || errors.Is(err, ErrStreamReset) ||
		errors.Is(err, ErrSequenceReused) || errors.Is(err, ErrStreamBehind)
}

// fatalOnly returns err if it is fatal, else nil.
func fatalOnly(err error) error {
	if Fatal(err) {
		return err
	}
	return nil
}
