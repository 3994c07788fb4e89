// Package dict defines what minyi looks for: themes, their sub-themes, and the
// keywords that indicate them.
//
// A dictionary is a folder of YAML files, one theme a file, in the order of their
// names. [Parse] reads one, [Default] is the one that ships with minyi. All faults
// of all files are reported at once, each with its line, its column and what to do
// about it (see [Errors]). A dictionary that parses is complete and consistent, so
// that no other package has to check it again.
//
// The package knows nothing of segmentation, brokers or the network. It does not
// decide whether a keyword is good; it only says what the keyword means.
package dict

import "strings"

// Dictionary is a parsed, valid set of themes. It must not be changed after Parse or
// New has returned it, so goroutines may share it. Its methods are safe for
// concurrent use.
type Dictionary struct {
	// Themes are in the order of their files. The order matters only where two
	// sub-themes have equal scores: then the earlier one is the primary.
	Themes []Theme

	version string
}

// Lookup returns the indexes of the sub-theme with a full id, such as
// "livelihood/education": d.Themes[theme].SubThemes[sub].
func (d *Dictionary) Lookup(id string) (theme, sub int, ok bool) {
	name, _, _ := strings.Cut(id, "/")
	for i := range d.Themes {
		if d.Themes[i].ID != name {
			continue
		}
		for j := range d.Themes[i].SubThemes {
			if d.Themes[i].SubThemes[j].ID == id {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}

// NumSubThemes returns the number of sub-themes in all themes.
func (d *Dictionary) NumSubThemes() int {
	n := 0
	for _, t := range d.Themes {
		n += len(t.SubThemes)
	}
	return n
}

// Theme is one heading of the consultation, such as livelihood (民生).
type Theme struct {
	ID   string // ASCII, [a-z0-9_]+, unique in the dictionary
	Name Name

	// RelativeThreshold is the share of the highest score that a sub-theme of the
	// theme must have to be tagged, in addition to reaching its own threshold. The
	// highest score is that of the text among the sub-themes of all themes that
	// reach their thresholds. It is between 0 and 1, in whole millionths; 0, the
	// default in a file, adds no condition. The sub-theme with the highest score is
	// tagged in any case.
	RelativeThreshold float64

	// ThresholdLength is the length of text, in units, up to which the thresholds of
	// the theme are used unchanged. In a longer text, of n units, they are
	// multiplied by sqrt(n / ThresholdLength), rounded down to thousandths, because
	// a long text mentions things that it is not about. 0, the default in a file:
	// they are the same for every text. At most 1,000,000.
	ThresholdLength int

	// TitleWeight is how often a match counts that lies in the title of a text: the
	// first line, if text follows; the package classifier has the exact rule. It is
	// from 1 to 9. 0, the default in a file, is the same as 1: a title is text like
	// any other. New makes a 1 to 0.
	TitleWeight int

	SubThemes []SubTheme
	File      string // the file it was read from; not part of the version
}

// UsualThreshold is the threshold of most of the theme's sub-themes, of equally frequent
// ones the lowest, and 1 if there are none: what a sub-theme that is added begins with.
func (t *Theme) UsualThreshold() float64 {
	usual, most := 1.0, 0
	count := map[float64]int{}
	for i := range t.SubThemes {
		x := t.SubThemes[i].Threshold
		if count[x]++; count[x] > most || count[x] == most && x < usual {
			usual, most = x, count[x]
		}
	}
	return usual
}

// Name is shown to people instead of an id. Parse sets an absent name to the id.
type Name struct {
	Zh string
	En string
}

// SubTheme is the unit of counting.
type SubTheme struct {
	ID        string // full id, theme/sub-theme: "livelihood/education"
	Name      Name
	Aspect    string  // id of one of Aspects, or empty
	Threshold float64 // score from which a text is tagged, see also Theme.RelativeThreshold; > 0, whole millionths; default 1 in a file
	Keywords  []Keyword
	Examples  []Example
	Pos       Position
}

// Keyword is one thing to look for: a word, or a rule of several words near each
// other. Either Word or All is set, not both.
type Keyword struct {
	Word string // as written in the file; matching normalises it

	// All makes the keyword a rule: each of these words occurs, in any order, with
	// at most Within runes from the start of the first to the end of the last.
	// Within is at least the number of runes of all words together and at most 1000.
	All    []string
	Within int

	// Weight is a whole number of millionths between -1000 and 1000, but not 0. A
	// negative weight is evidence against the sub-theme. Default 1 in a file.
	Weight float64
	Whole  bool     // `match: whole`: counts only where both ends are token borders
	Token  bool     // `token: true`: added to the segmenter's words
	Unless []string // does not count inside an occurrence of one of these

	Pos Position
}

// Example is a text with the sub-themes that it must and must not be tagged with.
// Examples test a dictionary.
type Example struct {
	Text   string
	Expect []string // full sub-theme ids; nil: no demand; empty but not nil: no tag at all
	Forbid []string // full sub-theme ids
	Pos    Position
}

// Untagged reports whether the example demands that the text has no tag, as
// `expect: []` does.
func (e Example) Untagged() bool { return e.Expect != nil && len(e.Expect) == 0 }

// Position is a place in a file. Line and Column count from 1; Column counts runes.
// The zero Position is that of a value that is from no file.
type Position struct {
	File   string
	Line   int
	Column int
}

// Aspect is one of the headings under which the consultation invited suggestions.
// Aspects group sub-themes of different themes.
type Aspect struct {
	ID   string
	Name Name
}
