package pipeline

import (
	"context"
	"testing"
)

// aliasLedger has an alias, and refuses to move it as often as it is told.
type aliasLedger struct {
	Ledger
	current  string
	rev      uint64
	refusals []error
}

func (l *aliasLedger) Current(context.Context) (string, uint64, error) { return l.current, l.rev, nil }

func (l *aliasLedger) Promote(context.Context, uint64) (uint64, error) {
	if len(l.refusals) > 0 {
		err := l.refusals[0]
		l.refusals = l.refusals[1:]
		return 0, err
	}
	l.current = "mine"
	l.rev++
	return l.rev, nil
}

// An alias that the broker has lost is put back, also where that fails at first;
// one that somebody moved stays.
func TestLostAliasIsPutBack(t *testing.T) {
	l := &aliasLedger{rev: 6}
	a := &alias{ledger: l, tally: "mine", seen: &progress{}}
	look := func() {
		t.Helper()
		a.looked = a.looked.Add(-lookEvery)
		_ = a.check(t.Context()) // an error is to be tried again
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
	l.current, l.rev = "another", 9
	look()
	if l.current != "another" {
		t.Errorf("somebody made another tally current, and now it is %q", l.current)
	}
}
