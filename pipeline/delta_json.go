package pipeline

import (
	"encoding/json"
	"strconv"

	"github.com/minyi/minyi/dict/phrase"
)

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

// Encode returns the JSON of the delta; equal deltas give equal bytes.
func (d *Delta) Encode() []byte { return d.encode(d.Cells.Sorted()) }

// encode is Encode of the given cells, which are in order.
func (d *Delta) encode(cells []CellCount) []byte {
	return d.encodeTo(cells, func(b []byte) []byte { return b })
}

// encodeTo is encode in pieces: now and then it hands over what is written so far, and
// goes on with what it is given back.
func (d *Delta) encodeTo(cells []CellCount, full func([]byte) []byte) []byte {
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
	if len(cells) == 0 {
		return b
	}
	b = append(b[:len(b)-1], `,"days":`...)
	b = appendDays(b, cells, full)
	return append(b, '}')
}

// appendDays appends the cells as JSON, byte for byte as encoding/json would write
// the maps of wireDelta.Days. To make and sort four levels of maps costs more than
// everything else that is done to a delta, and the cells are in order already.
func appendDays(b []byte, cells []CellCount, full func([]byte) []byte) []byte {
	var last [4]string // the names of the open objects and of the last value
	open := 0
	for i := range cells {
		c := &cells[i]
		b = full(b)
		names := [4]string{c.Day, c.Source, string(c.Kind), c.ID}
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
			b = appendString(b, names[i])
			b = append(b, ':')
			if i < 3 {
				b = append(b, '{')
			}
		}
		b = append(b, '[')
		b = strconv.AppendUint(b, c.Primary, 10)
		b = append(b, ',')
		b = strconv.AppendUint(b, c.Any, 10)
		b = append(b, ']')
		last, open = names, 3
	}
	return append(b, "}}}}"...)
}

// appendString appends a string as encoding/json writes it. Nearly all names are ASCII
// that stands as it is.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return append(b, mustMarshal(s)...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

func mustMarshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("a delta has only fields that encode: " + err.Error())
	}
	return b
}

// DecodeDelta is the inverse of [Delta.Encode]. It does not check that the delta
// adds up, because one part of several does not.
func DecodeDelta(b []byte) (*Delta, error) {
	cells := make(Cells)
	var w wireDelta
	if !w.scan(b, cells) {
		w, cells = wireDelta{}, make(Cells)
		if err := json.Unmarshal(b, &w); err != nil {
			return nil, phrase.Errorf("decode delta: %w", err)
		}
	}
	d := &Delta{
		Range: w.Range, Outcomes: w.Outcomes,
		InvalidUTF8: w.InvalidUTF8, AbsurdTime: w.AbsurdTime, Cells: cells,
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
