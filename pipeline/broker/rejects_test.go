package broker

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// Rejects are listed from the deltas; from the stream where those are gone; and
// those that are not in the stream any more are said to be.
func TestRejects(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(3, 3000, 3, w))
	_, stop := r.run(brokertest.Config(w))
	totals := r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	list := func(q RejectQuery) (RejectList, []pipeline.Reject) {
		t.Helper()
		var out []pipeline.Reject
		l, err := r.conn.Rejects(t.Context(), q, func(x pipeline.Reject, m *pipeline.Message) error {
			if (m == nil) != x.Gone || m != nil && (m.Seq != x.Seq || len(m.Data) != x.Bytes) {
				t.Errorf("%+v with %+v", x, m)
			}
			out = append(out, x)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if l.Listed != len(out) {
			t.Errorf("listed %d, got %d", l.Listed, len(out))
		}
		return l, out
	}
	l, all := list(RejectQuery{})
	if l.Matching != totals.Rejected || uint64(len(all)) != totals.Rejected || l.Rescanned != 0 || len(all) < 50 {
		t.Fatalf("%+v, %d of %d", l, len(all), totals.Rejected)
	}
	byReason := make(map[string]uint64)
	for i, x := range all {
		byReason[string(x.Reason)]++
		if i > 0 && x.Seq <= all[i-1].Seq || x.Day == "" || x.Source == "" || x.Stored.IsZero() {
			t.Errorf("%+v after %+v", x, all[max(i-1, 0)])
		}
	}
	for _, row := range l.Reasons {
		if row.Any != byReason[row.ID] {
			t.Errorf("%s: counted %d, listed %d", row.ID, row.Any, byReason[row.ID])
		}
	}
	if _, blank := list(RejectQuery{Reason: pipeline.Blank, Limit: 3}); len(blank) != 3 || blank[0].Reason != pipeline.Blank {
		t.Errorf("%+v", blank)
	}

	// Without deltas the stream is decoded again, with the same result.
	deltas, err := r.conn.js.Stream(t.Context(), "MINYI_DELTAS")
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{1, 3} {
		if err := deltas.DeleteMsg(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
	}
	l, again := list(RejectQuery{})
	if diff := cmp.Diff(all, again); diff != "" || l.Rescanned == 0 {
		t.Errorf("rescanned %d (-with deltas +without):\n%s", l.Rescanned, diff)
	}
	if err := deltas.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l, again = list(RejectQuery{}); cmp.Diff(all, again) != "" || l.Rescanned != last {
		t.Errorf("rescanned %d of %d: %s", l.Rescanned, last, cmp.Diff(all, again))
	}
	if l, few := list(RejectQuery{Limit: 5}); cmp.Diff(all[:5], few) != "" || l.Rescanned >= last || l.Matching != totals.Rejected {
		t.Errorf("%+v, %+v", l, few)
	}
}

func TestRejectsThatAreGone(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish([][]byte{[]byte(`{`), []byte(`{"text":"t0/s0_"}`), []byte(`[]`)})
	_, _ = r.run(brokertest.Config(w))
	r.waitFor("", last)
	s, err := r.conn.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteMsg(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	var got []pipeline.Reject
	if _, err := r.conn.Rejects(t.Context(), RejectQuery{}, func(x pipeline.Reject, _ *pipeline.Message) error {
		got = append(got, x)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Seq != 1 || !got[0].Gone || got[0].Reason != pipeline.NotJSON || got[1].Seq != 3 || got[1].Gone {
		t.Errorf("%+v", got)
	}
	if _, err := r.conn.Message(t.Context(), "", 1); !errors.Is(err, pipeline.ErrGone) {
		t.Errorf("a deleted message: %v", err)
	}
	if m, err := r.conn.Message(t.Context(), "", 2); err != nil || string(m.Data) != `{"text":"t0/s0_"}` {
		t.Errorf("%+v, %v", m, err)
	}
	enough := errors.New("enough")
	if _, err := r.conn.Rejects(t.Context(), RejectQuery{}, func(pipeline.Reject, *pipeline.Message) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
}
