package pipeline

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
)

func TestDeltaSurvivesParts(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	b := newMemBroker(9, 300, w)
	tl, err := NewTallier(w, Format{})
	if err != nil {
		t.Fatal(err)
	}
	tl.Begin(Range{1, 300})
	for _, m := range b.messages {
		tl.Add(m)
	}
	d := tl.End()
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 600, 1000, 4000, 1 << 20} {
		parts, _ := d.parts(limit)
		sum := &Delta{Range: d.Range, Cells: make(Cells)}
		for _, body := range parts {
			part, err := DecodeDelta(body)
			if err != nil {
				t.Fatal(err)
			}
			if limit >= 1000 && len(body) > limit {
				t.Errorf("limit %d: a part of %d bytes", limit, len(body))
			}
			sum.join(part)
		}
		if string(sum.Encode()) != string(d.Encode()) {
			t.Errorf("limit %d: %d parts add up to something else", limit, len(parts))
		}
	}
	if again, digest := d.parts(500); len(again) < 2 || len(digest) != 16 {
		t.Errorf("%d parts, digest %q", len(again), digest)
	}
}

// encodeByMaps is what Encode is to write, by encoding/json alone.
func encodeByMaps(d *Delta) []byte {
	var w wireDelta
	if err := json.Unmarshal((&Delta{
		Range: d.Range, Outcomes: d.Outcomes, InvalidUTF8: d.InvalidUTF8, AbsurdTime: d.AbsurdTime, Mark: d.Mark, Rejects: d.Rejects,
	}).Encode(), &w); err != nil {
		panic(err)
	}
	w.Days = make(map[string]map[string]map[Kind]map[string]counts)
	for k, n := range d.Cells {
		if w.Days[k.Day] == nil {
			w.Days[k.Day] = make(map[string]map[Kind]map[string]counts)
		}
		if w.Days[k.Day][k.Source] == nil {
			w.Days[k.Day][k.Source] = make(map[Kind]map[string]counts)
		}
		if w.Days[k.Day][k.Source][k.Kind] == nil {
			w.Days[k.Day][k.Source][k.Kind] = make(map[string]counts)
		}
		w.Days[k.Day][k.Source][k.Kind][k.ID] = counts{n.Primary, n.Any}
	}
	b, err := json.Marshal(w)
	if err != nil {
		panic(err)
	}
	return b
}

// The cells of a delta are written as encoding/json would write them, whatever their
// names are, so that old and new deltas of a range are the same bytes.
func TestDeltaIsPlainJSON(t *testing.T) {
	t.Parallel()
	names := []string{"", "a", "b", "微博", "\"<&>\u2028\x00", "a\xffb", "a.b"}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		d := &Delta{Range: Range{1, 9}, Outcomes: Outcomes{Tagged: uint64(n)}, Cells: make(Cells)}
		for range n % 40 {
			name := func() string { return names[r.IntN(len(names))] }
			d.Cells[CellKey{name(), name(), Kind(name()), name()}] = Count{r.Uint64(), uint64(n)}
		}
		if got, want := string(d.Encode()), string(encodeByMaps(d)); got != want {
			t.Fatalf("%d cells:\n%s\nwant\n%s", len(d.Cells), got, want)
		}
	}
}
