package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// pointerLedger has a current pointer. It refuses to move it once for each of the
// refusals.
type pointerLedger struct {
	Ledger
	current  string
	rev      uint64
	refusals []error
}

func (l *pointerLedger) Current(context.Context) (string, uint64, error) {
	return l.current, l.rev, nil
}

func (l *pointerLedger) Promote(context.Context, uint64) (uint64, error) {
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
	p := &currentPointer{ledger: l, tally: "mine", progress: &progress{}}
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
	l.current, l.rev = "another", 9
	look()
	if l.current != "another" {
		t.Errorf("somebody made another tally current, and now it is %q", l.current)
	}
}

// The first tally takes the current pointer at once; a later one if Promote is set,
// when it has counted what was there when it began.
func TestPromotion(t *testing.T) {
	for _, c := range []struct {
		name    string
		before  string
		promote bool
		want    [3]bool // is current: at first, before the target, at the target
	}{
		{"first tally", "", false, [3]bool{true, true, true}},
		{"later tally", "older", false, [3]bool{}},
		{"later tally, to be promoted", "older", true, [3]bool{false, false, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newLiveBroker(t, 20)
				b.setPointer(c.before, 1)
				p := b.process(t, Config{Promote: c.promote}, 20).start(t)
				var got [3]bool
				b.pass(time.Second)
				got[0] = b.pointer() == p.loop.tally
				b.work(t, 1, 10)
				b.pass(5 * time.Second)
				got[1] = b.pointer() == p.loop.tally
				b.work(t, 11, 20)
				synctest.Wait() // at once, not at the next look
				got[2] = b.pointer() == p.loop.tally
				if got != c.want {
					t.Errorf("current: %v, want %v", got, c.want)
				}
			})
		})
	}
}

// A pointer that the broker lost is put back at the next look. One that a person
// moved stays.
func TestPointerIsPutBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 10)
		b.setPointer("", 5)
		p := b.process(t, Config{Promote: true}, 0).start(t)
		b.pass(lookEvery + idleTick)
		mine := p.loop.tally
		if b.pointer() != mine {
			t.Fatalf("%q is current", b.pointer())
		}
		for _, older := range []string{"", "older"} {
			b.setPointer(older, 3)
			b.pass(lookEvery + idleTick)
			if b.pointer() != mine {
				t.Errorf("lost, and %q is current", b.pointer())
			}
			b.setPointer(mine, 6)
			b.pass(lookEvery + idleTick)
		}
		b.setPointer("another", 9)
		b.pass(time.Minute)
		if b.pointer() != "another" {
			t.Errorf("a person made another tally current, and now it is %q", b.pointer())
		}
	})
}
