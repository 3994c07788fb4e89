package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// brokerOptions are the flags of every command that talks to a broker.
type brokerOptions struct {
	server  string
	context string
	creds   string
	nkey    string
	ca      string
	cert    string
	key     string
	domain  string
	prefix  string
	stream  string

	replicas int // of streams that are created
}

func (b *brokerOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.server, "server", "", "URL of the NATS server (default: NATS_URL, the selected context, nats://127.0.0.1:4222)")
	f.StringVar(&b.context, "context", "", "NATS context, as of the nats CLI")
	f.StringVar(&b.creds, "creds", "", "file of NATS credentials")
	f.StringVar(&b.nkey, "nkey", "", "file of an nkey seed")
	f.StringVar(&b.ca, "tlsca", "", "file of certificates to trust")
	f.StringVar(&b.cert, "tlscert", "", "file of the client certificate")
	f.StringVar(&b.key, "tlskey", "", "file of its key")
	f.StringVar(&b.domain, "domain", "", "JetStream domain")
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
	conn, err := broker.Connect(ctx, a.connectOptions(b))
	return conn, brokerError(err, b.server)
}

// connectOptions returns how to connect: by the flags, else by NATS_URL.
func (a *app) connectOptions(b brokerOptions) broker.Options {
	if b.server == "" && b.context == "" {
		b.server = a.getenv("NATS_URL")
	}
	log := slog.New(slog.NewTextHandler(a.stderr, nil))
	return broker.Options{
		URL: b.server, Context: b.context, Creds: b.creds, NKey: b.nkey,
		CA: b.ca, Cert: b.cert, Key: b.key, Domain: b.domain, Prefix: b.prefix, Stream: b.stream, Replicas: b.replicas,
		OnError:     func(err error) { log.Warn("NATS", "error", err) },
		OnReconnect: func(url string) { log.Info("NATS: connected again", "server", url) },
	}
}

// brokerError adds to an error of the broker what the operator can do; nil stays nil.
func brokerError(err error, server string) error {
	if server == "" {
		server = "the default address"
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, broker.ErrConnect):
		return fmt.Errorf("%w (%s); %s", err, broker.Address(server), broker.ConnectRemedy(err))
	case errors.Is(err, broker.ErrNoJetStream), errors.Is(err, broker.ErrServerTooOld):
		return fmt.Errorf("%w; %s", err, broker.ConnectRemedy(err))
	case errors.Is(err, pipeline.ErrConservation):
		return fmt.Errorf("%w\nwhat to do: minyi ledger names the place; then count again, as in docs/operators.md: the stream has what is true", err)
	case errors.Is(err, pipeline.ErrStreamReset):
		return fmt.Errorf("%w\nwhat to do: start the workers again with --promote: they count the stream that is there now, as a tally of its own", err)
	case errors.Is(err, pipeline.ErrStreamBehind), errors.Is(err, pipeline.ErrSequenceReused):
		return fmt.Errorf("%w\nwhat to do: stop all workers, send all files again (minyi send knows what is missing), and count again, as in docs/operators.md", err)
	case errors.Is(err, broker.ErrNoTally):
		return &exitError{code: exitCheck, err: err}
	}
	return err
}
