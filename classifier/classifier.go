// Package classifier turns a text into tags: it normalises the text, segments
// it as gse does, finds the dictionary's keywords, and scores the sub-themes.
//
// The same text and the same dictionary give the same tags, scores and offsets
// on every machine: segmentation follows gse's shortest path, and scores are
// whole millionths, so that no rounding of a processor shows in them.
package classifier

// Relation tells how an occurrence of a keyword lies against the tokens of the text.
type Relation uint8

const (
	// Whole: both ends are token borders. 教育 in 教育|质量, 乡村振兴 in 乡村|振兴.
	Whole Relation = iota + 1
	// Inside: within one longer token. 教育 in 教育部.
	Inside
	// Straddling: a border falls inside it and an end is none. 国企 in 中国|企业.
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
	Relation   Relation
}

// Score is in millionths: 2_500_000 is 2.5.
type Score int64

// Tag is a sub-theme whose score reached its threshold.
type Tag struct {
	// Theme and SubTheme are indexes into the dictionary: Themes[Theme].SubThemes[SubTheme].
	Theme, SubTheme int
	Score           Score
	Matches         []Match // in the order of Start; valid until the Result is used again
}

// Result is the classification of one text. The zero value is ready; bring the
// same one again and its buffers are reused. Not safe for concurrent use.
type Result struct {
	// Tags in descending order of score; of equal scores the earlier in the
	// dictionary comes first. Tags[0] is the primary. Empty: untagged.
	Tags []Tag
}
