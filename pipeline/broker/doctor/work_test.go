package doctor

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// A range that was handed out again and is not done is named.
func TestStuckRangeIsNamed(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	tally := r.count(50, w)
	cons, err := r.js.Consumer(t.Context(), "MINYI_TASKS", "minyi-"+tally)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.js.Publish(t.Context(), "minyi.tasks."+tally, []byte(`{"from":51,"to":60}`)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // taken, and given back
		batch, err := cons.Fetch(1, jetstream.FetchMaxWait(10*time.Second))
		if err != nil {
			t.Fatal(err)
		}
		for m := range batch.Messages() {
			if err := m.Nak(); err != nil {
				t.Fatal(err)
			}
		}
	}
	batch, err := cons.Fetch(1, jetstream.FetchMaxWait(10*time.Second)) // in hand
	if err != nil {
		t.Fatal(err)
	}
	for range batch.Messages() {
		found := r.examine()["tasks"]
		if found.Verdict != Warn || !strings.Contains(found.Found, "range [51,60] waits since") {
			t.Errorf("%+v", found)
		}
	}
}
