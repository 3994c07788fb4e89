package broker

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

const testMaxMessage = 128 << 10

// verdicts are the findings by check; the worst of several of one name.
func verdicts(findings []Finding) map[string]Finding {
	out := make(map[string]Finding)
	for _, f := range findings {
		if old, ok := out[f.Check]; !ok || old.Verdict == VerdictOK {
			out[f.Check] = f
		}
	}
	return out
}

// examine has a broker examined, and fails if something is left behind.
func (r *rig) examine() map[string]Finding {
	r.t.Helper()
	found := Examine(r.t.Context(), Options{Server: r.server}, testMaxMessage)
	for name := range r.conn.js.StreamNames(r.t.Context()).Name() {
		if strings.Contains(name, "DOCTOR") {
			r.t.Errorf("the stream %s is left behind", name)
		}
	}
	for _, f := range found {
		if f.Found == "" || (f.Verdict == VerdictOK) != (f.Remedy == "") {
			r.t.Errorf("a finding that does not say what or what to do: %+v", f)
		}
	}
	return verdicts(found)
}

// A broker that is used, with a worker there: nothing fails, and the only
// warning is of the single replica.
func TestDoctorOnAHealthyBroker(t *testing.T) {
	r, w := newRig(t), newWords(t, 2, 2)
	_, _ = r.run(config(w))
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- r.conn.Serve(ctx, ServiceOptions{Version: "1.2.3"}) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	r.waitFor("", r.publish(payloads(1, 500, 2, w)))
	var found map[string]Finding
	for found["workers"].Verdict != VerdictOK { // until the service is there
		found = r.examine()
		if t.Context().Err() != nil {
			t.Fatal(found)
		}
	}
	for check, f := range found {
		want := VerdictOK
		if check == "power loss" {
			want = VerdictWarn
		}
		if f.Verdict != want {
			t.Errorf("%s: %+v", check, f)
		}
	}
	for _, check := range []string{"connection", "version", "jetstream", "storage", "payload", "batches", "clock", "stream", "limits", "retention", "duplicates", "ledger", "power loss", "tasks", "tally", "workers"} {
		if _, ok := found[check]; !ok {
			t.Errorf("%s was not checked", check)
		}
	}
}

// An empty broker is no failure: the first worker makes what it needs.
func TestDoctorBeforeTheFirstMessage(t *testing.T) {
	r := newRig(t)
	if err := r.conn.js.DeleteStream(t.Context(), "SUGGESTIONS"); err != nil {
		t.Fatal(err)
	}
	for check, f := range r.examine() {
		if f.Verdict == VerdictFail {
			t.Errorf("%s: %+v", check, f)
		}
	}
}

func TestDoctorFindsWhatIsWrong(t *testing.T) {
	remake := func(change func(*jetstream.StreamConfig)) func(*testing.T, *rig, words) {
		return func(t *testing.T, r *rig, _ words) {
			t.Helper()
			cfg := jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"suggestions.>"}}
			change(&cfg)
			r.remove(cfg.Name)
			if _, err := r.conn.js.CreateStream(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			if cfg.NoAck {
				return
			}
			for range 10 {
				if _, err := r.conn.js.Publish(t.Context(), "suggestions.x", []byte(`{"text":"a"}`)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	for name, test := range map[string]struct {
		spoil   func(*testing.T, *rig, words)
		check   string
		verdict Verdict
		found   string
	}{
		"work queue": {remake(func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }), "stream", VerdictFail, "work-queue retention"},
		"memory":     {remake(func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }), "stream", VerdictWarn, "in memory"},
		"no acks":    {remake(func(c *jetstream.StreamConfig) { c.NoAck = true }), "duplicates", VerdictFail, "does not acknowledge"},
		"window":     {remake(func(c *jetstream.StreamConfig) { c.Duplicates = time.Second }), "duplicates", VerdictWarn, "1s"},
		"full":       {remake(func(c *jetstream.StreamConfig) { c.MaxMsgs, c.Discard = 10, jetstream.DiscardNew }), "limits", VerdictFail, "refuses new"},
		"discards":   {remake(func(c *jetstream.StreamConfig) { c.MaxMsgs = 10 }), "limits", VerdictFail, "not counted yet"},
		"a subject":  {remake(func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 3 }), "limits", VerdictWarn, "3 messages a subject"},
		"size":       {remake(func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }), "message size", VerdictWarn, "1000 bytes"},
		"expiry": {func(t *testing.T, r *rig, w words) {
			remake(func(c *jetstream.StreamConfig) { c.MaxAge, c.Duplicates = 2*time.Second, time.Second })(t, r, w)
			if err := pause(t.Context(), 1200*time.Millisecond); err != nil { // the time is what is tested
				t.Fatal(err)
			}
		}, "retention", VerdictWarn, "keeps messages for 2s"},
		"bucket of somebody else": {func(t *testing.T, r *rig, _ words) {
			if _, err := r.conn.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "COUNTS"}); err != nil {
				t.Fatal(err)
			}
		}, "ledger", VerdictFail, "allow_atomic"},
		"tasks that expire": {func(t *testing.T, r *rig, _ words) {
			if _, err := r.conn.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "MINYI_TASKS", Subjects: []string{"minyi.tasks.*"}, MaxAge: time.Hour}); err != nil {
				t.Fatal(err)
			}
		}, "ledger", VerdictFail, "by age"},
		"no worker": {func(t *testing.T, r *rig, w words) {
			_, stop := r.run(config(w))
			r.waitFor("", r.publish(payloads(1, 50, 1, w)))
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			r.publish(payloads(2, 50, 1, w))
		}, "workers", VerdictFail, "50 messages are to be counted"},
		"stream made anew": {func(t *testing.T, r *rig, w words) {
			_, stop := r.run(config(w))
			r.waitFor("", r.publish(payloads(1, 50, 1, w)))
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			remake(func(*jetstream.StreamConfig) {})(t, r, w)
		}, "tally", VerdictFail, "is of a stream created at"},
		"a sequence used again": {func(t *testing.T, r *rig, w words) {
			worker, stop := r.run(config(w))
			r.waitFor("", r.publish(payloads(1, 50, 1, w)))
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			l, cp, rev := r.checkpoint(worker.Tally())
			cp.Mark.Stored = cp.Mark.Stored.Add(-time.Second) // of the message that was there before
			if _, err := l.Commit(t.Context(), &pipeline.Slice{End: cp}, rev); err != nil {
				t.Fatal(err)
			}
		}, "tally", VerdictFail, "used their sequences for others"},
		"a consumer that gives up": {func(t *testing.T, r *rig, _ words) {
			if err := r.conn.ensureLedger(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := r.conn.js.CreateConsumer(t.Context(), "MINYI_TASKS", jetstream.ConsumerConfig{Durable: "minyi-x", MaxDeliver: 3, AckPolicy: jetstream.AckExplicitPolicy}); err != nil {
				t.Fatal(err)
			}
		}, "tasks", VerdictFail, "minyi-x"},
	} {
		t.Run(name, func(t *testing.T) {
			r, w := newRig(t), newWords(t, 2, 2)
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
	s, err := StartServer(ServerOptions{Dir: t.TempDir(), MaxPayload: 100 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	if f := verdicts(Examine(t.Context(), Options{Server: s}, testMaxMessage))["payload"]; f.Verdict != VerdictFail {
		t.Errorf("%+v", f)
	}
	found := Examine(t.Context(), Options{URL: "nats://127.0.0.1:1", Timeout: time.Second}, testMaxMessage)
	if len(found) != 1 || found[0].Check != "connection" || found[0].Verdict != VerdictFail || found[0].Remedy == "" {
		t.Errorf("%+v", found)
	}
}

// What is shown of sizes.
func TestSize(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 bytes", 1000: "1000 bytes", 131072: "128 kB", 8 << 20: "8.0 MB", 3 << 29: "1.5 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
