package dashboard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// heartbeat is how often a reader hears from a page that does not change, so that no
// proxy takes the connection for a dead one.
const heartbeat = 15 * time.Second

// slowest is how long one event may take to be written. A reader that takes longer
// is dropped; it comes back when it can.
const slowest = 10 * time.Second

// events answers /events: what changes on a page, as server-sent events. The id of an
// event names the content of the whole page after it (see version), so that a reader who comes
// back with the id of what it has is sent nothing if that is still the newest, and
// everything if not.
func (d *Dashboard) events(w http.ResponseWriter, r *http.Request) {
	req := parseEvents(r)
	if !isPage(req) {
		plain(w, http.StatusNotFound, "no page of this address: "+req.path+"\n")
		return
	}
	s, leave, err := d.hub.join(r.Context(), req)
	if err != nil {
		code := http.StatusInternalServerError
		if errors.Is(err, errNoPage) {
			code = http.StatusNotFound
		}
		if errors.Is(err, errTooMany) {
			code = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "30")
		}
		plain(w, code, oneLine(err)+"\n")
		return
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	h.Set("Vary", "Accept-Language")
	if r.ProtoMajor == 1 {
		// An answer without an end needs no chunks, each of which is three writes.
		h.Set("Transfer-Encoding", "identity")
	}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	out := eventWriter{w, http.NewResponseController(w)}
	// The deadline for reading the request would end the answer with it.
	if err := out.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return
	}
	// Readers of a server that was restarted come back one after the other.
	if out.write(fmt.Appendf(nil, "retry: %d\n\n", 1000+rand.IntN(2000))) != nil { //nolint:gosec // spreads readers, guards nothing
		return
	}
	follow(r.Context(), out, s, cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("have")))
}

// follow sends the editions of a stream until the reader is gone, or too slow, or the
// server ends. Have is the id of what the reader has.
func follow(ctx context.Context, out eventWriter, s *stream, have string) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	sent := -1
	for {
		f, changed := s.newest()
		event := f.full
		switch {
		case f.number == sent, sent < 0 && f.id == have:
			event = nil
		case f.number == sent+1 && sent >= 0:
			event = f.diff
		}
		sent = f.number
		if event != nil && out.write(event) != nil {
			return
		}
		select {
		case <-changed:
			continue
		case <-beat.C:
			if out.write([]byte(": still here\n\n")) != nil {
				return
			}
		case <-ctx.Done():
			return
		case <-draining(ctx):
			return
		}
	}
}

// eventWriter writes events, each one at once.
type eventWriter struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (o eventWriter) write(b []byte) error {
	// A recorder of a test has no deadline, and a connection has.
	if err := o.rc.SetWriteDeadline(time.Now().Add(slowest)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := o.w.Write(b); err != nil {
		return err
	}
	return o.rc.Flush()
}

type drainKey struct{}

// draining returns a channel that is closed when the server that answers takes no more
// requests: then an answer without an end has to end.
func draining(ctx context.Context) <-chan struct{} {
	c, _ := ctx.Value(drainKey{}).(<-chan struct{})
	return c
}
