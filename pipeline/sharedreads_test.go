package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// listSource hands over every message but each seventh, and counts what it reads.
type listSource struct {
	Source
	read  atomic.Int64
	fails func() bool // before a message
	pause time.Duration
}

func (l *listSource) Read(ctx context.Context, r Range, f func(*Message)) error {
	buffer := make([]byte, 0, 64)
	for seq := r.From; seq <= r.To; seq++ {
		if l.fails != nil && l.fails() {
			return fmt.Errorf("%w at %d", ErrReadStopped, seq)
		}
		if seq%7 == 0 {
			continue
		}
		if l.pause > 0 && !sleep(ctx, l.pause) {
			return ctx.Err()
		}
		l.read.Add(1)
		buffer = fmt.Appendf(buffer[:0], "message %d", seq)
		f(&Message{Seq: seq, Subject: "s", Data: buffer, Stored: time.Unix(int64(seq), 0)})
		clear(buffer) // it belongs to the source
	}
	return nil
}

// checkRead reads a range and checks what is handed over.
func checkRead(ctx context.Context, src Source, r Range) error {
	next := r.From
	err := src.Read(ctx, r, func(m *Message) {
		for next%7 == 0 {
			next++
		}
		if m.Seq != next || string(m.Data) != fmt.Sprintf("message %d", m.Seq) || m.Stored.Unix() != int64(m.Seq) {
			panic(fmt.Sprintf("message %d: %q after %d of %v", m.Seq, m.Data, next-1, r))
		}
		next++
	})
	for next%7 == 0 {
		next++
	}
	if err == nil && next <= r.To {
		err = fmt.Errorf("%v was read to %d without an error", r, next-1)
	}
	return err
}

// Three tallies that follow the live end with ranges of their own read each message once.
func TestSharedReadsReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := &listSource{pause: time.Microsecond}
		var shared SharedReads
		var group sync.WaitGroup
		for tally := range 3 {
			src := shared.Source(list)
			group.Go(func() {
				random := rand.New(rand.NewPCG(uint64(tally), 1))
				if err := checkRead(t.Context(), src, Range{1, 10}); err != nil { // now all are known
					t.Error(err)
				}
				time.Sleep(time.Millisecond)
				for from := uint64(11); from <= 20_000; {
					to := min(20_000, from+uint64(random.IntN(900)))
					if err := checkRead(t.Context(), src, Range{from, to}); err != nil {
						t.Error(err)
					}
					from = to + 1
				}
			})
		}
		group.Wait()
		const once = 20_000 - 20_000/7
		if n := list.read.Load(); n > once+3*10 {
			t.Errorf("%d messages were read, and there are %d", n, once)
		}
	})
}

// One tally alone keeps nothing, nor does a long range.
func TestSharedReadsAlone(t *testing.T) {
	list := &listSource{}
	var shared SharedReads
	one, two := shared.Source(list), shared.Source(list)
	for range 3 {
		if err := checkRead(t.Context(), one, Range{1, 100}); err != nil {
			t.Fatal(err)
		}
	}
	if err := checkRead(t.Context(), two, Range{1, maxSharedRange + 1}); err != nil {
		t.Fatal(err)
	}
	if len(shared.recent) != 0 || shared.bytes != 0 {
		t.Errorf("%d ranges are kept", len(shared.recent))
	}
}

// Whatever fails and whoever is stopped, what is handed over is right, and what was not
// read to its end is read again.
func TestSharedReadsWithFaults(t *testing.T) {
	t.Parallel()
	var faults atomic.Int64
	random := rand.New(rand.NewPCG(8, 1))
	var mu sync.Mutex
	list := &listSource{fails: func() bool {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(300) == 0 {
			faults.Add(1)
			return true
		}
		return false
	}}
	var shared SharedReads
	var group sync.WaitGroup
	for tally := range 4 {
		src := shared.Source(list)
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(tally), 2))
			for from := uint64(1); from < 5000; {
				r := Range{from, from + uint64(random.IntN(200))}
				ctx, cancel := context.WithCancel(t.Context())
				if random.IntN(20) == 0 {
					cancel()
				}
				err := checkRead(ctx, src, r)
				cancel()
				switch {
				case err == nil:
					from = r.To + 1
				case !errors.Is(err, ErrReadStopped) && !errors.Is(err, context.Canceled):
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	if faults.Load() == 0 {
		t.Error("nothing failed")
	}
}

// What is kept is bounded in time and size.
func TestSharedReadsForget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := &listSource{}
		var shared SharedReads
		one, two := shared.Source(list), shared.Source(list)
		read := func(src Source, r Range) {
			t.Helper()
			if err := checkRead(t.Context(), src, r); err != nil {
				t.Fatal(err)
			}
		}
		read(one, Range{1, 10})
		read(two, Range{1, 10})
		read(one, Range{1, 10})
		before := list.read.Load()
		read(one, Range{1, 10})
		if n := list.read.Load(); n != before {
			t.Error("read twice")
		}
		time.Sleep(sharedFor + time.Second)
		if read(one, Range{1, 10}); list.read.Load() == before {
			t.Error("too old, and not read again")
		}
		shared.bytes += maxSharedBytes + 1
		if read(two, Range{11, 20}); len(shared.recent) != 1 {
			t.Errorf("%d ranges are kept", len(shared.recent))
		}
	})
}

// Tallies that share what a message says count what they would alone, and one that reads
// messages by other rules decodes them itself.
func TestSharedReadsDecode(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	b := newMemBroker(3, 2000, w)
	for seq := 11; seq < len(b.messages); seq += 13 {
		b.messages[seq] = nil
	}
	spec := func(field string) Spec {
		s, err := NewSpec2(StreamInfo{Name: "S", Base: 1}, "0123456789abcdef", w, Format{TextField: field}, CellBounds{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	specs := []Spec{spec("text"), spec("text"), spec("content"), spec("text")}
	src := memMessages{b}
	count := func(src Source, s Spec) []string {
		tallier, err := NewSpecTallier(w, s)
		if err != nil {
			panic(err)
		}
		var out []string
		for from := uint64(1); from <= 2000; from += 100 {
			r := Range{from, from + 99}
			tallier.Begin(r)
			if err := src.Read(t.Context(), r, tallier.Add); err != nil {
				panic(err)
			}
			d := tallier.End()
			out = append(out, string(d.Encode()))
		}
		return out
	}
	var shared SharedReads
	got := make([][]string, len(specs))
	var group sync.WaitGroup
	for i, s := range specs {
		src := shared.Source(src)
		if err := src.Read(t.Context(), Range{1, 1}, func(*Message) {}); err != nil {
			t.Fatal(err)
		}
		group.Go(func() { got[i] = count(src, s) })
	}
	group.Wait()
	for i, s := range specs {
		if want := count(src, s); !slices.Equal(got[i], want) {
			t.Errorf("tally %d counts otherwise with others than alone", i)
		}
	}
}

// memMessages hands over the messages of a broker in memory, in a buffer of its own.
type memMessages struct{ b *memBroker }

func (memMessages) Info(context.Context) (StreamInfo, error) { return StreamInfo{}, nil }

func (memMessages) Wait(context.Context, uint64) error { return nil }

func (memMessages) StoredAt(context.Context, []uint64) ([]time.Time, error) { return nil, nil }

func (s memMessages) Read(_ context.Context, r Range, f func(*Message)) error {
	var buffer []byte
	for _, m := range s.b.messages[r.From-1 : r.To] {
		if m == nil {
			continue
		}
		buffer = append(buffer[:0], m.Data...)
		handed := *m
		handed.Data = buffer
		f(&handed)
		clear(buffer)
	}
	return nil
}
