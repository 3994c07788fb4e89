package broker

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// sendBench is a server with a stream, and what is needed to hurt it.
type sendBench struct {
	t      *testing.T
	dir    string
	server *Server
	js     jetstream.JetStream
}

func newSendBench(t *testing.T, change func(*jetstream.StreamConfig)) *sendBench {
	t.Helper()
	b := &sendBench{t: t, dir: t.TempDir()}
	b.start("127.0.0.1:0")
	t.Cleanup(func() { b.server.Shutdown() })
	nc, err := nats.Connect(b.server.URL(), nats.MaxReconnects(-1), nats.ReconnectWait(10*time.Millisecond), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	if b.js, err = jetstream.New(nc); err != nil {
		t.Fatal(err)
	}
	cfg := jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"suggestions.>"}}
	if change != nil {
		change(&cfg)
	}
	if _, err := b.js.CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	return b
}

// quiet keeps what the tests do to connections out of their output.
func quiet(o *nats.Options) error {
	o.AsyncErrorCB = func(*nats.Conn, *nats.Subscription, error) {}
	return nil
}

// restart returns when the bench's own connection is there again.
func (b *sendBench) restart() {
	b.t.Helper()
	back := b.js.Conn().StatusChanged(nats.CONNECTED)
	defer b.js.Conn().RemoveStatusListener(back)
	addr := strings.TrimPrefix(b.server.URL(), "nats://")
	b.server.Shutdown()
	b.start(addr)
	select {
	case <-back:
	case <-time.After(20 * time.Second):
		b.t.Fatal("not connected again")
	}
}

func (b *sendBench) start(addr string) {
	b.t.Helper()
	s, err := StartServer(ServerOptions{Dir: b.dir, Listen: addr, MaxPayload: 1 << 20})
	if err != nil {
		b.t.Fatal(err)
	}
	b.server = s
}

func (b *sendBench) publisher(cfg PublishConfig) *Publisher {
	b.t.Helper()
	p, err := NewPublisher(b.js, cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// send sends a file and wants no error, and the report to add up.
func (b *sendBench) send(path string) Report {
	b.t.Helper()
	r, err := b.publisher(PublishConfig{}).SendFile(b.t.Context(), path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.check(r)
	return r
}

func (b *sendBench) check(r Report) {
	b.t.Helper()
	if r.Read != r.Sent+r.Already+r.Refused || r.Position != nil {
		b.t.Errorf("report does not add up: %+v", r)
	}
}

// stored returns "subject id payload" of all messages, sorted; the id only if it is not derived.
func (b *sendBench) stored() []string {
	b.t.Helper()
	s, err := b.js.Stream(b.t.Context(), "SUGGESTIONS")
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	st := s.CachedInfo().State
	for seq := max(st.FirstSeq, 1); seq <= st.LastSeq; seq++ {
		m, err := s.GetMsg(b.t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			b.t.Fatal(err)
		}
		out = append(out, m.Subject+" "+string(m.Data))
	}
	slices.Sort(out)
	return out
}

// corpus makes n lines: with own ids and without, some words twice, some broken.
func corpus(n int) (lines, stored []string) {
	for i := range n {
		var line, source string
		switch i % 5 {
		case 0, 1:
			line, source = fmt.Sprintf(`{"id":"c-%d","text":"建议%d","source":"cctv"}`, i, i), "cctv"
		case 2:
			line, source = fmt.Sprintf(`{"text":"没有编号%d"}`, i), "unknown"
		case 3:
			line, source = fmt.Sprintf(`{"text":"同样的话%d"}`, i/40), "unknown"
		default:
			line, source = fmt.Sprintf(`{broken %d`, i), "unknown"
		}
		lines = append(lines, line)
		stored = append(stored, "suggestions."+source+" "+line)
	}
	slices.Sort(stored)
	return lines, stored
}

func writeLines(t testing.TB, name string, lines []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func wantStored(t *testing.T, b *sendBench, want []string) {
	t.Helper()
	if d := cmp.Diff(want, b.stored()); d != "" {
		t.Errorf("stream (-want +got):\n%s", d)
	}
}

func TestSendTwice(t *testing.T) {
	b := newSendBench(t, nil)
	lines, want := corpus(3000)
	path := writeLines(t, "a.ndjson", lines)
	if r := b.send(path); r.Sent != len(lines) || r.Read != len(lines) {
		t.Errorf("first run: %+v", r)
	}
	wantStored(t, b, want)

	var last Progress
	r, err := b.publisher(PublishConfig{}).SendFile(t.Context(), path, func(p Progress) { last = p })
	if err != nil || r.Sent != 0 || r.Already != len(lines) {
		t.Errorf("second run: %+v, %v", r, err)
	}
	if last.Scanned != 0 || last.Stage != StageSkipping || last.Read != len(lines) || last.Bytes != last.TotalBytes {
		t.Errorf("second run: the stream was read although the position says it all: %+v", last)
	}

	// Without the position the stream says it, in order.
	if err := b.js.DeleteKeyValue(t.Context(), "MINYI_POSITIONS"); err != nil {
		t.Fatal(err)
	}
	if r := b.send(path); r.Sent != 0 || r.Already != len(lines) || r.Window != 0 {
		t.Errorf("third run: %+v", r)
	}
	wantStored(t, b, want)
}

func TestSendKeepsOrder(t *testing.T) {
	b := newSendBench(t, nil)
	lines, _ := corpus(500)
	b.send(writeLines(t, "a.ndjson", lines))
	s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		m, err := s.GetMsg(t.Context(), uint64(i+1))
		if err != nil || string(m.Data) != line {
			t.Fatalf("sequence %d: %s, %v, want %s", i+1, m.Data, err, line)
		}
	}
}

// TestSendKilled lets senders die at random points, without a position written
// and with the connection cut, until one gets through.
func TestSendKilled(t *testing.T) {
	for _, window := range []time.Duration{2 * time.Minute, 100 * time.Millisecond} {
		for seed := range uint64(4) {
			t.Run(fmt.Sprint(window, "/", seed), func(t *testing.T) {
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
	nc, err := nats.Connect(b.server.URL(), nats.NoReconnect(), quiet, nats.SetCustomDialer(dialer(func(network, addr string) (net.Conn, error) {
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
	p, err := NewPublisher(js, PublishConfig{PositionEvery: time.Duration(1+n%20) * time.Millisecond, MaxPending: 16 << (n % 8)})
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

type dialer func(network, addr string) (net.Conn, error)

func (d dialer) Dial(network, addr string) (net.Conn, error) { return d(network, addr) }

// settle waits until the server has stored what dead clients had left in the
// network: they are gone, and a message behind theirs is stored. In production
// the duplicate window covers this moment.
func (b *sendBench) settle(clients int) {
	b.t.Helper()
	for b.server.server.NumClients() > clients {
		if _, err := b.js.AccountInfo(b.t.Context()); err != nil { // takes a moment
			b.t.Fatal(err)
		}
	}
	if _, err := b.js.Publish(b.t.Context(), "suggestions.marker", nil); err != nil {
		b.t.Fatal(err)
	}
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
	p, err := NewPublisher(js, PublishConfig{PositionEvery: time.Millisecond, MaxPending: 64})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.SendFile(t.Context(), path, nil); err != nil {
		t.Fatal(err)
	}
}

func TestSendKillNine(t *testing.T) {
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
		cmd.Env = append(os.Environ(), "SEND_TEST_URL="+b.server.URL(), "SEND_TEST_FILE="+path)
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

func TestSendChangedFile(t *testing.T) {
	b := newSendBench(t, nil)
	lines, want := corpus(2000)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.ndjson")
	put := func(lines []string) {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(lines)
	b.send(path)
	corrected := slices.Clone(lines)
	corrected[7] = `{"text":"更正了"}` // had no id: another message
	corrected[5] = `{"id":"c-5","text":"更正了"}`
	corrected = append(corrected, `{"text":"同样的话0"}`) // said once more
	put(corrected)
	r := b.send(path)
	if r.Sent != 2 || r.Already != len(lines)-1 {
		t.Errorf("changed file: %+v", r)
	}
	want = append(want, `suggestions.unknown {"text":"更正了"}`, `suggestions.unknown {"text":"同样的话0"}`)
	slices.Sort(want)
	wantStored(t, b, want)

	// A file that only grew.
	put(append(corrected, `{"id":"new","text":"x"}`))
	if r := b.send(path); r.Sent != 1 || r.Already != len(corrected) {
		t.Errorf("grown file: %+v", r)
	}
}

func TestSendOverlap(t *testing.T) {
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })
	one := writeLines(t, "one.ndjson", []string{`{"id":1,"text":"a"}`, `{"id":"2","text":"b"}`, `{"id":1,"text":"again"}`})
	two := writeLines(t, "two.csv", []string{"id,text", "2,other", "3,c", "一,d"})
	if r := b.send(one); r.Sent != 2 || r.Already != 1 || r.Window != 0 {
		t.Errorf("one: %+v", r)
	}
	b.settle(1)
	if r := b.send(two); r.Sent != 2 || r.Already != 1 {
		t.Errorf("two: %+v", r)
	}
	wantStored(t, b, []string{
		"suggestions.marker ", `suggestions.unknown {"id":"2","text":"b"}`, `suggestions.unknown {"id":1,"text":"a"}`,
		`suggestions.unknown {"text":"c","id":"3"}`, `suggestions.unknown {"text":"d","id":"一"}`,
	})
}

// TestSendTogether: two senders with the same ids at the same time.
func TestSendTogether(t *testing.T) {
	b := newSendBench(t, nil)
	lines, want := corpus(6000)
	dir := t.TempDir()
	var wg sync.WaitGroup
	reports := make([]Report, 2)
	for i := range reports {
		path := filepath.Join(dir, fmt.Sprint(i), "a.ndjson") // the same base name: the same ids
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			r, err := b.publisher(PublishConfig{}).SendFile(t.Context(), path, nil)
			if err != nil {
				t.Error(err)
			}
			reports[i] = r
		})
	}
	wg.Wait()
	if reports[0].Sent+reports[1].Sent != len(lines) {
		t.Errorf("sent %d and %d of %d", reports[0].Sent, reports[1].Sent, len(lines))
	}
	wantStored(t, b, want)
}

// TestSendSeesOthers: what another sender stores during a run is noticed even
// when the duplicate window has passed.
func TestSendSeesOthers(t *testing.T) {
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })
	lines := []string{`{"id":"first"}`, `{"id":"second"}`, `{"id":"late"}`}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cfg := PublishConfig{}
	cfg.Intake.Stdin = r
	moments := make(chan Progress, 1000)
	done := make(chan Report, 1)
	go func() {
		rep, err := b.publisher(cfg).SendFile(t.Context(), "-", func(p Progress) {
			select {
			case moments <- p:
			default:
			}
		})
		if err != nil {
			t.Error(err)
		}
		done <- rep
	}()
	put := func(line string) {
		if _, err := w.WriteString(line + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	until := func(ok func(Progress) bool) {
		patience := time.After(20 * time.Second)
		for {
			select {
			case p := <-moments:
				if ok(p) {
					return
				}
			case <-patience:
				w.Close()
				<-done
				t.Fatal("what was waited for did not happen")
			}
		}
	}
	put(lines[0])
	until(func(p Progress) bool { return p.Sent == 1 })
	if _, err := b.js.Publish(t.Context(), "suggestions.x", []byte("by another"), jetstream.WithMsgID("late")); err != nil {
		t.Fatal(err)
	}
	put(lines[1]) // its sequence gives the other one away
	until(func(p Progress) bool { return p.Scanned >= 2 })
	put(lines[2])
	w.Close()
	rep := <-done
	if rep.Sent != 2 || rep.Already != 1 || rep.Window != 0 {
		t.Errorf("report %+v", rep)
	}
}

func TestSendAcrossRestart(t *testing.T) {
	for _, window := range []time.Duration{2 * time.Minute, 100 * time.Millisecond} {
		t.Run(window.String(), func(t *testing.T) {
			b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = window })
			lines, want := corpus(5000)
			p := b.publisher(PublishConfig{AckWait: 2 * time.Second})
			n := 0
			p.sent = func() error {
				if n++; n%1500 == 0 && n <= 4500 {
					addr := strings.TrimPrefix(b.server.URL(), "nats://")
					b.server.Shutdown()
					b.start(addr)
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
	var cfg jetstream.StreamConfig
	b := newSendBench(t, func(c *jetstream.StreamConfig) {
		c.MaxBytes, c.Discard = 100_000, jetstream.DiscardNew
		cfg = *c
	})
	lines, want := corpus(3000)
	path := writeLines(t, "a.ndjson", lines)
	r, err := b.publisher(PublishConfig{}).SendFile(t.Context(), path, nil)
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
	b := newSendBench(t, nil)
	lines, want := corpus(5000)
	path := writeLines(t, "a.ndjson", lines)
	ctx, cancel := context.WithCancel(t.Context())
	p := b.publisher(PublishConfig{})
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

// TestSendPositionIsDoubted: the position is believed only while the stream is
// the one that it speaks of.
func TestSendPositionIsDoubted(t *testing.T) {
	b := newSendBench(t, nil)
	lines, want := corpus(300)
	path := writeLines(t, "a.ndjson", lines)
	b.send(path)
	s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config

	t.Run("purged: was counted once, is not sent again", func(t *testing.T) {
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := b.send(path); r.Sent != 0 || r.Already != len(lines) {
			t.Errorf("report %+v", r)
		}
	})
	t.Run("made anew: is sent again", func(t *testing.T) {
		if err := b.js.DeleteStream(t.Context(), "SUGGESTIONS"); err != nil {
			t.Fatal(err)
		}
		cfg.FirstSeq = 1000 // what the position speaks of seems to have expired
		if _, err := b.js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if r := b.send(path); r.Sent != len(lines) {
			t.Errorf("report %+v", r)
		}
		wantStored(t, b, want)
	})
	t.Run("sequences used again after a loss: what is missing is sent", func(t *testing.T) {
		kv, err := b.js.KeyValue(t.Context(), "MINYI_POSITIONS")
		if err != nil {
			t.Fatal(err)
		}
		e, err := kv.Get(t.Context(), positionKey("SUGGESTIONS", path))
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(e.Value()), `"tip_id":"`, `"tip_id":"x`, 1)
		if _, err := kv.Put(t.Context(), positionKey("SUGGESTIONS", path), []byte(forged)); err != nil {
			t.Fatal(err)
		}
		s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteMsg(t.Context(), 1010); err != nil {
			t.Fatal(err)
		}
		b.restart() // a loss comes with one, and it clears the duplicate window
		if r := b.send(path); r.Sent != 1 || r.Already != len(lines)-1 {
			t.Errorf("report %+v", r)
		}
		wantStored(t, b, want)
	})
	t.Run("deleted at the end: reading the ids ends", func(t *testing.T) {
		s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
		if err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(5) {
			if err := s.DeleteMsg(t.Context(), s.CachedInfo().State.LastSeq-seq); err != nil {
				t.Fatal(err)
			}
		}
		other := writeLines(t, "b.ndjson", []string{`{"id":"z"}`})
		if r := b.send(other); r.Sent != 1 {
			t.Errorf("report %+v", r)
		}
	})
}

func TestSendRefusals(t *testing.T) {
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.MaxMsgSize = 600_000 })
	path := writeLines(t, "a.ndjson", []string{
		`{"id":1}`, `{"id":2,"text":"` + strings.Repeat("x", 1<<20) + `"}`, `{"id":3,"text":"` + strings.Repeat("x", 700_000) + `"}`,
		strings.Repeat("x", 9<<20), `{"id":4}`,
	})
	for _, sent := range []int{2, 0} {
		r := b.send(path)
		if r.Sent != sent || r.Refused != 3 || r.Read != 5 {
			t.Errorf("report %+v", r)
		}
		var lines []string
		for _, e := range r.Refusals {
			line, _, _ := strings.Cut(strings.TrimPrefix(e.Error(), path+":"), ":")
			lines = append(lines, line)
		}
		slices.Sort(lines)
		if d := cmp.Diff([]string{"2", "3", "4"}, lines); d != "" {
			t.Errorf("lines: %s\n%v", d, r.Refusals)
		}
	}
}

func TestSendUnsuitedStream(t *testing.T) {
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"no_ack":    func(c *jetstream.StreamConfig) { c.NoAck = true },
		"retention": func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
	} {
		b := newSendBench(t, change)
		_, err := b.publisher(PublishConfig{}).SendFile(t.Context(), writeLines(t, "a.ndjson", []string{"{}"}), nil)
		if !errors.Is(err, ErrUnsuited) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newSendBench(t, nil)
	_, err := b.publisher(PublishConfig{Stream: "NONE"}).SendFile(t.Context(), "x.ndjson", nil)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("no stream: %v", err)
	}
}

func TestSendGivesUp(t *testing.T) {
	b := newSendBench(t, nil)
	lines, _ := corpus(200)
	p := b.publisher(PublishConfig{AckWait: 50 * time.Millisecond, GiveUpAfter: 200 * time.Millisecond})
	n := 0
	p.sent = func() error {
		if n++; n == 100 {
			b.server.Shutdown()
		}
		return nil
	}
	r, err := p.SendFile(t.Context(), writeLines(t, "a.ndjson", lines), nil)
	if !errors.Is(err, ErrBrokerSilent) || !strings.Contains(err.Error(), "send again when it is back") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestMessageID(t *testing.T) {
	long := strings.Repeat("长", 100)
	for in, want := range map[string]string{
		"a-1": "a-1", "编号 7": "编号 7", " a ": "%20a%20", "50%": "50%25", "a\r\nb": "a%0D%0Ab", "\xff": "%FF",
		"sha256:x": "%73ha256:x", "": "", "\u200b": "%E2%80%8B", "\ufffd": "\ufffd",
	} {
		if got := messageID(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if a, b := messageID(long+"a"), messageID(long+"b"); a == b || len(a) > maxIDBytes || messageID(a) == a {
		t.Errorf("long ids: %q, %q", a, b)
	}
}

// FuzzMessageID: what is sent can be a header, and can be turned back unless it
// is a hash.
func FuzzMessageID(f *testing.F) {
	for _, s := range []string{"a", "%41", " \x00", "\xe4\xb8", "sha256:", strings.Repeat("%", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		value := messageID(id)
		if len(value) > maxIDBytes || value != strings.TrimSpace(value) || strings.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("%q is no header value", value)
		}
		if strings.HasPrefix(value, hashedID) {
			return
		}
		var back []byte
		for i := 0; i < len(value); i++ {
			if value[i] != '%' {
				back = append(back, value[i])
				continue
			}
			var c byte
			if _, err := fmt.Sscanf(value[i+1:i+3], "%02X", &c); err != nil {
				t.Fatal(err)
			}
			back = append(back, c)
			i += 2
		}
		if string(back) != id {
			t.Fatalf("%q became %q, which means %q", id, value, back)
		}
	})
}
