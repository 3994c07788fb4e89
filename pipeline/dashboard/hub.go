package dashboard

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// errTooMany means that as many readers follow the page as may.
var errTooMany = phrase.New("too many readers follow the page")

// errNoPage means that there is no page of that address.
var errNoPage = phrase.New("no page of this address")

// Bounds of the events.
const (
	// eventInterval is the shortest time between two events of a page. People cannot
	// read numbers that move faster.
	eventInterval = 500 * time.Millisecond
	// statusInterval is how often the hub looks at what does not come from the board:
	// the status of the engine, and the rate.
	statusInterval = time.Second
	// maxStreams is how many different pages are followed at once. Each one is
	// rendered for itself, and a program could ask for any number of addresses.
	maxStreams = 512
)

// hub renders the pages that somebody follows: each one once, however many follow it. It
// works while there is a reader, in one goroutine, on one subscription of the
// board. Nothing waits for a reader: each takes the newest edition when it is done with
// the one before.
type hub struct {
	d *Dashboard

	mu      sync.Mutex
	readers int
	streams map[request]*stream
	stop    func() // ends the goroutine, and waits for it; nil: it does not run
}

// stream is a page that somebody follows.
type stream struct {
	req     request
	readers int

	mu      sync.Mutex
	of      signature // of the moment that the newest edition shows
	last    *edition
	changed chan struct{} // closed, and another one made, with every edition
}

// edition is a page at one moment. It never changes.
type edition struct {
	number    int    // editions of a stream are numbered without a gap
	id        string // of its content, see version
	fragments []fragment
	full      []byte // the event that brings all of it
	diff      []byte // the event that brings what changed since the edition before
}

// join follows a page. The caller has to call leave.
func (h *hub) join(ctx context.Context, req request) (s *stream, leave func(), err error) {
	m := h.d.latest.get(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	s = h.streams[req]
	if h.readers >= h.d.cfg.MaxReaders || s == nil && len(h.streams) >= maxStreams {
		return nil, nil, errTooMany
	}
	if s == nil {
		s = &stream{req: req, changed: make(chan struct{})}
		if err := s.render(h.d, m); err != nil {
			return nil, nil, err
		}
		h.streams[req] = s
	}
	s.readers++
	h.readers++
	if h.stop == nil {
		h.start()
	}
	return s, func() { h.leave(s) }, nil
}

// leave is the opposite of join. The last reader ends the goroutine.
func (h *hub) leave(s *stream) {
	h.mu.Lock()
	s.readers--
	h.readers--
	if s.readers == 0 {
		delete(h.streams, s.req)
	}
	var stop func()
	if h.readers == 0 {
		stop, h.stop = h.stop, nil
	}
	h.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// start begins the goroutine. h.mu is held.
func (h *hub) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	moved := make(chan struct{}, 1)
	running.Go(func() {
		for range h.d.cfg.Board.Subscribe(ctx, "", pipeline.Counts{}) {
			select {
			case moved <- struct{}{}:
			default:
			}
		}
	})
	running.Go(func() { h.run(ctx, moved) })
	h.stop = func() { cancel(); running.Wait() }
}

func (h *hub) run(ctx context.Context, moved <-chan struct{}) {
	status := time.NewTicker(statusInterval)
	defer status.Stop()
	pause := time.NewTimer(eventInterval)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-moved:
		case <-status.C:
		}
		m := h.d.latest.get(ctx)
		if ctx.Err() != nil {
			return
		}
		for _, s := range h.all() {
			if err := s.render(h.d, m); err != nil {
				h.d.cfg.Log.Error("render event", "page", s.req.path, "error", err)
			}
		}
		pause.Reset(eventInterval)
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
		}
	}
}

func (h *hub) all() []*stream {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*stream, 0, len(h.streams))
	for _, s := range h.streams {
		out = append(out, s)
	}
	return out
}

// render makes another edition if the page is not the same as before.
func (s *stream) render(d *Dashboard, m moment) error {
	of := m.signature()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil && s.of == of {
		return nil
	}
	p := d.pageOf(s.req, m)
	if p.err != nil || !p.found {
		return cmp.Or(p.err, errNoPage)
	}
	s.of = of
	next := &edition{id: p.Have, fragments: p.Fragments}
	if s.last != nil {
		if s.last.id == next.id {
			return nil
		}
		next.number = s.last.number + 1
		next.diff = encodeEvent(next.id, d.assets.Script, changed(s.last.fragments, next.fragments))
	}
	next.full = encodeEvent(next.id, d.assets.Script, next.fragments)
	s.last = next
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// newest returns the newest edition, and a channel that is closed when there is another.
func (s *stream) newest() (*edition, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last, s.changed
}
