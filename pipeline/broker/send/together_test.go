package send

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/intake"
)

func TestSendOverlap(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })
	one := writeLines(t, "one.ndjson", []string{`{"id":1,"text":"a"}`, `{"id":"2","text":"b"}`, `{"id":1,"text":" a "}`, `{"id":1,"text":"other"}`})
	two := writeLines(t, "two.csv", []string{"id,text", "1,other", "3,c", "一,d"})
	if r := b.send(one); r.Sent != 2 || r.Already != 1 || r.Window != 0 || r.Refused != 1 || !errors.Is(r.Refusals[0], intake.ErrSameID) {
		t.Errorf("one: %+v", r)
	}
	b.settle(1)
	// 1 and 3 are the numbers of rows: in a table they name no suggestion of another file.
	for _, sent := range []int{3, 0} {
		if r := b.send(two); r.Sent != sent || r.Already != 3-sent {
			t.Errorf("two: %+v", r)
		}
	}
	three := writeLines(t, "three.csv", []string{"id,text", "一,D", "二,e"})
	if r := b.send(three); r.Sent != 1 || r.Refused != 1 || !strings.Contains(r.Refusals[0].Error(), "three.csv:2: same id, other content") {
		t.Errorf("three: %+v", r)
	}
	wantStored(t, b, []string{
		"suggestions.marker ", `suggestions.unknown {"id":"2","text":"b"}`, `suggestions.unknown {"id":1,"text":"a"}`,
		`suggestions.unknown {"text":"c","id":"3"}`, `suggestions.unknown {"text":"d","id":"一"}`,
		`suggestions.unknown {"text":"e","id":"二"}`, `suggestions.unknown {"text":"other","id":"1"}`,
	})
}

// TestSendFilesOfOneName: two files without ids that have one name are two files,
// unless one is a copy of the other, or what it was before it grew.
func TestSendFilesOfOneName(t *testing.T) {
	b := newSendBench(t, nil)
	dir := t.TempDir()
	put := func(folder string, lines ...string) string {
		path := filepath.Join(dir, folder, "a.csv")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("留言\n"+strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, step := range []struct {
		name          string
		folder        string
		lines         []string
		sent, already int
	}{
		{"april", "04", []string{"同意", "医院挂号太难"}, 2, 0},
		{"april again", "04", []string{"同意", "医院挂号太难"}, 0, 2},
		{"may", "05", []string{"同意", "养老院太贵"}, 2, 0},
		{"may again", "05", []string{"同意", "养老院太贵"}, 0, 2},
		{"april, moved", "done", []string{"同意", "医院挂号太难"}, 0, 2},
		{"may, copied and grown", "new", []string{"同意", "养老院太贵", "同意"}, 1, 2},
		{"may, grown where it was", "05", []string{"同意", "养老院太贵", "同意"}, 0, 3},
		{"april, changed where it was", "04", []string{"同意", "医院挂号很难"}, 1, 1},
		{"june", "06", []string{"公交车太少", "同意"}, 2, 0},
	} {
		if r := b.send(put(step.folder, step.lines...)); r.Sent != step.sent || r.Already != step.already || !r.Balance.Holds() {
			t.Errorf("%s: sent %d, already %d, want %d and %d: %+v", step.name, r.Sent, r.Already, step.sent, step.already, r.Balance)
		}
	}
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
