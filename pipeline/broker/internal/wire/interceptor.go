package wire

import (
	"bytes"
	"net"
	"sync/atomic"
)

// An interceptor stands between the client library and its connection, reads
// what the server sends, and takes out the deliveries of one consumer. The
// library gets everything else (handshake, answers, pings) byte by byte as it
// came.
//
// Why: the library copies a message, puts it into objects of its own, queues it,
// and hands it to another goroutine. That costs more than counting the message,
// and reading a range needs none of it.
//
// An interceptor relies on three things of the protocol: operations are lines; a
// MSG or HMSG line is followed by as many bytes as its last number says, and two
// more; and a fixed field of those lines is the reply subject. At the first byte
// that it does not understand it stops looking: from there on the library gets
// everything, and the deliveries reach the reader through the library. The same
// happens with TLS and websockets, whose bytes an interceptor cannot read.
type interceptor struct {
	net.Conn // to the server

	spoken bool        // the library has written something
	plain  atomic.Bool // and that was NATS in the clear
	blind  bool        // something was not understood

	buf        []byte
	start, end int // buf[start:end] was read and not handed on
	pass       int // bytes from start on that are the library's

	wanted atomic.Pointer[Capture]
}

// Capture says which deliveries an interceptor takes out, and who gets them.
type Capture struct {
	// Mark is ".<stream>.<consumer>.", which the reply subjects of the
	// consumer's deliveries contain and no others.
	Mark []byte
	// Take gets the parts of a delivery, which are its own for the time of the
	// call. It runs where the library reads from the connection.
	Take func(subject, reply, header, data []byte)
}

// Sizes of an interceptor's buffer: at first, and the most that it grows to for a
// message that does not fit.
const (
	bufferSize = 128 << 10
	maxSize    = 80 << 20 // more than a server can be configured to take
)

// Write passes on what the library writes. A library that begins with CONNECT
// has read the server's greeting and nothing behind it, and neither encrypts
// nor frames: from here on the server's bytes are operations.
func (ic *interceptor) Write(b []byte) (int, error) {
	if !ic.spoken {
		ic.spoken = true
		ic.plain.Store(bytes.HasPrefix(b, []byte("CONNECT ")))
	}
	return ic.Conn.Write(b)
}

// Read reads what is the library's.
func (ic *interceptor) Read(b []byte) (int, error) {
	if !ic.plain.Load() {
		return ic.Conn.Read(b)
	}
	for {
		ic.sort()
		if n := min(ic.pass, ic.end-ic.start, len(b)); n > 0 {
			copy(b, ic.buf[ic.start:ic.start+n])
			ic.start += n
			ic.pass -= n
			return n, nil
		}
		ic.makeRoom()
		n, err := ic.Conn.Read(ic.buf[ic.end:])
		ic.end += n
		if n == 0 && err != nil {
			// What is left is the beginning of something that will not come.
			return 0, err
		}
	}
}

// makeRoom makes room behind end, for at least as much as is there.
func (ic *interceptor) makeRoom() {
	rest := ic.buf[ic.start:ic.end]
	if len(rest) == 0 && len(ic.buf) != bufferSize {
		ic.buf = make([]byte, bufferSize) // the first, or as small again as it was
	}
	ic.start, ic.end = 0, copy(ic.buf, rest)
	if ic.end > len(ic.buf)/2 {
		ic.buf = append(ic.buf, make([]byte, len(ic.buf))...)
	}
}

// sort takes out what is wanted, up to something that is the library's or is
// not there as a whole.
func (ic *interceptor) sort() {
	for ic.pass == 0 && ic.start < ic.end {
		ahead := ic.buf[ic.start:ic.end]
		if ic.blind {
			ic.pass = len(ahead)
			return
		}
		line, ok := operation(ahead)
		if !ok {
			ic.blind = len(ahead) > maxSize
			if ic.blind {
				continue
			}
			return
		}
		if line.size < 0 || line.size > maxSize {
			ic.blind = true
			continue
		}
		w := ic.wanted.Load()
		if w == nil || !bytes.Contains(line.reply, w.Mark) {
			ic.pass = line.length + line.size
			return
		}
		if len(ahead) < line.length+line.size {
			return
		}
		body := ahead[line.length : line.length+line.size-2]
		w.Take(line.subject, line.reply, body[:line.header], body[line.header:])
		ic.start += line.length + line.size
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
	if !ok1 || !ok2 || header > total || total > maxSize {
		l.size = -1
		return l, true
	}
	l.header, l.size = int(header), int(total)+2
	return l, true
}
