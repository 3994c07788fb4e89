package broker

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// sharedViews are the newest views of the tallies that the feeds of a connection follow.
// Totals never change, so a view costs nothing to share.
type sharedViews struct {
	mu    sync.Mutex
	views map[string]*sharedView
}

type sharedView struct {
	view   pipeline.View
	stored int64 // when its checkpoint was; 0: the first reading is under way
}

// begin says that a tally is being read.
func (s *sharedViews) begin(tally string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.views == nil {
		s.views = make(map[string]*sharedView)
	}
	s.views[tally] = &sharedView{}
}

// put replaces the view of a tally.
func (s *sharedViews) put(tally string, v pipeline.View, stored int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.views[tally] = &sharedView{v, stored}
}

// end forgets a tally that is not followed any more.
func (s *sharedViews) end(tally string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.views, tally)
}

func (s *sharedViews) get(tally string) *sharedView {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.views[tally]
}

// loadShared waits for the view of a feed, and returns it if it is what is stored now.
// It returns false if no feed follows the tally, or will not have such a view: a slice is
// open, or another process keeps on committing.
func (l *ledger) loadShared(ctx context.Context) (pipeline.View, bool) {
	const patience = time.Second // for a view that the leader is ahead of
	var behind time.Time
	for ctx.Err() == nil {
		shared := l.c.shared.get(l.tally)
		if shared == nil {
			break
		}
		m, ok, err := wire.FromLeader(ctx, l.c.js, l.c.names.BucketStream, wire.Query{Last: l.key(keyCheckpoint)})
		if err != nil || !ok {
			break
		}
		if shared.stored != 0 {
			if m.Seq == shared.view.Revision && m.Time.UnixNano() == shared.stored {
				return shared.view, true
			}
			if behind.IsZero() {
				behind = time.Now()
			}
			if time.Since(behind) > patience {
				break
			}
		}
		var cp pipeline.Checkpoint
		if json.Unmarshal(m.Data, &cp) != nil || cp.Open != nil {
			break
		}
		_ = pause(ctx, 20*time.Millisecond)
	}
	return pipeline.View{}, false
}
