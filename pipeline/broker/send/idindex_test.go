package send

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// tinyIndex makes an index of many small parts.
var tinyIndex = indexSizes{every: 15, flush: 40, page: 4, merge: 120, looks: 6, checks: 3}

func numbered(prefix string, ids ...int) []string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = fmt.Sprintf(`{"id":"%s-%d","text":"建议%d"}`, prefix, id, id)
	}
	return lines
}

func upTo(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i
	}
	return ids
}

// TestSendFewOfMany: a few lines are sent to a stream of many messages without a
// reading of their ids, and those that are there are found.
func TestSendFewOfMany(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, func(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond })
	b.send(writeLines(t, "many.ndjson", numbered("m", upTo(12_000)...)))
	few := append(numbered("m", 7, 11_999, 20_000), `{"id":"m-8","text":"another"}`, `{"id":"new","text":"x"}`)
	var last Progress
	r, err := b.sender(Config{}).SendFile(t.Context(), writeLines(t, "few.ndjson", few), func(p Progress) { last = p })
	if err != nil || r.Sent != 2 || r.Already != 2 || r.Refused != 1 || r.Position != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if last.Scanned != 0 {
		t.Errorf("%d ids were read", last.Scanned)
	}
	if len(r.Refusals) == 1 && !strings.Contains(r.Refusals[0].Error(), "message 9 of the stream") {
		t.Error(r.Refusals)
	}
	if r := b.send(writeLines(t, "again.ndjson", few)); r.Sent != 0 || r.Already != 4 || r.Refused != 1 {
		t.Errorf("again: %+v", r)
	}
}

// TestIndexAgainstTheStream does everything to a stream that changes what the index
// says of it, and compares each send with the ids that the stream has.
func TestIndexAgainstTheStream(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := newIndexRig(t, seed)
			for range 60 {
				switch n := r.rng.IntN(20); {
				case n < 10:
					r.sendSome()
				case n < 13:
					r.foreign()
				case n < 15:
					r.remove()
				case n < 16:
					r.expire()
				case n < 17:
					r.losePage()
				case n < 18 && r.step > 30:
					r.remake()
				}
				r.step++
				r.checkIndex()
			}
			if r.indexed == 0 || r.found == 0 {
				t.Errorf("%d messages were looked at in the index, %d sends had ids that were there", r.indexed, r.found)
			}
		})
	}
}

type indexRig struct {
	*sendBench
	rng            *rand.Rand
	step           int
	indexed, found int
}

func newIndexRig(t *testing.T, seed uint64) *indexRig {
	return &indexRig{sendBench: newSendBench(t, shortWindow), rng: rand.New(rand.NewPCG(seed, 5))}
}

func shortWindow(c *jetstream.StreamConfig) { c.Duplicates = 100 * time.Millisecond }

// ids returns the ids in the stream by sequence.
func (r *indexRig) ids() map[uint64]string {
	r.t.Helper()
	s, err := r.js.Stream(r.t.Context(), "SUGGESTIONS")
	if err != nil {
		r.t.Fatal(err)
	}
	out := map[uint64]string{}
	scan := idScan{
		stream: s, patient: func(ctx context.Context, f func(context.Context) error) error { return f(ctx) },
		each: func(seq uint64, id string, _ uint32) { out[seq] = id },
	}
	if st := s.CachedInfo().State; st.Msgs > 0 {
		if err := scan.read(r.t.Context(), st.FirstSeq, st.LastSeq); err != nil {
			r.t.Fatal(err)
		}
	}
	return out
}

func (r *indexRig) sendSome() {
	there := map[string]bool{}
	for _, id := range r.ids() {
		there[id] = true
	}
	wantSent, wantAlready := 0, 0
	var numbers []int
	for range 1 + r.rng.IntN(50) {
		n := r.rng.IntN(600)
		id := fmt.Sprintf("m-%d", n)
		if numbers = append(numbers, n); there[id] {
			wantAlready++
		} else {
			wantSent++
		}
		there[id] = true
	}
	if wantAlready > 0 {
		r.found++
	}
	p := r.sender(Config{PositionEvery: time.Millisecond})
	p.sizes = tinyIndex
	path := writeLines(r.t, fmt.Sprintf("f%d.ndjson", r.step), numbered("m", numbers...))
	rep, err := p.SendFile(r.t.Context(), path, nil)
	// The window still has ids of messages that were deleted a moment ago.
	if err != nil || rep.Sent+rep.Window != wantSent || rep.Already-rep.Window != wantAlready || rep.Position != nil {
		r.t.Fatalf("step %d: sent %d, already %d, want %d and %d; %v, %v", r.step, rep.Sent, rep.Already, wantSent, wantAlready, err, rep.Position)
	}
}

// foreign publishes as other programs do, some without an id.
func (r *indexRig) foreign() {
	for range r.rng.IntN(30) {
		m := nats.NewMsg("suggestions.other")
		if n := r.rng.IntN(700); n < 600 {
			m.Header.Set(nats.MsgIdHdr, fmt.Sprintf("m-%d", n))
		}
		if _, err := r.js.PublishMsg(r.t.Context(), m); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *indexRig) remove() {
	s, err := r.js.Stream(r.t.Context(), "SUGGESTIONS")
	if err != nil {
		r.t.Fatal(err)
	}
	for seq := range r.ids() { // in any order
		if r.rng.IntN(10) == 0 {
			if err := s.DeleteMsg(r.t.Context(), seq); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

func (r *indexRig) expire() {
	s, err := r.js.Stream(r.t.Context(), "SUGGESTIONS")
	if err != nil {
		r.t.Fatal(err)
	}
	st := s.CachedInfo().State
	if err := s.Purge(r.t.Context(), jetstream.WithPurgeSequence(st.FirstSeq+uint64(r.rng.IntN(int(st.Msgs)+1)))); err != nil {
		r.t.Fatal(err)
	}
}

func (r *indexRig) losePage() {
	s, err := r.js.Stream(r.t.Context(), "KV_MINYI_POSITIONS")
	if err != nil {
		return // not yet
	}
	if err := s.Purge(r.t.Context(), jetstream.WithPurgeSubject("$KV.MINYI_POSITIONS."+indexRoot("SUGGESTIONS")+".*."+fmt.Sprint(r.rng.IntN(4)))); err != nil {
		r.t.Fatal(err)
	}
}

// remake deletes the stream and makes one with other messages under the same sequences.
func (r *indexRig) remake() {
	s, err := r.js.Stream(r.t.Context(), "SUGGESTIONS")
	if err != nil {
		r.t.Fatal(err)
	}
	last := s.CachedInfo().State.LastSeq
	if err := r.js.DeleteStream(r.t.Context(), "SUGGESTIONS"); err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.js.CreateStream(r.t.Context(), s.CachedInfo().Config); err != nil {
		r.t.Fatal(err)
	}
	for i := range last + 5 {
		if _, err := r.js.Publish(r.t.Context(), "suggestions.other", nil, jetstream.WithMsgID(fmt.Sprint("m-", 2*i))); err != nil {
			r.t.Fatal(err)
		}
	}
}

// checkIndex wants the index to have every message that it speaks of, unless it is
// about another stream or has lost a page.
func (r *indexRig) checkIndex() {
	r.t.Helper()
	kv, err := r.js.KeyValue(r.t.Context(), "MINYI_POSITIONS")
	if err != nil {
		return // not yet
	}
	x, err := readIndex(r.t.Context(), kv, "SUGGESTIONS")
	if err != nil {
		r.t.Fatal(err)
	}
	s := newSending(r.sender(Config{}), "x.ndjson", nil)
	if err := s.open(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	s.openIndex(r.t.Context())
	if s.index == nil || len(s.index.segments) < len(x.segments) {
		return
	}
	for seq, id := range r.ids() {
		if id == "" || seq < x.segments0() || seq > x.end() {
			continue
		}
		found, err := x.find(r.t.Context(), keyOf(id).hash())
		if err != nil {
			return // a page is lost
		}
		r.indexed++
		there := false
		for _, f := range found {
			there = there || f == seq
		}
		if !there {
			r.t.Fatalf("step %d: the index of %d to %d does not have %s at %d, only %v", r.step, x.segments0(), x.end(), id, seq, found)
		}
	}
}

func (x *idIndex) segments0() uint64 {
	if len(x.segments) == 0 {
		return 1
	}
	return x.segments[0].From
}

func TestLogCovers(t *testing.T) {
	l := idLog{from: 5}
	for _, seq := range []uint64{9, 5, 6, 6} {
		l.ids = append(l.ids, seenID{seq, seq})
	}
	l.readAll(7, 8)
	l.readAll(12, 20)
	if to, ok := l.covered(); to != 9 || !ok {
		t.Errorf("to %d, %t", to, ok)
	}
	if ids := l.take(9); len(ids) != 3 || l.from != 10 || len(l.ids) != 0 {
		t.Errorf("took %v, left %+v", ids, l)
	}
	l.readAll(10, 11)
	if to, _ := l.covered(); to != 20 {
		t.Errorf("to %d", to)
	}
	l.ids = append(l.ids, seenID{11, 1}, seenID{11, 2})
	if _, ok := l.covered(); ok {
		t.Error("two messages at one sequence")
	}
}
