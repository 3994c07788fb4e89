package metrics

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/minyi/minyi/pipeline"
)

// MaxSources is how many sources have a series of their own. Sources come from
// outside, from subjects and fields of messages: anybody who may publish could
// make a new series with every message. All further ones are counted as "other".
const MaxSources = 50

// sources decides which sources have a series of their own. Once it has one, a
// source keeps it for the life of the process: a series that came and went
// would look like a loss. The largest come first. Safe for concurrent use.
type sources struct {
	max int

	mu   sync.Mutex
	kept map[string]bool
}

func newSources(limit int) *sources {
	return &sources{max: limit, kept: make(map[string]bool, limit)}
}

// cap returns the messages by source, of at most max sources and [other].
func (s *sources) cap(rows []pipeline.Row) map[string]uint64 {
	rows = slices.SortedFunc(slices.Values(rows), func(a, b pipeline.Row) int {
		return cmp.Or(cmp.Compare(b.Primary, a.Primary), strings.Compare(a.ID, b.ID))
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]uint64, min(len(rows), s.max+1))
	for _, r := range rows {
		label := strings.ToValidUTF8(r.ID, "\uFFFD") // a label must be UTF-8, or the scrape fails
		if !s.kept[label] && label != other && len(s.kept) < s.max {
			s.kept[label] = true
		}
		if !s.kept[label] {
			label = other
		}
		out[label] += r.Primary
	}
	return out
}
