package broker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

func TestReplyGuard(t *testing.T) {
	t.Parallel()
	subjects := []string{"citizens.*.text", "raw.>"}
	for _, of := range []struct {
		name, prefix, api string
		allowed, refused  []string
	}{
		{
			"plain", "", "",
			[]string{"_INBOX.x.1", "_INBOX.minyi.do.x", "my.inbox", "_R_.a.b", "minyis.x", "citizens.a.other", "hub.minyi.tasks.x"},
			[]string{
				"", "$JS.API.STREAM.PURGE.SUGGESTIONS", "$KV.COUNTS.current", "$SYS.x", "a.$JS.b", "minyi.tasks.0123456789ab", "minyi.status", "minyi",
				"minyi.deltas.x", "suggestions.x", "citizens.a.text", "raw.a.b", "_INBOX.minyi.work.abc", "a.*", "a.>", "a..b", ".a",
			},
		},
		{
			"a prefix", "poll", "",
			[]string{"_INBOX.x.1", "minyi.x"},
			[]string{"poll.minyi.tasks.x", "poll.suggestions.x", "raw.a", "$KV.POLL_COUNTS.current"},
		},
		{
			"an import", "", "JS.hub.API",
			[]string{"_INBOX.x.1", "_INBOX.minyi.do.x"},
			[]string{"JS.hub.API.STREAM.PURGE.SUGGESTIONS", "hub.suggestions.x", "a.b.minyi.tasks.x", "to.raw.a", "hub.JS.hub.API.STREAM.DELETE.X"},
		},
	} {
		t.Run(of.name, func(t *testing.T) {
			names, err := NewNames(of.prefix, "")
			if err != nil {
				t.Fatal(err)
			}
			g := &replyGuard{own: refusedReplies(names, of.api), suffixes: of.api != ""}
			g.stream.Store(&subjects)
			for _, s := range of.allowed {
				if !g.allows(s) {
					t.Errorf("refuses %q", s)
				}
			}
			for _, s := range of.refused {
				if g.allows(s) {
					t.Errorf("allows %q", s)
				}
			}
		})
	}
}

// Whoever may ask chooses the reply subject. Into the API of the server, into a bucket
// or a stream, the service answers nothing, neither from an endpoint nor to what NATS
// asks of every service.
func TestServiceIsNoDeputy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	if err := r.conn.EnsureSuggestions(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.ensureLedger(ctx); err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() {
		served <- r.conn.Serve(ctx, ServiceOptions{
			Version: "1.2.3", Board: pipeline.NewBoard(),
			Tallies: func() []ServedTally {
				return []ServedTally{{Tally: "0123456789ab", Classify: func([]byte) ([]byte, error) { return []byte("{}"), nil }}}
			},
		})
	}()
	ask := func(subject string) *nats.Msg {
		t.Helper()
		for ctx.Err() == nil {
			if m, err := r.conn.nc.Request(subject, []byte("nosuch"), 5*time.Second); err == nil {
				return m
			}
		}
		return nil
	}
	if m := ask("minyi.counts"); len(m.Data) == 0 || m.Header.Get("Nats-Service-Error-Code") != "404" {
		t.Errorf("an error has the body %q and the header %v", m.Data, m.Header)
	}
	ask("$SRV.STATS.minyi")
	for _, reply := range []string{
		"$JS.API.STREAM.PURGE.SUGGESTIONS", "$JS.API.STREAM.DELETE.KV_COUNTS", "$KV.COUNTS.current", "minyi.tasks.0123456789ab",
		"minyi.deltas.0123456789ab", "suggestions.x",
	} {
		for _, subject := range []string{"minyi.counts", "minyi.classify", "minyi.status", "minyi.status.0123456789ab", "$SRV.PING", "$SRV.INFO.minyi", "$SRV.STATS"} {
			if err := r.conn.nc.PublishRequest(subject, reply, []byte("nosuch")); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Requests to a subject are answered in order, so these answers come after the others.
	for _, subject := range []string{"minyi.counts", "minyi.classify", "minyi.status", "minyi.status.0123456789ab", "$SRV.PING", "$SRV.INFO.minyi", "$SRV.STATS"} {
		ask(subject)
	}
	for name := range r.conn.js.ListStreams(ctx).Info() {
		if name.State.LastSeq != 0 {
			t.Errorf("%s was written to or purged: %+v", name.Config.Name, name.State)
		}
	}
	if _, err := r.conn.js.Stream(ctx, "KV_COUNTS"); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// The stream of suggestions may take messages by subjects that its configuration names, or
// from a stream that it sources: nothing is answered there.
func TestReplyGuardKnowsTheStream(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, cfg := range []jetstream.StreamConfig{
		{Name: "RAW", Subjects: []string{"raw.*.text"}},
		{Name: "SUGGESTIONS", Subjects: []string{"suggestions.>", "portal"}, Sources: []*jetstream.StreamSource{{Name: "RAW"}, {Name: "NOT_THERE"}}},
	} {
		if _, err := r.conn.js.CreateOrUpdateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	g := r.conn.newReplyGuard(t.Context())
	for subject, want := range map[string]bool{"raw.a.text": false, "portal": false, "suggestions.x": false, "raw.a.other": true, "_INBOX.x": true} {
		if g.allows(subject) != want {
			t.Errorf("%s: allowed %v", subject, !want)
		}
	}
}

// The service may answer as a user that can do nothing else. The worker's user then needs
// no right to listen to requests, nor to publish to inboxes.
func TestServeAsAnotherUser(t *testing.T) {
	t.Parallel()
	s := brokertest.NATS(t, &server.Options{Users: []*server.User{
		{Username: "work", Password: "p", Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: []string{"$JS.API.>"}},
			Subscribe: &server.SubjectPermission{Allow: []string{WorkerInbox + ".>"}},
		}},
		{Username: "serve", Password: "p", Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: []string{"_INBOX.>"}},
			Subscribe: &server.SubjectPermission{Allow: []string{"minyi.*", "$SRV.>"}},
		}},
		{Username: "ask", Password: "p"},
	}})
	at := s.Addr().String()
	deadline, done := context.WithTimeout(t.Context(), 10*time.Second)
	defer done()
	failed := make(chan error, 100)
	conn, err := Connect(t.Context(), Options{URL: "nats://work:p@" + at, Inbox: WorkerInbox, OnError: func(err error) { failed <- err }})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithCancel(deadline)
	served := make(chan error, 1)
	as := writeContext(t, map[string]any{"url": "nats://" + at, "user": "serve", "password": "p"})
	go func() {
		served <- conn.Serve(ctx, ServiceOptions{Version: "1.2.3", Board: pipeline.NewBoard(), Context: as})
	}()
	nc, err := nats.Connect("nats://ask:p@" + at)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	for {
		m, err := nc.Request("minyi.counts", nil, 5*time.Second)
		if err == nil && m.Header.Get("Nats-Service-Error-Code") == "404" {
			break
		}
		if err == nil || ctx.Err() != nil || !errors.Is(err, nats.ErrNoResponders) {
			t.Fatalf("%+v %v", m, err)
		}
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	select {
	case err := <-failed:
		t.Errorf("the worker's user: %v", err)
	default:
	}
	if err := conn.Serve(t.Context(), ServiceOptions{Version: "1.2.3", Context: "/no/such/context.json"}); err == nil {
		t.Error("served without a context")
	}
}
