package dashboard

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// ledgerRow is one of the four numbers that must add up.
type ledgerRow struct {
	Name, Note, N, Share string
	Link                 string // to what to do about them; empty: nothing is to be done
	Reasons              []reason
}

type reason struct{ Name, N string }

// ledger shows the four numbers that must add up, and says so if they do not; of a part
// of the stream three, which do.
func (v *view) ledger(s pipeline.Snapshot, hidden outcomesWithheld, sc scope) {
	w := v.W
	rows := []struct {
		name, note, link string
		n                uint64
		hidden           bool
		reasons          []reason
	}{
		{w.Tagged, w.TaggedNote, "", s.Tagged, hidden.tagged, nil},
		{w.Untagged, w.UntaggedNote, "#todo-untagged", s.Untagged, hidden.untagged, nil},
		{w.Rejected, w.RejectedNote, "#todo-rejected", s.Rejected, hidden.rejected, reasons(sc, w)},
		{w.Missing, w.MissingNote, "", s.Missing, false, nil},
	}
	v.LedgerTotal, v.LedgerHolds = w.Stored, w.LedgerHolds
	if sc.filter != (filter{}) {
		rows = rows[:3]
		v.LedgerTotal, v.LedgerHolds = w.Read, w.LedgerOfPart
	}
	var sum uint64
	part := hidden.read
	for _, r := range rows {
		sum, part = sum+r.n, part || r.hidden
		row := ledgerRow{Name: r.name, Note: r.note, N: number(r.n, r.hidden), Share: share(r.n, s.Stored, r.hidden || hidden.read), Reasons: r.reasons}
		if r.n > 0 || r.hidden {
			row.Link = r.link
		}
		v.Ledger = append(v.Ledger, row)
	}
	v.Stored = number(s.Stored, hidden.read)
	if part {
		v.LedgerHolds = w.LedgerWithheld
	}
	if s.AbsurdTime > 0 {
		v.Undated = fmt.Sprintf(w.UndatedF, textfmt.Count(s.AbsurdTime))
	}
	if sum != s.Stored && !part {
		v.LedgerBroken = fmt.Sprintf(w.LedgerBrokenF, textfmt.Count(sum))
	}
}

// reasons returns why messages were rejected, the most frequent first.
func reasons(sc scope, w *words) []reason {
	rows := sc.by(pipeline.ByReason)
	slices.SortStableFunc(rows, largestFirst)
	var out []reason
	for _, r := range rows {
		if r.Primary > 0 || r.Suppressed {
			out = append(out, reason{cmp.Or(w.Reasons[r.ID], r.ID), number(r.Primary, r.Suppressed)})
		}
	}
	return out
}

func largestFirst(a, b pipeline.Row) int { return cmp.Compare(b.Primary, a.Primary) }
