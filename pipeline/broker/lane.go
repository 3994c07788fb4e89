package broker

import (
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
)

// lane is a connection on which one range is read at a time.
type lane struct {
	nc   *nats.Conn
	taps *tapDialer
}

// tapInto takes out what is wanted from now on, as far as the connection lets
// it, until stop is called.
func (l *lane) tapInto(w *tapped) (stop func()) {
	t := l.taps.current.Load()
	if t == nil { // another dialer took the place of the tapping one
		return func() {}
	}
	t.wanted.Store(w)
	return func() { t.wanted.Store(nil) }
}

// lanes are those of a [Conn]. There are as many as ranges were ever read at once.
type lanes struct {
	mu     sync.Mutex
	free   []*lane
	all    []*lane
	closed bool
}

// errClosed is returned when the connection was closed before.
var errClosed = errors.New("connection is closed")

// borrow returns a lane that nobody uses, a new one if need be.
func (ls *lanes) borrow(o Options) (*lane, error) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	if ls.closed {
		return nil, errClosed
	}
	if n := len(ls.free); n > 0 {
		l := ls.free[n-1]
		ls.free = ls.free[:n-1]
		return l, nil
	}
	o.Name += " reader"
	o.OnError, o.OnReconnect = nil, nil // what befalls a lane befalls the connection, which tells
	l := &lane{taps: &tapDialer{}}
	var err error
	if l.nc, _, err = dial(o, l.taps.option); err != nil {
		return nil, fmt.Errorf("connect to read: %w", err)
	}
	ls.all = append(ls.all, l)
	return l, nil
}

// giveBack takes a lane back.
func (ls *lanes) giveBack(l *lane) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.free = append(ls.free, l)
}

// close closes all lanes; readings that are under way fail.
func (ls *lanes) close() {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.closed = true
	for _, l := range ls.all {
		l.nc.Close()
	}
}
