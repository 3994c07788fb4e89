package pipeline

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
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
	return cmp.Or(
		strings.Compare(k.Day, o.Day),
		strings.Compare(k.Source, o.Source),
		strings.Compare(string(k.Kind), string(o.Kind)),
		strings.Compare(k.ID, o.ID),
	)
}

// Count is an absolute total. Primary counts messages whose strongest sub-theme this
// is, so the primaries of all sub-themes add up to the tagged messages. Any counts
// messages that have it at all.
type Count struct {
	Primary uint64 `json:"primary"`
	Any     uint64 `json:"any"`
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

// Keys returns the keys in the order of [CellKey.Compare].
func (c Cells) Keys() []CellKey {
	keys := make([]CellKey, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, CellKey.Compare)
	return keys
}

// sums returns the totals of a kind by id, over all days and sources.
func (c Cells) sums(kind Kind) map[string]Count {
	out := make(map[string]Count)
	for k, n := range c {
		if k.Kind == kind {
			out[k.ID] = out[k.ID].Add(n)
		}
	}
	return out
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
