package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

func TestMain(m *testing.M) { brokertest.Main(m) }

const testMaxMessage = 128 << 10

// verdicts are the findings by check; the worst of several of one name.
func verdicts(findings []Finding) map[string]Finding {
	out := make(map[string]Finding)
	for _, f := range findings {
		if old, ok := out[f.Check]; !ok || old.Verdict == OK {
			out[f.Check] = f
		}
	}
	return out
}

// rig is an embedded server with a connection.
type rig struct {
	t      *testing.T
	server *embedded.Server
	conn   *broker.Conn
	js     jetstream.JetStream
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t}
	var err error
	if r.server, err = embedded.Start(embedded.Options{Dir: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.server.Shutdown)
	if r.conn, err = broker.Connect(t.Context(), broker.Options{Server: r.server}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.conn.Close)
	r.js = r.conn.JetStream()
	if err := r.conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

// publish stores n suggestions, and returns the last sequence.
func (r *rig) publish(n int, w brokertest.Words) (last uint64) {
	r.t.Helper()
	for _, p := range brokertest.Payloads(1, n, 1, w) {
		ack, err := r.js.Publish(r.t.Context(), "suggestions.x", p, jetstream.WithMsgID(nats.NewInbox()))
		if err != nil {
			r.t.Fatal(err)
		}
		last = ack.Sequence
	}
	return last
}

// run starts a worker; stop ends it.
func (r *rig) run(w brokertest.Words) (tally string, stop func()) {
	r.t.Helper()
	worker, err := r.conn.NewWorker(r.t.Context(), brokertest.Config(w))
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan error, 1)
	go func() { done <- worker.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	})
	r.t.Cleanup(stop)
	return worker.Tally(), stop
}

// count has a worker count n suggestions, and stops it.
func (r *rig) count(n int, w brokertest.Words) (tally string) {
	r.t.Helper()
	last := r.publish(n, w)
	tally, stop := r.run(w)
	r.waitFor(tally, last)
	stop()
	return tally
}

// waitFor waits until a tally is counted up to the sequence.
func (r *rig) waitFor(tally string, last uint64) {
	r.t.Helper()
	reached := errors.New("reached")
	for {
		err := r.conn.Counts().Watch(r.t.Context(), tally, time.Millisecond, func(t pipeline.Counts) error {
			if t.Frontier >= last {
				return reached
			}
			return nil
		})
		if errors.Is(err, reached) {
			return
		}
		if r.t.Context().Err() != nil || !errors.Is(err, broker.ErrNoTally) { // it is stored by the worker
			r.t.Fatal(err)
		}
	}
}

// examine has a broker examined, and fails if something is left behind.
func (r *rig) examine() map[string]Finding {
	r.t.Helper()
	found := Examine(r.t.Context(), broker.Options{Server: r.server}, testMaxMessage)
	for name := range r.js.StreamNames(r.t.Context()).Name() {
		if strings.Contains(name, "DOCTOR") {
			r.t.Errorf("the stream %s is left behind", name)
		}
	}
	for _, f := range found {
		if f.Found == "" || (f.Verdict == OK) != (f.Remedy == "") {
			r.t.Errorf("a finding that does not say what or what to do: %+v", f)
		}
	}
	return verdicts(found)
}

// A broker that is used, with a worker there: nothing fails, and the only
// warning is of the single replica.
func TestDoctorOnAHealthyBroker(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	tally, _ := r.run(w)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- r.conn.Serve(ctx, broker.ServiceOptions{Version: "1.2.3"}) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	r.waitFor(tally, r.publish(500, w))
	var found map[string]Finding
	for found["workers"].Verdict != OK { // until the service is there
		found = r.examine()
		if t.Context().Err() != nil {
			t.Fatal(found)
		}
	}
	for check, f := range found {
		want := OK
		if check == "power loss" {
			want = Warn
		}
		if f.Verdict != want {
			t.Errorf("%s: %+v", check, f)
		}
	}
	for _, check := range []string{"connection", "version", "jetstream", "storage", "payload", "batches", "clock", "stream", "limits", "retention", "duplicates", "ids", "ledger", "readers", "writing", "power loss", "tasks", "tally", "workers"} {
		if _, ok := found[check]; !ok {
			t.Errorf("%s was not checked", check)
		}
	}
}

// An empty broker is no failure: the first worker makes what it needs.
func TestDoctorBeforeTheFirstMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.js.DeleteStream(t.Context(), "SUGGESTIONS"); err != nil {
		t.Fatal(err)
	}
	for check, f := range r.examine() {
		if f.Verdict == Fail {
			t.Errorf("%s: %+v", check, f)
		}
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	remake := func(change func(*jetstream.StreamConfig)) func(*testing.T, *rig, brokertest.Words) {
		return func(t *testing.T, r *rig, _ brokertest.Words) {
			t.Helper()
			cfg := jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"suggestions.>"}}
			change(&cfg)
			// Another stream stays: after the last the server clears away the folder
			// of the account, and may do so while the next stream is made in it.
			if _, err := r.js.CreateOrUpdateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER"}); err != nil {
				t.Fatal(err)
			}
			if err := r.js.DeleteStream(t.Context(), cfg.Name); err != nil {
				t.Fatal(err)
			}
			if _, err := r.js.CreateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			if cfg.NoAck {
				return
			}
			for range 10 {
				if _, err := r.js.Publish(t.Context(), "suggestions.x", []byte(`{"text":"a"}`)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for name, test := range map[string]struct {
		spoil   func(*testing.T, *rig, brokertest.Words)
		check   string
		verdict Verdict
		found   string
	}{
		"work queue": {remake(func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }), "stream", Fail, "work-queue retention"},
		"memory":     {remake(func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }), "stream", Warn, "in memory"},
		"no acks":    {remake(func(c *jetstream.StreamConfig) { c.NoAck = true }), "duplicates", Fail, "does not acknowledge"},
		"window":     {remake(func(c *jetstream.StreamConfig) { c.Duplicates = time.Second }), "duplicates", Warn, "1s"},
		"full":       {remake(func(c *jetstream.StreamConfig) { c.MaxMsgs, c.Discard = 10, jetstream.DiscardNew }), "limits", Fail, "refuses new"},
		"discards":   {remake(func(c *jetstream.StreamConfig) { c.MaxMsgs = 10 }), "limits", Fail, "not counted yet"},
		"a subject":  {remake(func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 3 }), "limits", Warn, "3 messages a subject"},
		"size":       {remake(func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }), "message size", Warn, "1000 bytes"},
		"expiry": {func(t *testing.T, r *rig, w brokertest.Words) {
			remake(func(c *jetstream.StreamConfig) { c.MaxAge, c.Duplicates = 2*time.Second, time.Second })(t, r, w)
			<-time.After(1200 * time.Millisecond) // the time is what is tested
		}, "retention", Warn, "keeps messages for 2s"},
		"bucket of somebody else": {func(t *testing.T, r *rig, _ brokertest.Words) {
			if _, err := r.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "COUNTS"}); err != nil {
				t.Fatal(err)
			}
		}, "ledger", Fail, "allow_atomic"},
		"tasks that expire": {func(t *testing.T, r *rig, _ brokertest.Words) {
			if _, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "MINYI_TASKS", Subjects: []string{"minyi.tasks.*"}, MaxAge: time.Hour}); err != nil {
				t.Fatal(err)
			}
		}, "ledger", Fail, "by age"},
		"no worker": {func(t *testing.T, r *rig, w brokertest.Words) {
			r.count(50, w)
			r.publish(50, w)
		}, "workers", Fail, "50 messages are to be counted"},
		"a worker of another prefix": {func(t *testing.T, r *rig, w brokertest.Words) {
			r.count(50, w)
			r.publish(50, w)
			other, err := broker.Connect(t.Context(), broker.Options{Server: r.server, Prefix: "poll"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(other.Close)
			served, stop := make(chan error, 1), context.WithoutCancel(t.Context())
			ctx, cancel := context.WithCancel(stop)
			go func() {
				served <- other.Serve(ctx, broker.ServiceOptions{Version: "1.2.3", Board: pipeline.NewBoard()})
			}()
			t.Cleanup(func() {
				cancel()
				if err := <-served; err != nil {
					t.Error(err)
				}
			})
			for { // until it is there
				if _, err := other.JetStream().Conn().Request("poll.minyi.counts", nil, time.Second); !errors.Is(err, nats.ErrNoResponders) {
					return
				}
			}
		}, "workers", Fail, "50 messages are to be counted"},
		"many sources": {func(t *testing.T, r *rig, w brokertest.Words) {
			var last uint64
			for i := range pipeline.ManyGroups + 1 {
				ack, err := r.js.Publish(t.Context(), "suggestions.x", fmt.Appendf(nil, `{"text":"a","source":"s%d"}`, i))
				if err != nil {
					t.Fatal(err)
				}
				last = ack.Sequence
			}
			tally, stop := r.run(w)
			r.waitFor(tally, last)
			stop()
		}, "cells", Warn, "1,001 sources"},
		"stream made anew": {func(t *testing.T, r *rig, w brokertest.Words) {
			r.count(50, w)
			remake(func(*jetstream.StreamConfig) {})(t, r, w)
		}, "tally", Fail, "the broker lost acknowledged messages"}, // without marks nobody can tell
		"a sequence used again": {func(t *testing.T, r *rig, w brokertest.Words) {
			key := r.count(50, w) + ".checkpoint"
			counts, err := r.js.KeyValue(t.Context(), "COUNTS")
			if err != nil {
				t.Fatal(err)
			}
			stored, err := counts.Get(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			var cp pipeline.Checkpoint
			if err := json.Unmarshal(stored.Value(), &cp); err != nil {
				t.Fatal(err)
			}
			cp.Mark.Stored = cp.Mark.Stored.Add(-time.Second) // of the message that was there before
			body, err := json.Marshal(cp)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := counts.Put(t.Context(), key, body); err != nil {
				t.Fatal(err)
			}
		}, "tally", Fail, "used their sequences for others"},
		"no room for readers": {remake(func(c *jetstream.StreamConfig) { c.MaxConsumers = 3 }), "readers", Warn, "0 of 3 consumers"},
		"no reader at all": {func(t *testing.T, r *rig, w brokertest.Words) {
			remake(func(c *jetstream.StreamConfig) { c.MaxConsumers = 1 })(t, r, w)
			if _, err := r.js.CreateConsumer(t.Context(), "SUGGESTIONS", jetstream.ConsumerConfig{Durable: "somebody"}); err != nil {
				t.Fatal(err)
			}
		}, "readers", Fail, "maximum consumers"},
		"readers that may not wait": {remake(func(c *jetstream.StreamConfig) { c.ConsumerLimits.InactiveThreshold = time.Second }), "readers", Fail, "inactive threshold"},
		"counts that expire one by one": {func(t *testing.T, r *rig, w brokertest.Words) {
			r.count(20, w)
			s, err := r.js.Stream(t.Context(), "KV_COUNTS")
			if err != nil {
				t.Fatal(err)
			}
			cfg := s.CachedInfo().Config
			cfg.AllowMsgTTL = true
			if _, err := r.js.UpdateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
		}, "ledger", Fail, "allow_msg_ttl"},
		"tasks that are paused": {func(t *testing.T, r *rig, w brokertest.Words) {
			tally := r.count(20, w)
			if _, err := r.js.PauseConsumer(t.Context(), "MINYI_TASKS", "minyi-"+tally, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}, "tasks", Fail, "paused for"},
		"tasks that are forgotten": {func(t *testing.T, r *rig, w brokertest.Words) {
			if _, err := r.conn.NewWorker(t.Context(), brokertest.Config(w)); err != nil { // makes the streams
				t.Fatal(err)
			}
			if _, err := r.js.CreateConsumer(t.Context(), "MINYI_TASKS", jetstream.ConsumerConfig{
				Durable: "minyi-x", AckPolicy: jetstream.AckExplicitPolicy, InactiveThreshold: time.Hour,
			}); err != nil {
				t.Fatal(err)
			}
		}, "tasks", Warn, "minyi-x"},
		"publishers without ids": {func(t *testing.T, r *rig, _ brokertest.Words) {
			for _, id := range []string{"a", "b"} {
				if _, err := r.js.Publish(t.Context(), "suggestions.x", []byte(`{"id":"`+id+`","text":"x"}`)); err != nil {
					t.Fatal(err)
				}
			}
		}, "ids", Warn, "2 of the newest 2 messages have no Nats-Msg-Id"},
		"publishers that repeat": {func(t *testing.T, r *rig, _ brokertest.Words) {
			for range 3 {
				if _, err := r.js.Publish(t.Context(), "suggestions.x", []byte(`{"id":7,"text":"x"}`)); err != nil {
					t.Fatal(err)
				}
			}
		}, "ids", Warn, "2 of the newest 3 messages repeat an id"},
		"a stream that does not answer": {func(t *testing.T, r *rig, w brokertest.Words) {
			r.count(20, w)
			// Somebody takes what is published, and the stream never sees it.
			s, err := r.js.Stream(t.Context(), "MINYI_DELTAS")
			if err != nil {
				t.Fatal(err)
			}
			cfg := s.CachedInfo().Config
			cfg.Subjects = []string{"elsewhere.*"}
			if _, err := r.js.UpdateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
		}, "writing", Fail, "MINYI_DELTAS does not answer"},
		"a consumer that gives up": {func(t *testing.T, r *rig, w brokertest.Words) {
			if _, err := r.conn.NewWorker(t.Context(), brokertest.Config(w)); err != nil { // makes the streams
				t.Fatal(err)
			}
			if _, err := r.js.CreateConsumer(t.Context(), "MINYI_TASKS", jetstream.ConsumerConfig{Durable: "minyi-x", MaxDeliver: 3, AckPolicy: jetstream.AckExplicitPolicy}); err != nil {
				t.Fatal(err)
			}
		}, "tasks", Fail, "minyi-x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := newRig(t), brokertest.NewWords(t, 2, 2)
			test.spoil(t, r, w)
			f := r.examine()[test.check]
			if f.Verdict != test.verdict || !strings.Contains(f.Found, test.found) {
				t.Errorf("%+v, want %s with %q", f, test.verdict, test.found)
			}
		})
	}
}

// A server that takes only small messages, and none at all.
func TestDoctorOnOtherServers(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), MaxPayload: 100 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	if f := verdicts(Examine(t.Context(), broker.Options{Server: s}, testMaxMessage))["payload"]; f.Verdict != Fail {
		t.Errorf("%+v", f)
	}
	found := Examine(t.Context(), broker.Options{URL: "nats://127.0.0.1:1", Timeout: time.Second}, testMaxMessage)
	if len(found) != 1 || found[0].Check != "connection" || found[0].Verdict != Fail || found[0].Remedy == "" {
		t.Errorf("%+v", found)
	}
}

// What the server itself may store is shown to no account, so a stream is tried.
func TestServerWithoutRoom(t *testing.T) {
	t.Parallel()
	s := brokertest.NATS(t, &server.Options{JetStreamMaxStore: 1 << 20})
	c, err := broker.Connect(t.Context(), broker.Options{URL: s.ClientURL()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = c.JetStream().Publish(t.Context(), "suggestions.test", make([]byte, 100<<10))
	}
	found := Examine(t.Context(), broker.Options{URL: s.ClientURL()}, testMaxMessage)
	f := verdicts(found)["storage"]
	if f.Verdict != Fail || !strings.Contains(f.Found, "no room") || !strings.Contains(f.Remedy, "max_file_store") {
		t.Errorf("%+v", found)
	}
}

// What is shown of sizes.
func TestSize(t *testing.T) {
	t.Parallel()
	for n, want := range map[uint64]string{0: "0 bytes", 1000: "1000 bytes", 131072: "128 kB", 8 << 20: "8.0 MB", 3 << 29: "1.5 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
