package broker

import (
	"bytes"
	"net"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// A message that comes through the client library is copied, put into objects
// of its own, queued, and handed to another goroutine: that costs more than to
// count it. The messages of a reading need none of this. So a tap stands
// between the library and its connection, sees what the server sends, and takes
// out the deliveries of one consumer; all else (handshake, answers, pings) the
// library gets byte by byte as it came.
//
// A tap understands three things of the protocol: that operations are lines,
// that MSG and HMSG lines are followed by as many bytes as their last number
// says, and two more; and which field of those lines is the reply subject.
// Where it does not understand, it lets everything pass from there on, and the
// messages reach the reading through the library, as they do with TLS and
// websockets, where a tap sees nothing that it could read.
type tap struct {
	net.Conn // to the server

	spoken bool        // the library has written something
	plain  atomic.Bool // and that was NATS in the clear
	blind  bool        // something was not understood

	buf        []byte
	start, end int // buf[start:end] was read and not handed on
	pass       int // bytes from start on that are the library's

	wanted atomic.Pointer[tapped]
}

// tapped is what a tap takes out.
type tapped struct {
	// mark is ".<stream>.<consumer>.", which the reply subjects of the
	// consumer's deliveries contain and no others.
	mark []byte
	// take gets the parts of a delivery, which are its own for the time of the
	// call. It runs where the library reads from the connection.
	take func(subject, reply, header, data []byte)
}

// Sizes of a tap's buffer: at first, and where a message does not fit.
const (
	tapBuffer = 128 << 10
	tapMost   = 80 << 20 // more than a server can be told to take
)

// Write passes on what the library writes. A library that begins with CONNECT
// has read the server's greeting and nothing behind it, and neither encrypts
// nor frames: from here on the server's bytes are operations.
func (t *tap) Write(b []byte) (int, error) {
	if !t.spoken {
		t.spoken = true
		t.plain.Store(bytes.HasPrefix(b, []byte("CONNECT ")))
	}
	return t.Conn.Write(b)
}

// Read reads what is the library's.
func (t *tap) Read(b []byte) (int, error) {
	if !t.plain.Load() {
		return t.Conn.Read(b)
	}
	for {
		t.sort()
		if n := min(t.pass, t.end-t.start, len(b)); n > 0 {
			copy(b, t.buf[t.start:t.start+n])
			t.start += n
			t.pass -= n
			return n, nil
		}
		t.makeRoom()
		n, err := t.Conn.Read(t.buf[t.end:])
		t.end += n
		if n == 0 && err != nil {
			// What is left is the beginning of something that will not come.
			return 0, err
		}
	}
}

// makeRoom makes room behind end, for at least as much as is there.
func (t *tap) makeRoom() {
	rest := t.buf[t.start:t.end]
	if len(rest) == 0 && len(t.buf) != tapBuffer {
		t.buf = make([]byte, tapBuffer) // the first, or as small again as it was
	}
	t.start, t.end = 0, copy(t.buf, rest)
	if t.end > len(t.buf)/2 {
		t.buf = append(t.buf, make([]byte, len(t.buf))...)
	}
}

// sort takes out what is wanted, up to something that is the library's or is
// not there as a whole.
func (t *tap) sort() {
	for t.pass == 0 && t.start < t.end {
		ahead := t.buf[t.start:t.end]
		if t.blind {
			t.pass = len(ahead)
			return
		}
		line, ok := operation(ahead)
		if !ok {
			t.blind = len(ahead) > tapMost
			if t.blind {
				continue
			}
			return
		}
		if line.size < 0 || line.size > tapMost {
			t.blind = true
			continue
		}
		w := t.wanted.Load()
		if w == nil || !bytes.Contains(line.reply, w.mark) {
			t.pass = line.length + line.size
			return
		}
		if len(ahead) < line.length+line.size {
			return
		}
		body := ahead[line.length : line.length+line.size-2]
		w.take(line.subject, line.reply, body[:line.header], body[line.header:])
		t.start += line.length + line.size
	}
}

// protocolLine is an operation of the protocol.
type protocolLine struct {
	length         int // of the line, its end included
	size           int // of what follows, its line end included; -1: not understood
	header         int // how much of that is the header
	subject, reply []byte
}

// operation reads the line at the beginning of b; false if it is not complete.
func operation(b []byte) (l protocolLine, ok bool) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return l, false
	}
	l.length = end + 1
	line := bytes.TrimSuffix(b[:end], []byte{'\r'})
	numbers := 1
	switch {
	case bytes.HasPrefix(line, []byte("MSG ")):
		line = line[len("MSG "):]
	case bytes.HasPrefix(line, []byte("HMSG ")):
		line = line[len("HMSG "):]
		numbers = 2
	case bytes.HasPrefix(line, []byte("msg")), bytes.HasPrefix(line, []byte("hmsg")):
		l.size = -1 // allowed by the protocol, and sent by no server
		return l, true
	default:
		return l, true
	}
	// <subject> <sid> [<reply>] [<header size>] <size>
	var fields [5][]byte
	n := 0
	for more := true; more && n < len(fields); n++ { // a space at the end is before an empty field
		fields[n], line, more = bytes.Cut(line, []byte{' '})
	}
	sizes := n - numbers // index of the first number
	if len(line) > 0 || len(fields[max(n-1, 0)]) == 0 || sizes < 2 || sizes > 3 {
		l.size = -1
		return l, true
	}
	l.subject = fields[0]
	if sizes == 3 {
		l.reply = fields[2]
	}
	total, ok1 := parseNumber(fields[n-1])
	header, ok2 := uint64(0), true
	if numbers == 2 {
		header, ok2 = parseNumber(fields[n-2])
	}
	if !ok1 || !ok2 || header > total || total > tapMost {
		l.size = -1
		return l, true
	}
	l.header, l.size = int(header), int(total)+2
	return l, true
}

// tapDialer makes the connections of a client with a tap in each.
type tapDialer struct {
	dialer  nats.CustomDialer
	server  nats.InProcessConnProvider
	current atomic.Pointer[tap]
}

// option puts the taps into a client. It wraps what other options have set, so
// it comes last.
func (d *tapDialer) option(o *nats.Options) error {
	if d.server = o.InProcessServer; d.server != nil {
		o.InProcessServer = d
		return nil
	}
	if d.dialer = o.CustomDialer; d.dialer == nil {
		d.dialer = &net.Dialer{Timeout: o.Timeout}
	}
	o.CustomDialer = d
	return nil
}

// Dial connects to a server. It implements nats.CustomDialer.
func (d *tapDialer) Dial(network, address string) (net.Conn, error) {
	return d.tapped(d.dialer.Dial(network, address))
}

// SkipTLSHandshake says what the wrapped dialer says.
func (d *tapDialer) SkipTLSHandshake() bool {
	s, ok := d.dialer.(interface{ SkipTLSHandshake() bool })
	return ok && s.SkipTLSHandshake()
}

// InProcessConn connects to an embedded server. It implements
// nats.InProcessConnProvider.
func (d *tapDialer) InProcessConn() (net.Conn, error) {
	return d.tapped(d.server.InProcessConn())
}

func (d *tapDialer) tapped(c net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	t := &tap{Conn: c}
	d.current.Store(t)
	return t, nil
}
