package broker

import (
	"crypto/tls"
	"time"

	"github.com/nats-io/nats.go"
)

// Options say which broker to use and how. The zero value connects to the
// NATS context that is selected, if there is one, else to 127.0.0.1:4222.
type Options struct {
	// Server is one in this process to connect to, such as an *embedded.Server;
	// the other ways are then ignored.
	Server nats.InProcessConnProvider
	// URL of the broker, or several with commas between. With Context it takes the
	// place of the context's; alone, no context is looked at.
	URL string
	// Context is a NATS context by name, or the absolute path of its file. What the
	// fields below say comes before what it says.
	Context string

	Creds string // file of credentials
	NKey  string // file of an nkey seed
	CA    string // file of certificates to trust
	Cert  string // file of a client certificate
	Key   string // file of its key
	TLS   *tls.Config

	User     string
	Password string
	Token    string
	// TLSFirst has TLS begin before the server's greeting, as a server with
	// handshake_first wants it.
	TLSFirst bool

	// Inbox is what inboxes begin with, where the context does not say; default
	// CommandInbox.
	Inbox string

	Name string // of the connection; default "minyi"
	// Worker names this process in the bucket MINYI_TALLIES and in the history. It is made
	// of [A-Za-z0-9_-], and no other process has it; default: eight random digits.
	Worker string
	Prefix string // of streams, subjects and bucket; default none
	Stream string // of suggestions; default SUGGESTIONS
	Domain string // of JetStream; default none
	// APIPrefix is what subjects of JetStream's API begin with, where an account
	// imports that of another one; default $JS.API. If the account imports no subject of
	// minyi's, minyi's own streams are kept in it.
	APIPrefix string

	Replicas        int           // of streams that are made; default 1
	DuplicateWindow time.Duration // of a stream of suggestions that is made; default 2 min
	Timeout         time.Duration // of connecting and of a request; default 5 s

	// OnError is called with errors of the connection that no call returns: it
	// was lost, or this user may not do something. Calls come one after another.
	OnError func(error)
	// OnDenied, if it is set, is called in place of OnError each time that the server says
	// that this user may not do something. What was asked is never answered then.
	OnDenied func(error)
	// OnReconnect is called with the address when a lost connection is back.
	OnReconnect func(url string)

	stale time.Duration // in place of staleAfter, in tests
	keep  time.Duration // in place of keepEvery, in tests
	many  uint64        // in place of manyCells, in tests
}
