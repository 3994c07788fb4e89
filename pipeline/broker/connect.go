package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/natscontext"
)

// Options say which broker to use and how. The zero value connects to the
// NATS context that is selected, if there is one, else to 127.0.0.1:4222.
type Options struct {
	// Server is an embedded server to connect to, in the process; the other
	// ways are then ignored.
	Server *Server
	// URL of the broker, or several with commas between; comes before Context.
	URL string
	// Context is a NATS context by name, or the absolute path of its file.
	Context string

	Creds string // file of credentials
	NKey  string // file of an nkey seed
	CA    string // file of certificates to trust
	Cert  string // file of a client certificate
	Key   string // file of its key
	TLS   *tls.Config

	Name   string // of the connection; default "minyi"
	Prefix string // of streams, subjects and bucket; default none
	Stream string // of suggestions; default SUGGESTIONS
	Domain string // of JetStream; default none

	Replicas        int           // of streams that are made; default 1
	DuplicateWindow time.Duration // of a stream of suggestions that is made; default 2 min
	Timeout         time.Duration // of connecting and of a request; default 5 s

	// OnError hears of trouble with the connection that nobody waits for: that
	// it was lost, that this user may not do something.
	OnError func(error)
	// OnReconnect hears of the address when a lost connection is there again.
	OnReconnect func(url string)

	quiet time.Duration // instead of quietFor, in tests
}

// Conn is a connection to a broker. Safe for concurrent use; Close it.
type Conn struct {
	nc      *nats.Conn
	js      jetstream.JetStream
	api     string // subject prefix of JetStream's API, with its dot
	names   Names
	options Options
	lanes   *lanes
}

// Connect connects and looks whether the broker will do. Errors wrap
// [ErrConnect], [ErrNoJetStream] or [ErrServerTooOld].
func Connect(ctx context.Context, o Options) (*Conn, error) {
	if o.Name == "" {
		o.Name = "minyi"
	}
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second
	}
	if o.DuplicateWindow == 0 {
		o.DuplicateWindow = 2 * time.Minute
	}
	if o.Replicas == 0 {
		o.Replicas = 1
	}
	if o.quiet == 0 {
		o.quiet = quietFor
	}
	names, err := NewNames(o.Prefix, o.Stream)
	if err != nil {
		return nil, err
	}
	nc, domain, err := dial(o)
	if err != nil {
		return nil, connectError(err)
	}
	c := &Conn{nc: nc, names: names, options: o, lanes: &lanes{}}
	if o.Domain != "" {
		domain = o.Domain
	}
	if err := c.open(ctx, domain); err != nil {
		nc.Close()
		return nil, err
	}
	return c, nil
}

// defaultAPI is what subjects of JetStream's API begin with, where no domain is named.
const defaultAPI = "$JS.API."

// open checks the server and opens JetStream.
func (c *Conn) open(ctx context.Context, domain string) (err error) {
	timeout := jetstream.WithDefaultTimeout(c.options.Timeout)
	if domain == "" {
		c.api = defaultAPI
		c.js, err = jetstream.New(c.nc, timeout)
	} else {
		c.api = "$JS." + domain + ".API."
		c.js, err = jetstream.NewWithDomain(c.nc, domain, timeout)
	}
	if err != nil {
		return fmt.Errorf("open JetStream: %w", err)
	}
	if v := c.nc.ConnectedServerVersion(); !atLeast(v, 2, 12) {
		return fmt.Errorf("%w: it is %s, and counts need atomic batches, which came with 2.12", ErrServerTooOld, v)
	}
	if _, err = c.js.AccountInfo(ctx); err != nil {
		if errors.Is(err, jetstream.ErrJetStreamNotEnabled) || errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount) {
			url, _ := c.Server()
			return fmt.Errorf("%w on %s", ErrNoJetStream, url)
		}
		return fmt.Errorf("%w: ask for JetStream: %w", ErrConnect, err)
	}
	return nil
}

// dial connects, and returns the JetStream domain if the context names one.
func dial(o Options, more ...nats.Option) (*nats.Conn, string, error) {
	opts := append(reports(o),
		nats.Name(o.Name),
		nats.Timeout(o.Timeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250*time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, time.Second),
		// A server that refuses us may be one that has just been started with
		// half of its configuration. The client would give up at the second
		// refusal, and whoever uses it would go on with a dead connection.
		nats.IgnoreAuthErrorAbort(),
	)
	if o.Server != nil {
		opts = append(opts, nats.InProcessServer(o.Server.server))
		nc, err := nats.Connect("", append(opts, more...)...)
		return nc, "", err
	}
	opts, err := appendAuth(opts, o)
	if err != nil {
		return nil, "", err
	}
	opts = append(opts, more...)
	if o.URL == "" {
		// With no name it is the selected context; with none selected, the
		// address that NATS has by default.
		nc, settings, err := natscontext.Connect(o.Context, opts...)
		return nc, settings.JSDomain, err
	}
	nc, err := nats.Connect(o.URL, opts...)
	return nc, "", err
}

// reports tells what happens to the connection. The client library makes these
// calls one after the other. What it says again and again, at every try to
// connect for instance, is told once.
func reports(o Options) []nats.Option {
	last := ""
	tell := func(err error) {
		if err == nil || o.OnError == nil || err.Error() == last {
			return
		}
		last = err.Error()
		o.OnError(err)
	}
	return []nats.Option{
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { tell(err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				tell(fmt.Errorf("connection lost: %w", err))
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { tell(connectError(err)) }),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			last = ""
			if o.OnReconnect != nil {
				o.OnReconnect(Address(nc.ConnectedUrl()))
			}
		}),
	}
}

// appendAuth adds what proves who we are, and whom we trust.
func appendAuth(opts []nats.Option, o Options) ([]nats.Option, error) {
	if o.Creds != "" {
		opts = append(opts, nats.UserCredentials(o.Creds))
	}
	if o.NKey != "" {
		nkey, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, fmt.Errorf("read nkey: %w", err)
		}
		opts = append(opts, nkey)
	}
	if o.TLS != nil {
		opts = append(opts, nats.Secure(o.TLS))
	}
	if o.CA != "" {
		opts = append(opts, nats.RootCAs(o.CA))
	}
	if (o.Cert == "") != (o.Key == "") {
		return nil, errors.New("a client certificate needs its key, and a key its certificate")
	}
	if o.Cert != "" {
		opts = append(opts, nats.ClientCert(o.Cert, o.Key))
	}
	return opts, nil
}

// Close closes the connection after what was written has gone out.
func (c *Conn) Close() {
	// What cannot be flushed now would not arrive later either.
	_ = c.nc.FlushTimeout(time.Second)
	c.nc.Close()
	c.lanes.close()
}

// Names returns the names in use.
func (c *Conn) Names() Names { return c.names }

// Server says what it is connected to: URL without secrets, and version.
func (c *Conn) Server() (url, version string) {
	return Address(c.nc.ConnectedUrl()), c.nc.ConnectedServerVersion()
}

// atLeast tells whether a version, such as "2.12.1-beta", is the given one or later.
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
