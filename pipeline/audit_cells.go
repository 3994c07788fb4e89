package pipeline

import "github.com/minyi/minyi/dict/phrase"

// checkCells compares the cells with the checkpoint, with each other and with
// the deltas.
func (a *Auditor) checkCells() {
	a.audit.Compared = ComparedNot
	c := &a.view.Checkpoint
	if c.Open != nil {
		a.notef("a fold of many cells is under way: the cells were not looked at; ask again in a moment")
		return
	}
	if err := a.view.Totals.check(c.Outcomes); err != nil {
		a.fault(Fault{Check: "cells", Says: phrase.Textf("%v", err)})
	}
	a.checkGroups()
	if !a.exact() {
		return
	}
	a.audit.Compared = ComparedEach
	if len(a.audit.Gone) > 0 {
		a.audit.Compared = ComparedAtLeast
	} else {
		a.checkCounters()
		for k := range a.view.Totals.All {
			if _, ok := a.sum[k]; !ok {
				a.cellFault(k, Count{})
			}
		}
	}
	for _, k := range a.sum.Keys() {
		want, got := a.sum[k], a.view.Totals.Get(k)
		less := got.Primary < want.Primary || got.Any < want.Any
		if less || got != want && a.audit.Compared == ComparedEach {
			a.cellFault(k, want)
		}
	}
}

// checkCounters compares the two numbers of the checkpoint that are in no cell.
func (a *Auditor) checkCounters() {
	c := &a.view.Checkpoint
	if c.InvalidUTF8 != a.total.InvalidUTF8 || c.AbsurdTime != a.total.AbsurdTime {
		a.fault(Fault{Check: "checkpoint", Says: phrase.Textf(
			"%d messages with invalid UTF-8 and %d with an absurd time, and the kept ranges add up to %d and %d",
			c.InvalidUTF8, c.AbsurdTime, a.total.InvalidUTF8, a.total.AbsurdTime)})
	}
}

func (a *Auditor) cellFault(k CellKey, want Count) {
	got := a.view.Totals.Get(k)
	says := phrase.Textf("is %d primary and %d any, and the deltas add up to %d and %d", got.Primary, got.Any, want.Primary, want.Any)
	if a.audit.Compared == ComparedAtLeast {
		says = phrase.Textf("is %d primary and %d any, and the deltas add up to at least %d and %d", got.Primary, got.Any, want.Primary, want.Any)
	}
	a.fault(Fault{Check: "deltas", Cell: k.Key(), Says: says})
}
