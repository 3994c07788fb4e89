package broker

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// pendingMore is a message that says that another one is to come.
type pendingMore struct{ jetstream.Msg }

func (m pendingMore) Reply() string {
	reply := m.Msg.Reply()
	return reply[:strings.LastIndexByte(reply, '.')+1] + "1"
}

// A message that is pending may be overwritten before it comes, and none comes then.
// Whether a view is what is stored, the leader says.
func TestPendingIsAHint(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 3, 4)
	last := r.publish(brokertest.Payloads(1, 200, 3, w))
	worker, stop := r.run(brokertest.Config(w))
	want := r.waitFor("", last)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := followView(ctx, func() *follower {
		fo := r.conn.newFollower(worker.Tally())
		fo.received = func(m jetstream.Msg) jetstream.Msg { return pendingMore{m} }
		return fo
	}, func(fo *follower) (bool, error) {
		if fo.view.Checkpoint.Frontier != last || fo.view.Totals.Len() != want.Totals.Len() {
			t.Errorf("frontier %d with %d cells", fo.view.Checkpoint.Frontier, fo.view.Totals.Len())
		}
		return true, nil
	})
	if err != nil {
		t.Errorf("all is counted, and nobody is told: %v", err)
	}
}

// fed is a board that follows the current tally until the test ends.
func (r *rig) fed(tallies ...string) *pipeline.Board {
	board, done := pipeline.NewBoard(), make(chan struct{})
	ctx, cancel := context.WithCancel(r.t.Context())
	go func() {
		defer close(done)
		r.conn.Counts().Feed(ctx, board, FeedOptions{Tallies: tallies, Every: time.Millisecond})
	}()
	r.t.Cleanup(func() { cancel(); <-done })
	return board
}

// shows waits until a board has what is wanted of the current tally.
func (r *rig) shows(board *pipeline.Board, wanted func(pipeline.Counts, error) bool) {
	r.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		c, err := board.Latest("")
		if wanted(c, err) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			r.t.Fatalf("the board has %s at %d: %v", c.Tally, c.Frontier, err)
		}
	}
}

// The first reading of the bucket in a process serves the readers and the committer.
// Later ones are the committer's own: after an error it believes nothing that was read
// before.
func TestFirstLoadIsThatOfTheBoard(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	board := r.fed("")
	shown, err := board.Wait(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{c: r.conn, tally: tally}
	first, err := l.Load(t.Context())
	if err != nil || first.Totals != shown.Totals || first.Revision != shown.Revision || first.Checkpoint.Frontier != shown.Frontier {
		t.Errorf("loaded %d cells at %d, and the board has %d at %d, %v", first.Totals.Len(), first.Revision, shown.Totals.Len(), shown.Revision, err)
	}
	again, err := l.Load(t.Context())
	if err != nil || again.Totals == shown.Totals || again.Totals.Len() != shown.Totals.Len() {
		t.Errorf("the second load is the board's too: %v", err)
	}
}

// Somebody writes something else into `current`: nobody is given zeros, and a worker
// puts it right.
func TestForeignCurrent(t *testing.T) {
	t.Parallel()
	for _, foreign := range []string{"../../<script>", "", "aaaaaaaaaaaa"} {
		t.Run(foreign, func(t *testing.T) {
			t.Parallel()
			r, w := newRig(t), brokertest.NewWords(t, 2, 2)
			last := r.publish(brokertest.Payloads(1, 50, 1, w))
			worker, stop := r.run(brokertest.Config(w))
			r.waitFor("", last)
			board := r.fed("")
			there := func(c pipeline.Counts, err error) bool { return err == nil && c.Tally == worker.Tally() }
			r.shows(board, there)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if _, err := r.conn.js.Publish(t.Context(), "$KV.COUNTS.current", []byte(foreign)); err != nil {
				t.Fatal(err)
			}
			r.shows(board, func(_ pipeline.Counts, err error) bool { return err != nil && !errors.Is(err, pipeline.ErrNotCounted) })
			_, _ = r.run(brokertest.Config(w))
			r.shows(board, there)
		})
	}
}

// Names of themes that change are shown, to those who follow the tally already too, and
// change no cell.
func TestRenamedThemesAreShown(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	board := r.fed("")
	before, err := board.Wait(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	info, l := before.Info, &ledger{c: r.conn, tally: tally}
	info.Themes = slices.Clone(info.Themes)
	for _, name := range []string{"一个新名字", "又一个"} {
		info.Themes[0].Zh = name
		if err := l.EnsureInfo(t.Context(), info); err != nil {
			t.Fatal(err)
		}
		if got, err := r.conn.Counts().Snapshot(t.Context(), ""); err != nil || got.Info.Themes[0].Zh != name || got.Totals.Len() != before.Totals.Len() {
			t.Errorf("a reader sees %q and %d cells of %d: %v", got.Info.Themes[0].Zh, got.Totals.Len(), before.Totals.Len(), err)
		}
		r.shows(board, func(c pipeline.Counts, err error) bool {
			return err == nil && c.Info.Themes[0].Zh == name && c.Totals.Len() == before.Totals.Len()
		})
	}
}

// Of several processes the one that folded publishes: no snapshot comes twice.
func TestEachSnapshotIsPublishedOnce(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	snapshots, err := r.conn.nc.SubscribeSync("minyi.counts.*")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	for range 4 {
		p := r.conn.NewPublisher()
		cfg := brokertest.Config(w)
		cfg.Observer = p
		_, _ = r.run(cfg)
		board := r.fed("")
		running.Go(func() { p.Run(ctx, board, time.Millisecond, func(err error) { t.Error(err) }) })
	}
	var last uint64
	for i := range 10 {
		last = r.publish(brokertest.Payloads(uint64(i+1), 50, 1, w))
		r.waitFor("", last)
	}
	seen := make(map[uint64]int)
	for {
		m, err := snapshots.NextMsg(2 * time.Second)
		if errors.Is(err, nats.ErrTimeout) {
			break
		}
		var s pipeline.Snapshot
		if err == nil {
			err = json.Unmarshal(m.Data, &s)
		}
		if err != nil {
			t.Fatal(err)
		}
		if seen[s.Frontier]++; seen[s.Frontier] > 1 {
			t.Errorf("the snapshot at %d was published %d times", s.Frontier, seen[s.Frontier])
		}
	}
	if seen[last] != 1 {
		t.Errorf("the newest snapshot was published %d times", seen[last])
	}
}

// A commit of which one message cannot be encoded stores nothing.
func TestBatchThatDoesNotEncode(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	l := &ledger{c: r.conn, tally: "t"}
	absurd := pipeline.Checkpoint{Mark: &pipeline.Mark{Seq: 1, Stored: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}}
	cell := pipeline.Cells{{Day: "d", Source: "s", Kind: pipeline.KindTotal, ID: pipeline.All}: {Primary: 1, Any: 1}}
	if _, err := l.batch(&pipeline.Slice{Begin: absurd, Cells: cell.Sorted()}, 0); err == nil {
		t.Error("a batch without its first message")
	}
}

// lagging is a stream read through a replica that does not have the newest messages.
type lagging struct{ jetstream.Stream }

func (lagging) GetMsg(context.Context, uint64, ...jetstream.GetMsgOpt) (*jetstream.RawStreamMsg, error) {
	return nil, jetstream.ErrMsgNotFound
}

// "Not found" of a replica is believed only when the leader says so too.
func TestMessageThatAReplicaLacks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if _, err := r.conn.js.PublishMsg(t.Context(), &nats.Msg{Subject: "suggestions.x", Header: nats.Header{contentType: {"text/plain"}}, Data: []byte("小学")}); err != nil {
		t.Fatal(err)
	}
	s, err := r.conn.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.conn.getMessage(t.Context(), lagging{s}, 1)
	if err != nil || string(m.Data) != "小学" || m.ContentType != "text/plain" || m.Subject != "suggestions.x" || m.Stored.IsZero() {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := r.conn.getMessage(t.Context(), lagging{s}, 2); !errors.Is(err, pipeline.ErrGone) {
		t.Errorf("a message that there is not: %v", err)
	}
}

// More than 512 goroutines of a fleet wait for tasks; a consumer of an older release
// keeps its own limit.
func TestManyWait(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if err := r.conn.ensureLedger(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.js.CreateConsumer(t.Context(), "MINYI_TASKS", jetstream.ConsumerConfig{
		Durable: "minyi-bbbbbbbbbbbb", FilterSubject: "minyi.tasks.bbbbbbbbbbbb", DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxDeliver: -1,
	}); err != nil {
		t.Fatal(err)
	}
	sign, err := r.conn.workerSigner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for tally, want := range map[string]int{"aaaaaaaaaaaa": maxWaiting, "bbbbbbbbbbbb": 512} {
		if _, err := newTasks(t.Context(), r.conn, tally, sign); err != nil {
			t.Fatal(err)
		}
		c, err := r.conn.js.Consumer(t.Context(), "MINYI_TASKS", "minyi-"+tally)
		if err != nil || c.CachedInfo().Config.MaxWaiting != want {
			t.Errorf("%s: %d may wait, want %d: %v", tally, c.CachedInfo().Config.MaxWaiting, want, err)
		}
	}
}

// A list of one reject does not spell out all the others.
func TestALimitBoundsWhatIsSpeltOut(t *testing.T) {
	t.Parallel()
	r := &rejects{query: RejectQuery{Limit: 1}}
	r.addKnown(map[pipeline.Reason][]pipeline.Range{
		pipeline.NoText: {{From: 500, To: 600_000}, {From: 7, To: 90}}, pipeline.Blank: {{From: 5, To: 5}, {From: 91, To: 499}},
	})
	if len(r.found) != 2 || r.found[0] != (pipeline.Reject{Seq: 5, Reason: pipeline.Blank}) || r.found[1].Seq != 7 {
		t.Errorf("%+v", r.found)
	}
}

// While the counts of a tally that has become current are read for the first time,
// readers are shown those of the one before.
func TestPromotedIsShownWhenItIsRead(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	for range 20 {
		board := pipeline.NewBoard()
		board.Put(pipeline.Counts{Snapshot: pipeline.Snapshot{Tally: "before"}})
		board.SetCurrent("before")
		f := &feed{
			FeedOptions: FeedOptions{Tallies: []string{""}, Every: time.Millisecond, OnError: func(string, error) {}},
			counts:      r.conn.Counts(), board: board, shown: "before", stops: make(map[string]func()),
		}
		for done := false; !done; {
			done = f.look(t.Context())
			if c, err := board.Latest(""); err != nil || done != (c.Tally == tally) {
				t.Fatalf("looked, %v: the board has %q, %v", done, c.Tally, err)
			}
		}
		f.stopBut()
	}
}

// An error of one look at the pointer is gone with the next look, whatever tally it finds.
func TestAFailedLookIsForgotten(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	board := r.fed("")
	there := func(c pipeline.Counts, err error) bool { return err == nil && c.Tally == tally }
	r.shows(board, there)
	board.Fail("", errors.New("the broker is away"))
	r.shows(board, there)
}
