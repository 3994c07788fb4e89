package pipeline

import (
	"encoding/json"
	"slices"
	"strconv"
)

// CellKey names one total of a tally.
type CellKey struct {
	Day    string // "2022-04-15", in the zone of the tally's [Spec]
	Source string // as it came, not escaped
	Kind   Kind
	ID     string
}

// Compare orders keys by day, source, kind and id.
func (k CellKey) Compare(o CellKey) int {
	if c := (groupKey{k.Day, k.Source}).compare(groupKey{o.Day, o.Source}); c != 0 {
		return c
	}
	return cellName{k.Kind, k.ID}.compare(cellName{o.Kind, o.ID})
}

// Count is an absolute total. Primary counts messages whose strongest sub-theme this
// is, so the primaries of all sub-themes add up to the tagged messages. Any counts
// messages that have it at all.
type Count struct {
	Primary uint64 `json:"primary"`
	Any     uint64 `json:"any"`
}

// Append appends the count as [ParseCount] reads it, which is how encoding/json writes it.
func (c Count) Append(b []byte) []byte {
	b = append(b, `{"primary":`...)
	b = strconv.AppendUint(b, c.Primary, 10)
	b = append(b, `,"any":`...)
	b = strconv.AppendUint(b, c.Any, 10)
	return append(b, '}')
}

// ParseCount reads the value of a cell: JSON, of which nearly all stands as minyi
// writes it.
func ParseCount(value []byte) (n Count, err error) {
	rest, ok := cutNumber(value, `{"primary":`, &n.Primary)
	if ok {
		rest, ok = cutNumber(rest, `,"any":`, &n.Any)
	}
	if ok && string(rest) == "}" {
		return n, nil
	}
	n = Count{}
	err = json.Unmarshal(value, &n)
	return n, err
}

// cutNumber takes a name and the digits behind it off a value; false: something else
// stands there.
func cutNumber(value []byte, name string, n *uint64) (rest []byte, ok bool) {
	if len(value) <= len(name) || string(value[:len(name)]) != name {
		return nil, false
	}
	digits := 0
	for value = value[len(name):]; digits < len(value) && '0' <= value[digits] && value[digits] <= '9'; digits++ {
		*n = *n*10 + uint64(value[digits]-'0')
	}
	if digits == 0 || digits > 18 || value[0] == '0' && digits > 1 {
		return nil, false
	}
	return value[digits:], true
}

// Add returns the sum of both.
func (c Count) Add(o Count) Count { return Count{c.Primary + o.Primary, c.Any + o.Any} }

// Cells are some totals: what a range adds, or what a commit stores. All cells of a
// tally are [Totals]. A key that is absent counts nothing.
type Cells map[CellKey]Count

// Merge adds the counts of o.
func (c Cells) Merge(o Cells) {
	for k, n := range o {
		c[k] = c[k].Add(n)
	}
}

// CellCount is one cell.
type CellCount struct {
	CellKey
	Count
}

// Sorted returns the cells in the order of [CellKey.Compare]. It takes a fraction of the
// memory of the map.
func (c Cells) Sorted() []CellCount {
	cells := make([]CellCount, 0, len(c))
	for k, n := range c {
		cells = append(cells, CellCount{k, n})
	}
	slices.SortFunc(cells, func(a, b CellCount) int { return a.Compare(b.CellKey) })
	return cells
}

// Keys returns the keys in the order of [CellKey.Compare].
func (c Cells) Keys() []CellKey {
	keys := make([]CellKey, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, CellKey.Compare)
	return keys
}

// check returns an error that wraps [ErrConservation] unless the cells add up to the
// outcomes, as [Totals] do.
func (c Cells) check(o Outcomes) error {
	sums := make(map[Kind]Count, 7)
	for k, n := range c {
		sums[k.Kind] = sums[k.Kind].Add(n)
	}
	return checkSums(func(k Kind) Count { return sums[k] }, o)
}
