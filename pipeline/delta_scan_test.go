package pipeline

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A delta is read as encoding/json reads it, whatever stands in it: the fast way takes
// what minyi writes, and leaves all else to it.
func TestDeltaIsReadAsJSON(t *testing.T) {
	t.Parallel()
	slow := func(b []byte) (Cells, error) {
		var w wireDelta
		err := json.Unmarshal(b, &w)
		cells := make(Cells)
		for day, sources := range w.Days {
			for source, kinds := range sources {
				for kind, ids := range kinds {
					for id, n := range ids {
						cells[CellKey{day, source, kind, id}] = Count{n[0], n[1]}
					}
				}
			}
		}
		return cells, err
	}
	check := func(b []byte) {
		t.Helper()
		want, err := slow(b)
		got, gotErr := DecodeDelta(b)
		if (err == nil) != (gotErr == nil) || err == nil && !maps.Equal(got.Cells, want) {
			t.Fatalf("%s\nis read as %v (%v), and not as %v (%v)", b, got, gotErr, want, err)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	names := []string{"", "a", "b", "微博", "2022-04-15", "a\"b", "x&y", "\u2028"}
	changes := []string{"", "0", "1", " ", "}", "{", "]", ",", "-1", "1.0", "\\", "\"", `,"days":{"`, `,"Days":{"a":{"b":{"c":{"d":[7,8]}}}}`, "\xff", "99999999999999999999"}
	fast := 0
	for n := range 3000 {
		d := &Delta{Range: Range{1, 9}, Mark: Mark{Seq: 1, Stored: time.Unix(1, 0).UTC()}, Cells: make(Cells)}
		for range 1 + n%7 {
			some := names
			if n%2 == 0 {
				some = names[:5] // none of which is escaped
			}
			name := func() string { return some[r.IntN(len(some))] }
			d.Cells[CellKey{name(), name(), Kind(name()), name()}] = Count{uint64(r.IntN(1000)), r.Uint64N(1 << 50)}
		}
		b := d.Encode()
		if (&wireDelta{}).scan(b, make(Cells)) {
			fast++
		}
		check(b)
		at := r.IntN(len(b) + 1)
		check(slices.Concat(b[:at], []byte(changes[r.IntN(len(changes))]), b[min(len(b), at+r.IntN(3)):]))
	}
	if fast < 500 {
		t.Errorf("%d of 3000 were read the fast way", fast)
	}
	for _, b := range []string{
		`{"from":1,"days":{"d":{"s":{"k":{"i":[1,2]}}}},"days":{"e":{"s":{"k":{"i":[3,4]}}}}}`,
		`{"DAYS":{"d":{"s":{"k":{"i":[1,2]}}}},"days":{"e":{"s":{"k":{"i":[3,4]}}}}}`,
		`{"mark":{"seq":1,"days":{"d":{"s":{"k":{"i":[1,2]}}}}}`, `{"from":1,"days":{"d":{"s":{"k":{"i":[1,2],"i":[3,4]}}}}}`,
		`{"from":1,"days":{"d":{"s":{"k":{"i":[1,2]}}}}}}`, `{"from":1,"days":{"d":{"s":{"k":{"i":[01,2]}}}}}`, `{"from":1,"days":{"d":{}}}`,
	} {
		check([]byte(b))
	}
}
