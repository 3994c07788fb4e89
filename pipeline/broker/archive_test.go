package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// publishedAll returns all that is kept.
func (r *rig) publishedAll() []Published {
	r.t.Helper()
	var all []Published
	err := readStored(r.t.Context(), r.conn.js, "MINYI_PUBLISHED", jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy},
		func(m jetstream.Msg, _ uint64) (bool, error) {
			var p Published
			err := json.Unmarshal(m.Data(), &p)
			all = append(all, p)
			return err == nil, err
		})
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		r.t.Fatal(err)
	}
	return all
}

// A snapshot is kept once a day and twice at a promotion, by however many processes, and
// read back by the day.
func TestPublishedIsKept(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	info, err := r.conn.Counts().TallyInfo(t.Context(), tally)
	if err != nil {
		t.Fatal(err)
	}
	counts := func(tally string, frontier uint64) pipeline.Counts {
		return pipeline.Counts{Snapshot: pipeline.Snapshot{Tally: tally, Frontier: frontier, Stored: frontier, Themes: []pipeline.ThemeCount{}}, Info: info}
	}
	keep := func(c pipeline.Counts, why, day string) {
		t.Helper()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := r.conn.keepPublished(t.Context(), c, why, day); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
	keep(counts("aaaaaaaaaaaa", 0), WhyDay, "2022-05-02") // nothing is counted: nothing to keep
	keep(counts("aaaaaaaaaaaa", 10), WhyDay, "2022-05-03")
	keep(counts("aaaaaaaaaaaa", 9), WhyDay, "2022-05-03") // of a process that lags
	keep(counts("aaaaaaaaaaaa", 11), WhyDay, "2022-05-03")
	keep(counts("aaaaaaaaaaaa", 12), WhyDay, "2022-05-04")
	keep(counts("aaaaaaaaaaaa", 11), WhyDay, "2022-05-03")
	keep(counts("aaaaaaaaaaaa", 13), WhyReplaced, "2022-05-05")
	keep(counts("bbbbbbbbbbbb", 13), WhyPromoted, "2022-05-05")
	want := []struct {
		tally    string
		frontier uint64
		why, day string
	}{
		{"aaaaaaaaaaaa", 10, WhyDay, "2022-05-03"},
		{"aaaaaaaaaaaa", 11, WhyDay, "2022-05-03"},
		{"aaaaaaaaaaaa", 12, WhyDay, "2022-05-04"},
		{"aaaaaaaaaaaa", 13, WhyReplaced, "2022-05-05"},
		{"bbbbbbbbbbbb", 13, WhyPromoted, "2022-05-05"},
	}
	all := r.publishedAll()
	if len(all) != len(want) {
		t.Fatalf("%d are kept: %+v", len(all), all)
	}
	for i, w := range want {
		if p := all[i]; p.Tally != w.tally || p.Frontier != w.frontier || p.Why != w.why || p.Day != w.day || len(p.Outline) == 0 {
			t.Errorf("%d: %s at %d of %s, %s, want %v", i, p.Tally, p.Frontier, p.Day, p.Why, w)
		}
	}
	for day, want := range map[string]string{"2022-05-03": "aaaaaaaaaaaa 11", "2022-05-04": "aaaaaaaaaaaa 12", "2022-06-01": "bbbbbbbbbbbb 13"} {
		if p, err := r.conn.PublishedOn(t.Context(), day); err != nil || fmt.Sprint(p.Tally, " ", p.Frontier) != want {
			t.Errorf("%s: %s at %d, want %s: %v", day, p.Tally, p.Frontier, want, err)
		}
	}
	if _, err := r.conn.PublishedOn(t.Context(), "2022-05-02"); !errors.Is(err, ErrNotPublished) {
		t.Errorf("before all: %v", err)
	}
}

// A process keeps what its board shows, and what it showed before another tally became
// current.
func TestArchiveFollowsTheBoard(t *testing.T) {
	t.Parallel()
	r, w, tally := counted(t)
	board := r.fed("")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.conn.Archive(ctx, board, func(err error) { t.Error(err) })
	}()
	defer func() { cancel(); <-done }()
	waitFor := func(n int) []Published {
		t.Helper()
		deadline := time.After(time.Minute)
		for {
			if all := r.publishedAll(); len(all) >= n {
				return all
			}
			select {
			case <-deadline:
				t.Fatalf("%+v", r.publishedAll())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	if all := waitFor(1); all[0].Tally != tally || all[0].Why != WhyDay || all[0].Tagged == 0 {
		t.Errorf("%+v", all)
	}
	cfg := brokertest.Config(w)
	cfg.Format.Zone, cfg.Promote = "UTC", true // another tally
	worker, _ := r.run(cfg)
	all := waitFor(2)
	if last := all[len(all)-1]; last.Tally != worker.Tally() || last.Why != WhyPromoted {
		t.Errorf("%+v", last)
	}
}

// What is kept of a day is its last state, although nobody knew then that it was.
func TestArchiveKeepsTheLastOfADay(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	info, err := r.conn.Counts().TallyInfo(t.Context(), tally)
	if err != nil {
		t.Fatal(err)
	}
	board := pipeline.NewBoard()
	board.SetCurrent(tally)
	var clock atomic.Int64
	at := func(day int) { clock.Store(time.Date(2022, 5, day, 4, 0, 0, 0, time.UTC).Unix()) }
	seen := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.conn.archive(ctx, board, func() time.Time { seen <- struct{}{}; return time.Unix(clock.Load(), 0) }, func(err error) { t.Error(err) })
	}()
	for frontier, day := range []int{0, 1, 1, 3, 3, 4} {
		at(day)
		board.Put(pipeline.Counts{Snapshot: pipeline.Snapshot{Tally: tally, Frontier: uint64(frontier), Stored: uint64(frontier)}, Info: info, Revision: uint64(frontier)})
		if frontier > 0 {
			<-seen
		}
	}
	for len(r.publishedAll()) < 3 {
		if pause(t.Context(), 10*time.Millisecond) != nil {
			break
		}
	}
	cancel()
	<-done
	for day, want := range map[string]uint64{"2022-05-01": 2, "2022-05-02": 2, "2022-05-03": 4} {
		if p, err := r.conn.PublishedOn(t.Context(), day); err != nil || p.Frontier != want {
			t.Errorf("%s: %d, want %d: %v", day, p.Frontier, want, err)
		}
	}
}

// A message that had to go is gone and recorded; the tally keeps its number, and the
// ledger still holds; a new one counts it as missing.
func TestErase(t *testing.T) {
	t.Parallel()
	r, w, tally := counted(t)
	before := r.waitFor(tally, 1)
	if _, err := r.conn.Erase(t.Context(), before.Frontier+1, "x", ""); !errors.Is(err, ErrNoMessage) {
		t.Errorf("a message that is not there yet: %v", err)
	}
	for range 2 { // again is harmless
		if _, err := r.conn.Erase(t.Context(), 17, "asked for", "the office"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.conn.Message(t.Context(), "", 17); !errors.Is(err, pipeline.ErrGone) {
		t.Errorf("it is still there: %v", err)
	}
	all, err := r.conn.Erasures(t.Context())
	if err != nil || len(all) != 2 || all[0].Seq != 17 || all[0].Reason != "asked for" || all[0].By != "the office" || all[0].Already || !all[1].Already || all[0].Stream != "SUGGESTIONS" {
		t.Errorf("%+v, %v", all, err)
	}
	if audit, err := r.conn.Audit(t.Context(), tally); err != nil || !audit.Holds {
		t.Errorf("the ledger: %+v, %v", audit.Faults, err)
	}
	cfg := brokertest.Config(w)
	cfg.Format.Zone = "UTC"
	worker, _ := r.run(cfg)
	if got := r.waitFor(worker.Tally(), before.Frontier); got.Missing != before.Missing+1 {
		t.Errorf("%d are missing, and were %d", got.Missing, before.Missing)
	}
}
