package broker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// twoAccounts are the accounts of accountsServer, HUB with 300 messages.
type twoAccounts struct {
	t     *testing.T
	at    string
	hub   *rig
	words brokertest.Words
	last  uint64
}

func newTwoAccounts(t *testing.T, imports, jetstream string) *twoAccounts {
	a := &twoAccounts{t: t, at: accountsServer(t, imports, jetstream), words: brokertest.NewWords(t, 3, 4)}
	a.hub = a.as(Options{URL: "nats://hub:p@" + a.at})
	if err := a.hub.conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.last = a.hub.publish(brokertest.Payloads(1, 300, 2, a.words))
	return a
}

func (a *twoAccounts) as(o Options) *rig {
	a.t.Helper()
	conn, err := Connect(a.t.Context(), o)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(conn.Close)
	return &rig{t: a.t, conn: conn}
}

// app connects as the account that imports, over its context.
func (a *twoAccounts) app(o Options) *rig {
	o.Context = writeContext(a.t, map[string]any{"url": "nats://app:p@" + a.at, "jetstream_api_prefix": "JS.hub.API"})
	return a.as(o)
}

// counts counts as the account that imports, and compares with what HUB has.
func (a *twoAccounts) counts(r *rig) {
	a.t.Helper()
	worker, stop := r.run(brokertest.Config(a.words))
	r.same(r.waitFor(worker.Tally(), a.last), a.hub.offline(a.words, a.last))
	if err := stop(); err != nil {
		a.t.Fatal(err)
	}
	if audit, err := r.conn.Audit(a.t.Context(), ""); err != nil || !audit.Holds {
		a.t.Errorf("the ledger does not hold: %v, %+v", err, audit)
	}
}

// streams are those of an account, by its own API.
func (a *twoAccounts) streams(user string) []string {
	a.t.Helper()
	var names []string
	for name := range a.as(Options{URL: "nats://" + user + ":p@" + a.at}).conn.js.StreamNames(context.Background()).Name() {
		names = append(names, name)
	}
	return names
}

// A context with a prefix of JetStream's API counts what the account that has the
// stream stores, and nothing is made in the account that it connects to.
func TestJetStreamOfAnotherAccount(t *testing.T) {
	t.Parallel()
	a := newTwoAccounts(t, `, {service: {account: HUB, subject: "$JS.ACK.>"}}, {service: {account: HUB, subject: "$KV.>"}}, {service: {account: HUB, subject: "minyi.>"}}`, "enabled")
	a.counts(a.app(Options{}))
	if names := a.streams("app"); len(names) > 0 {
		t.Errorf("the account that imports has streams: %v", names)
	}
}

// An import of the API alone is enough to read; minyi's own streams are then kept in the
// account of the connection, and whoever connects later finds them there.
func TestOnlyTheAPIIsImported(t *testing.T) {
	t.Parallel()
	a := newTwoAccounts(t, "", "enabled")
	var said []string
	r := a.app(Options{OnError: func(err error) { said = append(said, err.Error()) }})
	a.counts(r)
	if len(said) != 1 || !strings.Contains(said[0], "minyi.tasks.>") || !strings.Contains(said[0], "kept in this account") {
		t.Errorf("said %q", said)
	}
	if names := a.streams("hub"); !slices.Equal(names, []string{"SUGGESTIONS"}) {
		t.Errorf("the account that is read has %v", names)
	}
	a.last = a.hub.publish(brokertest.Payloads(2, 50, 2, a.words))
	a.counts(a.app(Options{})) // as after a restart
	reader := a.app(Options{})
	if view, err := reader.conn.Counts().Current(t.Context()); err != nil || view == "" {
		t.Errorf("a reader finds %q, %v", view, err)
	}
}

// What cannot be exact is refused by name, and nothing is made in the other account that
// was not there.
func TestImportsThatDoNotDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		imports, jetstream string
		before             func(*twoAccounts)
		want               []string
	}{
		"some of the subjects": {`, {service: {account: HUB, subject: "minyi.>"}}`, "enabled", nil, []string{"$KV.COUNTS.>", "$KV.MINYI_KEYS.>"}},
		"no JetStream":         {"", "disabled", nil, []string{"minyi.tasks.>", "no JetStream"}},
		"counts of others": {"", "enabled", func(a *twoAccounts) {
			own := a.as(Options{URL: "nats://app:p@" + a.at})
			if _, err := own.conn.NewWorker(t.Context(), brokertest.Config(a.words)); err != nil {
				t.Fatal(err)
			}
		}, []string{"of other messages", "--prefix"}},
		"counted there": {"", "enabled", func(a *twoAccounts) { a.counts(a.hub) }, []string{"minyi.tasks.>", "counts there"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newTwoAccounts(t, c.imports, c.jetstream)
			if c.before != nil {
				c.before(a)
			}
			_, err := a.app(Options{}).conn.NewWorker(t.Context(), brokertest.Config(a.words))
			if !errors.Is(err, ErrNotImported) {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}
