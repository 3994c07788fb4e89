package wire

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
)

// A dial that takes long holds up nobody but the one who needs it, and not longer than
// that one's context.
func TestBorrowWhileADialHangs(t *testing.T) {
	hang := make(chan struct{})
	p := NewReadConns(func(nats.Option, func(error)) (*nats.Conn, error) {
		<-hang
		return nil, errors.New("refused")
	})
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan error, 1)
	go func() {
		_, err := p.Borrow(ctx)
		waiting <- err
	}()
	there := &ReadConn{}
	p.GiveBack(there)
	got := make(chan *ReadConn, 1)
	go func() {
		// The first one may have come first, and taken what was free.
		r, _ := p.Borrow(ctx)
		got <- r
	}()
	select {
	case r := <-got:
		if r != there {
			t.Errorf("got %v", r)
		}
	case err := <-waiting:
		if err != nil {
			t.Errorf("got no connection although one was free: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("a dial that hangs keeps others from a connection that is free")
	}
	cancel()
	_, err := p.Borrow(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}
