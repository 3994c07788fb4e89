package pipeline

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// putAt puts counts of a tally on the board.
func putAt(b *Board, tally string, frontier uint64, cells Cells) {
	b.Put(Counts{Snapshot: Snapshot{Tally: tally, Frontier: frontier}, Revision: frontier + 1, Totals: NewTotals(cells)})
}

// TestSubscribersSumToLatest gives several readers, quick and slow, everything that
// happens on a board, in which the current tally moves too. What each of them was
// told adds up to the latest counts.
func TestSubscribersSumToLatest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		events := rapid.SliceOfN(rapid.Custom(someEvent), 1, 15).Draw(rt, "events")
		synctest.Test(t, func(t *testing.T) { subscribersSum(t, events) })
	})
}

// boardEvent is one thing that happens on a board: a tally becomes current, a slow
// reader takes a change, counts cannot be read, or, if cells is not nil, there are
// newer ones.
type boardEvent struct {
	current, tally, fail string
	reader               int
	cells                Cells
}

func someEvent(t *rapid.T) (e boardEvent) {
	tally := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "tally")
	switch rapid.IntRange(0, 5).Draw(t, "event") {
	case 0:
		e.current = tally
	case 1:
		e.reader = rapid.IntRange(1, 4).Draw(t, "reader")
	case 2:
		e.fail = tally
	default:
		e.tally, e.cells = tally, someCells(t, 10)
	}
	return e
}

func subscribersSum(t *testing.T, events []boardEvent) {
	b := NewBoard()
	ctx, cancel := context.WithCancel(context.Background())
	type reader struct {
		tally string
		sum   Cells
		last  Counts
		turn  chan struct{} // a change is taken for each token; nil: at once
	}
	var readers []*reader
	var running sync.WaitGroup
	for i := range 6 {
		r := &reader{tally: []string{"", "a"}[i%2], sum: make(Cells)}
		if i < 4 {
			r.turn = make(chan struct{}, 100)
		}
		readers = append(readers, r)
		running.Go(func() {
			for c := range b.Subscribe(ctx, r.tally, Counts{}) {
				if c.Before.Tally != r.last.Tally || c.Before.Totals != r.last.Totals {
					t.Errorf("a change begins at other counts than the last one ended at")
				}
				if c.After.Tally != c.Before.Tally {
					clear(r.sum)
				}
				for x := range c.Cells {
					if r.sum[x.CellKey] != x.Before {
						t.Errorf("%v was %v, and the change says %v", x.CellKey, r.sum[x.CellKey], x.Before)
					}
					r.sum.set(Cells{x.CellKey: x.After})
				}
				r.last = c.After
				if r.turn != nil {
					<-r.turn
				}
			}
		})
	}
	b.SetCurrent("a")
	naive := map[string]Cells{"a": {}, "b": {}}
	frontier := uint64(0)
	for _, e := range events {
		switch {
		case e.current != "":
			b.SetCurrent(e.current)
		case e.reader > 0:
			readers[e.reader-1].turn <- struct{}{}
		case e.fail != "":
			b.Fail(e.fail, errors.New("away"))
		default:
			naive[e.tally].set(e.cells)
			frontier++
			putAt(b, e.tally, frontier, naive[e.tally])
		}
		synctest.Wait()
	}
	for range 20 { // the slow ones catch up: one change is enough for all that they missed
		for _, r := range readers[:4] {
			r.turn <- struct{}{}
		}
	}
	synctest.Wait()
	cancel()
	running.Wait()
	for i, r := range readers {
		latest, _ := b.Latest(r.tally)
		if latest.Tally == "" { // the current one was never read
			continue
		}
		if r.last.Frontier != latest.Frontier || !maps.Equal(r.sum, latest.Totals.Cells()) || !maps.Equal(r.sum, naive[latest.Tally]) {
			t.Errorf("reader %d was told %v at %d, and the board has %v at %d", i, r.sum, r.last.Frontier, latest.Totals.Cells(), latest.Frontier)
		}
	}
}

// A reader that knows something already is given the difference to it.
func TestSubscribeFromWhatIsKnown(t *testing.T) {
	b := NewBoard()
	k := func(id string) CellKey { return CellKey{"d", "s", KindTheme, id} }
	have := Counts{Snapshot: Snapshot{Tally: "a"}, Totals: NewTotals(Cells{k("old"): {1, 1}, k("same"): {2, 2}, k("gone"): {3, 3}})}
	b.SetCurrent("a")
	putAt(b, "a", 7, Cells{k("old"): {4, 4}, k("same"): {2, 2}, k("new"): {1, 1}})
	for c := range b.Subscribe(t.Context(), "", have) {
		var got []CellChange
		for x := range c.Cells {
			got = append(got, x)
		}
		want := []CellChange{{k("gone"), Count{3, 3}, Count{}}, {k("new"), Count{}, Count{1, 1}}, {k("old"), Count{1, 1}, Count{4, 4}}}
		if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Errorf("%v, not %v", got, want)
		}
		break
	}
}

// What was known stays, and says why it may be old.
func TestBoardSaysWhyItIsOld(t *testing.T) {
	b := NewBoard()
	if _, err := b.Latest(""); !errors.Is(err, ErrNotCounted) {
		t.Errorf("an empty board: %v", err)
	}
	b.SetCurrent("a")
	if _, err := b.Latest(""); !errors.Is(err, ErrNotCounted) {
		t.Errorf("before anything was read: %v", err)
	}
	putAt(b, "a", 5, Cells{})
	if c, err := b.Latest(""); err != nil || c.Frontier != 5 {
		t.Errorf("%+v, %v", c, err)
	}
	away := errors.New("away")
	b.Fail("a", away)
	if c, err := b.Latest("a"); !errors.Is(err, away) || c.Frontier != 5 {
		t.Errorf("%+v, %v", c, err)
	}
	putAt(b, "a", 6, Cells{})
	foreign := errors.New("foreign current")
	b.Fail("", foreign)
	if c, err := b.Latest(""); !errors.Is(err, foreign) || c.Frontier != 6 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := b.Latest("a"); err != nil {
		t.Errorf("a tally that is asked for by its id: %v", err)
	}
	b.Drop("a")
	if _, err := b.Latest("a"); !errors.Is(err, ErrNotCounted) {
		t.Errorf("a tally that is dropped: %v", err)
	}
}
