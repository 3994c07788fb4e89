package pipeline

import (
	"github.com/minyi/minyi/dict/phrase"
)

// Outcomes counts what became of stored sequences. Each sequence has exactly one
// outcome, so the four numbers add up to the sequences that were stored: the
// conservation rule, invariant 7 of [Checkpoint].
type Outcomes struct {
	Tagged   uint64 `json:"tagged"`   // messages with at least one sub-theme
	Untagged uint64 `json:"untagged"` // suggestions with none
	Rejected uint64 `json:"rejected"` // messages that are no suggestions, see [Reason]
	Missing  uint64 `json:"missing"`  // sequences that held no message any more when they were read
}

// Add returns the sum of both, term by term.
func (o Outcomes) Add(p Outcomes) Outcomes {
	return Outcomes{o.Tagged + p.Tagged, o.Untagged + p.Untagged, o.Rejected + p.Rejected, o.Missing + p.Missing}
}

// Sum returns Tagged + Untagged + Rejected + Missing.
func (o Outcomes) Sum() uint64 { return o.Tagged + o.Untagged + o.Rejected + o.Missing }

// Messages returns how many messages were read: Tagged + Untagged + Rejected.
func (o Outcomes) Messages() uint64 { return o.Tagged + o.Untagged + o.Rejected }

// Check returns an error that wraps [ErrConservation] unless the outcomes add up
// to the number of stored sequences.
func (o Outcomes) Check(stored uint64) error {
	if sum := o.Sum(); sum != stored {
		return phrase.Errorf("%w: %d tagged + %d untagged + %d rejected + %d missing are %d, not %d stored",
			ErrConservation, o.Tagged, o.Untagged, o.Rejected, o.Missing, sum, stored)
	}
	return nil
}
