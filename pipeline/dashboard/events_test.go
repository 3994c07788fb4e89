package dashboard

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// pipes is a network in memory: time does not pass while somebody waits for it.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// serve runs a dashboard on pipes. The caller calls stop.
func serve(t *testing.T, d *Dashboard) (p pipes, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p = pipes{make(chan net.Conn), make(chan struct{})}
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, p, d) }()
	return p, func() {
		cancel()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	}
}

// reader follows a page.
type reader struct {
	conn   net.Conn
	events chan event // nil: it does not read
}

// follow asks for the events of an address.
func (p pipes) follow(t *testing.T, address, lastID string) reader {
	t.Helper()
	here, there := net.Pipe()
	p.conns <- there
	r := reader{conn: here}
	if _, err := fmt.Fprintf(here, "GET %s HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: %s\r\n\r\n", address, lastID); err != nil {
		t.Fatal(err)
	}
	return r
}

// event is what a reader was sent; a comment has no data.
type event struct {
	id      string
	message message
	comment bool
}

// read reads all events, until the connection ends.
func (r reader) read(t *testing.T) reader {
	r.events = make(chan event, 1000)
	go func() {
		defer close(r.events)
		var e event
		in := bufio.NewReader(r.conn)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			switch name, value, _ := strings.Cut(strings.TrimSpace(line), ": "); name {
			case "id":
				e.id = value
			case "data":
				if err := json.Unmarshal([]byte(value), &e.message); err != nil {
					t.Errorf("%v: %s", err, value)
				}
				r.events <- e
				e = event{}
			case "":
				if value == "still here" {
					r.events <- event{comment: true}
				}
			}
		}
	}()
	return r
}

// next returns the next event, or comment.
func (r reader) next(t *testing.T) event {
	t.Helper()
	e, ok := <-r.events
	if !ok {
		t.Fatal("the events have ended")
	}
	return e
}

// counted returns the consultation a moment later: more messages of one sub-theme.
func counted(more uint64) pipeline.Counts {
	c := consultation()
	c.Frontier += more
	c.Stored += more
	c.Tagged += more
	c.Revision += more
	return c
}

func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := running(consultation(), 0)
		d := newTestDashboard(t, b, newClock())
		p, stop := serve(t, d)
		have := d.pageOf(newRequest("/", nil, en), d.latest.get(t.Context())).Have

		fresh, knows := p.follow(t, "/events?page=/&lang=en", "").read(t), p.follow(t, "/events?page=/&lang=en", have).read(t)
		all := fresh.next(t)
		if all.id != have || len(all.message.HTML) != len(ofOverview) || all.message.Build != d.assets.Script {
			t.Errorf("a reader who has nothing is sent %s with %d parts, want %s with all", all.id, len(all.message.HTML), have)
		}
		if !knows.next(t).comment || !fresh.next(t).comment {
			t.Error("who has the newest was sent something else than the heartbeat")
		}
		b.board.Put(counted(3))
		for name, r := range map[string]reader{"fresh": fresh, "knows": knows} {
			e := r.next(t)
			for e.comment {
				e = r.next(t)
			}
			hero := e.message.HTML["hero"]
			if !strings.HasPrefix(e.id, "8590550-") || !strings.Contains(hero, "8,542,003") {
				t.Errorf("%s: event %s does not bring the new total: %s", name, e.id, hero)
			}
			if _, sent := e.message.HTML["pair"]; sent {
				t.Errorf("%s: the days were sent, and have not changed", name)
			}
		}
		again := p.follow(t, "/events?page=/&lang=en", have).read(t)
		if e := again.next(t); !strings.HasPrefix(e.id, "8590550-") || len(e.message.HTML) != len(ofOverview) {
			t.Errorf("who comes back with what is old was sent %s with %d parts", e.id, len(e.message.HTML))
		}
		zh := p.follow(t, "/events?page=/&lang=zh", "").read(t)
		if e := zh.next(t); !strings.Contains(e.message.HTML["hero"], "公众建议统计") {
			t.Errorf("not in Chinese: %s", e.message.HTML["hero"])
		}
		for _, r := range []reader{fresh, knows, again, zh} {
			_ = r.conn.Close()
		}
		stop()
	})
}

// A promotion, and a broker that goes away, are seen without a request.
func TestEventsOfOtherThings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := running(consultation(), 0)
		p, stop := serve(t, newTestDashboard(t, b, newClock()))
		r := p.follow(t, "/events?page=/&lang=en", "").read(t)
		r.next(t)
		promoted := counted(1)
		promoted.Tally, promoted.Dict = "0123456789ab", "ba9876543210"
		b.board.Put(promoted)
		b.board.SetCurrent(promoted.Tally)
		e := r.next(t)
		if !strings.Contains(e.message.HTML["foot"], "0123456789ab") || !strings.Contains(e.message.HTML["hero"], "8,542,001") {
			t.Errorf("a promotion is not seen: %v", e.message.HTML)
		}
		b.board.Fail(promoted.Tally, errAway)
		if e := r.next(t); !strings.Contains(e.message.HTML["notices"], "cannot be read") {
			t.Errorf("that the broker is away is not seen: %v", e.message.HTML)
		}
		_ = r.conn.Close()
		stop()
	})
}

// Who does not read is dropped, holds nobody up, and costs nothing afterwards.
func TestSlowReadersAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := running(consultation(), 0)
		d := newTestDashboard(t, b, newClock())
		p, stop := serve(t, d)
		slow, quick := p.follow(t, "/events?page=/", ""), p.follow(t, "/events?page=/", "").read(t)
		for i := range uint64(40) {
			b.board.Put(counted(i + 1))
			for quick.next(t).comment {
				continue
			}
			time.Sleep(eventInterval) // of the clock of the bubble
		}
		d.hub.mu.Lock()
		readers := d.hub.readers
		d.hub.mu.Unlock()
		if readers != 1 {
			t.Errorf("%d readers, want the quick one", readers)
		}
		_, _ = slow.conn.Close(), quick.conn.Close()
		synctest.Wait()
		d.hub.mu.Lock()
		if d.hub.readers != 0 || len(d.hub.streams) != 0 || d.hub.stop != nil {
			t.Errorf("nobody reads, and there are %d readers of %d pages", d.hub.readers, len(d.hub.streams))
		}
		d.hub.mu.Unlock()
		stop()
	})
}

// A server that stops does not wait for those who follow it.
func TestEventsEndWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stop := serve(t, newTestDashboard(t, running(consultation(), 0), newClock()))
		r := p.follow(t, "/events?page=/", "").read(t)
		r.next(t)
		begun := time.Now()
		stop()
		if took := time.Since(begun); took >= drainTime {
			t.Errorf("the server waited %v for a reader", took)
		}
		if _, more := <-r.events; more {
			t.Error("the reader was sent something else")
		}
	})
}

func TestEventsThatAreRefused(t *testing.T) {
	b := running(consultation(), 0)
	d, err := New(Config{Board: b.board, Engine: b, MaxReaders: 1})
	if err != nil {
		t.Fatal(err)
	}
	if rec := get(t, d, "/events?page=/nowhere"); rec.Code != http.StatusNotFound {
		t.Errorf("the events of no page: %d", rec.Code)
	}
	_, leave, err := d.hub.join(t.Context(), newRequest("/", nil, en))
	if err != nil {
		t.Fatal(err)
	}
	defer leave()
	if rec := get(t, d, "/events?page=/"); rec.Code != http.StatusServiceUnavailable || rec.Header().Get("Retry-After") == "" {
		t.Errorf("one reader too many: %d, %v", rec.Code, rec.Header())
	}
	if _, _, err := d.hub.join(t.Context(), newRequest("/", nil, zh)); !errors.Is(err, errTooMany) {
		t.Errorf("one reader too many: %v", err)
	}
}

func TestRate(t *testing.T) {
	var r rates
	at := newClock().Now()
	count := func(after time.Duration, n uint64, tally string) uint64 {
		at = at.Add(after)
		return r.note(at, pipeline.Counts{Snapshot: pipeline.Snapshot{Tally: tally, Stored: n}})
	}
	for i, c := range []struct {
		after time.Duration
		n     uint64
		tally string
		want  uint64
	}{
		{0, 1000, "a", 0},
		{time.Second, 51_234, "a", 50_000},
		{time.Second, 51_234, "a", 25_000},
		{9 * time.Second, 51_234, "a", 0},        // nothing came for ten seconds
		{time.Minute, 100_000, "a", 0},           // nobody looked: not known
		{2 * time.Second, 100_007, "a", 4},       // less than ten is rounded up
		{2 * time.Second, 9, "b", 0},             // another tally
		{2 * time.Second, 5, "b", 0},             // begun anew
		{500 * time.Millisecond, 5_000, "b", 0},  // too short to say
		{1500 * time.Millisecond, 405, "b", 200}, // 400 in two seconds
	} {
		if got := count(c.after, c.n, c.tally); got != c.want {
			t.Errorf("%d: %d a second, want %d", i, got, c.want)
		}
	}
}
