package dashboard

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// A request that is in progress when the server is told to stop gets its answer.
func TestServeDrains(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	begun, finish := make(chan struct{}), make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "whole")
	})
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, l, h) }()

	answer := make(chan string, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		_, body, err := fetch(t.Context(), client, http.MethodGet, "http://"+l.Addr().String())
		if err != nil {
			body = err.Error()
		}
		answer <- body
	}()
	<-begun
	stop()
	select {
	case err := <-served:
		t.Fatalf("Serve returned %v although a request was in progress", err)
	default:
	}
	close(finish)
	if got := <-answer; got != "whole" {
		t.Errorf("the request in progress got %q", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, _, err := fetch(t.Context(), client, http.MethodGet, "http://"+l.Addr().String()); err == nil {
		t.Error("the listener is still open")
	}
}

func TestServeReportsItsListener(t *testing.T) {
	l := listen(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), l, http.NotFoundHandler()); err == nil || !strings.Contains(err.Error(), "serve http") {
		t.Errorf("Serve on a closed listener: %v", err)
	}
}

// Who sends the head of a request slowly is cut after five seconds, however many do it, and
// others are served meanwhile.
func TestSlowHeadsAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, stop := serve(t, newTestDashboard(t, running(consultation(), 0), newClock()))
		defer stop()
		begun := time.Now()
		cut := make(chan time.Duration)
		for range 100 {
			here, there := net.Pipe()
			p.conns <- there
			go func() { _, _ = io.Copy(io.Discard, here) }() // what it is told
			go func() {                                      // a byte a second, without an end
				defer func() { cut <- time.Since(begun) }()
				for _, b := range []byte("GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + strings.Repeat("a", 1000)) {
					if _, err := here.Write([]byte{b}); err != nil {
						return
					}
					time.Sleep(time.Second)
				}
			}()
		}
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
			here, there := net.Pipe()
			p.conns <- there
			return here, nil
		}}}
		if code, _, err := fetch(t.Context(), client, http.MethodGet, "http://localhost/healthz"); err != nil || code != http.StatusOK || time.Since(begun) > 0 {
			t.Errorf("others are served %d after %s: %v", code, time.Since(begun), err)
		}
		for range 100 {
			if d := <-cut; d > 6*time.Second {
				t.Errorf("a slow client is cut after %s", d)
			}
		}
	})
}

// The first paint is the page, its style, its script and its icon, and nothing else.
func TestTheFirstPaintIsSmall(t *testing.T) {
	d := newTestDashboard(t, counting(), newClock())
	var sum, page int
	var packed bytes.Buffer
	for _, target := range []string{"/?lang=zh", d.assets.Style, d.assets.Script, d.assets.Icon} {
		body := get(t, d, target).Body.Bytes()
		z := gzip.NewWriter(&packed)
		if _, err := z.Write(body); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		sum, page = sum+len(body), cmp.Or(page, len(body))
	}
	t.Logf("the page has %d bytes; with style, script and icon %d, %d compressed", page, sum, packed.Len())
	if sum >= 100_000 {
		t.Errorf("the first paint has %d bytes as it is, and may have 100,000 compressed", sum)
	}
}
