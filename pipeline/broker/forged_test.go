package broker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// forgedDelta is a well-formed delta of a range, as a release before signatures wrote it.
func forgedDelta(tally string, r pipeline.Range, body string) *nats.Msg {
	sum := sha256.Sum256([]byte(body))
	m := nats.NewMsg("minyi.deltas." + tally)
	m.Data = []byte(body)
	m.Header.Set(headerFrom, strconv.FormatUint(r.From, 10))
	m.Header.Set(headerTo, strconv.FormatUint(r.To, 10))
	m.Header.Set(headerPart, "1/1")
	m.Header.Set(headerDigest, hex.EncodeToString(sum[:8]))
	return m
}

// missingDelta is the body of a delta that found nothing.
func missingDelta(r pipeline.Range) string {
	return fmt.Sprintf(`{"from":%d,"to":%d,"tagged":0,"untagged":0,"rejected":0,"missing":%d}`, r.From, r.To, r.Len())
}

// Somebody writes tasks and deltas: of messages that do not exist, behind the stream,
// garbage, signed with another key, a copy of a real one with another body. Nothing of it
// is believed, all of it is counted, and counting goes on, also after a restart.
func TestForgedTasksAndDeltas(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 3)
	cfg := brokertest.Config(w)
	cfg.StallAfter = time.Hour // nothing waits for a repair
	worker, stop := r.run(cfg)
	last := r.publish(brokertest.Payloads(1, 100, 2, w))
	r.waitFor("", last)
	tally := worker.Tally()
	other := &signer{c: r.conn, key: make([]byte, sha256.Size), readAt: time.Now()}
	real, ok, err := wire.FromLeader(t.Context(), r.conn.js, r.conn.names.Deltas, wire.Query{Last: "minyi.deltas." + tally})
	if err != nil || !ok {
		t.Fatal(err)
	}
	header, err := nats.DecodeHeadersMsg(real.Header)
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range []string{
		"delta", "behind", "garbage", "otherkey", "copy", "stranger",
		`{"from":1,"to":1}`, `{"from":5,"to":2}`, `not a task`, `{"from":101,"to":1000000000000000}`, `{"from":18446744073709551615,"to":18446744073709551615}`,
		"restart",
	} {
		refused := worker.Status().Refused
		next := pipeline.Range{From: last + 1, To: last + 50}
		m := forgedDelta(tally, next, missingDelta(next))
		switch body {
		case "delta", "restart":
		case "behind":
			next.To = 1_000_000_000_000_000
			m = forgedDelta(tally, next, missingDelta(next))
		case "garbage":
			m = forgedDelta(tally, pipeline.Range{From: next.From, To: next.From}, "garbage")
		case "otherkey": // of a range that another delta ends with too
			d, err := pipeline.DecodeDelta([]byte(missingDelta(next)))
			if err != nil {
				t.Fatal(err)
			}
			if err := newDeltas(r.conn, tally, other).Publish(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		case "copy":
			m = &nats.Msg{Subject: m.Subject, Header: header, Data: []byte("another body")}
		case "stranger":
			m = &nats.Msg{Subject: m.Subject, Data: []byte("hello")}
		default:
			m = &nats.Msg{Subject: "minyi.tasks." + tally, Data: []byte(body)}
		}
		if body == "restart" {
			if err := stop(); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := r.conn.js.PublishMsg(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if body == "restart" {
			worker, _ = r.run(cfg)
		}
		last = r.publish(brokertest.Payloads(uint64(10+i), 50, 2, w))
		r.same(r.waitFor("", last), r.offline(w, last))
		if now := worker.Status().Refused; now == nil || body != "copy" && body != "restart" && refused != nil && now.Tasks+now.Deltas == refused.Tasks+refused.Deltas {
			t.Errorf("%s: refused %+v, before %+v", body, now, refused)
		}
	}
	if a, err := r.conn.Audit(t.Context(), ""); err != nil || !a.Holds || a.Waiting != 0 {
		t.Errorf("the audit says %+v, %v", a, err)
	}
}

// Deltas of a release that did not sign, which another process folded or not, are worked
// again, and count once; a slice that it left open is completed.
func TestDeltasOfAnOlderRelease(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 3)
	last := r.publish(brokertest.Payloads(1, 400, 2, w))
	cfg := brokertest.Config(w)
	cfg.RangeSize, cfg.StallAfter = 100, time.Hour
	ports, spec := r.ports(cfg)
	tl, err := pipeline.NewSpecTallier(w, spec)
	if err != nil {
		t.Fatal(err)
	}
	rev := uint64(0)
	for from := uint64(1); from < last; from += 100 {
		rng := pipeline.Range{From: from, To: from + 99}
		// The old worker's plan and delta, and its task is done.
		task := &nats.Msg{Subject: "minyi.tasks." + spec.Tally(), Data: fmt.Appendf(nil, `{"from":%d,"to":%d}`, rng.From, rng.To)}
		ack, err := r.conn.js.PublishMsg(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		rev = ack.Sequence
		tl.Begin(rng)
		if err := ports.Source.Read(t.Context(), rng, tl.Add); err != nil {
			t.Fatal(err)
		}
		parts, _ := tl.End().Parts()
		if _, err := r.conn.js.PublishMsg(t.Context(), forgedDelta(spec.Tally(), rng, string(parts[0]))); err != nil {
			t.Fatal(err)
		}
	}
	if newest, err := ports.Tasks.Last(t.Context()); err != nil || newest.Revision != rev || newest.Flaw != pipeline.FlawUnsigned || newest.To != last {
		t.Errorf("the newest task is %+v, %v", newest, err)
	}
	_, _ = r.run(cfg)
	r.same(r.waitFor("", last), r.offline(w, last))
}

// When the bucket of keys is removed under two processes, the first that notices stores
// its key again; and a process that has another key takes the one that is stored.
func TestKeyIsKept(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.conn.ensureLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, err := r.conn.newSigner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.conn.js.DeleteStream(t.Context(), r.conn.names.KeysStream); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.ensureLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := r.conn.newSigner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fields := taskFields("0123456789ab", pipeline.Range{From: 1, To: 2})
	if flaw := second.check(t.Context(), first.sign(fields), fields); flaw != "" {
		t.Errorf("a process that came later finds it %s", flaw)
	}
	stale := &signer{c: r.conn, key: make([]byte, sha256.Size)} // read long ago
	if flaw := stale.check(t.Context(), first.sign(fields), fields); flaw != "" {
		t.Errorf("a process that had another key finds it %s", flaw)
	}
	stale.key, stale.readAt = make([]byte, sha256.Size), time.Now()
	if flaw := stale.check(t.Context(), first.sign(fields), fields); flaw != pipeline.FlawForged {
		t.Errorf("the key was read again at once: %q", flaw)
	}
	for _, signature := range []string{"", "xyz", "00"} {
		if flaw := second.check(t.Context(), signature, fields); flaw == "" {
			t.Errorf("%q is believed", signature)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.conn.newSigner(ctx); err == nil {
		t.Error("no error without an answer")
	}
}
