package pipeline

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"sync"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// What is not on a board.
var (
	// ErrNotCounted means that there are no counts yet: no tally is current, or the one
	// that was asked for is not followed.
	ErrNotCounted = phrase.New("nothing was counted yet")
	// ErrReading means that there are counts, and that the first reading of them is
	// under way.
	ErrReading = phrase.New("counts are being read")
)

// Board holds the newest counts of each tally that is followed. One follower a
// process feeds it; every output reads it: the page, events, metrics, the service,
// files. No reader asks the broker, and none holds up the follower or another reader.
//
// The empty id is the current tally, whichever that is at the time.
//
// An output that stores what it was given has to be idempotent by tally and frontier,
// never by message: it may be given the same counts again.
//
// Safe for concurrent use. Make one with [NewBoard].
type Board struct {
	mu      sync.Mutex
	tallies map[string]*boardEntry
	current Promotion
	err     error         // why it is not known which tally is current
	changed chan struct{} // closed, and another one made, whenever anything changes
}

type boardEntry struct {
	counts Counts
	known  bool  // counts are some
	err    error // why there is none newer
}

// NewBoard returns an empty board.
func NewBoard() *Board {
	return &Board{tallies: make(map[string]*boardEntry), err: ErrNotCounted, changed: make(chan struct{})}
}

// Put replaces the counts of their tally.
func (b *Board) Put(r Counts) {
	b.change(func() { b.tallies[r.Tally] = &boardEntry{counts: r, known: true} })
}

// Fail says why no newer counts of a tally can be had; nil: they are the newest again.
// The empty id: why it is not known which tally is current. What was known is kept.
func (b *Board) Fail(tally string, err error) {
	b.change(func() {
		if tally == "" {
			b.err = err
			return
		}
		b.entry(tally).err = err
	})
}

// Promotion says which tally is current, and how it became that. Who follows the current
// tally sees a promotion as one change, from the counts of the one to those of the other:
// never a mixture.
type Promotion struct {
	Tally string
	From  string    // the tally that was current before; "" if it is not known, or none was
	At    time.Time // zero if it is not known
	By    string
	Why   string
	Event string // promoted, rolled_back, recreated, put_back or moved
}

// SetCurrent says which tally is current.
func (b *Board) SetCurrent(tally string) { b.Promote(Promotion{Tally: tally}) }

// Promote says which tally is current, and how it became that.
func (b *Board) Promote(p Promotion) {
	b.change(func() { b.current, b.err = p, nil })
}

// Promotion returns how the current tally became that; the zero Promotion while none is
// known.
func (b *Board) Promotion() Promotion {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current
}

// Drop forgets a tally that is not followed any more.
func (b *Board) Drop(tally string) {
	b.change(func() { delete(b.tallies, tally) })
}

// entry returns the entry of a tally, which is made if there is none.
func (b *Board) entry(tally string) *boardEntry {
	e := b.tallies[tally]
	if e == nil {
		e = &boardEntry{}
		b.tallies[tally] = e
	}
	return e
}

// change changes the board and wakes up who waits for that.
func (b *Board) change(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	close(b.changed)
	b.changed = make(chan struct{})
}

// Latest returns the newest counts of a tally. The error says why there is none,
// and wraps [ErrNotCounted], or why there may be newer ones: then the counts
// are the last that are known.
func (b *Board) Latest(tally string) (Counts, error) {
	r, _, err := b.latest(tally)
	return r, err
}

// latest returns a channel that is closed when there may be something newer, too.
func (b *Board) latest(tally string) (Counts, <-chan struct{}, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var err error
	if tally == "" {
		tally, err = b.current.Tally, b.err
	}
	e := b.tallies[tally]
	switch {
	case e == nil || !e.known && e.err == nil:
		return Counts{}, b.changed, cmp.Or(err, ErrNotCounted)
	case err == nil:
		err = e.err
	}
	return e.counts, b.changed, err
}

// Subscribe yields what happens to the counts of a tally, until ctx ends. Have are
// the counts that the reader knows; for the zero Counts the first
// change is everything that is counted. A reader that is slow is given one change for
// all that happened meanwhile, and holds nobody up.
//
// The changes add up: have, and all cells that were yielded, are the latest totals.
func (b *Board) Subscribe(ctx context.Context, tally string, have Counts) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		for ctx.Err() == nil {
			r, changed, _ := b.latest(tally)
			if r.Tally != "" && (r.Tally != have.Tally || r.Frontier != have.Frontier || r.Totals != have.Totals) {
				c := Change{Before: have, After: r}
				have = r
				if !yield(c) {
					return
				}
				continue
			}
			select {
			case <-ctx.Done():
			case <-changed:
			}
		}
	}
}

// Wait returns the newest counts of a tally as [Board.Latest] does, and waits for the
// first ones if there are none, until ctx ends.
func (b *Board) Wait(ctx context.Context, tally string) (Counts, error) {
	for {
		r, changed, err := b.latest(tally)
		if r.Tally != "" || !errors.Is(err, ErrNotCounted) && !errors.Is(err, ErrReading) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return r, errors.Join(err, ctx.Err())
		case <-changed:
		}
	}
}
