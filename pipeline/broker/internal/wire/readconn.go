package wire

import (
	"context"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/dict/phrase"
)

// ReadConn is a connection on which one range is read at a time.
type ReadConn struct {
	NC     *nats.Conn
	dialer *dialer
	faults chan error // holds the newest one that nobody has looked at
}

// Faults delivers errors of the connection: it was lost, or the user may not do
// something. An error that nobody waited for is kept until the next one comes.
func (r *ReadConn) Faults() <-chan error { return r.faults }

// report keeps an error for whoever reads on the connection. The client library
// calls it, one call at a time.
func (r *ReadConn) report(err error) {
	select {
	case <-r.faults: //nolint:errcheck // the newer error takes its place
	default:
	}
	r.faults <- err
}

// Received is how many bytes have come from the server. While it grows, a message
// that is long may still be on its way.
func (r *ReadConn) Received() uint64 { return r.dialer.received.Load() }

// Capture takes out the deliveries that c describes, from now on and as far as
// the connection lets it, until stop is called.
func (r *ReadConn) Capture(c *Capture) (stop func()) {
	ic := r.dialer.current.Load()
	if ic == nil { // another dialer took the place of the intercepting one
		return func() {}
	}
	ic.wanted.Store(c)
	return func() { ic.wanted.Store(nil) }
}

// ReadConns is a pool of them. There are as many as ranges were ever read at
// once. Safe for concurrent use.
type ReadConns struct {
	dial func(last nats.Option, onError func(error)) (*nats.Conn, error)

	mu     sync.Mutex
	free   []*ReadConn
	all    []*ReadConn
	closed bool
}

// NewReadConns returns an empty pool. It connects with dial, which must apply
// the option after all others, and have errors of the connection reported.
func NewReadConns(dial func(last nats.Option, onError func(error)) (*nats.Conn, error)) *ReadConns {
	return &ReadConns{dial: dial}
}

// ErrClosed is returned when the pool was closed before.
var ErrClosed = phrase.New("connection is closed")

// Borrow returns a connection that nobody uses, a new one if need be. When ctx ends
// before a new one is there it returns the error of ctx, and the connection, should
// there be one later, is free for others.
func (p *ReadConns) Borrow(ctx context.Context) (*ReadConn, error) {
	if r, err := p.idle(); r != nil || err != nil {
		return r, err
	}
	type dialed struct {
		r   *ReadConn
		err error
	}
	done := make(chan dialed, 1)
	go func() {
		r, err := p.connect()
		done <- dialed{r, err}
	}()
	select {
	case d := <-done:
		return d.r, d.err
	case <-ctx.Done():
		go func() {
			if d := <-done; d.r != nil {
				p.GiveBack(d.r)
			}
		}()
		return nil, ctx.Err()
	}
}

// idle returns a connection that is free, nil if none is.
func (p *ReadConns) idle() (*ReadConn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	n := len(p.free)
	if n == 0 {
		return nil, nil
	}
	r := p.free[n-1]
	p.free = p.free[:n-1]
	return r, nil
}

// connect makes another connection. That may take long, so the lock is not held.
func (p *ReadConns) connect() (*ReadConn, error) {
	r := &ReadConn{dialer: &dialer{}, faults: make(chan error, 1)}
	var err error
	if r.NC, err = p.dial(r.dialer.option, r.report); err != nil {
		return nil, phrase.Errorf("connect to read: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		r.NC.Close()
		return nil, ErrClosed
	}
	p.all = append(p.all, r)
	return r, nil
}

// GiveBack takes a connection back.
func (p *ReadConns) GiveBack(r *ReadConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, r)
}

// Discard closes a connection in place of giving it back. What is still on its way
// on it, and was asked for in vain, then does not come before what is asked for next.
func (p *ReadConns) Discard(r *ReadConn) {
	p.mu.Lock()
	p.all = slices.DeleteFunc(p.all, func(other *ReadConn) bool { return other == r })
	p.mu.Unlock()
	r.NC.Close()
}

// Close closes all connections; readings that are under way fail.
func (p *ReadConns) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, r := range p.all {
		r.NC.Close()
	}
}
