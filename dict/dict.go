// Package dict holds what minyi looks for: themes, their sub-themes, and the
// keywords that mark them.
//
// A dictionary is a folder of YAML files, one theme a file, in the order of
// their names. [Parse] reads one, [Default] is the one that ships with minyi.
// Every fault of a file is reported with its line, its column and what to do,
// all of them at once (see [Errors]); a dictionary that parses is complete and
// consistent, so that nothing after this package has to check it again.
//
// The package knows nothing of segmentation, brokers or the network. It does
// not decide whether a keyword is good; it only says what the keyword means.
package dict

import "strings"

// Dictionary is a parsed, valid set of themes. It is immutable by convention
// once Parse or New has returned it: share it between goroutines, do not write.
// Its methods are safe for concurrent use.
type Dictionary struct {
	// Themes in the order of their files. Order matters in one place only:
	// of two sub-themes with equal scores the earlier is the primary.
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

	// RelativeThreshold is what share of the text's highest score a sub-theme of
	// the theme must have to be tagged, besides reaching its own threshold: of the
	// scores that reach their thresholds, those of all themes, the highest. Between
	// 0 and 1, whole millionths; 0, the default in a file, asks for nothing more.
	// What has the highest score is tagged whatever this is.
	RelativeThreshold float64

	// ThresholdLength is up to how many units of text the thresholds of the theme
	// hold as they are written. In a text of n units, n above it, they are
	// sqrt(n / ThresholdLength) times as high, that factor rounded down to
	// thousandths: a long text mentions more than it is about. 0, the default in a
	// file: they are the same for every text. At most 1,000,000.
	ThresholdLength int

	SubThemes []SubTheme
	File      string // the file it was read from; not part of the version
}

// Name is what people see in place of an id. Parse fills an absent one from the id.
type Name struct {
	Zh string
	En string
}

// SubTheme is what is counted.
type SubTheme struct {
	ID        string // full id, theme/sub-theme: "livelihood/education"
	Name      Name
	Aspect    string  // id of one of Aspects, or empty
	Threshold float64 // score from which a text is tagged, see also Theme.RelativeThreshold; > 0, whole millionths; default 1 in a file
	Keywords  []Keyword
	Examples  []Example
	Pos       Position
}

// Keyword is one thing to look for: a word, or a rule of several words near
// each other. Exactly one of Word and All is set.
type Keyword struct {
	Word string // as written in the file; matching normalises it

	// All is a rule: every one of these words, in any order, at most Within
	// runes from the first rune of the first to the last rune of the last. Within
	// lies between the runes of the words together and 1000.
	All    []string
	Within int

	// Weight is a whole number of millionths, at most 1000 and at least -1000, and
	// never 0. A negative one is evidence against. Default 1 in a file.
	Weight float64
	Whole  bool     // `match: whole`: only where both ends are token borders
	Token  bool     // `token: true`: added to the segmenter's words
	Unless []string // no match inside an occurrence of one of these

	Pos Position
}

// Example is a text with the sub-themes that it must, and must not, be tagged
// with: the test of a dictionary.
type Example struct {
	Text   string
	Expect []string // full sub-theme ids; nil: nothing is said; empty but not nil: no tag at all
	Forbid []string // full sub-theme ids
	Pos    Position
}

// Untagged tells whether the text must be tagged with nothing: `expect: []`.
func (e Example) Untagged() bool { return e.Expect != nil && len(e.Expect) == 0 }

// Position is where something stands in a file. Line and Column count from 1;
// Column counts runes. The zero Position is something that came from no file.
type Position struct {
	File   string
	Line   int
	Column int
}

// Aspect is one of the headings under which the consultation invited
// suggestions. It regroups sub-themes across themes.
type Aspect struct {
	ID   string
	Name Name
}
