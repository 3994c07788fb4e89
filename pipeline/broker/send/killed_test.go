package send

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// TestSendKilled lets senders die at random points, without a position written
// and with the connection cut, until one gets through.
func TestSendKilled(t *testing.T) {
	t.Parallel()
	for _, window := range []time.Duration{2 * time.Minute, 100 * time.Millisecond} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(window, "/", seed), func(t *testing.T) {
				t.Parallel()
				rng := rand.New(rand.NewPCG(seed, 1))
				b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = window })
				lines, want := corpus(4000)
				path := writeLines(t, "a.ndjson", lines)
				deaths := 0
				for b.sendUntilDeath(path, 1+rng.IntN(2500)) {
					deaths++
				}
				if deaths == 0 {
					t.Fatal("nobody died")
				}
				want = append(want, slices.Repeat([]string{"suggestions.marker "}, deaths)...)
				slices.Sort(want)
				wantStored(t, b, want)
				t.Logf("%d deaths", deaths)
			})
		}
	}
}

// sendUntilDeath reports whether the sender died, which it does after n messages.
func (b *sendBench) sendUntilDeath(path string, n int) bool {
	t := b.t
	t.Helper()
	var cut net.Conn
	nc, err := nats.Connect(b.server.ClientURL(), nats.NoReconnect(), quiet, nats.SetCustomDialer(dialer(func(network, addr string) (net.Conn, error) {
		c, err := net.Dial(network, addr)
		cut = c
		return c, err
	})))
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newSender(js, testNames(t), Config{PositionEvery: time.Duration(1+n%20) * time.Millisecond, MaxPending: 16 << (n % 8)})
	if err != nil {
		t.Fatal(err)
	}
	p.sent = func() error {
		if n--; n == 0 {
			cut.Close()
			return errDied
		}
		return nil
	}
	r, err := p.SendFile(t.Context(), path, nil)
	if err == nil {
		b.check(r)
		return false
	}
	if !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	nc.Close()
	b.settle(1)
	return true
}

// TestSendProcess is the sender that TestSendKillNine kills.
func TestSendProcess(t *testing.T) {
	url, path := os.Getenv("SEND_TEST_URL"), os.Getenv("SEND_TEST_FILE")
	if url == "" {
		t.Skip("runs only as a child of TestSendKillNine")
	}
	nc, err := nats.Connect(url, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newSender(js, testNames(t), Config{PositionEvery: time.Millisecond, MaxPending: 64})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SendFile(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSendKillNine(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })
	lines, want := corpus(20_000)
	path := writeLines(t, "a.ndjson", lines)
	rng := rand.New(rand.NewPCG(9, 9))
	sub, err := b.js.Conn().SubscribeSync("suggestions.>")
	if err != nil {
		t.Fatal(err)
	}
	markers := 0
	for range 4 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSendProcess$")
		cmd.Env = append(os.Environ(), "SEND_TEST_URL="+b.server.ClientURL(), "SEND_TEST_FILE="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for range 1 + rng.IntN(3000) { // killed when so many were seen
			if _, err := sub.NextMsg(20 * time.Second); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // "killed"
		b.settle(1)
		markers++
		for { // forget what came after
			if _, err := sub.NextMsg(time.Millisecond); err != nil {
				break
			}
		}
	}
	r := b.send(path)
	if r.Already == 0 || r.Sent == 0 {
		t.Errorf("nobody was killed in the middle: %+v", r)
	}
	want = append(want, slices.Repeat([]string{"suggestions.marker "}, markers)...)
	slices.Sort(want)
	wantStored(t, b, want)
}

func TestSendAcrossRestart(t *testing.T) {
	t.Parallel()
	for _, window := range []time.Duration{2 * time.Minute, 100 * time.Millisecond} {
		t.Run(window.String(), func(t *testing.T) {
			t.Parallel()
			b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = window })
			lines, want := corpus(5000)
			p := b.sender(Config{AckWait: 2 * time.Second})
			n := 0
			p.sent = func() error {
				if n++; n%1500 == 0 && n <= 4500 {
					b.stopAndStart()
				}
				return nil
			}
			r, err := p.SendFile(t.Context(), writeLines(t, "a.ndjson", lines), nil)
			if err != nil {
				t.Fatal(err)
			}
			b.check(r)
			if r.Sent != len(lines) {
				t.Errorf("report %+v", r)
			}
			wantStored(t, b, want)
		})
	}
}

func TestSendFullStream(t *testing.T) {
	t.Parallel()
	var cfg jetstream.StreamConfig
	b := newSendBench(t, func(c *jetstream.StreamConfig) {
		c.MaxBytes, c.Discard = 100_000, jetstream.DiscardNew
		cfg = *c
	})
	lines, want := corpus(3000)
	path := writeLines(t, "a.ndjson", lines)
	r, err := b.sender(Config{}).SendFile(t.Context(), path, nil)
	if !errors.Is(err, ErrStreamFull) || !strings.Contains(err.Error(), "maximum bytes exceeded") ||
		!strings.Contains(err.Error(), "make room in the stream SUGGESTIONS") {
		t.Fatalf("error %v", err)
	}
	b.check(r)
	if n := len(b.stored()); r.Sent != n || n == 0 {
		t.Errorf("says %d, stored %d", r.Sent, n)
	}
	cfg.MaxBytes = -1
	if _, err := b.js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	again := b.send(path)
	if again.Sent+r.Sent != len(lines) || again.Already != r.Sent {
		t.Errorf("first %+v, then %+v", r, again)
	}
	wantStored(t, b, want)
}

func TestSendCancelled(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, nil)
	lines, want := corpus(5000)
	path := writeLines(t, "a.ndjson", lines)
	ctx, cancel := context.WithCancel(t.Context())
	p := b.sender(Config{})
	n := 0
	p.sent = func() error {
		if n++; n == 2000 {
			cancel()
		}
		return nil
	}
	r, err := p.SendFile(ctx, path, nil)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	b.check(r)
	if stored := len(b.stored()); r.Sent != stored || r.Sent < 2000 || r.Sent == len(lines) {
		t.Errorf("says %d, stored %d", r.Sent, stored)
	}
	kv, err := b.js.KeyValue(t.Context(), "MINYI_POSITIONS")
	if err != nil {
		t.Fatal(err)
	}
	e, err := kv.Get(t.Context(), positionKey("SUGGESTIONS", path))
	if err != nil || !strings.Contains(string(e.Value()), fmt.Sprintf(`"records":%d,`, r.Sent)) {
		t.Errorf("position %s, %v, want %d records", e.Value(), err, r.Sent)
	}
	b.send(path)
	wantStored(t, b, want)
}

func TestSendGivesUp(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, nil)
	lines, _ := corpus(200)
	p := b.sender(Config{AckWait: 50 * time.Millisecond, GiveUpAfter: 200 * time.Millisecond})
	impatient, err := jetstream.New(b.js.Conn(), jetstream.WithDefaultTimeout(3*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	p.js = impatient
	n := 0
	p.sent = func() error {
		if n++; n == 100 {
			b.stop()
		}
		return nil
	}
	r, err := p.SendFile(t.Context(), writeLines(t, "a.ndjson", lines), nil)
	if !errors.Is(err, ErrBrokerSilent) || !strings.Contains(err.Error(), "send again when it is back") {
		t.Errorf("%+v, %v", r, err)
	}
}
