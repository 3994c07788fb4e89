package pipeline

import (
	"encoding/json"
	"time"
)

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
	// AbsurdTime is how many of them give a time that cannot be read, or cannot be;
	// they are counted on the day on which the broker stored them.
	AbsurdTime uint64 `json:"absurd_time,omitempty"`

	// Themes of the dictionary, all of them, in its order.
	Themes []ThemeCount `json:"themes"`

	// AsOf is when the broker stored the newest message that is counted; zero when
	// there is none. It does not depend on who counted, or when.
	AsOf time.Time `json:"as_of,omitzero"`
	// Schema is the version of this shape: [SnapshotSchema].
	Schema int `json:"schema,omitempty"`
	// Suppressed says that some of the outcomes are withheld.
	Suppressed bool `json:"suppressed,omitempty"`

	Withheld WithheldOutcomes `json:"-"`
}

// WithheldOutcomes says which outcomes are withheld, and 0 in the snapshot.
type WithheldOutcomes struct{ Tagged, Untagged, Rejected bool }

// JSON returns what encodes as the JSON of the snapshot: itself, or if numbers are
// withheld, the same with null in their place.
func (s Snapshot) JSON() any {
	if s.Withheld == (WithheldOutcomes{}) {
		return s
	}
	return PublicSnapshot{
		Tally: s.Tally, Dict: s.Dict, Frontier: s.Frontier, Stored: s.Stored,
		Tagged: unless(s.Withheld.Tagged, &s.Tagged), Untagged: unless(s.Withheld.Untagged, &s.Untagged), Rejected: unless(s.Withheld.Rejected, &s.Rejected),
		Missing: s.Missing, Themes: s.Themes, AsOf: s.AsOf, Schema: s.Schema, Suppressed: true,
	}
}

// PublicSnapshot is the JSON of a snapshot of which some outcomes are withheld.
type PublicSnapshot struct {
	Tally      string       `json:"tally"`
	Dict       string       `json:"dict"`
	Frontier   uint64       `json:"frontier"`
	Stored     uint64       `json:"stored"`
	Tagged     *uint64      `json:"tagged"`
	Untagged   *uint64      `json:"untagged"`
	Rejected   *uint64      `json:"rejected"`
	Missing    uint64       `json:"missing"`
	Themes     []ThemeCount `json:"themes"`
	AsOf       time.Time    `json:"as_of,omitzero"`
	Schema     int          `json:"schema,omitempty"`
	Suppressed bool         `json:"suppressed,omitempty"`
}

// SnapshotSchema is the version of the JSON of snapshots, and of the other shapes of
// counts. Keys join without another version; one that goes, or means something else,
// makes one.
const SnapshotSchema = 1

// ThemeCount is the count of a theme and of its sub-themes, in the
// dictionary's order.
type ThemeCount struct {
	ID        string          `json:"id"`
	Primary   uint64          `json:"primary"`
	Any       uint64          `json:"any"`
	SubThemes []SubThemeCount `json:"subthemes"`

	// Suppressed: the counts are withheld, AnySuppressed: Any is. They are 0 here, and null in
	// JSON, which then has "suppressed":true.
	Suppressed    bool `json:"suppressed,omitempty"`
	AnySuppressed bool `json:"-"`
}

// MarshalJSON implements json.Marshaler.
func (t ThemeCount) MarshalJSON() ([]byte, error) {
	type plain ThemeCount
	if !t.Suppressed && !t.AnySuppressed {
		return json.Marshal(plain(t))
	}
	return json.Marshal(struct {
		ID         string          `json:"id"`
		Primary    *uint64         `json:"primary"`
		Any        *uint64         `json:"any"`
		SubThemes  []SubThemeCount `json:"subthemes"`
		Suppressed bool            `json:"suppressed"`
	}{t.ID, unless(t.Suppressed, &t.Primary), unless(t.Suppressed || t.AnySuppressed, &t.Any), t.SubThemes, true})
}

// SubThemeCount is the count of a sub-theme; ID is the full one, theme/sub-theme.
type SubThemeCount struct {
	ID      string `json:"id"`
	Primary uint64 `json:"primary"`
	Any     uint64 `json:"any"`

	Suppressed    bool `json:"suppressed,omitempty"` // as of [ThemeCount]
	AnySuppressed bool `json:"-"`
}

// MarshalJSON implements json.Marshaler.
func (t SubThemeCount) MarshalJSON() ([]byte, error) {
	type plain SubThemeCount
	if !t.Suppressed && !t.AnySuppressed {
		return json.Marshal(plain(t))
	}
	return json.Marshal(struct {
		ID         string  `json:"id"`
		Primary    *uint64 `json:"primary"`
		Any        *uint64 `json:"any"`
		Suppressed bool    `json:"suppressed"`
	}{t.ID, unless(t.Suppressed, &t.Primary), unless(t.Suppressed || t.AnySuppressed, &t.Any), true})
}

// unless returns a number, nil if it is withheld.
func unless(withheld bool, n *uint64) *uint64 {
	if withheld {
		return nil
	}
	return n
}

// Snapshot returns the view in the stable shape that readers get.
func (v *View) Snapshot(a TallyInfo) Snapshot {
	c := &v.Checkpoint
	frontier := c.Frontier
	if v.Revision == 0 {
		frontier = max(a.Spec.Base, 1) - 1
	}
	s := Snapshot{
		Tally: a.Spec.Tally(), Dict: a.Spec.Dict, Frontier: frontier,
		Stored: c.Stored, Outcomes: c.Outcomes, AbsurdTime: c.AbsurdTime,
		Themes: a.Themes.Themes(v.Totals), Schema: SnapshotSchema, AsOf: c.AsOf(),
	}
	return s
}
