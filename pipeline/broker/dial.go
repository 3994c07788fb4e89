package broker

import (
	"time"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natscontext"

	"github.com/minyi/minyi/dict/phrase"
)

// dial connects, and returns the settings of the context, if one was used.
func dial(o Options, more ...nats.Option) (*nats.Conn, natscontext.Settings, error) {
	var none natscontext.Settings
	opts := append(reports(o),
		nats.Name(o.Name),
		nats.Timeout(o.Timeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250*time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, time.Second),
		// A host that is gone without a word is noticed by pings alone: within 45 s, as
		// two may be without an answer. The library's own 2 minutes would be six, and
		// minyi send gives up after two. Who reads over a slow network has the answer
		// behind 4 MB of messages at most (pullBytes).
		nats.PingInterval(15*time.Second),
		// A server that refuses us may be one that has just been started with
		// half of its configuration. The client would give up at the second
		// refusal, and the process would go on with a dead connection.
		nats.IgnoreAuthErrorAbort(),
	)
	opts = append(opts, func(to *nats.Options) error {
		if o.Inbox != "" && to.InboxPrefix == "" { // a context's own comes first
			to.InboxPrefix = o.Inbox
		}
		return nil
	})
	if o.Server != nil {
		opts = append(opts, nats.InProcessServer(o.Server))
		if o.Token != "" {
			opts = append(opts, nats.Token(o.Token))
		}
		nc, err := nats.Connect("", append(opts, more...)...)
		return nc, none, err
	}
	opts, err := appendAuth(opts, o)
	if err != nil {
		return nil, none, err
	}
	opts = append(opts, more...)
	if o.URL == "" || o.Context != "" {
		// With no name it is the selected context; with none selected, the
		// address that NATS has by default.
		return dialContext(o, opts)
	}
	nc, err := nats.Connect(o.URL, opts...)
	return nc, none, err
}

// reports returns the options that report what happens to the connection. The
// client library makes these calls one after another. An error that repeats, for
// instance at every attempt to connect, is reported once.
func reports(o Options) []nats.Option {
	last := ""
	report := func(err error) {
		if o.OnDenied != nil && IsDenied(err) {
			o.OnDenied(err)
			return
		}
		if err == nil || o.OnError == nil || err.Error() == last {
			return
		}
		last = err.Error()
		o.OnError(err)
	}
	return []nats.Option{
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { report(err) }),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				report(phrase.Errorf("connection lost: %w", err))
			}
		}),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) { report(connectError(err)) }),
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
	if o.User != "" {
		opts = append(opts, nats.UserInfo(o.User, o.Password))
	}
	if o.Token != "" {
		opts = append(opts, nats.Token(o.Token))
	}
	if o.TLSFirst {
		opts = append(opts, nats.TLSHandshakeFirst())
	}
	if o.Creds != "" {
		opts = append(opts, nats.UserCredentials(o.Creds))
	}
	if o.NKey != "" {
		nkey, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return nil, phrase.Errorf("read nkey: %w", err)
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
		return nil, phrase.New("a client certificate needs its key, and a key its certificate")
	}
	if o.Cert != "" {
		opts = append(opts, nats.ClientCert(o.Cert, o.Key))
	}
	return opts, nil
}

// dialReader returns the function that makes a connection to read on: like the one
// that o describes, but its errors go to whoever reads. They are not always errors
// of the other connection too: a server cuts the one that is too slow, and that is
// the one on which messages come.
func dialReader(o Options) func(last nats.Option, onError func(error)) (*nats.Conn, error) {
	o.Name += " reader"
	o.OnReconnect = nil
	return func(last nats.Option, onError func(error)) (*nats.Conn, error) {
		o := o
		o.OnError = onError
		nc, _, err := dial(o, last)
		return nc, err
	}
}

// dialAs makes a connection to the same server as the user of another NATS context.
func (c *Conn) dialAs(context string) (*nats.Conn, error) {
	o := c.options
	o.Name += " service"
	o.Server, o.Context, o.URL = nil, context, Address(o.URL) // without the user that it names
	o.Creds, o.NKey, o.Cert, o.Key, o.User, o.Password, o.Token = "", "", "", "", "", "", ""
	nc, _, err := dial(o)
	if err != nil {
		return nil, phrase.Errorf("serve as the user of the context %s: %w", context, connectError(err))
	}
	return nc, nil
}
