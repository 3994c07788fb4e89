package pipeline

import (
	"context"
	"testing"
)

// pointerLedger has a current pointer. It refuses to move it once for each of the
// refusals.
type pointerLedger struct {
	Ledger
	current  string
	rev      uint64
	before   bool // it was current before
	refusals []error
}

func (l *pointerLedger) Current(context.Context) (string, uint64, error) {
	return l.current, l.rev, nil
}

func (l *pointerLedger) Promoted(context.Context) (bool, error) { return l.before, nil }

func (l *pointerLedger) Promote(context.Context, uint64, PointerChange) (uint64, error) {
	if len(l.refusals) > 0 {
		err := l.refusals[0]
		l.refusals = l.refusals[1:]
		return 0, err
	}
	l.current = "mine"
	l.rev++
	return l.rev, nil
}

// A current pointer that the broker lost is put back, also where that fails at first;
// one that somebody moved stays.
func TestLostPointerIsPutBack(t *testing.T) {
	l := &pointerLedger{rev: 6}
	p := &currentPointer{ledger: l, tally: "mine", progress: &progress{}, observer: Silent{}}
	look := func() {
		t.Helper()
		p.lookedAt = p.lookedAt.Add(-lookEvery)
		_ = p.check(t.Context()) // an error is to be tried again
	}
	look()
	if l.current != "mine" || l.rev != 7 {
		t.Fatalf("the first tally of all is not current: %q at %d", l.current, l.rev)
	}
	for _, older := range []string{"", "older"} {
		l.current, l.rev, l.refusals = older, 3, []error{ErrLost, errFault}
		for range 3 {
			look()
		}
		if l.current != "mine" {
			t.Errorf("lost, and %q is current", l.current)
		}
		l.rev = 7
		look()
	}
	// Somebody wrote what is no tally: the ledger names none, at a newer revision.
	l.current, l.rev = "", 8
	look()
	if l.current != "mine" {
		t.Errorf("overwritten with something that is no tally, and %q is current", l.current)
	}
	l.current, l.rev = "another", 10
	look()
	if l.current != "another" {
		t.Errorf("somebody made another tally current, and now it is %q", l.current)
	}
}

// pointings records the Pointed events.
type pointings struct {
	Silent
	changes []PointerChange
}

func (p *pointings) Pointed(e Pointed) { p.changes = append(p.changes, e.Change) }

// A tally that was current before does not take the pointer again when an old process is
// started with Promote; one that never was does. Each change is reported once.
func TestPromotionHasAMemory(t *testing.T) {
	for _, before := range []bool{true, false} {
		seen := &pointings{}
		l := &pointerLedger{current: "newer", rev: 9, before: before}
		p := &currentPointer{ledger: l, tally: "mine", promote: true, progress: &progress{}, observer: seen}
		for range 3 {
			p.lookedAt = p.lookedAt.Add(-lookEvery)
			if err := p.check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		want, change := "mine", Promoted
		if before {
			want, change = "newer", NotAgain
		}
		if l.current != want || len(seen.changes) != 1 || seen.changes[0] != change {
			t.Errorf("current before: %v; now %q is, reported %q", before, l.current, seen.changes)
		}
		if before {
			continue
		}
		l.current, l.rev = "theirs", l.rev+1
		p.lookedAt = p.lookedAt.Add(-lookEvery)
		if err := p.check(t.Context()); err != nil || l.current != "theirs" || len(seen.changes) != 2 || seen.changes[1] != Replaced {
			t.Errorf("%v; %q, reported %q", err, l.current, seen.changes)
		}
	}
}
