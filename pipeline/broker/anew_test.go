package broker

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Counts that were removed while no worker ran are counted again as another tally, and
// that is said and recorded.
func TestRemovedCountsAreSaid(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish(brokertest.Payloads(1, 100, 1, w))
	_, stop := r.run(brokertest.Config(w))
	before := r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if err := r.conn.js.DeleteStream(t.Context(), "KV_COUNTS"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var said []string
	conn, err := Connect(t.Context(), Options{Server: r.server, Worker: "w2", OnError: func(err error) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, err.Error())
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	worker, err := conn.NewWorker(t.Context(), brokertest.Config(w))
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if worker.Tally() == before.Tally || len(said) != 1 || !strings.Contains(said[0], supervise.WhyRemoved) {
		t.Errorf("tally %s after %s; said %q", worker.Tally(), before.Tally, said)
	}
	history, err := conn.History(t.Context())
	if err != nil || len(history) == 0 {
		t.Fatalf("%v, %v", history, err)
	}
	if e := history[len(history)-1]; e.Event != supervise.Anew || e.By != "w2" || e.Why != supervise.WhyRemoved {
		t.Errorf("%+v", e)
	}
}

// A selection of a context that cannot be read is no selection of none.
func TestSelectionThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	if path, err := contextFile(""); err != nil || path != "" {
		t.Errorf("nothing selected: %q, %v", path, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "nats", "context.txt"), 0o700); err != nil { // a folder cannot be read as a file
		t.Fatal(err)
	}
	if _, err := contextFile(""); err == nil || !strings.Contains(err.Error(), "context.txt") {
		t.Errorf("%v", err)
	}
	if _, err := contextFile("nowhere"); err == nil || !strings.Contains(err.Error(), `"nowhere"`) {
		t.Errorf("%v", err)
	}
}
