package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// Errors that a caller may branch on. They are wrapped with what was being
// done, and, where there is one, with the remedy.
var (
	// ErrConnect: no connection to the broker.
	ErrConnect = phrase.New("cannot connect to NATS")
	// ErrRefused: the broker is there and does not let this user in. It comes
	// with ErrConnect.
	ErrRefused = phrase.New("the server refuses these credentials")
	// ErrTLS: one side does not accept the certificate of the other, or only one
	// of them wants TLS. It comes with ErrConnect.
	ErrTLS = phrase.New("no agreement about TLS")
	// ErrSetting: a setting of the NATS context, or of its environment, cannot be
	// honoured. It comes with ErrConnect.
	ErrSetting = phrase.New("a setting of NATS cannot be honoured")
	// ErrNotImported: the account uses the JetStream of another one, and does not
	// import all subjects that minyi needs there.
	ErrNotImported = phrase.New("a subject is not imported from the account that has JetStream")
	// ErrNoJetStream: the broker has no JetStream for this account.
	ErrNoJetStream = phrase.New("JetStream is not enabled")
	// ErrServerTooOld: the broker cannot store batches atomically.
	ErrServerTooOld = phrase.New("NATS server is too old")
	// ErrNoStream: the stream of suggestions that was named is not there.
	ErrNoStream = phrase.New("there is no stream")
	// ErrOtherStream: a tally, or a report, counts another stream than the one named.
	ErrOtherStream = phrase.New("another stream was counted")
	// ErrUnsuited: a stream exists with settings that do not suit.
	ErrUnsuited = phrase.New("stream does not suit")
	// ErrNoTally: there is no tally of that name, or none is current.
	ErrNoTally = phrase.New("no such tally")
	// ErrBusy: no consistent view could be had in time.
	ErrBusy = phrase.New("counts are changing too quickly")
)

// connectError says by name what kept us from connecting. The URL is not in it,
// which may hold a password.
func connectError(err error) error {
	var parse *url.Error
	if errors.As(err, &parse) {
		err = parse.Err
	}
	switch {
	case isRefused(err):
		return phrase.Errorf("%w: %w: %w", ErrConnect, ErrRefused, err)
	case isTLS(err):
		return phrase.Errorf("%w: %w: %w", ErrConnect, ErrTLS, err)
	case errors.As(err, new(*fs.PathError)): // a file of ours, which no waiting for the broker brings
		return phrase.Errorf("%w: %w: %w", ErrConnect, ErrSetting, err)
	}
	return phrase.Errorf("%w: %w", ErrConnect, err)
}

// Temporary tells whether an error of [Connect], of beginning to work, or of reading counts
// may pass by itself: the broker is not there, is electing leaders, or has dropped a
// consumer. Who is refused, or meets something that does not suit, is so until somebody
// changes it.
func Temporary(err error) bool {
	switch {
	case errors.Is(err, ErrRefused), errors.Is(err, ErrTLS), errors.Is(err, ErrSetting), IsDenied(err):
		return false
	case errors.Is(err, ErrConnect), errors.Is(err, nats.ErrTimeout), errors.Is(err, nats.ErrNoResponders), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, ErrBusy),
		errors.Is(err, jetstream.ErrNoHeartbeat), errors.Is(err, jetstream.ErrServerShutdown), errors.Is(err, jetstream.ErrConsumerLeadershipChanged),
		errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrConsumerNotFound):
		return true
	}
	const notAvailable, notLeader = 10008, 10009
	return wire.HasCode(err, notAvailable, notLeader)
}

// IsDenied tells whether the server says that this user may not publish or subscribe to
// something. It says so beside the request, which gets no answer and ends with its deadline.
func IsDenied(err error) bool { return errors.Is(err, nats.ErrPermissionViolation) }

func isRefused(err error) bool {
	return errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired) || errors.Is(err, nats.ErrAuthRevoked) ||
		errors.Is(err, nats.ErrAccountAuthExpired) || errors.Is(err, nats.ErrNkeysNotSupported)
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var remote *net.OpError // crypto/tls reports an alert of the other side so
	return errors.As(err, &verification) || errors.As(err, &record) ||
		errors.As(err, &remote) && remote.Op == "remote error" ||
		errors.Is(err, nats.ErrTLS) || errors.Is(err, nats.ErrSecureConnRequired) || errors.Is(err, nats.ErrSecureConnWanted)
}

// isSilent tells whether a connection was made, and the server said nothing on it.
func isSilent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "read" && op.Timeout()
}

// ConnectRemedy says what to do about an error of [Connect].
func ConnectRemedy(err error) phrase.Text {
	switch {
	case errors.Is(err, ErrServerTooOld):
		return phrase.Textf("upgrade nats-server to 2.12 or later")
	case errors.Is(err, ErrNoJetStream):
		return phrase.Textf("start nats-server with -js, or enable JetStream for this account")
	case errors.Is(err, ErrRefused):
		return phrase.Textf("the server is there: --creds, --nkey, --tlscert, NATS_USER and NATS_PASSWORD, or a --context that has them say who we are; the token of minyi up is in its data folder, which --data names")
	case IsDenied(err):
		return phrase.Textf("the server is there and does not let this user ask for JetStream: give it the right, or log in as another one; deploy/nats/authorization.conf has a user for each command")
	case errors.Is(err, ErrTLS):
		return phrase.Textf("the server is there: --tlsca names the certificates to trust, --tlscert and --tlskey who we are")
	case errors.Is(err, ErrSetting):
		return phrase.Textf("mend it or leave it out of the context or the environment, and name with --server, --creds, --nkey, --tlsca or the like what minyi is to use")
	case isSilent(err):
		return phrase.Textf("something takes connections there and does not greet: a server that wants the TLS handshake first needs --tlsfirst")
	}
	return phrase.Textf("is it running? --server, --context or NATS_URL name another")
}

// Address is a URL of a broker, or several with commas between, without what
// proves who we are: a password or a token.
func Address(urls string) string {
	all := strings.Split(urls, ",")
	for i, u := range all {
		scheme, rest, ok := strings.Cut(u, "://")
		if !ok {
			scheme, rest = "nats", u
		}
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			rest, ok = rest[at+1:], true
		}
		if ok {
			all[i] = strings.TrimSpace(scheme) + "://" + rest
		}
	}
	return strings.Join(all, ",")
}
