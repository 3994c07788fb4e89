package doctor

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// What is stored of tallies that nobody counts is named, each kind of it: of one that was
// retired while a worker slept, and of one that is not known at all.
func TestLeftOverIsNamed(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	current := r.count(20, w)
	ctx, js, names := t.Context(), r.conn.JetStream(), r.conn.Names()
	if f := r.examine()["left over"]; f.Verdict == Warn {
		t.Fatalf("of a healthy fleet: %+v", f)
	}
	info, err := r.conn.Counts().TallyInfo(ctx, current)
	if err != nil {
		t.Fatal(err)
	}
	spec := info.Spec
	spec.Dict = "0123456789abcdef"
	retired, unknown := spec.Tally(), "ffffffffffff"
	store := r.conn.Tallies()
	if _, err := store.Want(ctx, spec, "li", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Retire(ctx, retired, "li", ""); err != nil {
		t.Fatal(err)
	}
	for subject, of := range map[string][]string{
		"$KV." + names.Bucket + ".%.checkpoint": {retired},
		names.TasksSubject + ".%":               {retired, unknown},
		names.DeltasSubject + ".%":              {retired, unknown},
	} {
		for _, tally := range of {
			if _, err := js.Publish(ctx, strings.Replace(subject, "%", tally, 1), []byte("{}")); err != nil {
				t.Fatalf("%s of %s: %v", subject, tally, err)
			}
		}
	}
	for _, tally := range []string{retired, unknown} {
		if _, err := js.CreateConsumer(ctx, names.Tasks, jetstream.ConsumerConfig{
			Durable: "minyi-" + tally, FilterSubject: names.TasksSubject + "." + tally, AckPolicy: jetstream.AckExplicitPolicy,
		}); err != nil {
			t.Fatal(err)
		}
	}
	f := r.examine()["left over"]
	for _, want := range []string{retired + " (cells, tasks, deltas, consumer)", unknown + " (tasks, deltas, consumer)"} {
		if f.Verdict != Warn || !strings.Contains(f.Found, want) {
			t.Errorf("%s: %+v", want, f)
		}
	}
	if strings.Contains(f.Found, current) {
		t.Errorf("the current tally is counted: %s", f.Found)
	}
	if freed, err := store.FreeTally(ctx, retired, true); err != nil || !freed {
		t.Fatal(freed, err)
	}
	if f := r.examine()["left over"]; strings.Contains(f.Found, retired) || !strings.Contains(f.Found, unknown) {
		t.Errorf("after it was freed: %+v", f)
	}
}

// A history that takes no more entries is said, and how much room there is.
func TestLengthOfTheHistory(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	current := r.count(20, w)
	info, err := r.conn.Counts().TallyInfo(t.Context(), current)
	if err != nil {
		t.Fatal(err)
	}
	spec := info.Spec
	spec.Dict = "0123456789abcdef"
	if _, err := r.conn.Tallies().Want(t.Context(), spec, "li", ""); err != nil {
		t.Fatal(err)
	}
	if f := r.examine()["history"]; f.Verdict != OK || !strings.Contains(f.Found, "of at most 200000") {
		t.Errorf("%+v", f)
	}
	s, err := r.conn.JetStream().Stream(t.Context(), r.conn.Names().History)
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	cfg.MaxMsgs = int64(s.CachedInfo().State.Msgs)
	if _, err := r.conn.JetStream().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if f := r.examine()["history"]; f.Verdict != Fail || !strings.Contains(f.Remedy, "--max-msgs") {
		t.Errorf("%+v", f)
	}
}
