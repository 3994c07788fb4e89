package pipeline

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// streamOf is the stream of a ledgerCase as a source.
type streamOf struct {
	Source
	messages []*Message
}

func (s streamOf) Info(context.Context) (StreamInfo, error) {
	return StreamInfo{Last: uint64(len(s.messages))}, nil
}

func (s streamOf) Read(_ context.Context, r Range, f func(*Message)) error {
	for _, m := range s.messages[r.From-1 : r.To] {
		if m != nil {
			f(m)
		}
	}
	return nil
}

// recounted audits with a recount; sample 0: of everything.
func (c *ledgerCase) recounted(t *testing.T, sample int) Audit {
	t.Helper()
	a := NewAuditor(c.about, View{Checkpoint: c.view.Checkpoint, Revision: 1, Totals: NewTotals(c.cells)}, c.refs, nil)
	if sample > 0 {
		a.Sample(sample)
	}
	for seq, body := range c.parts {
		a.AddPart(seq, body)
	}
	a.SetStream(c.facts)
	if err := a.Recount(t.Context(), streamOf{messages: c.messages}, c.w); err != nil {
		t.Fatal(err)
	}
	return a.End()
}

// A recount of everything, and of samples, of a stream of which some messages are gone:
// it holds, and says how many are gone.
func TestRecountHolds(t *testing.T) {
	t.Parallel()
	c := newLedgerCase(t)
	if a := c.recounted(t, 0); !a.Holds || a.Recounted.Gone != 24 || a.Recounted.Messages != 922 || !slices.Equal(a.Recounted.Ranges, []Range{{1, 1000}}) {
		t.Errorf("%+v %+v", a.Recounted, a.Faults)
	}
	if a := c.recounted(t, 3); !a.Holds || len(a.Recounted.Ranges) != 3 {
		t.Errorf("%+v %+v", a.Recounted, a.Faults)
	}
	if a := c.recounted(t, 100); !a.Holds || len(a.Recounted.Ranges) != 20 || a.Recounted.Gone != 24 {
		t.Errorf("%+v %+v", a.Recounted, a.Faults)
	}
}

// Somebody who could sign stored a delta that adds up and lies, had it added, and every
// other check holds. Only the stream's own messages tell.
func TestRecountFindsALie(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{false, true} {
		c := newLedgerCaseOf(t, gone, func(d *Delta) {
			if d.From != 251 {
				return
			}
			for k, n := range maps.Clone(d.Cells) {
				if k.Source == "s0" {
					delete(d.Cells, k)
					k.Source = "liar"
					d.Cells[k] = n
				}
			}
		})
		if a := c.audit(); !a.Holds {
			t.Fatalf("the lie is too simple: %+v", a.Faults)
		}
		for _, sample := range []int{0, 20} {
			a := c.recounted(t, sample)
			if a.Holds || a.Faults[0].Check != "recount" || a.Faults[0].Cell == "" || !strings.Contains(a.Faults[0].Says.String(), "the messages of the stream give") {
				t.Errorf("gone %v, sample %d: %+v", gone, sample, a.Faults)
			}
		}
	}
}

// A message that was counted as missing and is there is a fault.
func TestRecountFindsWhatWasNotMissing(t *testing.T) {
	t.Parallel()
	c := newLedgerCase(t)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range c.messages {
		if c.messages[i] == nil {
			c.messages[i] = randomMessage(rnd, uint64(i+1), c.w)
		}
	}
	if a := c.recounted(t, 0); a.Holds || !strings.Contains(a.Faults[0].Says.String(), "54 were counted as missing, and only 0") {
		t.Errorf("%+v", a.Faults)
	}
}
