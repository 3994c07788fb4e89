package broker

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Each limit is an error that says the numbers and what to do, and nothing is stored.
func TestLimitsOfTallies(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish(brokertest.Payloads(1, 10, 1, w))
	worker, stop := r.run(brokertest.Config(w))
	r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	store, spec := r.conn.Tallies(), worker.Spec()
	for i := range supervise.MaxCounting {
		spec.Dict = fmt.Sprintf("%016x", i)
		if _, err := store.Want(t.Context(), spec, "li", ""); err != nil {
			t.Fatal(err)
		}
	}
	spec.Dict = "ffffffffffffffff"
	_, err := store.Want(t.Context(), spec, "li", "")
	if !errors.Is(err, supervise.ErrLimit) || !strings.Contains(err.Error(), "8 tallies") || !strings.Contains(err.Error(), "minyi tally retire") {
		t.Errorf("one more than are counted at a time: %v", err)
	}
	if _, known, err := store.Known(t.Context(), spec.Tally()); known || err != nil {
		t.Errorf("it was stored: %v", err)
	}

	most := int(r.conn.nc.MaxPayload())
	err = store.putDict(t.Context(), "1111111111111111", make([]byte, most), false)
	if !errors.Is(err, supervise.ErrLimit) || !strings.Contains(err.Error(), fmt.Sprint(most)) || !strings.Contains(err.Error(), fmt.Sprint(most+512)) {
		t.Errorf("a dictionary that is larger than a message: %v", err)
	}
	first, wanted := fmt.Sprintf("%016x", supervise.MaxCounting), fmt.Sprintf("%016x", 0) // the oldest that nobody needs, and one that is needed
	for _, version := range []string{first, wanted} {
		for _, m := range []string{"old", "new", "new"} {
			if err := store.PutMeasure(t.Context(), version, []byte(m), "li", "gold.ndjson"); err != nil {
				t.Fatal(err)
			}
		}
		if m, err := store.Measure(t.Context(), version); string(m) != "new" || err != nil {
			t.Errorf("measure %q, %v", m, err)
		}
	}
	if n := len(slices.DeleteFunc(r.events(""), func(k supervise.EventKind) bool { return k != supervise.Measured })); n != 4 {
		t.Errorf("the history has %d measures, want 4: storing the same again is none", n)
	}
	for i := range supervise.MaxDicts + 3 {
		if err := store.putDict(t.Context(), fmt.Sprintf("%016x", i), []byte{1, byte(i)}, false); err != nil {
			t.Fatal(err)
		}
	}
	dicts, err := store.Dicts(t.Context())
	if err != nil || len(dicts) != supervise.MaxDicts {
		t.Fatalf("%d dictionaries are kept, and not %d: %v", len(dicts), supervise.MaxDicts, err)
	}
	for i := range supervise.MaxCounting { // the oldest, and they are needed
		if _, err := store.Dict(t.Context(), fmt.Sprintf("%016x", i)); err != nil {
			t.Errorf("a dictionary that is counted by made room: %v", err)
		}
	}
	if _, err := store.Dict(t.Context(), fmt.Sprintf("%016x", supervise.MaxCounting)); !errors.Is(err, supervise.ErrNoDict) {
		t.Errorf("the oldest that nobody needs is kept: %v", err)
	}
	if m, err := store.Measure(t.Context(), first); m != nil || err != nil {
		t.Errorf("its measure is kept: %q, %v", m, err)
	}
	if m, err := store.Measure(t.Context(), wanted); m == nil || err != nil {
		t.Errorf("the measure of a dictionary that is needed is gone: %v", err)
	}
}

// Whoever promotes and whoever retires the same tally at the same moment: one of them wins,
// and never is the current tally retired.
func TestPromoteAndRetireCross(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), brokertest.NewWords(t, 2, 2), brokertest.NewWords(t, 3, 2)
	last := r.publish(brokertest.Payloads(1, 50, 1, b))
	m := r.join("one", a)
	r.waitFor("", last)
	other, err := Connect(t.Context(), Options{Server: r.server, Worker: "two"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for round := range 6 {
		tally := r.publishDict(b)
		r.waitFor(tally, last)
		done := make(chan error, 1)
		go func() {
			_ = pause(t.Context(), time.Duration(round)*300*time.Microsecond)
			_, err := other.Tallies().Retire(t.Context(), tally, "wang", "")
			done <- err
		}()
		_, promoted := r.conn.MoveCurrent(t.Context(), m.own, tally, supervise.Event{Event: supervise.Promoted, By: "li"})
		retired := <-done
		current, err := r.conn.Counts().Current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w, _, err := r.conn.readWanted(t.Context(), tally)
		if err != nil {
			t.Fatal(err)
		}
		if current == tally && w.State == supervise.Retired {
			t.Fatalf("round %d: the current tally is retired; promoting gave %v, retiring %v", round, promoted, retired)
		}
		if promoted != nil && !errors.Is(promoted, supervise.ErrRetired) || retired != nil && !errors.Is(retired, supervise.ErrIsCurrent) {
			t.Errorf("round %d: promoting gave %v, retiring %v", round, promoted, retired)
		}
		if current == tally {
			if _, err := r.conn.MoveCurrent(t.Context(), tally, m.own, supervise.Event{Event: supervise.RolledBack}); err != nil {
				t.Fatal(err)
			}
			if _, err := other.Tallies().Retire(t.Context(), tally, "wang", ""); err != nil {
				t.Fatal(err)
			}
		} else if w.State == supervise.Counting { // both gave way
			if _, err := other.Tallies().Retire(t.Context(), tally, "wang", ""); err != nil {
				t.Fatal(err)
			}
		}
		until(t, "it is freed", func() bool { w, _, err := r.conn.readWanted(t.Context(), tally); return err == nil && w.Freed })
	}
	if err := m.stop(); err != nil {
		t.Error(err)
	}
}

// When the history takes no more entries, nothing is published, promoted or retired, as
// nothing may happen without a record; counting goes on.
func TestFullHistory(t *testing.T) {
	t.Parallel()
	r, a, b := newRig(t), brokertest.NewWords(t, 2, 2), brokertest.NewWords(t, 3, 2)
	last := r.publish(brokertest.Payloads(1, 50, 1, b))
	m := r.join("one", a)
	r.waitFor("", last)
	tally := r.publishDict(b)
	r.waitFor(tally, last)
	var entries uint64
	until(t, "all that happened is recorded", func() bool {
		s, err := r.conn.js.Stream(t.Context(), r.conn.names.History)
		if err != nil || len(r.events(tally)) < 2 {
			return false
		}
		entries = s.CachedInfo().State.Msgs
		cfg := s.CachedInfo().Config
		cfg.MaxMsgs = int64(entries)
		_, err = r.conn.js.UpdateStream(t.Context(), cfg)
		return err == nil
	})
	full := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, supervise.ErrLimit) || !strings.Contains(err.Error(), "--max-msgs") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := r.conn.MoveCurrent(t.Context(), m.own, tally, supervise.Event{Event: supervise.Promoted, By: "li"})
	full("promoted", err)
	_, err = r.conn.Tallies().Retire(t.Context(), tally, "li", "")
	full("retired", err)
	spec := r.spec(tally)
	spec.Dict = "0123456789abcdef"
	_, err = r.conn.Tallies().Want(t.Context(), spec, "li", "")
	full("published", err)
	full("recorded", r.conn.Record(t.Context(), supervise.Event{ID: supervise.NewID(), Event: supervise.RefusedBy}))
	if current, err := r.conn.Counts().Current(t.Context()); err != nil || current != m.own {
		t.Errorf("%s is current: %v", current, err)
	}
	last = r.publish(brokertest.Payloads(2, 50, 1, b))
	r.waitFor(tally, last)
}

// spec is the spec of a tally of which something is counted.
func (r *rig) spec(tally string) pipeline.Spec {
	r.t.Helper()
	info, err := r.conn.Counts().TallyInfo(r.t.Context(), tally)
	if err != nil {
		r.t.Fatal(err)
	}
	return info.Spec
}
