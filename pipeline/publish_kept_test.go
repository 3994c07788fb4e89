package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shelf is a PublicationStore in memory.
type shelf struct {
	mu   sync.Mutex
	body []byte
	rev  uint64
	away error
}

func (s *shelf) LoadPublication(_ context.Context, known uint64) ([]byte, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known == s.rev {
		return nil, s.rev, s.away
	}
	return s.body, s.rev, s.away
}

func (s *shelf) StorePublication(_ context.Context, body []byte, rev uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away != nil || rev != s.rev {
		return 0, errors.Join(s.away, ErrLost)
	}
	s.body, s.rev = body, s.rev+1
	return s.rev, nil
}

// What is kept of a publication answers as it did, and what is published next is the same
// as if it had never been stored.
func TestPublicationIsKept(t *testing.T) {
	spec, err := NewSpec(StreamInfo{Name: "S", Created: time.Unix(0, 0), Base: 1}, newWords(t), Format{})
	if err != nil {
		t.Fatal(err)
	}
	withheld := 0
	for seed := range uint64(60) {
		w := newCrowd(seed)
		few := uint64(3 + w.r.IntN(4))
		var last, kept *Suppression
		for range 4 {
			w.add(20 + w.r.IntN(120))
			c := w.counts()
			c.Info.Spec, c.Tally = spec, "0a41c2d95e77"
			c.Suppression = Suppress(c, few, last)
			again := c
			again.Suppression = Suppress(c, few, kept)
			w.queries(func(q Query) {
				if a, b := c.Query(q), again.Query(q); !reflect.DeepEqual(a, b) {
					t.Fatalf("seed %d, %+v: with what was kept %v is published, else %v", seed, q, b, a)
				}
			})
			if c.Suppression.nothing { // is published, and so nothing is kept
				break
			}
			body, err := encodePublication(keptPublication{c, time.Unix(7, 0)})
			if err != nil {
				t.Fatal(err)
			}
			p, err := decodePublication(body)
			if err != nil || !p.at.Equal(time.Unix(7, 0)) || !reflect.DeepEqual(p.counts.Info.Themes, c.Info.Themes) {
				t.Fatalf("%v, %+v", err, p)
			}
			w.queries(func(q Query) {
				a, b := c.Query(q), p.counts.Query(q)
				if !reflect.DeepEqual(a, b) {
					t.Fatalf("seed %d, %+v: kept %v, published %v", seed, q, b, a)
				}
				for _, g := range a {
					if g.Suppressed {
						withheld++
					}
				}
			})
			last, kept = c.Suppression, p.counts.Suppression
		}
	}
	if withheld == 0 {
		t.Error("nothing is withheld: this tests nothing")
	}
	for _, bad := range [][]byte{nil, {}, []byte("{}")} {
		if _, err := decodePublication(bad); !errors.Is(err, ErrPublicationUnreadable) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// A process that is started again shows what was published last, and publishes no number
// that moved by few since; two processes show the same.
func TestPublishAcrossARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		spec, err := NewSpec(StreamInfo{Name: "S", Created: time.Unix(0, 0), Base: 1}, newWords(t), Format{})
		if err != nil {
			t.Fatal(err)
		}
		counts := func(n uint64) Counts {
			cells := Cells{}
			for _, kind := range []Kind{KindTotal, KindUntagged} {
				cells[CellKey{"2022-05-01", "web", kind, All}] = Count{n, n}
			}
			c := Counts{Totals: NewTotals(cells), Info: TallyInfo{Spec: spec}}
			c.Tally, c.Stored, c.Untagged, c.Frontier = "0a41c2d95e77", n, n, n
			return c
		}
		var store shelf
		var said []error
		start := func(n, least uint64) (from *Board, shown func() string, stop func()) {
			from, to := NewBoard(), NewBoard()
			put(from, counts(n))
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				Publish(ctx, from, to, Publication{Least: least, Every: time.Hour, Store: &store, OnError: func(err error) { said = append(said, err) }})
			}()
			return from, func() string {
				synctest.Wait()
				c, _ := to.Latest("")
				return fmt.Sprint(c.Stored, " ", c.Untagged)
			}, func() { cancel(); <-done }
		}
		want := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s is shown, want %s", what, got, want)
			}
		}
		_, shown, stop := start(100, 5)
		want("the first", shown(), "100 100")
		stop()

		from, shown, stop := start(150, 5)
		want("within the step, started again", shown(), "100 100")
		beside, besideShown, stopBeside := start(156, 5)
		want("another process", besideShown(), "100 100")
		time.Sleep(61 * time.Minute) // synctest began at midnight
		if a, b := shown(), besideShown(); a != b || a == "100 100" {
			t.Errorf("two processes show %s and %s", a, b)
		}
		put(from, counts(200))
		put(beside, counts(200))
		time.Sleep(time.Hour)
		want("the next step", shown(), "200 200")
		stop()
		stopBeside()

		from, shown, stop = start(202, 5)
		want("two more", shown(), "200 200")
		time.Sleep(2 * time.Hour)
		want("two more, two steps later", shown(), "200 200")
		put(from, counts(190))
		time.Sleep(time.Hour)
		want("of a bucket that is counted again", shown(), "200 200")
		stop()

		_, shown, stop = start(203, 30)
		want("with another bound", shown(), "200 200")
		stop()

		store.away = errors.New("away")
		from, shown, stop = start(300, 5)
		want("the store is away", shown(), "0 0")
		time.Sleep(time.Minute)
		if shown(); len(said) != 1 {
			t.Errorf("it is said %d times that the store is away: %v", len(said), said)
		}
		store.mu.Lock()
		store.away, store.body, store.rev = nil, []byte("of another release"), store.rev+1
		store.mu.Unlock()
		put(from, counts(301))
		want("of another release", shown(), "301 301")
		if len(said) != 2 || !errors.Is(said[1], ErrPublicationUnreadable) {
			t.Errorf("what cannot be read is not said: %v", said)
		}
		store.mu.Lock()
		store.body, store.rev = nil, store.rev+1
		store.mu.Unlock()
		put(from, counts(400))
		time.Sleep(time.Hour)
		want("it was removed", shown(), "400 400")
		stop()
	})
}

func put(b *Board, c Counts) {
	b.Put(c)
	b.SetCurrent(c.Tally)
}

// What the release before kept is read: it published any of everything, so what grew by few
// since is withheld.
func TestPublicationOfTheReleaseBefore(t *testing.T) {
	spec, err := NewSpec(StreamInfo{Name: "S", Created: time.Unix(0, 0), Base: 1}, newWords(t), Format{})
	if err != nil {
		t.Fatal(err)
	}
	c := subThemes(map[string]uint64{"a/1": 50, "a/2": 60, "b/1": 100})
	c.Info.Spec, c.Tally = spec, "0a41c2d95e77"
	c.Suppression = Suppress(c, 5, nil)
	body, err := encodePublication(keptPublication{c, time.Unix(7, 0)})
	if err != nil {
		t.Fatal(err)
	}
	var old keptBody
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err == nil {
		err = gob.NewDecoder(z).Decode(&old)
	}
	old.Version, old.Any, old.Shown = 2, nil, nil
	var out bytes.Buffer
	to := gzip.NewWriter(&out)
	if err := errors.Join(err, gob.NewEncoder(to).Encode(old), to.Close()); err != nil {
		t.Fatal(err)
	}
	p, err := decodePublication(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	c.Totals = c.Totals.With(Cells{{"2022-04-01", "p", KindSubTheme, "b/1"}: {100, 102}, {"2022-04-01", "p", KindTheme, "b"}: {100, 102}})
	shown := c.Suppressed(5, p.counts.Suppression)
	for _, g := range shown.Query(Query{By: []Dimension{ByTheme}}) {
		if g.Suppressed || g.AnySuppressed != (g.ID == "b") {
			t.Errorf("%+v", g)
		}
	}
}
