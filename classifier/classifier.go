// Package classifier turns a text into tags: it normalises the text, segments it as
// gse does, finds the dictionary's keywords, and scores the sub-themes.
//
// The same text and the same dictionary give the same tags, scores and offsets on
// every machine: segmentation follows gse's shortest path, and scores are integers
// in millionths, so that they do not depend on how a processor rounds.
//
// # What matches
//
// Text and keywords are normalised in the same way (see [Normalize]) and cut into
// units: a run of Latin letters and digits is one unit, any other character is one
// unit. gse joins units to tokens. A keyword occurs wherever its units follow one
// another; each occurrence has a [Relation] to the tokens. Then, for each sub-theme,
// the following steps apply in this order:
//
//  1. Straddling occurrences are refused: 国企 in 中国|企业.
//  2. For a keyword with `match: whole`, occurrences inside a longer token are
//     refused: 代表 in 代表团.
//  3. Occurrences within an occurrence of one of the keyword's unless words are
//     refused. Occurrences of an unless word do not depend on tokens: 学校 unless 驾校学校
//     is refused in 驾校学校 however gse cuts that.
//  4. Of the remaining words that overlap, the leftmost is counted, and the longest
//     of those that begin there; words that overlap a counted one are not counted.
//     With 教育, 教育质量 and 质量监督, 教育质量监督 has one match: 教育质量. Refused
//     occurrences are already removed, so they hide nothing.
//
// Overlapping words of different sub-themes all count. Two keywords of one sub-theme
// cannot have the same normal form: New refuses such a dictionary.
//
// # Rules
//
// A word of a rule must pass steps 1 to 3 as a keyword does; whole and unless of the
// rule apply to each of its words. Rules do not take part in step 4: they neither
// hide words nor are hidden by them, because a rule expresses what its words mean
// together, and no single word does that.
//
// A match of a rule is one allowed occurrence of each of its words, such that the
// normalised text from the start of the first to the end of the last has at most
// within runes; words may overlap each other. The text is read from left to right:
// the match that ends first is taken, and the shortest of those that end there.
// Reading then goes on at its end. So with {all: [A, B]}, ABA has one match and not
// two, AAB has one match, which begins at the second A, and ABBA has two.
//
// # Score
//
// A keyword that matched n times adds weight x (1 + ln n). If its theme has a
// title_weight k, a match that lies in the title counts k times in n. The title is the
// first line of the text that is not blank, if it ends with a line feed, something other
// than white space follows, and the normalised text before that line feed has at most 60
// units. A match lies in the title if it ends there or before: that of a rule does so
// with all of its words. With {教育} and title_weight 3, the title of 教育↵全民教育 gives
// n = 4, and 教育 alone has no title.
//
// The threshold of a
// sub-theme is that of the dictionary. If its theme has a threshold_length L and the
// text has n > L units, the threshold is multiplied by sqrt(n / L), rounded down to
// thousandths. A sub-theme is tagged if it has a match, its score reaches its
// threshold, and its score is at least relative_threshold (of its theme) times the
// highest score among all sub-themes of all themes that reach their thresholds. So
// if any sub-theme reaches its threshold, the one with the highest score is tagged.
package classifier

// Relation says how an occurrence of a keyword lies relative to the tokens of the
// text.
type Relation uint8

const (
	// Whole means that both ends are token borders: 教育 in 教育|质量, 乡村振兴 in 乡村|振兴.
	Whole Relation = iota + 1
	// Inside means that it lies within one longer token: 教育 in 教育部.
	Inside
	// Straddling means that a token border lies inside it, and that at least one of
	// its ends is not a token border: 国企 in 中国|企业. It never matches.
	Straddling
)

// Match is one counted occurrence of a keyword.
type Match struct {
	// Keyword is the index into the sub-theme's Keywords.
	Keyword int
	// Start and End are byte offsets into the original text, half-open. For a rule
	// they span its words from the first to the last.
	Start, End int
	// Relation is Whole or Inside. A rule is Whole if each of its words is.
	Relation Relation
	// Times is how often it counts in n: the title_weight of its theme if it lies in the
	// title, otherwise 1.
	Times uint8
}

// Tag is a sub-theme whose score reached its threshold and its theme's relative
// threshold.
type Tag struct {
	// Theme and SubTheme are indexes into the dictionary: Themes[Theme].SubThemes[SubTheme].
	Theme, SubTheme int
	Score           Score
	Matches         []Match // by Start, then End, then Keyword; valid until the Result is used again
}

// Result is the classification of one text. The zero value is ready to use. A Result
// that is passed to Classify again reuses its buffers. It is not safe for concurrent
// use: each goroutine needs its own.
type Result struct {
	// Tags are in descending order of score, and in the order of the dictionary
	// where scores are equal. Tags[0] is the primary. Empty: untagged.
	Tags []Tag

	scratch scratch
}
