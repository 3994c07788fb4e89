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

// account is what became of the messages of a request, as far as that may be published.
type account struct {
	pipeline.Snapshot        // of all, or of the part that was chosen
	read              uint64 // messages that pass
	hidden            outcomesWithheld
	scope             scope
}

// account returns that of a request.
func (d *Dashboard) account(r request, m moment) account {
	a := account{Snapshot: m.counts.Snapshot, read: m.counts.Messages(), scope: d.scope(r, m)}
	if r.filter == (filter{}) && m.counts.Suppression == nil {
		return a
	}
	a.read, a.Outcomes, a.hidden = a.scope.published()
	a.Missing = m.counts.Missing
	if r.filter != (filter{}) {
		// Of a part of the stream it is not known what is missing.
		a.Missing, a.Stored, a.AbsurdTime = 0, a.read, 0
		a.Themes = scopedThemes(m.counts.Info.Themes, a.scope)
	}
	return a
}

// outcome is one of the numbers that must add up, by the name that programs know.
type outcome struct {
	id     string
	n      uint64
	hidden bool
}

// outcomes returns all four; of a part of the stream three.
func (a account) outcomes() []outcome {
	out := []outcome{
		{"tagged", a.Tagged, a.hidden.tagged},
		{"untagged", a.Untagged, a.hidden.untagged},
		{"rejected", a.Rejected, a.hidden.rejected},
		{"missing", a.Missing, false},
	}
	if a.scope.filter != (filter{}) {
		out = out[:3]
	}
	return out
}

// ledger shows the four numbers that must add up, and says so if they do not; of a part
// of the stream three, which do.
func (v *view) ledger(a account) {
	w := v.W
	said := map[string]ledgerRow{
		"tagged":   {Name: w.Tagged, Note: w.TaggedNote},
		"untagged": {Name: w.Untagged, Note: w.UntaggedNote, Link: "#todo-untagged"},
		"rejected": {Name: w.Rejected, Note: w.RejectedNote, Link: "#todo-rejected", Reasons: reasons(a.scope, w)},
		"missing":  {Name: w.Missing, Note: w.MissingNote},
	}
	v.LedgerTotal, v.LedgerHolds = w.Stored, w.LedgerHolds
	if a.scope.filter != (filter{}) {
		v.LedgerTotal, v.LedgerHolds = w.Read, w.LedgerOfPart
	}
	var sum uint64
	part := a.hidden.read
	for _, o := range a.outcomes() {
		sum, part = sum+o.n, part || o.hidden
		row := said[o.id]
		row.N, row.Share = number(o.n, o.hidden), share(o.n, a.Stored, o.hidden || a.hidden.read)
		if o.n == 0 && !o.hidden {
			row.Link = ""
		}
		v.Ledger = append(v.Ledger, row)
	}
	v.Stored = number(a.Stored, a.hidden.read)
	if part {
		v.LedgerHolds = w.LedgerWithheld
	}
	if a.AbsurdTime > 0 {
		v.Undated = count(a.AbsurdTime, w.UndatedF)
	}
	if sum != a.Stored && !part {
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
