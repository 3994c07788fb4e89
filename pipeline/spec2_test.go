package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
)

// scored is words with scores, so that some messages are close calls.
type scored struct{ words }

func (w scored) Classify(r *classifier.Result, text []byte) {
	w.words.Classify(r, text)
	for i := range r.Tags {
		r.Tags[i].Score = classifier.Score(60 / (i*(len(text)/5)%5 + 1 + i))
	}
}

func boundedSpec(t testing.TB, w Classifier, cells CellBounds) Spec {
	t.Helper()
	info := StreamInfo{Name: "SUGGESTIONS", Created: time.Now(), Base: 1}
	s, err := NewSpec2(info, "0123456789abcdef", w, Format{}, cells)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// naive2 counts as version 2 says, message by message from what version 1 counts of it.
func naive2(t testing.TB, messages []*Message, w scored, from, to string, sources map[string]bool) Cells {
	t.Helper()
	cells := make(Cells)
	for _, m := range messages {
		of := naive(t, []*Message{m}, w.words)
		day, source := "", ""
		for k := range of {
			day, source = k.Day, k.Source
		}
		add := func(k Kind, id string, n Count) {
			key := CellKey{day, source, k, id}
			if from != "" && day < from {
				key.Day = "before"
			}
			if to != "" && day > to {
				key.Day = "after"
			}
			if sources != nil && !sources[source] {
				key.Source = "other"
			}
			cells[key] = cells[key].Add(n)
		}
		if m.ByServer {
			day, source = m.Stored.In(time.FixedZone("", 8*60*60)).Format(time.DateOnly), m.Subject[len("suggestions."):]
			add(KindTotal, All, Count{1, 1})
			add(KindRejected, "server_message", Count{1, 1})
			continue
		}
		rejected := false
		for k, n := range of {
			add(k.Kind, k.ID, n)
			rejected = rejected || k.Kind == KindRejected
		}
		if rejected {
			continue
		}
		var payload map[string]string
		if json.Unmarshal(m.Data, &payload) == nil && payload["submitted_at"] == "" || payload["submitted_at"] == "soon" {
			add(KindUndated, All, Count{1, 1})
		}
		var r classifier.Result
		w.Classify(&r, []byte(payload["text"]))
		if len(r.Tags) > 1 && 2*r.Tags[1].Score >= r.Tags[0].Score {
			add(KindClose, w.d.Themes[r.Tags[0].Theme].SubThemes[r.Tags[0].SubTheme].ID, Count{1, 1})
		}
	}
	return cells
}

func TestVersion2CountsWhatItSays(t *testing.T) {
	t.Parallel()
	w := scored{newWords(t)}
	rnd := rand.New(rand.NewPCG(5, 6))
	var messages []*Message
	for seq := uint64(1); seq <= 800; seq++ {
		m := randomMessage(rnd, seq, w.words)
		var payload map[string]string
		switch rnd.IntN(4) {
		case 0:
			m.ByServer, m.Data = true, nil
		case 1:
			if json.Unmarshal(m.Data, &payload) == nil && payload["text"] != "" {
				payload["submitted_at"] = fmt.Sprintf("2022-04-%02dT12:00:00+08:00", 10+rnd.IntN(7))
				m.Data, _ = json.Marshal(payload)
			}
		}
		messages = append(messages, m)
	}
	for name, c := range map[string]struct {
		bounds   CellBounds
		from, to string
		sources  map[string]bool
	}{
		"no bounds": {},
		"days":      {CellBounds{Days: &Days{"2022-04-12", "2022-04-16"}}, "2022-04-12", "2022-04-16", nil},
		"sources":   {CellBounds{Sources: []string{"s1", "s0"}}, "", "", map[string]bool{"s0": true, "s1": true}},
		"both":      {CellBounds{&Days{"2022-04-16", "2022-04-16"}, []string{"s2"}}, "2022-04-16", "2022-04-16", map[string]bool{"s2": true}},
	} {
		tl, err := NewSpecTallier(w, boundedSpec(t, w, c.bounds))
		if err != nil {
			t.Fatal(err)
		}
		tl.Begin(Range{1, 800})
		for _, m := range messages {
			tl.Add(m)
		}
		d := tl.End()
		if err := d.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		want := naive2(t, messages, w, c.from, c.to, c.sources)
		if !maps.Equal(d.Cells, want) {
			for _, k := range want.Keys() {
				if d.Cells[k] != want[k] {
					t.Errorf("%s: %v is %v, not %v", name, k, d.Cells[k], want[k])
				}
			}
			t.Errorf("%s: %d cells, not %d", name, len(d.Cells), len(want))
		}
		totals := NewTotals(want)
		if totals.Sum(KindUndated) == (Count{}) || totals.Sum(KindClose) == (Count{}) || totals.Of(ByReason, "server_message") == (Count{}) {
			t.Errorf("%s: the messages have nothing to count: %v", name, totals.By(ByReason))
		}
		back, err := DecodeDelta(d.Encode())
		if err != nil || len(back.Rejects[ServerMessage]) == 0 {
			t.Errorf("%s: the rejected messages of the server are lost: %v", name, err)
		}
	}
}

// The bounds are in the id; the time at which a stream was created is not.
func TestVersion2IsOfAGeneration(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	at := func(created time.Time, generation string, b CellBounds) string {
		s, err := NewSpec2(StreamInfo{Name: "S", Created: created, Base: 1}, generation, w, Format{}, b)
		if err != nil {
			t.Fatal(err)
		}
		if !s.IsOf(StreamInfo{Name: "S", Created: created.Add(time.Hour)}) {
			t.Error("a stream that was restored is another one")
		}
		return s.Tally()
	}
	const g = "0123456789abcdef"
	now := time.Now()
	one := at(now, g, CellBounds{Sources: []string{"a", "b"}})
	if other := at(now.Add(time.Hour), g, CellBounds{Sources: []string{"b", "a", "a"}}); other != one {
		t.Errorf("the same is %s and %s", one, other)
	}
	for _, other := range []string{at(now, "fedcba9876543210", CellBounds{Sources: []string{"a", "b"}}), at(now, g, CellBounds{}), at(now, g, CellBounds{Sources: []string{"a"}})} {
		if other == one {
			t.Error("another generation, or other bounds, and the same id")
		}
	}
}

// What this release cannot count it does not count by other rules under the same id.
func TestVersion2OfALaterRelease(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	later := boundedSpec(t, w, CellBounds{})
	reading := CurrentReading()
	reading.Envelopes = append(reading.Envelopes, "mime")
	later.Reading = &reading
	later, err := later.Validate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSpecTallier(w, later); !errors.Is(err, ErrSpecVersion) {
		t.Errorf("counted by other rules: %v", err)
	}
	counted := boundedSpec(t, w, CellBounds{})
	counted.Counted = append(counted.Counted, "mood")
	if _, err := NewSpecTallier(w, counted); !errors.Is(err, ErrSpecVersion) {
		t.Errorf("counted without cells that the spec has: %v", err)
	}
}
