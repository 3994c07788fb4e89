package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

func TestUnsuitedStreamsAreRefused(t *testing.T) {
	t.Parallel()
	for name, retention := range map[string]jetstream.RetentionPolicy{"work-queue": jetstream.WorkQueuePolicy, "interest": jetstream.InterestPolicy} {
		r, w := newRig(t), brokertest.NewWords(t, 2, 2)
		r.remove("SUGGESTIONS")
		if _, err := r.conn.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"foreign.>"}, Retention: retention}); err != nil {
			t.Fatal(err)
		}
		_, err := r.conn.NewWorker(t.Context(), brokertest.Config(w))
		if !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	if _, err := r.conn.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "COUNTS"}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.NewWorker(t.Context(), brokertest.Config(w)); !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), "allow_atomic") {
		t.Errorf("bucket without atomic batches: %v", err)
	}
	if err := r.conn.js.DeleteKeyValue(t.Context(), "COUNTS"); err != nil {
		t.Fatal(err)
	}
	// An account may ask for a limit of every stream: one that refuses what is too
	// much will do, one that drops the oldest counts will not.
	cfg := jetstream.StreamConfig{
		Name: "KV_COUNTS", Subjects: []string{"$KV.COUNTS.>"}, MaxMsgsPerSubject: 1, MaxBytes: 10 << 20,
		AllowRollup: true, AllowDirect: true, AllowAtomicPublish: true, Discard: jetstream.DiscardNew,
	}
	if _, err := r.conn.js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.NewWorker(t.Context(), brokertest.Config(w)); err != nil {
		t.Errorf("bucket with a limit: %v", err)
	}
	cfg.Discard = jetstream.DiscardOld
	if _, err := r.conn.js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.NewWorker(t.Context(), brokertest.Config(w)); !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), "discards its oldest") {
		t.Errorf("bucket that discards counts: %v", err)
	}
}

// A foreign stream is read as it is, and stays as it is.
func TestForeignStream(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	conn, err := Connect(t.Context(), Options{Server: r.server, Stream: "VOICES", Prefix: "poll"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	made, err := conn.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "VOICES", Subjects: []string{"org.voices.*"}, FirstSeq: 1001, MaxMsgs: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(made.CachedInfo().Config)
	for i := range 40 {
		m := &nats.Msg{Subject: "org.voices.web", Data: []byte(fmt.Sprintf(`{"content":"t0/s%d_"}`, i%2))}
		if _, err := conn.js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	cfg := brokertest.Config(w)
	cfg.Format = pipeline.Format{TextField: "content", SkipTokens: 2}
	r.conn.Close()
	r.conn = conn
	_, _ = r.run(cfg)
	got := r.waitFor("", 1040)
	if got.Stored != 40 || got.Tagged != 40 || got.Frontier != 1040 || got.Totals.By(pipeline.BySource)[0].ID != "web" {
		t.Errorf("%+v", got.Snapshot)
	}
	s, err := conn.js.Stream(t.Context(), "VOICES")
	if err != nil {
		t.Fatal(err)
	}
	if after, _ := json.Marshal(s.CachedInfo().Config); string(after) != string(before) {
		t.Errorf("stream was altered:\n%s\n%s", before, after)
	}
	if _, err := conn.js.Stream(t.Context(), "POLL_MINYI_TASKS"); err != nil {
		t.Error(err)
	}
}
