// Package classifier turns a text into tags: it normalises the text, segments
// it as gse does, finds the dictionary's keywords, and scores the sub-themes.
//
// The same text and the same dictionary give the same tags, scores and offsets
// on every machine: segmentation follows gse's shortest path, and scores are
// whole millionths, so that no rounding of a processor shows in them.
//
// # What matches
//
// Text and keywords are normalised alike (see [Normalize]) and cut into units:
// a run of Latin letters and digits is one, any other character is one. gse
// joins units to tokens. A keyword occurs wherever its units stand in a row;
// each occurrence has a [Relation] to the tokens. Then, for each sub-theme, in
// this order:
//
//  1. Straddling occurrences are refused: 国企 in 中国|企业.
//  2. Of a keyword with `match: whole`, those inside a longer token are
//     refused: 代表 in 代表团.
//  3. Those within an occurrence of one of the keyword's unless words are
//     refused. For an unless word tokens do not count: 学校 unless 驾校学校 is
//     refused in 驾校学校 however gse cuts that.
//  4. Of the words that are left and overlap, the leftmost is counted, the
//     longest of those that begin there; what overlaps a counted one is not.
//     With 教育, 教育质量 and 质量监督, 教育质量监督 has one match: 教育质量. As
//     refused occurrences are out by then, they hide nothing.
//
// Overlaps across sub-themes all count. Two keywords of one sub-theme cannot
// have the same normal form: New refuses the dictionary.
//
// # Rules
//
// A word of a rule must pass 1 to 3 as a keyword does; whole and unless of the
// rule hold for each of its words. Rules take no part in 4: they neither hide
// words nor are hidden, since they say something of the words together that
// no word says alone.
//
// A match of a rule is one allowed occurrence of each of its words, at most
// within runes of the normalised text from the start of the first to the end
// of the last; words may overlap each other. The text is read from left to
// right: the match that ends first is taken, of those that end there the
// shortest, and reading goes on at its end. So with {all: [A, B]}, ABA is one
// match and not two, AAB is one match that begins at the second A, and ABBA
// are two.
//
// # Score
//
// A keyword that matched n times adds weight x (1 + ln n). The threshold of a
// sub-theme is that of the dictionary; where its theme has a threshold_length of L,
// and the text n units, n above L, it is sqrt(n / L) times as much, that factor
// rounded down to thousandths. A sub-theme is
// tagged where it has a match, the sum reaches its threshold, and it is at least
// relative_threshold (of its theme) times the highest score of all sub-themes, of
// all themes, that reach their thresholds. So that one is always tagged.
package classifier

// Relation tells how an occurrence of a keyword lies against the tokens of the text.
type Relation uint8

const (
	// Whole means that both ends are token borders. 教育 in 教育|质量, 乡村振兴 in 乡村|振兴.
	Whole Relation = iota + 1
	// Inside means within one longer token. 教育 in 教育部.
	Inside
	// Straddling means that a token border lies inside it, and that at least one of
	// its ends is no token border. 国企 in 中国|企业.
	// It never matches.
	Straddling
)

// Match is one counted occurrence of a keyword.
type Match struct {
	// Keyword is the index into the sub-theme's Keywords.
	Keyword int
	// Start and End are byte offsets into the original text, half-open. For a
	// rule they span its words from the first to the last.
	Start, End int
	// Relation is Whole or Inside. A rule is Whole where each of its words is.
	Relation Relation
}

// Tag is a sub-theme whose score reached its threshold, and its theme's relative one.
type Tag struct {
	// Theme and SubTheme are indexes into the dictionary: Themes[Theme].SubThemes[SubTheme].
	Theme, SubTheme int
	Score           Score
	Matches         []Match // by Start, then End, then Keyword; valid until the Result is used again
}

// Result is the classification of one text. The zero value is ready. A Result that
// is passed to Classify again reuses its buffers. It is not safe for concurrent use:
// each goroutine has its own.
type Result struct {
	// Tags in descending order of score; of equal scores the earlier in the
	// dictionary comes first. Tags[0] is the primary. Empty: untagged.
	Tags []Tag

	scratch scratch
}
