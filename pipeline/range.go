package pipeline

import "fmt"

// Range is a run of stream sequences, both ends included, From >= 1.
type Range struct {
	From uint64 `json:"from"`
	To   uint64 `json:"to"`
}

// Len returns the number of sequences, 0 where To is before From.
func (r Range) Len() uint64 {
	if r.To < r.From {
		return 0
	}
	return r.To - r.From + 1
}

// String returns "[from,to]".
func (r Range) String() string { return fmt.Sprintf("[%d,%d]", r.From, r.To) }
