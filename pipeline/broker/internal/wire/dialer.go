package wire

import (
	"net"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// dialer makes the connections of a client with an interceptor in each.
type dialer struct {
	inner   nats.CustomDialer
	server  nats.InProcessConnProvider
	current atomic.Pointer[interceptor]

	received atomic.Uint64 // bytes, of all connections that it made
}

// option has a client use the dialer. It wraps the dialer or server that other
// options have set, so it must be applied last.
func (d *dialer) option(o *nats.Options) error {
	if d.server = o.InProcessServer; d.server != nil {
		o.InProcessServer = d
		return nil
	}
	if d.inner = o.CustomDialer; d.inner == nil {
		d.inner = &net.Dialer{Timeout: o.Timeout}
	}
	o.CustomDialer = d
	return nil
}

// Dial connects to a server. It implements nats.CustomDialer.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	return d.intercept(d.inner.Dial(network, address))
}

// SkipTLSHandshake says what the wrapped dialer says.
func (d *dialer) SkipTLSHandshake() bool {
	s, ok := d.inner.(interface{ SkipTLSHandshake() bool })
	return ok && s.SkipTLSHandshake()
}

// InProcessConn connects to an embedded server. It implements
// nats.InProcessConnProvider.
func (d *dialer) InProcessConn() (net.Conn, error) {
	return d.intercept(d.server.InProcessConn())
}

func (d *dialer) intercept(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	ic := &interceptor{Conn: counted{c, &d.received}}
	d.current.Store(ic)
	return ic, nil
}

// counted is a connection that adds up what it reads.
type counted struct {
	net.Conn
	received *atomic.Uint64
}

// Read implements net.Conn.
func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.received.Add(uint64(n))
	return n, err
}
