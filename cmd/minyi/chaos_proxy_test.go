//go:build linux

package main

import (
	"context"
	"net"
	"sync"
	"testing"
)

// proxy is the network between a worker and the broker. It can be cut, which
// resets all connections and refuses new ones, and it can be stalled: then
// connections stay, and what is on its way arrives when the stall is over. A
// commit that was given up long ago may be among it.
type proxy struct {
	target string
	host   *host // from where it connects to the target
	rate   int   // bytes a second towards the worker; 0: no limit
	l      net.Listener
	ended  sync.WaitGroup

	mu    sync.Mutex
	flow  *sync.Cond // tells that held is false again
	down  bool       // cut
	held  bool       // stalled
	conns map[net.Conn]struct{}
}

// newProxy listens for connections to pass on to an address.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	return newProxyOf(t, nil, target)
}

// newProxyOf returns one that connects from a host.
func newProxyOf(t *testing.T, h *host, target string) *proxy {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: target, host: h, l: l, conns: map[net.Conn]struct{}{}}
	p.flow = sync.NewCond(&p.mu)
	p.ended.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.cut()
		p.ended.Wait()
	})
	return p
}

func (p *proxy) url() string { return "nats://" + p.l.Addr().String() }

func (p *proxy) accept() {
	for {
		c, err := p.l.Accept()
		if err != nil {
			return
		}
		server, err := p.host.dial(context.Background(), "tcp", p.target)
		if err != nil || !p.keep(c, server) {
			_ = c.Close()
			if server != nil {
				_ = server.Close()
			}
			continue
		}
		p.ended.Go(func() { p.pass(server, c, func(int) {}) })
		p.ended.Go(func() { p.pass(c, server, p.slow) })
	}
}

// keep notes a pair of connections, unless the network is cut.
func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return false
	}
	for _, c := range conns {
		p.conns[c] = struct{}{}
	}
	return true
}

// pass copies one direction, and closes both ends when one has. passed is told how
// much was copied, and may take its time.
func (p *proxy) pass(to, from net.Conn, passed func(n int)) {
	defer func() {
		_ = to.Close()
		_ = from.Close()
		p.mu.Lock()
		delete(p.conns, from)
		p.mu.Unlock()
	}()
	buf := make([]byte, 16<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		for p.held {
			p.flow.Wait()
		}
		p.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
			passed(n)
		}
		if err != nil {
			return
		}
	}
}

// cut resets all connections and refuses new ones until heal.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.held = true, false
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset, and not an orderly end
		}
		_ = c.Close()
	}
	p.flow.Broadcast()
}

// stall holds everything back until heal.
func (p *proxy) stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = true
}

// heal ends a cut or a stall.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.held = false, false
	p.flow.Broadcast()
}
