package pipeline

import (
	"github.com/minyi/minyi/dict/phrase"
)

// View is a tally as stored at one moment.
type View struct {
	Checkpoint Checkpoint
	Revision   uint64 // of the checkpoint; 0: nothing is stored yet
	Totals     *Totals
	// Tail is the key of the last cell that is stored after the checkpoint, "" if
	// there is none. There is one when the broker kept only the beginning of a
	// commit.
	Tail string
}

// Check returns an error that wraps [ErrConservation] unless the checkpoint adds
// up, and the cells add up to it. While a slice is open the cells are not checked:
// some of them hold more than the checkpoint says.
func (v *View) Check(base uint64) error {
	if v.Revision == 0 {
		if v.Totals.Len() > 0 {
			return phrase.Errorf("%w: %d cells without a checkpoint", ErrConservation, v.Totals.Len())
		}
		return nil
	}
	if err := v.Checkpoint.check(base); err != nil {
		return err
	}
	if v.Checkpoint.Open != nil {
		return nil
	}
	c := &v.Checkpoint
	if err := v.Totals.check(c.Outcomes); err != nil {
		return phrase.Errorf("totals at %d: %w", c.Frontier, err)
	}
	return nil
}
