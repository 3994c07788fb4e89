package pipeline

import (
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// checkRanges compares the sum of the kept ranges with the checkpoint. What the
// checkpoint has beyond it belongs to the ranges that are gone: it must not be
// negative, and must be as much as those ranges are long.
func (a *Auditor) checkRanges() {
	var kept Numbers
	for _, r := range a.audit.Ranges {
		kept = kept.Add(r.Numbers)
	}
	var gone uint64
	for _, r := range a.audit.Gone {
		gone += r.Len()
	}
	all := a.audit.Numbers
	for _, x := range []struct {
		name       phrase.Text
		kept, have uint64
		rest       *uint64
	}{
		{phrase.Textf("stored"), kept.Stored, all.Stored, &a.audit.GoneNumbers.Stored},
		{phrase.Textf("tagged"), kept.Tagged, all.Tagged, &a.audit.GoneNumbers.Tagged},
		{phrase.Textf("untagged"), kept.Untagged, all.Untagged, &a.audit.GoneNumbers.Untagged},
		{phrase.Textf("rejected"), kept.Rejected, all.Rejected, &a.audit.GoneNumbers.Rejected},
		{phrase.Textf("what is missing"), kept.Missing, all.Missing, &a.audit.GoneNumbers.Missing},
	} {
		switch {
		case x.kept > x.have:
			a.checkpointFault(x.name, x.kept, x.have)
		case x.kept < x.have && gone == 0:
			a.checkpointFault(x.name, x.kept, x.have)
		default:
			*x.rest = x.have - x.kept
		}
	}
	if n := a.audit.GoneNumbers; gone > 0 && (n.Stored != gone || n.Sum() != gone) && a.exact() {
		a.fault(Fault{Check: "checkpoint", Says: phrase.Textf(
			"the ranges that are no longer kept have %d sequences, and the checkpoint leaves them %d tagged + %d untagged + %d rejected + %d missing = %d",
			gone, n.Tagged, n.Untagged, n.Rejected, n.Missing, n.Sum())})
	}
	if len(a.audit.Gone) > 0 {
		var list []string
		for _, r := range a.audit.Gone[:min(len(a.audit.Gone), 5)] {
			list = append(list, r.String())
		}
		if n := len(a.audit.Gone) - len(list); n > 0 {
			a.notef("the deltas of %s, and %d more are no longer kept: these ranges are checked in sum only", strings.Join(list, ", "), n)
		} else {
			a.notef("the deltas of %s are no longer kept: these ranges are checked in sum only", strings.Join(list, ", "))
		}
	}
	for _, r := range a.ambiguous {
		if a.agrees {
			break
		}
		a.notef("%v was worked several times with different results, which happens when messages go between two readings; one of them was added", r)
	}
}

// checkpointFault reports a term whose sum differs between the kept ranges and the
// checkpoint. That is no fault when it is uncertain which deltas were added.
func (a *Auditor) checkpointFault(name phrase.Text, kept, have uint64) {
	if !a.exact() {
		return
	}
	a.fault(Fault{Check: "checkpoint", Says: phrase.Textf("%s is %d, and the kept ranges add up to %d", name, have, kept)})
}

// exact tells whether the kept deltas are certainly those that were added: nothing speaks
// for others, or they add up to every number that is stored.
func (a *Auditor) exact() bool { return len(a.ambiguous) == 0 || a.agrees }

// addUp tells whether the kept deltas add up to the checkpoint and to every cell.
func (a *Auditor) addUp() bool {
	c := &a.view.Checkpoint
	if len(a.audit.Gone) > 0 || c.Open != nil || c.Outcomes != a.total.Outcomes ||
		c.InvalidUTF8 != a.total.InvalidUTF8 || c.AbsurdTime != a.total.AbsurdTime || len(a.sum) != a.view.Totals.Len() {
		return false
	}
	for k, n := range a.view.Totals.All {
		if a.sum[k] != n {
			return false
		}
	}
	return true
}
