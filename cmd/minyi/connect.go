package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// brokerOptions are the flags of every command that talks to a broker.
type brokerOptions struct {
	server  string
	data    string
	context string
	creds   string
	nkey    string
	ca      string
	cert    string
	key     string
	domain  string
	prefix  string
	stream  string

	prefixAPI string
	tlsFirst  bool

	replicas int    // of streams that are created
	inbox    string // of a worker; default that of a command
}

func (b *brokerOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.server, "server", "", "URL of the NATS server (default: NATS_URL, the selected context, nats://127.0.0.1:4222)")
	f.StringVar(&b.data, "data", "", "data folder of the minyi up to ask (default: "+defaultData+" here, if nothing else names a server)")
	f.StringVar(&b.context, "context", "", "NATS context, as of the nats CLI")
	f.StringVar(&b.creds, "creds", "", "file of NATS credentials")
	f.StringVar(&b.nkey, "nkey", "", "file of an nkey seed")
	f.StringVar(&b.ca, "tlsca", "", "file of certificates to trust")
	f.StringVar(&b.cert, "tlscert", "", "file of the client certificate")
	f.StringVar(&b.key, "tlskey", "", "file of its key")
	f.BoolVar(&b.tlsFirst, "tlsfirst", false, "begin TLS before the server's greeting, as handshake_first wants it")
	f.StringVar(&b.domain, "domain", "", "JetStream domain")
	f.StringVar(&b.prefixAPI, "js-api-prefix", "", "prefix of JetStream's API, where an account imports another's")
	f.StringVar(&b.prefix, "prefix", "", "prefix of all streams, subjects and buckets")
	f.StringVar(&b.stream, "stream", "", "stream of suggestions (default SUGGESTIONS)")
}

// registerMaking adds the flag of commands that create streams.
func (b *brokerOptions) registerMaking(cmd *cobra.Command) {
	cmd.Flags().IntVar(&b.replicas, "replicas", 1, "replicas of streams that are made: 1, or 3 in a cluster; those that are there stay as they are")
}

// connect connects to the broker that the flags, NATS_URL or the selected
// context name.
func (a *app) connect(ctx context.Context, b brokerOptions) (*broker.Conn, error) {
	o, err := a.connectOptions(b)
	if err != nil {
		return nil, err
	}
	conn, err := broker.Connect(ctx, o)
	return conn, brokerError(err, o.URL)
}

// connectWithin connects and begins; where the broker is not there yet, or has no
// leader yet, it tries again for as long as wait, and the log says so once. In a cluster of containers
// nobody says what starts first.
func (a *app) connectWithin(ctx context.Context, b brokerOptions, wait time.Duration, begin func(*broker.Conn) error) (*broker.Conn, error) {
	o, err := a.connectOptions(b)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(wait)
	for said := false; ; said = true {
		conn, err := broker.Connect(ctx, o)
		if err == nil {
			if err = begin(conn); err == nil {
				return conn, nil
			}
			conn.Close()
		}
		if !broker.Temporary(err) || time.Now().After(deadline) || ctx.Err() != nil {
			return nil, brokerError(err, o.URL)
		}
		if !said {
			a.log().Warn("waiting for the broker", "at_most", wait, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// connectOptions returns how to connect: by the flags, else by the environment of the
// nats CLI. The error names a variable that cannot be honoured.
func (a *app) connectOptions(b brokerOptions) (broker.Options, error) {
	o := broker.Options{
		URL: b.server, Context: b.context, Creds: b.creds, NKey: b.nkey,
		CA: b.ca, Cert: b.cert, Key: b.key, TLSFirst: b.tlsFirst,
		Domain: b.domain, APIPrefix: b.prefixAPI, Prefix: b.prefix, Stream: b.stream, Replicas: b.replicas, Inbox: b.inbox, Worker: workerName(),
	}
	log := a.log()
	o.OnError = func(err error) {
		if broker.IsDenied(err) {
			said := err.Error()
			a.denied.Store(&said)
		}
		log.Warn("NATS", a.about("error", err)...)
	}
	o.OnReconnect = func(url string) { log.Info("NATS: connected again", a.about("server", url)...) }
	if o.URL == "" && o.Context == "" && b.data != "" {
		url, err := readURL(b.data)
		if err != nil {
			return o, err
		}
		o.URL = url
	}
	if o.URL == "" && o.Context == "" {
		o.URL, o.Context = a.getenv("NATS_URL"), a.getenv("NATS_CONTEXT")
	}
	if o.URL == "" && o.Context == "" && !a.contextSelected() {
		o.URL, _ = readURL(defaultData) // there need not be one
	}
	for name, to := range map[string]*string{
		"NATS_CREDS": &o.Creds, "NATS_NKEY": &o.NKey, "NATS_CA": &o.CA, "NATS_CERT": &o.Cert, "NATS_KEY": &o.Key,
		"NATS_USER": &o.User, "NATS_PASSWORD": &o.Password, "NATS_TOKEN": &o.Token,
	} {
		if *to == "" {
			*to = a.getenv(name)
		}
	}
	if o.User == "" {
		o.Password = ""
	}
	if s := a.getenv("NATS_TIMEOUT"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil || d <= 0 {
			return o, usageError("%w: NATS_TIMEOUT: %q is no duration such as 5s", broker.ErrSetting, s)
		}
		o.Timeout = d
	}
	if a.getenv("NATS_SOCKS_PROXY") != "" {
		return o, usageError("%w: NATS_SOCKS_PROXY; a context may have it, as socks_proxy", broker.ErrSetting)
	}
	return o, nil
}

// brokerError adds to an error of the broker what the operator can do; nil stays nil.
func brokerError(err error, server string) error {
	where := any(phrase.Textf("the default address"))
	if server != "" {
		where = broker.Address(server)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, broker.ErrConnect):
		return phrase.Errorf("%w (%s); %s", err, where, broker.ConnectRemedy(err))
	case errors.Is(err, broker.ErrNoJetStream), errors.Is(err, broker.ErrServerTooOld):
		return phrase.Errorf("%w; %s", err, broker.ConnectRemedy(err))
	case errors.Is(err, pipeline.ErrConservation):
		return phrase.Errorf("%w\nwhat to do: minyi ledger names the place; then count again, as in docs/operators.md: the stream has what is true", err)
	case errors.Is(err, pipeline.ErrStreamReset):
		return phrase.Errorf("%w\nwhat to do: start the workers again with --promote: they count the stream that is there now, as a tally of its own", err)
	case errors.Is(err, pipeline.ErrStreamBehind), errors.Is(err, pipeline.ErrSequenceReused):
		return phrase.Errorf("%w\nwhat to do: stop all workers, send all files again (minyi send knows what is missing), and count again, as in docs/operators.md", err)
	case errors.Is(err, broker.ErrOtherStream):
		return usageError("%w; leave --stream (MINYI_STREAM) out, or give the stream that was counted", err)
	case errors.As(err, new(*exitError)): // said already
	case errors.Is(err, broker.ErrNoTally):
		return &exitError{code: exitCheck, err: err}
	}
	return err
}
