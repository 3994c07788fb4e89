package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// Delta is what one range adds to a tally: a pure function of the spec and of
// what the stream holds in the range. It is written as JSON, so that a person
// can look into the stream of deltas:
//
//	{"from":1,"to":100,"tagged":90,"untagged":8,"rejected":2,"missing":0,
//	 "invalid_utf8":0,"absurd_time":1,"mark":{"seq":100,"stored":"…"},
//	 "rejects":{"no_text":[[3,4]]},
//	 "days":{"2022-04-15":{"xinhua":{"theme":{"livelihood":[30,41]},…}}}}
//
// In days: day, source, kind, id, then primary and any. In rejects: by reason,
// runs of sequences, both ends included.
type Delta struct {
	Range
	Outcomes
	InvalidUTF8, AbsurdTime uint64
	// Mark is the last message that was read; zero when none was.
	Mark    Mark
	Rejects map[Reason][]Range
	Cells   Cells
}

// wireDelta is the JSON of a delta.
type wireDelta struct {
	Range
	Outcomes
	InvalidUTF8 uint64                                           `json:"invalid_utf8"`
	AbsurdTime  uint64                                           `json:"absurd_time"`
	Mark        *Mark                                            `json:"mark,omitempty"`
	Rejects     map[Reason][][2]uint64                           `json:"rejects,omitempty"`
	Days        map[string]map[string]map[Kind]map[string]counts `json:"days,omitempty"`
}

// counts is a Count on the wire: primary, any.
type counts = [2]uint64

// reject notes a rejected message; sequences come in ascending order.
func (d *Delta) reject(reason Reason, seq uint64) {
	d.Rejected++
	if d.Rejects == nil {
		d.Rejects = make(map[Reason][]Range)
	}
	runs := d.Rejects[reason]
	if n := len(runs); n > 0 && runs[n-1].To+1 == seq {
		runs[n-1].To = seq
		return
	}
	d.Rejects[reason] = append(runs, Range{seq, seq})
}

// Check returns an error that wraps [ErrConservation] unless everything adds
// up: every sequence of the range is tagged, untagged, rejected or missing, and
// the cells say the same.
func (d *Delta) Check() error {
	if err := d.Outcomes.Check(d.Len()); err != nil {
		return fmt.Errorf("delta %v: %w", d.Range, err)
	}
	if err := d.Cells.check(d.Outcomes); err != nil {
		return fmt.Errorf("delta %v: %w", d.Range, err)
	}
	return nil
}

// check returns an error unless the cells add up to the outcomes: total, tagged,
// untagged and rejected, and the primaries of themes and of sub-themes.
func (c Cells) check(o Outcomes) error {
	sums := make(map[Kind]Count, 7)
	for k, n := range c {
		sums[k.Kind] = sums[k.Kind].Add(n)
	}
	same := func(n uint64) Count { return Count{Primary: n, Any: n} }
	for _, x := range []struct {
		kind Kind
		want Count
	}{
		{KindTotal, same(o.Messages())},
		{KindTagged, same(o.Tagged)},
		{KindUntagged, same(o.Untagged)},
		{KindRejected, same(o.Rejected)},
		{KindTheme, Count{o.Tagged, sums[KindTheme].Any}},
		{KindSubTheme, Count{o.Tagged, sums[KindSubTheme].Any}},
	} {
		if got := sums[x.kind]; got != x.want {
			return fmt.Errorf("%w: cells of kind %s add up to %d primary and %d any, not %d and %d",
				ErrConservation, x.kind, got.Primary, got.Any, x.want.Primary, x.want.Any)
		}
	}
	return nil
}

// Encode returns the JSON of the delta; equal deltas give equal bytes.
func (d *Delta) Encode() []byte { return d.encode(d.Cells.Keys()) }

// encode is Encode of the cells with the given keys, which are in order.
func (d *Delta) encode(keys []CellKey) []byte {
	w := wireDelta{
		Range: d.Range, Outcomes: d.Outcomes,
		InvalidUTF8: d.InvalidUTF8, AbsurdTime: d.AbsurdTime,
	}
	if d.Mark.Seq != 0 {
		w.Mark = &d.Mark
	}
	if len(d.Rejects) > 0 {
		w.Rejects = make(map[Reason][][2]uint64, len(d.Rejects))
		for reason, runs := range d.Rejects {
			for _, r := range runs {
				w.Rejects[reason] = append(w.Rejects[reason], [2]uint64{r.From, r.To})
			}
		}
	}
	b := mustMarshal(w)
	if len(keys) == 0 {
		return b
	}
	b = append(b[:len(b)-1], `,"days":`...)
	b = d.Cells.appendDays(b, keys)
	return append(b, '}')
}

// appendDays appends the cells as JSON, as encoding/json writes the maps of
// wireDelta.Days: it would make and sort four levels of them, which costs more
// than all else that a delta does, and the keys are in order already.
func (c Cells) appendDays(b []byte, keys []CellKey) []byte {
	var last [4]string // the names of the objects that are open, and of the last value
	open := 0
	for _, k := range keys {
		names := [4]string{k.Day, k.Source, string(k.Kind), k.ID}
		same := 0
		for same < open && same < 3 && names[same] == last[same] {
			same++
		}
		if open == 0 {
			b = append(b, '{')
		} else {
			b = append(b, "}}}"[:3-same]...)
			b = append(b, ',')
		}
		for i := same; i < 4; i++ {
			b = append(b, mustMarshal(names[i])...)
			b = append(b, ':')
			if i < 3 {
				b = append(b, '{')
			}
		}
		n := c[k]
		b = append(b, '[')
		b = strconv.AppendUint(b, n.Primary, 10)
		b = append(b, ',')
		b = strconv.AppendUint(b, n.Any, 10)
		b = append(b, ']')
		last, open = names, 3
	}
	return append(b, "}}}}"...)
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("a delta has only fields that encode: " + err.Error())
	}
	return b
}

// DecodeDelta is the inverse of [Delta.Encode]. It does not check that the
// delta adds up, since one part of several does not.
func DecodeDelta(b []byte) (*Delta, error) {
	var w wireDelta
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, fmt.Errorf("decode delta: %w", err)
	}
	d := &Delta{
		Range: w.Range, Outcomes: w.Outcomes,
		InvalidUTF8: w.InvalidUTF8, AbsurdTime: w.AbsurdTime, Cells: make(Cells),
	}
	if w.Mark != nil {
		d.Mark = *w.Mark
	}
	for reason, runs := range w.Rejects {
		if d.Rejects == nil {
			d.Rejects = make(map[Reason][]Range, len(w.Rejects))
		}
		for _, r := range runs {
			d.Rejects[reason] = append(d.Rejects[reason], Range{r[0], r[1]})
		}
	}
	for day, sources := range w.Days {
		for source, kinds := range sources {
			for kind, ids := range kinds {
				for id, n := range ids {
					d.Cells[CellKey{day, source, kind, id}] = Count{n[0], n[1]}
				}
			}
		}
	}
	return d, nil
}

// partSize is about how many bytes a part has at most. The smallest payload
// limit in use is the default of a broker, 1 MiB.
const partSize = 512 << 10

// Parts returns the encoded parts of the delta, most often one. Part one has
// the numbers; the cells and the runs of rejects are dealt out in order. The
// digest is of all parts, and the same for each.
func (d *Delta) Parts() (parts [][]byte, digest string) { return d.parts(partSize) }

func (d *Delta) parts(limit int) (parts [][]byte, digest string) {
	const perPart, perRun, perCell = 512, 48, 40 // bytes around what varies, at most
	open, size := *d, perPart
	open.Rejects = nil
	full := func(n int) bool { return size+n > limit }
	end := func(keys []CellKey) {
		parts = append(parts, open.encode(keys))
		open, size = Delta{Range: d.Range, Cells: d.Cells}, perPart
	}
	for _, reason := range Reasons() {
		for _, run := range d.Rejects[reason] {
			if full(perRun) {
				end(nil)
			}
			size += perRun
			if open.Rejects == nil {
				open.Rejects = make(map[Reason][]Range)
			}
			open.Rejects[reason] = append(open.Rejects[reason], run)
		}
	}
	keys := d.Cells.Keys()
	first := 0 // of the cells in the open part
	for i, k := range keys {
		n := perCell + len(k.Day) + 6*len(k.Source) + len(k.Kind) + len(k.ID)
		if full(n) {
			end(keys[first:i])
			first = i
		}
		size += n
	}
	end(keys[first:])
	return parts, digestOf(parts...)
}

// digestOf returns a digest of bytes, however they are divided.
func digestOf(parts ...[]byte) string {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write(p)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// digest returns a digest of all that the delta adds, whose cells have the given
// keys, in order.
func (d *Delta) digest(keys []CellKey) string { return digestOf(d.encode(keys)) }

// join adds another part of the same delta, or the delta of another range.
func (d *Delta) join(o *Delta) {
	d.Outcomes = d.Outcomes.Add(o.Outcomes)
	d.InvalidUTF8 += o.InvalidUTF8
	d.AbsurdTime += o.AbsurdTime
	if o.Mark.Seq > d.Mark.Seq {
		d.Mark = o.Mark
	}
	for reason, runs := range o.Rejects {
		if d.Rejects == nil {
			d.Rejects = make(map[Reason][]Range)
		}
		d.Rejects[reason] = append(d.Rejects[reason], runs...)
	}
	d.Cells.Merge(o.Cells)
}
