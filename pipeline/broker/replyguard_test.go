package broker

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
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
