package broker

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Conn is a connection to a broker. Safe for concurrent use; Close it.
type Conn struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	names   Names
	options Options
	readers *wire.ReadConns

	generation atomic.Pointer[string] // of the stream of suggestions, that a worker counts
	signer     atomic.Pointer[signer] // of a worker
	shared     sharedViews
	reads      sync.Map // by what the stream holds: *pipeline.SharedReads of the tallies that are counted here
}

// Connect connects, and checks that the broker can be used. Errors wrap
// [ErrConnect], [ErrNoJetStream] or [ErrServerTooOld].
func Connect(ctx context.Context, o Options) (*Conn, error) {
	if o.Name == "" {
		o.Name = "minyi"
	}
	if o.Inbox == "" {
		o.Inbox = CommandInbox
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.DuplicateWindow == 0 {
		o.DuplicateWindow = 2 * time.Minute
	}
	if o.Worker == "" {
		o.Worker = supervise.NewID()[:8]
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.keep == 0 {
		o.keep = keepEvery
	}
	if o.many == 0 {
		o.many = manyCells
	}
	if o.stale == 0 {
		o.stale = staleAfter
	}
	names, err := NewNames(o.Prefix, o.Stream)
	if err != nil {
		return nil, err
	}
	nc, settings, err := dial(o)
	if err != nil {
		return nil, connectError(err)
	}
	c := &Conn{nc: nc, names: names, options: o, readers: wire.NewReadConns(dialReader(o))}
	if o.Domain == "" && o.APIPrefix == "" { // what is asked for comes before the context
		o.Domain, o.APIPrefix = settings.JSDomain, settings.JSAPIPrefix
	}
	if err := c.open(ctx, o.Domain, o.APIPrefix); err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

// domainPrefix is a prefix of the API that only names a domain.
var domainPrefix = regexp.MustCompile(`^\$JS\.([^.]+)\.API\.?$`)

// open checks the server and opens JetStream.
func (c *Conn) open(ctx context.Context, domain, prefix string) (err error) {
	if m := domainPrefix.FindStringSubmatch(prefix); m != nil && domain == "" {
		domain, prefix = m[1], ""
	}
	timeout := jetstream.WithDefaultTimeout(c.options.Timeout)
	switch {
	case domain != "" && prefix != "":
		return phrase.Errorf("%w: %w: a JetStream domain (%s) and a prefix of its API (%s) at once; one of them says where JetStream is", ErrConnect, ErrSetting, domain, prefix)
	case domain != "":
		c.js, err = jetstream.NewWithDomain(c.nc, domain, timeout)
	case prefix != "":
		c.js, err = c.newAccounts(prefix, timeout)
	default:
		c.js, err = jetstream.New(c.nc, timeout)
	}
	if err != nil {
		return phrase.Errorf("open JetStream: %w", err)
	}
	if v := c.nc.ConnectedServerVersion(); !atLeast(v, 2, 12) {
		return phrase.Errorf("%w: it is %s, and counts need atomic batches, which came with 2.12", ErrServerTooOld, v)
	}
	// Whoever may not ask gets no answer, but is told so.
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	said := c.nc.ErrorHandler()
	c.nc.SetErrorHandler(func(nc *nats.Conn, s *nats.Subscription, err error) {
		if IsDenied(err) {
			cancel()
		}
		said(nc, s, err)
	})
	defer c.nc.SetErrorHandler(said)
	if _, err = c.js.AccountInfo(within); err != nil {
		if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
			url, _ := c.Server()
			return phrase.Errorf("%w on %s", ErrNoJetStream, url)
		}
		if last := c.nc.LastError(); IsDenied(last) {
			err = last
		}
		return phrase.Errorf("%w: ask for JetStream: %w", ErrConnect, err)
	}
	if a := c.imported(); a != nil {
		c.findOwn(ctx, a)
	}
	return nil
}

// Close closes the connection after what was written has gone out.
func (c *Conn) Close() {
	// What cannot be flushed now would not arrive later either.
	_ = c.nc.FlushTimeout(time.Second)
	c.nc.Close()
	c.readers.Close()
}

// JetStream returns the client that the connection uses. It is valid until the
// connection is closed.
func (c *Conn) JetStream() jetstream.JetStream { return c.js }

// Worker returns the name of this process on the broker.
func (c *Conn) Worker() string { return c.options.Worker }

// Names returns the names in use.
func (c *Conn) Names() Names { return c.names }

// Server says what it is connected to: URL without secrets, and version.
func (c *Conn) Server() (url, version string) {
	return Address(c.nc.ConnectedUrl()), c.nc.ConnectedServerVersion()
}

// atLeast reports whether a version, such as "2.12.1-beta", is the given one or later.
func atLeast(version string, major, minor int) bool {
	f := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(f) < 2 {
		return false
	}
	x, err1 := strconv.Atoi(f[0])
	y, err2 := strconv.Atoi(f[1])
	if err1 != nil || err2 != nil {
		return false
	}
	return x > major || x == major && y >= minor
}
