// Package embedded runs a NATS server with JetStream inside the process, on a
// folder of its own, for `minyi up` and `minyi bench`.
//
// It guarantees that one process at a time uses a folder, and that the reason why
// a server did not start is an error with a name. It connects to nothing and
// makes no streams: that is package broker's, which this package does not know.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/dict/phrase"
)

// Errors of [Start].
var (
	// ErrAddressInUse: another process listens on the address.
	ErrAddressInUse = phrase.New("address is in use")
	// ErrDataLocked: another process uses the data folder.
	ErrDataLocked = phrase.New("data folder is in use by another process")
	// ErrDataUnusable: the data folder cannot be made or written to.
	ErrDataUnusable = phrase.New("data folder cannot be used")
	// ErrServerFailed: the embedded server did not start.
	ErrServerFailed = phrase.New("embedded NATS server failed")
)

// Options configure a server.
type Options struct {
	// Dir is the data folder; made if it is not there. Required.
	Dir string
	// Listen is host:port for other clients, such as the nats CLI; port 0
	// takes a free one. Empty: in-process connections only.
	Listen string
	// Token is what clients have to give, those in the process too. Empty: nothing.
	Token string
	// SyncInterval is how often files are flushed to the disk: what a power
	// failure may cost. Default 10 s. Negative: after every message.
	SyncInterval time.Duration
	// MaxPayload is the size limit of a message in bytes; default 8 MiB.
	MaxPayload int
	// Log receives warnings and errors of the server; default none.
	Log io.Writer
	// ReadyWithin is how long starting may take; default 30 s, since a large
	// store that was not closed is checked first.
	ReadyWithin time.Duration
}

// Server is an embedded NATS server with JetStream on a data folder.
type Server struct {
	server *server.Server
	lock   io.Closer
	listen bool
}

// Start starts a server and returns when it is ready. The caller shuts it
// down. Errors wrap [ErrAddressInUse], [ErrDataLocked], [ErrDataUnusable] or
// [ErrServerFailed]; the folder is then as it was.
func Start(o Options) (*Server, error) {
	if o.ReadyWithin == 0 {
		o.ReadyWithin = 30 * time.Second
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = 8 << 20
	}
	if o.SyncInterval == 0 {
		o.SyncInterval = 10 * time.Second
	}
	opts := &server.Options{
		ServerName: "minyi", JetStream: true, NoSigs: true, DontListen: true,
		MaxPayload: int32(o.MaxPayload), SyncInterval: max(o.SyncInterval, 0), SyncAlways: o.SyncInterval < 0,
	}
	opts.Authorization = o.Token
	if o.Listen != "" {
		if err := listenOn(opts, o.Listen); err != nil {
			return nil, err
		}
	}
	lock, err := prepareDir(o.Dir)
	if err != nil {
		return nil, err
	}
	opts.StoreDir = filepath.Join(o.Dir, "nats")
	s, err := startServer(opts, o)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Server{server: s, lock: lock, listen: o.Listen != ""}, nil
}

// listenOn sets the address after checking that it is free.
func listenOn(opts *server.Options, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return phrase.Errorf("listen address %q: %w", addr, err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return phrase.Errorf("listen address %q: port is no number", addr)
	}
	probe, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		if isAddrInUse(err) {
			return phrase.Errorf("%w: %s", ErrAddressInUse, addr)
		}
		return phrase.Errorf("listen on %s: %w", addr, err)
	}
	if err := probe.Close(); err != nil {
		return phrase.Errorf("listen on %s: %w", addr, err)
	}
	opts.DontListen, opts.Host, opts.Port = false, host, n
	if n == 0 {
		opts.Port = server.RANDOM_PORT
	}
	return nil
}

// prepareDir makes the folder, and locks it.
func prepareDir(dir string) (io.Closer, error) {
	if dir == "" {
		return nil, phrase.Errorf("%w: none is named", ErrDataUnusable)
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, phrase.Errorf("%w: %w", ErrDataUnusable, err)
	}
	path := filepath.Join(dir, "minyi.lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, phrase.Errorf("%w: %w", ErrDataUnusable, err)
	}
	if err := lockFile(f); err != nil {
		return nil, errors.Join(phrase.Errorf("%w: %s", ErrDataLocked, dir), f.Close())
	}
	return f, nil
}

func startServer(opts *server.Options, o Options) (*server.Server, error) {
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, phrase.Errorf("%w: %w", ErrServerFailed, err)
	}
	log := &serverLog{w: o.Log}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	if !s.ReadyForConnections(o.ReadyWithin) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		if reason := log.fatal(); reason != "" {
			return nil, phrase.Errorf("%w: %s", ErrServerFailed, reason)
		}
		return nil, phrase.Errorf("%w: not ready within %s", ErrServerFailed, o.ReadyWithin)
	}
	return s, nil
}

// InProcessConn returns a new connection to the server that uses no network.
// With it a *Server is what broker.Options and the client library connect to.
func (s *Server) InProcessConn() (net.Conn, error) { return s.server.InProcessConn() }

// URL returns what others connect to, without the token, "" if the server does not listen.
func (s *Server) URL() string {
	if !s.listen {
		return ""
	}
	return s.server.ClientURL()
}

// Shutdown stops the server and returns when its files are closed. Connections
// should be closed before. Calling it again does nothing.
func (s *Server) Shutdown() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
	// If closing fails, the lock ends with the process.
	_ = s.lock.Close()
}

// serverLog passes on what an operator has to know: warnings and worse.
type serverLog struct {
	mu    sync.Mutex
	w     io.Writer
	worst string
}

func (l *serverLog) print(level, format string, v []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.w != nil {
		// A log that cannot be written must not stop the server.
		_, _ = fmt.Fprintf(l.w, "nats %s: %s\n", level, withoutSent(fmt.Sprintf(format, v...)))
	}
}

// sent is where a message of the server quotes what a client sent and the server could not
// read: the text of a citizen, if a length before it was wrong.
var sent = regexp.MustCompile(`(?s)(?:proto='|\(snip: |(?:Parse Error|Size|TotalSize): ").*`)

// withoutSent leaves that out: a log is kept elsewhere, for longer, and by others.
func withoutSent(message string) string {
	return sent.ReplaceAllLiteralString(message, "(what was sent is left out)")
}

// fatal returns the last fatal message.
func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.worst
}

// Noticef is not for an operator.
func (l *serverLog) Noticef(string, ...any) {}

// Debugf is not for an operator.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef is not for an operator.
func (l *serverLog) Tracef(string, ...any) {}

// Warnf passes a warning on, but for one of each start: the server does not keep when the
// few records of workers expire, and reads them again.
func (l *serverLog) Warnf(format string, v ...any) {
	if !strings.Contains(format, "TTL state is outdated") {
		l.print("warning", format, v)
	}
}

// Errorf passes an error on.
func (l *serverLog) Errorf(format string, v ...any) { l.print("error", format, v) }

// Fatalf keeps the reason for Start; the process goes on.
func (l *serverLog) Fatalf(format string, v ...any) {
	l.print("fatal", format, v)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.worst = fmt.Sprintf(format, v...)
}
