package compare

import "github.com/minyi/minyi/pipeline"

// Meeting finds two counts at one frontier among those that are read of two tallies
// one after the other. Each tally commits when it will, so that of a stream that grows
// the newest counts of two are rarely at one frontier; but one often comes past where
// the other one was. Counts share what they have in common, so keeping some costs
// little. Not safe for concurrent use.
type Meeting struct {
	seen [2]map[uint64]pipeline.Counts // by frontier
	last [2]pipeline.Counts
}

// Add takes in counts of a side, 0 or 1, and reports whether both sides were seen at
// the frontier of those.
func (m *Meeting) Add(side int, c pipeline.Counts) (Pair, bool) {
	if m.seen[side] == nil {
		m.seen[side] = make(map[uint64]pipeline.Counts)
	}
	m.seen[side][c.Frontier] = c
	m.last[side] = c
	if _, ok := m.seen[1-side][c.Frontier]; !ok {
		return Pair{}, false
	}
	return NewPair(m.seen[0][c.Frontier], m.seen[1][c.Frontier]), true
}

// Newest returns the pair of what was added last to each side, which is compared over
// days unless both are at one frontier.
func (m *Meeting) Newest() Pair { return NewPair(m.last[0], m.last[1]) }
