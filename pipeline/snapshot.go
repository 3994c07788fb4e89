package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
)

// Kind is what a cell counts.
type Kind string

// The kinds of cells. Of KindTotal, KindTagged, KindUntagged and KindRejected
// both numbers of a [Count] are equal.
const (
	KindTotal    Kind = "total"    // every message that was read; id [All]
	KindTagged   Kind = "tagged"   // messages with at least one sub-theme; id [All]
	KindUntagged Kind = "untagged" // messages with none; id [All]
	KindRejected Kind = "rejected" // messages that are no suggestions; id: the [Reason]
	KindTheme    Kind = "theme"    // id: of the theme, livelihood
	KindSubTheme Kind = "subtheme" // id: of the sub-theme, livelihood/education
	KindAspect   Kind = "aspect"   // id: of the aspect
)

// All is the id of the only cell of a kind that has no ids.
const All = "all"

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

// Count is an absolute total. Primary counts messages whose strongest sub-theme
// this is, so that primaries of all sub-themes add up to the tagged messages;
// Any counts messages that have it at all.
type Count struct {
	Primary uint64 `json:"primary"`
	Any     uint64 `json:"any"`
}

// Add returns the sum of both.
func (c Count) Add(o Count) Count { return Count{c.Primary + o.Primary, c.Any + o.Any} }

// Cells are the totals of a tally. A key that is absent counts nothing.
type Cells map[CellKey]Count

// Merge adds the counts of o.
func (c Cells) Merge(o Cells) {
	for k, n := range o {
		c[k] = c[k].Add(n)
	}
}

// Sum returns the sum over the cells of one kind, of all days and sources.
func (c Cells) Sum(kind Kind) Count {
	var sum Count
	for k, n := range c {
		if k.Kind == kind {
			sum = sum.Add(n)
		}
	}
	return sum
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

// Dimension is a way to group cells into a table.
type Dimension string

// The dimensions of [Cells.By].
const (
	ByTheme    Dimension = "theme"
	BySubTheme Dimension = "subtheme"
	ByAspect   Dimension = "aspect"
	ByDay      Dimension = "day"    // messages read, by day
	BySource   Dimension = "source" // messages read, by source
	ByReason   Dimension = "reason" // messages rejected, by reason
)

// Dimensions lists them all.
func Dimensions() []Dimension {
	return []Dimension{ByTheme, BySubTheme, ByAspect, ByDay, BySource, ByReason}
}

// Row is one line of a table.
type Row struct {
	ID string `json:"id"`
	Count
}

// By groups the cells, and returns one row an id that occurs, in ascending
// order of ids; nil for an unknown dimension. ByDay and BySource count the
// messages read (KindTotal), ByReason the rejected ones.
func (c Cells) By(d Dimension) []Row {
	kind, id := d.selector()
	if id == nil {
		return nil
	}
	sums := make(map[string]Count)
	for k, n := range c {
		if k.Kind == kind {
			sums[id(k)] = sums[id(k)].Add(n)
		}
	}
	rows := make([]Row, 0, len(sums))
	for id, n := range sums {
		rows = append(rows, Row{ID: id, Count: n})
	}
	slices.SortFunc(rows, func(a, b Row) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

// selector returns which cells a dimension looks at and how it names their group.
func (d Dimension) selector() (Kind, func(CellKey) string) {
	id := func(k CellKey) string { return k.ID }
	switch d {
	case ByTheme:
		return KindTheme, id
	case BySubTheme:
		return KindSubTheme, id
	case ByAspect:
		return KindAspect, id
	case ByReason:
		return KindRejected, id
	case ByDay:
		return KindTotal, func(k CellKey) string { return k.Day }
	case BySource:
		return KindTotal, func(k CellKey) string { return k.Source }
	}
	return "", nil
}

// Snapshot is a tally at one moment. Its JSON shape is stable.
// Stored = Tagged + Untagged + Rejected + Missing, always.
type Snapshot struct {
	Tally string `json:"tally"` // id, 12 hex digits
	Dict  string `json:"dict"`  // version of the dictionary

	// Frontier is the stream sequence up to which everything is counted.
	Frontier uint64 `json:"frontier"`
	// Stored is the number of sequences up to the frontier.
	Stored uint64 `json:"stored"`
	Outcomes

	// Themes of the dictionary, all of them, in its order.
	Themes []ThemeCount `json:"themes"`
}

// ThemeCount is the count of a theme and of its sub-themes, in the
// dictionary's order.
type ThemeCount struct {
	ID        string          `json:"id"`
	Primary   uint64          `json:"primary"`
	Any       uint64          `json:"any"`
	SubThemes []SubThemeCount `json:"subthemes"`
}

// SubThemeCount is the count of a sub-theme; ID is the full one, theme/sub-theme.
type SubThemeCount struct {
	ID      string `json:"id"`
	Primary uint64 `json:"primary"`
	Any     uint64 `json:"any"`
}

// ThemeTree is what a reader of counts has to know of a dictionary: its ids in
// order, and their names. It is stored beside the counts, so that whoever
// reads them needs no dictionary.
type ThemeTree []TreeTheme

// TreeTheme is a theme of an [ThemeTree].
type TreeTheme struct {
	ID        string         `json:"id"`
	Zh        string         `json:"zh,omitempty"`
	En        string         `json:"en,omitempty"`
	SubThemes []TreeSubTheme `json:"subthemes"`
}

// TreeSubTheme is a sub-theme of an [ThemeTree].
type TreeSubTheme struct {
	ID     string `json:"id"`
	Zh     string `json:"zh,omitempty"`
	En     string `json:"en,omitempty"`
	Aspect string `json:"aspect,omitempty"`
}

// NewThemeTree returns the tree of d.
func NewThemeTree(d *dict.Dictionary) ThemeTree {
	o := make(ThemeTree, 0, len(d.Themes))
	for _, t := range d.Themes {
		ot := TreeTheme{ID: t.ID, Zh: t.Name.Zh, En: t.Name.En, SubThemes: make([]TreeSubTheme, 0, len(t.SubThemes))}
		for _, s := range t.SubThemes {
			ot.SubThemes = append(ot.SubThemes, TreeSubTheme{ID: s.ID, Zh: s.Name.Zh, En: s.Name.En, Aspect: s.Aspect})
		}
		o = append(o, ot)
	}
	return o
}

// Themes lays the counts out in the order of the tree; what the cells do
// not have counts zero.
func (o ThemeTree) Themes(c Cells) []ThemeCount {
	themes, subs := c.sums(KindTheme), c.sums(KindSubTheme)
	out := make([]ThemeCount, 0, len(o))
	for _, t := range o {
		n := themes[t.ID]
		tc := ThemeCount{ID: t.ID, Primary: n.Primary, Any: n.Any, SubThemes: make([]SubThemeCount, 0, len(t.SubThemes))}
		for _, s := range t.SubThemes {
			n := subs[s.ID]
			tc.SubThemes = append(tc.SubThemes, SubThemeCount{ID: s.ID, Primary: n.Primary, Any: n.Any})
		}
		out = append(out, tc)
	}
	return out
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
