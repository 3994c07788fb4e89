package send

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/nats-io/nats.go/jetstream"
)

func TestSendTwice(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, nil)
	lines, want := corpus(3000)
	path := writeLines(t, "a.ndjson", lines)
	if r := b.send(path); r.Sent != len(lines) || r.Read != len(lines) {
		t.Errorf("first run: %+v", r)
	}
	wantStored(t, b, want)

	var last Progress
	r, err := b.sender(Config{}).SendFile(t.Context(), path, func(p Progress) { last = p })
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
	t.Parallel()
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

func TestSendChangedFile(t *testing.T) {
	t.Parallel()
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
	corrected[7] = `{"text":"更正了"}`                   // had no id: another message
	corrected[5] = `{"id":"c-5","text":"更正了"}`        // has an id: refused, as its counts would be those of the first
	corrected = append(corrected, `{"text":"同样的话0"}`) // said once more
	put(corrected)
	r := b.send(path)
	if r.Sent != 2 || r.Already != len(lines)-2 || r.Refused != 1 {
		t.Errorf("changed file: %+v", r)
	}
	want = append(want, `suggestions.unknown {"text":"更正了"}`, `suggestions.unknown {"text":"同样的话0"}`)
	slices.Sort(want)
	wantStored(t, b, want)

	// A file that only grew.
	put(append(corrected, `{"id":"new","text":"x"}`))
	if r := b.send(path); r.Sent != 1 || r.Already != len(corrected)-1 || r.Refused != 1 {
		t.Errorf("grown file: %+v", r)
	}
}

func TestSendRefusals(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"no_ack":    func(c *jetstream.StreamConfig) { c.NoAck = true },
		"retention": func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
	} {
		b := newSendBench(t, change)
		_, err := b.sender(Config{}).SendFile(t.Context(), writeLines(t, "a.ndjson", []string{"{}"}), nil)
		if !errors.Is(err, broker.ErrUnsuited) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := newSendBench(t, nil)
	nowhere := b.sender(Config{})
	nowhere.names.Suggestions = "NONE"
	_, err := nowhere.SendFile(t.Context(), "x.ndjson", nil)
	if !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("no stream: %v", err)
	}
}
