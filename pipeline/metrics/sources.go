package metrics

import (
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
	kept map[string]string // the label of each
}

func newSources(limit int) *sources {
	return &sources{max: limit, kept: make(map[string]string, limit)}
}

// cap returns the messages by source, of at most max sources and [other].
func (s *sources) cap(t *pipeline.Totals) map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) < s.max {
		rows, _, _ := t.Top(pipeline.BySource, s.max+1) // one of them may be named like other
		for _, r := range rows {
			label := strings.ToValidUTF8(r.ID, "\uFFFD") // a label must be UTF-8, or the scrape fails
			if label != other && len(s.kept) < s.max {
				s.kept[r.ID] = label
			}
		}
	}
	out := make(map[string]uint64, s.max+1)
	rest := t.Sum(pipeline.KindTotal).Primary
	for id, label := range s.kept {
		if n := t.Of(pipeline.BySource, id).Primary; n > 0 {
			out[label] += n
			rest -= n
		}
	}
	if rest > 0 {
		out[other] = rest
	}
	return out
}
