package broker

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// Publisher publishes snapshots of the current tally on minyi.counts.<tally>. Of all
// processes that work on a tally the one that folded publishes: it is an observer of
// the engine for that, and a reader of the board.
type Publisher struct {
	pipeline.Silent
	c      *Conn
	folded atomic.Pointer[pipeline.Folded] // the last that this process committed
	news   chan struct{}
}

// NewPublisher returns a publisher.
func (c *Conn) NewPublisher() *Publisher { return &Publisher{c: c, news: make(chan struct{}, 1)} }

// RangesFolded implements [pipeline.Observer].
func (p *Publisher) RangesFolded(e pipeline.Folded) {
	p.folded.Store(&e)
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// Run publishes until ctx ends, at most once every interval. What could not be
// published is reported, and replaced by the next snapshot.
func (p *Publisher) Run(ctx context.Context, board *pipeline.Board, every time.Duration, onError func(error)) {
	changes := make(chan struct{}, 1)
	subscribed := make(chan struct{})
	defer func() { <-subscribed }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(subscribed)
		for range board.Subscribe(ctx, "", pipeline.Counts{}) {
			select {
			case changes <- struct{}{}:
			default:
			}
		}
	}()
	var last pipeline.Counts
	for {
		// Whichever comes second of the commit that this process is told of and the
		// counts that it reads.
		select {
		case <-ctx.Done():
			return
		case <-p.news:
		case <-changes:
		}
		counts, _ := board.Latest("")
		e := p.folded.Load()
		if e == nil || e.Tally != counts.Tally || e.Frontier != counts.Frontier && counts.Suppression == nil || counts.Tally == last.Tally && counts.Frontier == last.Frontier {
			continue
		}
		last = counts
		body, err := json.Marshal(counts.JSON())
		if err == nil {
			err = p.c.nc.Publish(p.c.names.CountsSubject+"."+counts.Tally, body)
		}
		if err != nil {
			onError(phrase.Errorf("publish snapshot: %w", err))
		}
		_ = pause(ctx, every)
	}
}
