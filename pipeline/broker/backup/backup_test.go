package backup

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

func TestMain(m *testing.M) { brokertest.Main(m) }

// place is a server, and what is done on it.
type place struct {
	t    *testing.T
	conn *broker.Conn
	w    brokertest.Words
	sent int
}

func newPlace(t *testing.T, w brokertest.Words) *place {
	t.Helper()
	conn, err := broker.Connect(t.Context(), broker.Options{URL: brokertest.NATS(t, &server.Options{}).ClientURL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return &place{t: t, conn: conn, w: w}
}

// publish sends the messages of a seed.
func (p *place) publish(seed uint64, n int) {
	p.t.Helper()
	if err := p.conn.EnsureSuggestions(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	js := p.conn.JetStream()
	for _, body := range brokertest.Payloads(seed, n, 3, p.w) {
		if _, err := js.Publish(p.t.Context(), "suggestions.x", body); err != nil {
			p.t.Fatal(err)
		}
	}
	p.sent += n
}

// work counts until stop is called.
func (p *place) work() (stop func()) {
	p.t.Helper()
	worker, err := p.conn.NewWorker(p.t.Context(), brokertest.Config(p.w))
	if err != nil {
		p.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(p.t.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := worker.Run(ctx); err != nil {
			p.t.Error(err)
		}
	})
	return func() { cancel(); running.Wait() }
}

// counted waits until all messages are counted.
func (p *place) counted() pipeline.Snapshot {
	p.t.Helper()
	var last pipeline.Snapshot
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeout(p.t.Context(), 40*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		err := p.conn.Counts().Watch(ctx, "", time.Millisecond, func(c pipeline.Counts) error {
			if last = c.Snapshot; c.Frontier >= uint64(p.sent) {
				return enough
			}
			return nil
		})
		if errors.Is(err, enough) {
			return last
		}
	}
	p.t.Fatalf("counted up to %d of %d", last.Frontier, p.sent)
	return last
}

// TestBackupUnderWorkers takes a backup while messages come and are counted. Restored
// on another server the same tally goes on, and counts what an undisturbed one counts.
func TestBackupUnderWorkers(t *testing.T) {
	t.Parallel()
	w := brokertest.NewWords(t, 2, 3)
	from, dir := newPlace(t, w), filepath.Join(t.TempDir(), "backup")
	from.publish(1, 1500)
	stop := from.work()
	from.counted()
	var sending sync.WaitGroup
	sending.Go(func() { from.publish(2, 600) })
	m, err := Take(t.Context(), from.conn, dir, Progress{})
	if err != nil {
		t.Fatal(err)
	}
	sending.Wait()
	want := from.counted()
	stop()

	if len(m.Tallies) != 1 || m.Tallies[0].Frontier < 1500 || !m.Tallies[0].Current {
		t.Errorf("tallies %+v", m.Tallies)
	}
	to := newPlace(t, w)
	if m, err = Restore(t.Context(), to.conn, dir, 0, Progress{}); err != nil {
		t.Fatal(err)
	}
	proofs, err := Prove(t.Context(), to.conn, m)
	if err != nil || len(proofs) != 1 || !proofs[0].Holds || proofs[0].Frontier < m.Tallies[0].Frontier {
		t.Fatalf("%+v, %v", proofs, err)
	}
	// What the source got after its stream was copied comes again from its sender.
	to.sent = int(m.Streams[len(m.Streams)-1].Last)
	rest := brokertest.Payloads(2, 600, 3, w)[to.sent-1500:]
	for _, body := range rest {
		if _, err := to.conn.JetStream().Publish(t.Context(), "suggestions.x", body); err != nil {
			t.Fatal(err)
		}
		to.sent++
	}
	defer to.work()()
	got := to.counted()
	got.AsOf, want.AsOf = time.Time{}, time.Time{} // the rest was stored at another time
	a, b := mustJSON(t, got), mustJSON(t, want)
	if a != b {
		t.Errorf("restored: %s\nbefore:   %s", a, b)
	}
	if _, err := Restore(t.Context(), to.conn, dir, 0, Progress{}); !errors.Is(err, ErrInTheWay) || strings.Contains(err.Error(), "rm") {
		t.Errorf("restored over what is there: %v", err)
	}
	running := newPlace(t, w) // as a minyi up that has received nothing
	if err := running.conn.EnsureSuggestions(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), running.conn, dir, 0, Progress{}); !errors.Is(err, ErrInTheWay) || !strings.Contains(err.Error(), "which is empty: minyi work or minyi up has made it") {
		t.Errorf("restored to a broker that is used: %v", err)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRestoreOfAPart: buckets that are not in a backup are made anew, and a backup of
// which a byte is wrong is not restored.
func TestRestoreOfAPart(t *testing.T) {
	t.Parallel()
	w := brokertest.NewWords(t, 2, 3)
	from, dir := newPlace(t, w), t.TempDir()
	from.publish(1, 700)
	stop := from.work()
	want := from.counted()
	stop()
	if _, err := Take(t.Context(), from.conn, dir, Progress{}); err != nil {
		t.Fatal(err)
	}
	if _, err := Take(t.Context(), from.conn, dir, Progress{}); !errors.Is(err, ErrExists) {
		t.Errorf("written over a backup: %v", err)
	}
	m, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	older := m
	older.Streams = slices.DeleteFunc(slices.Clone(m.Streams), func(s Stream) bool {
		return s.Name != "KV_COUNTS" && s.Name != "SUGGESTIONS"
	})
	rewrite(t, dir, older)
	to := newPlace(t, w)
	if _, err := Restore(t.Context(), to.conn, dir, 1, Progress{}); err != nil {
		t.Fatal(err)
	}
	to.sent = 700
	to.publish(3, 300)
	from.publish(3, 300)
	defer to.work()()
	defer from.work()()
	got, all := to.counted(), from.counted()
	got.AsOf, all.AsOf = time.Time{}, time.Time{}
	if a, b := mustJSON(t, got), mustJSON(t, all); a != b || got.Tally != want.Tally {
		t.Errorf("restored: %s\nbefore:   %s", a, b)
	}

	archive := filepath.Join(dir, older.Streams[0].Archive)
	b, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(archive, b, 0o600); err != nil {
		t.Fatal(err)
	}
	empty := newPlace(t, w)
	if _, err := Restore(t.Context(), empty.conn, dir, 0, Progress{}); !errors.Is(err, ErrNotABackup) || !strings.Contains(err.Error(), "KV_COUNTS") {
		t.Errorf("a wrong byte: %v", err)
	}
	if _, err := empty.conn.JetStream().Stream(t.Context(), "SUGGESTIONS"); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("something was restored: %v", err)
	}
}

func rewrite(t *testing.T, dir string, m Manifest) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, manifestFile), []byte(mustJSON(t, m)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestProofFindsLessThanBefore: a restored tally that counts less than the backup says
// does not pass.
func TestProofFindsLessThanBefore(t *testing.T) {
	t.Parallel()
	w := brokertest.NewWords(t, 2, 3)
	p := newPlace(t, w)
	p.publish(1, 100)
	stop := p.work()
	p.counted()
	stop()
	m, err := Take(t.Context(), p.conn, t.TempDir(), Progress{})
	if err != nil {
		t.Fatal(err)
	}
	m.Tallies[0].Frontier++
	if proofs, err := Prove(t.Context(), p.conn, m); err != nil || proofs[0].Holds {
		t.Errorf("%+v, %v", proofs, err)
	}
}

// An archive may end with the last message of a commit, and with none before it.
func TestBetweenCommits(t *testing.T) {
	t.Parallel()
	w := brokertest.NewWords(t, 2, 3)
	p := newPlace(t, w)
	p.publish(1, 50)
	stop := p.work()
	p.counted()
	stop()
	js := p.conn.JetStream()
	s, err := js.Stream(t.Context(), "KV_COUNTS")
	if err != nil {
		t.Fatal(err)
	}
	last, gone := s.CachedInfo().State.LastSeq, uint64(1)
	for _, err := s.GetMsg(t.Context(), gone); err == nil && gone < last; _, err = s.GetMsg(t.Context(), gone) {
		gone++
	}
	for seq, want := range map[uint64]error{
		0: nil, last: nil, // the pointer and its promotion are the last commit
		last - 1: errWithinCommit, last - 3: errWithinCommit, // the promotion, a cell
		gone: errWithinCommit, // replaced since
	} {
		if err := betweenCommits(t.Context(), js, "KV_COUNTS", seq); !errors.Is(err, want) {
			t.Errorf("message %d of %d: %v, want %v", seq, last, err, want)
		}
	}
}
