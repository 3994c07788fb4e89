package pipeline

// Counts are the counts of a tally at one frontier: all that a reader gets to see.
// They never change, and are shared by all readers. The zero Counts are of no tally.
type Counts struct {
	Snapshot
	Info TallyInfo
	// Totals are the cells that the snapshot was made of.
	Totals *Totals
	// Revision is that of the checkpoint; 0: nothing was counted yet. With the tally
	// it names the counts.
	Revision uint64
	// Suppression says what is withheld; nil: nothing. Who publishes counts asks
	// [Counts.Query], and not the totals.
	Suppression *Suppression
}

// Counts returns the view as readers get it. No slice may be open.
func (v *View) Counts(info TallyInfo) Counts {
	return Counts{Snapshot: v.Snapshot(info), Info: info, Totals: v.Totals, Revision: v.Revision}
}

// Change is what happened between the counts that a reader was given before and those
// that it is given now. There may have been others in between.
type Change struct {
	Before, After Counts
}

// Cells yields the cells that count something else now, in the order of
// [CellKey.Compare]. If another tally is followed now, all of its cells are new.
func (c Change) Cells(yield func(CellChange) bool) {
	before := c.Before.Totals
	if c.Before.Tally != c.After.Tally {
		before = nil
	}
	c.After.Totals.Changes(before)(yield)
}
