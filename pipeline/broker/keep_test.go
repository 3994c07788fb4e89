package broker

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// kept runs KeepStreams; end stops it, and returns its error and what was made anew.
func (r *rig) kept() (end func() ([]string, error), stopped <-chan struct{}) {
	ctx, cancel := context.WithCancel(r.t.Context())
	done := make(chan struct{})
	var err error
	var mu sync.Mutex
	var made []string
	go func() {
		defer close(done)
		err = r.conn.KeepStreams(ctx, func(stream string) {
			mu.Lock()
			defer mu.Unlock()
			made = append(made, stream)
		})
	}()
	return func() ([]string, error) { cancel(); <-done; return made, err }, done
}

// A stream of minyi's own that is removed under a running worker is made anew, and what
// arrives afterwards is counted as if nothing had been.
func TestStreamsRemovedUnderAWorker(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"MINYI_TASKS", "MINYI_DELTAS", "KV_COUNTS"} {
		t.Run(stream, func(t *testing.T) {
			r, w := newRig(t), brokertest.NewWords(t, 2, 3)
			worker, stop := r.run(brokertest.Config(w))
			end, _ := r.kept()
			r.waitFor(worker.Tally(), r.publish(brokertest.Payloads(1, 300, 1, w)))
			r.remove(stream)
			last := r.publish(brokertest.Payloads(301, 300, 1, w))
			r.same(r.waitFor(worker.Tally(), last), r.offline(w, last))
			for { // the worker looks at the pointer every two seconds
				current, err := r.conn.Counts().Current(t.Context())
				if current == worker.Tally() {
					break
				}
				if err := pause(t.Context(), 20*time.Millisecond); err != nil {
					t.Fatalf("%v; current is %q", err, current)
				}
				if err != nil && !errors.Is(err, ErrNoTally) {
					t.Fatal(err)
				}
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if made, err := end(); err != nil || len(made) != 1 || made[0] != stream {
				t.Errorf("%v, made %q", err, made)
			}
		})
	}
}

// The counts of messages that are gone cannot be computed again, and a limit of age
// takes counts away: both stop the worker by name.
func TestWhatCannotBeKeptStopsTheWorker(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(r *rig)
		want  error
		names string
	}{
		"counts of what is gone": {func(r *rig) {
			s, err := r.conn.js.Stream(r.t.Context(), "SUGGESTIONS")
			if err == nil {
				err = s.DeleteMsg(r.t.Context(), 7)
			}
			if err != nil {
				r.t.Fatal(err)
			}
			r.remove("KV_COUNTS")
		}, ErrRemoved, "1 messages of SUGGESTIONS"},
		"counts that expire": {func(r *rig) { r.expire("KV_COUNTS") }, ErrUnsuited, "KV_COUNTS"},
		"tasks that expire":  {func(r *rig) { r.expire("MINYI_TASKS") }, ErrUnsuited, "MINYI_TASKS"},
		"deltas that expire": {func(r *rig) { r.expire("MINYI_DELTAS") }, ErrUnsuited, "MINYI_DELTAS"},
	} {
		t.Run(name, func(t *testing.T) {
			r, w := newRig(t), brokertest.NewWords(t, 2, 2)
			worker, stop := r.run(brokertest.Config(w))
			r.waitFor(worker.Tally(), r.publish(brokertest.Payloads(1, 100, 1, w)))
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			end, stopped := r.kept()
			c.spoil(r)
			select {
			case <-stopped:
			case <-time.After(20 * time.Second):
				t.Error("nothing stopped it")
			}
			if made, err := end(); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.names) || len(made) > 0 {
				t.Errorf("%v, made %q", err, made)
			}
		})
	}
}

// expire gives a stream a limit of age.
func (r *rig) expire(stream string) {
	r.t.Helper()
	s, err := r.conn.js.Stream(r.t.Context(), stream)
	if err != nil {
		r.t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	cfg.MaxAge, cfg.Duplicates = time.Hour, time.Minute
	if _, err := r.conn.js.UpdateStream(r.t.Context(), cfg); err != nil {
		r.t.Fatal(err)
	}
}
