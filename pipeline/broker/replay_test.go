package broker

import (
	"context"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// The same stream and the same spec give the same counts, to the byte of what
// `minyi counts --json` prints but for the tally's id: counted by one worker into streams of
// one replica, or in other ranges by one that was stopped on the way and then by eight,
// through another server, into streams of three replicas.
func TestReplaysAreIdentical(t *testing.T) {
	t.Parallel()
	servers, w := cluster(t), brokertest.NewWords(t, 3, 4)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// until is for what fails while a cluster settles.
	until := func(what string, f func() error) {
		t.Helper()
		for err := f(); err != nil; err = f() {
			if pause(ctx, 50*time.Millisecond) != nil {
				t.Fatalf("%s: %v", what, err)
			}
		}
	}
	connected := func(server int, o Options) *rig {
		o.URL, o.Timeout = servers[server].ClientURL(), 2*time.Second
		r := &rig{t: t}
		until("connect", func() (err error) { r.conn, err = Connect(ctx, o); return err })
		t.Cleanup(r.conn.Close)
		return r
	}
	one := connected(0, Options{Replicas: 1})
	until("make the stream", func() error { return one.conn.EnsureSuggestions(ctx) })
	last := one.publish(brokertest.Payloads(5, 3000, 3, w))
	s, err := one.conn.js.Stream(ctx, "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{1, 700, 701, 2999} {
		if err := s.SecureDeleteMsg(ctx, seq); err != nil {
			t.Fatal(err)
		}
	}
	cfg := brokertest.Config(w)
	cfg.Concurrency, cfg.RangeSize = 1, 500
	until("make the ledger", func() error { return one.conn.ensureLedger(ctx) })
	first, _ := one.run(cfg)
	want := one.waitFor(first.Tally(), last)

	cfgOf := s.CachedInfo().Config
	cfgOf.Replicas = 3
	until("three replicas", func() error { _, err := one.conn.js.UpdateStream(ctx, cfgOf); return err })
	other := connected(1, Options{Prefix: "other", Stream: "SUGGESTIONS", Replicas: 3})
	until("make the other ledger", func() error { return other.conn.ensureLedger(ctx) })
	cfg.Concurrency, cfg.RangeSize = 8, 37
	cfg.Format = want.Info.Spec.Format // a prefix of its own says another place of the source in subjects
	second, stop := other.run(cfg)
	other.waitFor(second.Tally(), last/3)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	cfg.Concurrency = 1
	for range 8 { // eight workers share what is left
		other.run(cfg)
	}
	got := other.waitFor(second.Tally(), last)

	for _, bucket := range []string{"KV_COUNTS", "KV_OTHER_COUNTS"} {
		info, err := one.conn.js.Stream(ctx, bucket)
		if err != nil || info.CachedInfo().Config.Replicas != map[string]int{"KV_COUNTS": 1, "KV_OTHER_COUNTS": 3}[bucket] {
			t.Fatalf("%s: %v", bucket, err)
		}
	}
	if x, y := printed(t, want), printed(t, got); x != y {
		t.Errorf("one goroutine, one replica:\n%s\neight, three replicas:\n%s", x, y)
	}
	if !maps.Equal(want.Totals.Cells(), got.Totals.Cells()) {
		t.Error("the cells differ")
	}
	if want.Missing != 4 || want.Tagged == 0 || want.Rejected == 0 {
		t.Errorf("%+v", want.Outcomes)
	}
}

// printed is what `minyi counts --json` prints, without the id of the tally.
func printed(t *testing.T, c pipeline.Counts) string {
	t.Helper()
	c.Tally = ""
	b, err := json.Marshal(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
