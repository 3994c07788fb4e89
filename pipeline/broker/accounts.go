package broker

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// accounts is the JetStream of a connection that uses the API of another account, which
// has the stream of suggestions. Where that account takes no message of minyi's, as only
// its API is imported, minyi's own streams are kept apart: in the account of the
// connection. Reading needs the API alone, so counts are exact there too.
//
// It is decided once, by the first worker, and written on the bucket of counts, so that
// every process finds the same streams (see [Conn.findOwn]).
type accounts struct {
	jetstream.JetStream                     // of the account that has the suggestions
	own                 jetstream.JetStream // of the account of the connection
	names               []string            // of the streams that may be kept apart
	apart               atomic.Bool         // whether they are
}

// newAccounts returns the JetStream of a connection to another account's API.
func (c *Conn) newAccounts(prefix string, o jetstream.JetStreamOpt) (jetstream.JetStream, error) {
	there, err := jetstream.NewWithAPIPrefix(c.nc, prefix, o)
	if err != nil {
		return nil, err
	}
	own, err := jetstream.New(c.nc, o)
	if err != nil {
		return nil, err
	}
	return &accounts{JetStream: there, own: own, names: c.names.ownNames()}, nil
}

// metadataAPI is the metadata of the bucket of counts that says over which API the
// messages are read that it counts.
const metadataAPI = "minyi_suggestions_api"

// ownNames returns the names of the streams of minyi's own.
func (n Names) ownNames() []string {
	return []string{
		n.Tasks, n.Deltas, n.BucketStream, n.KeysStream, n.Published, n.History,
		bucketStream(n.Positions), bucketStream(n.Labels), bucketStream(n.Dicts), bucketStream(n.Tallies),
	}
}

// Of implements the interface that [wire.Of] asks for.
func (a *accounts) Of(stream string) jetstream.JetStream {
	if a.apart.Load() && slices.Contains(a.names, stream) {
		return a.own
	}
	return a.JetStream
}

// Stream is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) Stream(ctx context.Context, stream string) (jetstream.Stream, error) {
	return a.Of(stream).Stream(ctx, stream)
}

// CreateStream is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) CreateStream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	return a.Of(cfg.Name).CreateStream(ctx, cfg)
}

// UpdateStream is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) UpdateStream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	return a.Of(cfg.Name).UpdateStream(ctx, cfg)
}

// CreateOrUpdateStream is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) CreateOrUpdateStream(ctx context.Context, cfg jetstream.StreamConfig) (jetstream.Stream, error) {
	return a.Of(cfg.Name).CreateOrUpdateStream(ctx, cfg)
}

// DeleteStream is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) DeleteStream(ctx context.Context, stream string) error {
	return a.Of(stream).DeleteStream(ctx, stream)
}

// CreateConsumer is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) CreateConsumer(ctx context.Context, stream string, cfg jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	return a.Of(stream).CreateConsumer(ctx, stream, cfg)
}

// CreateOrUpdateConsumer is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) CreateOrUpdateConsumer(ctx context.Context, stream string, cfg jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	return a.Of(stream).CreateOrUpdateConsumer(ctx, stream, cfg)
}

// OrderedConsumer is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) OrderedConsumer(ctx context.Context, stream string, cfg jetstream.OrderedConsumerConfig) (jetstream.Consumer, error) {
	return a.Of(stream).OrderedConsumer(ctx, stream, cfg)
}

// Consumer is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) Consumer(ctx context.Context, stream, consumer string) (jetstream.Consumer, error) {
	return a.Of(stream).Consumer(ctx, stream, consumer)
}

// DeleteConsumer is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) DeleteConsumer(ctx context.Context, stream, consumer string) error {
	return a.Of(stream).DeleteConsumer(ctx, stream, consumer)
}

// PauseConsumer is that of jetstream.JetStream, in the account of the stream.
func (a *accounts) PauseConsumer(ctx context.Context, stream, consumer string, until time.Time) (*jetstream.ConsumerPauseResponse, error) {
	return a.Of(stream).PauseConsumer(ctx, stream, consumer, until)
}

// KeyValue is that of jetstream.JetStream, in the account of the bucket.
func (a *accounts) KeyValue(ctx context.Context, bucket string) (jetstream.KeyValue, error) {
	return a.Of(bucketStream(bucket)).KeyValue(ctx, bucket)
}

// CreateKeyValue is that of jetstream.JetStream, in the account of the bucket.
func (a *accounts) CreateKeyValue(ctx context.Context, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	return a.Of(bucketStream(cfg.Bucket)).CreateKeyValue(ctx, cfg)
}

// CreateOrUpdateKeyValue is that of jetstream.JetStream, in the account of the bucket.
func (a *accounts) CreateOrUpdateKeyValue(ctx context.Context, cfg jetstream.KeyValueConfig) (jetstream.KeyValue, error) {
	return a.Of(bucketStream(cfg.Bucket)).CreateOrUpdateKeyValue(ctx, cfg)
}

// DeleteKeyValue is that of jetstream.JetStream, in the account of the bucket.
func (a *accounts) DeleteKeyValue(ctx context.Context, bucket string) error {
	return a.Of(bucketStream(bucket)).DeleteKeyValue(ctx, bucket)
}

// imported returns the accounts of a connection that uses the API of another one, else
// nil.
func (c *Conn) imported() *accounts {
	a, _ := c.js.(*accounts)
	return a
}

// KeptApart reports whether minyi's own streams are kept in the account of the connection
// while the messages are another account's.
func (c *Conn) KeptApart() bool {
	a := c.imported()
	return a != nil && a.apart.Load()
}

// TryApart has this connection look for minyi's own streams in its own account, where
// its messages do not reach those of the account whose API it uses; false: there is no
// other account, or this one has no JetStream. Nothing is made or written.
func (c *Conn) TryApart(ctx context.Context) bool {
	a := c.imported()
	if a == nil || c.ownElsewhere(ctx, a) != nil {
		return false
	}
	a.apart.Store(true)
	return true
}

// ownPatience is for an account that may not use its own API, which then never answers.
const ownPatience = 2 * time.Second

// findOwn finds out whether an earlier worker keeps minyi's own streams apart. Only a
// bucket of counts counts that says so of the same API: another one in this account is of
// other messages.
func (c *Conn) findOwn(ctx context.Context, a *accounts) {
	ctx, cancel := context.WithTimeout(ctx, min(ownPatience, c.options.Timeout))
	defer cancel()
	s, err := a.own.Stream(ctx, c.names.BucketStream)
	a.apart.Store(err == nil && s.CachedInfo().Config.Metadata[metadataAPI] == wire.API(a.JetStream))
}

// ownElsewhere returns why minyi's own streams cannot be kept in the account of the
// connection. The error wraps [errOtherCounts] if other messages are counted there.
func (c *Conn) ownElsewhere(ctx context.Context, a *accounts) error {
	ctx, cancel := context.WithTimeout(ctx, min(ownPatience, c.options.Timeout))
	defer cancel()
	if _, err := a.own.AccountInfo(ctx); err != nil {
		return phrase.Errorf("this account has no JetStream in which minyi could keep its own streams: %w", err)
	}
	s, err := a.own.Stream(ctx, c.names.BucketStream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil
	case err != nil:
		return phrase.Errorf("stream %s of this account: %w", c.names.BucketStream, err)
	case s.CachedInfo().Config.Metadata[metadataAPI] != wire.API(a.JetStream):
		return phrase.Errorf("%w: %w, which would take what is published; with --prefix and --stream %s minyi uses other names",
			ErrNotImported, errOtherCounts, c.names.Suggestions)
	}
	return nil
}

// makeLedger makes minyi's own streams where what this connection publishes reaches them:
// in the account whose API it uses, or apart.
func (c *Conn) makeLedger(ctx context.Context) error {
	a := c.imported()
	if a == nil || a.apart.Load() {
		return c.ensureLedger(ctx)
	}
	why := c.ownElsewhere(ctx, a)
	if errors.Is(why, errOtherCounts) {
		return why
	}
	var absent []string
	for _, name := range a.names {
		if _, err := a.JetStream.Stream(ctx, name); errors.Is(err, jetstream.ErrStreamNotFound) {
			absent = append(absent, name)
		}
	}
	if err := c.ensureLedger(ctx); err != nil {
		return err
	}
	err := c.checkImports(ctx)
	if !errors.Is(err, errNoneImported) {
		return err
	}
	if s, errInfo := a.JetStream.Stream(ctx, c.names.BucketStream); errInfo != nil || s.CachedInfo().State.LastSeq > 0 {
		return phrase.Errorf("%w; somebody counts there already, and counts and page can be read here", err)
	}
	if why != nil {
		return phrase.Errorf("%w; %w", err, why)
	}
	for _, name := range absent { // what was made in vain, unless somebody uses it by now
		if s, err := a.JetStream.Stream(ctx, name); err == nil && s.CachedInfo().State.LastSeq == 0 {
			_ = a.DeleteStream(ctx, name) // an empty stream does no harm
		}
	}
	a.apart.Store(true)
	if c.options.OnError != nil {
		c.options.OnError(phrase.Errorf("%w; so minyi's own streams are kept in this account, and only messages are read over %s", err, wire.API(a.JetStream)))
	}
	return c.ensureLedger(ctx)
}

// errOtherCounts: the account of the connection counts messages of its own.
var errOtherCounts = phrase.New("this account has counts of other messages")

// errNoneImported is an [ErrNotImported] of all subjects of minyi's own.
var errNoneImported = phrase.Errorf("%w: none of minyi's", ErrNotImported)

// reaches reports whether a stream answers on a subject, to a message that it must refuse
// as it names another stream.
func (c *Conn) reaches(ctx context.Context, subject string) (*nats.Msg, error) {
	m := nats.NewMsg(subject)
	m.Header.Set(jetstream.ExpectedStreamHeader, "-")
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	return c.nc.RequestMsgWithContext(ctx, m)
}
