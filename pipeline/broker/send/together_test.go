package send

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

func TestSendOverlap(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
			r, err := b.sender(Config{}).SendFile(t.Context(), path, nil)
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
	t.Parallel()
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })
	lines := []string{`{"id":"first"}`, `{"id":"second"}`, `{"id":"late"}`}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cfg := Config{}
	cfg.Intake.Stdin = r
	moments := make(chan Progress, 1000)
	done := make(chan Report, 1)
	go func() {
		rep, err := b.sender(cfg).SendFile(t.Context(), "-", func(p Progress) {
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
