package classifier

import (
	"bytes"
	"encoding/json"

	"github.com/minyi/minyi/dict"
)

// Record is a classification as `minyi classify --json` writes it. The shape is
// stable: fields may be added, but none is renamed or removed.
//
//	{"id":"x","primary":"livelihood/education","themes":[{"id":"livelihood/education","score":2.5,
//	 "matches":[{"keyword":"双减","start":3,"end":9,"text":"双减","weight":1}]}],"margin":1,"dict":"3f9c1a…","schema":1}
//
// For an untagged text, primary is null, themes is [], and there is no margin.
type Record struct {
	ID      string        `json:"id"`
	Primary *string       `json:"primary"`
	Themes  []RecordTheme `json:"themes"` // by descending score
	Doubt
	Dict   string `json:"dict"`   // version of the dictionary
	Schema int    `json:"schema"` // version of this shape: 1
}

// RecordTheme is a sub-theme that the text was tagged with.
type RecordTheme struct {
	ID      string        `json:"id"` // full id: livelihood/education
	Score   Score         `json:"score"`
	Matches []RecordMatch `json:"matches"` // in the order of Start
	// Chance is how likely this tag is right, from 0 to 1, where somebody has measured the
	// dictionary on labelled texts; 0: nobody has. [Classifier.NewRecord] leaves it 0.
	Chance float64 `json:"chance,omitempty"`
}

// RecordMatch is a counted occurrence of a keyword.
type RecordMatch struct {
	Keyword string `json:"keyword"` // as the dictionary writes it; a rule as "幼儿园+收费"
	Start   int    `json:"start"`   // byte offsets in the original text, half-open
	End     int    `json:"end"`
	Text    string `json:"text"` // those bytes; in JSON, U+FFFD for invalid ones
	Weight  Score  `json:"weight"`
}

// NewRecord returns the record of text, which c classified as r. It copies what it
// needs, so r and text may be reused.
func (c *Classifier) NewRecord(id string, text []byte, r *Result) *Record {
	rec := &Record{ID: id, Themes: make([]RecordTheme, len(r.Tags)), Dict: c.dict.Version(), Schema: 1}
	for i, tag := range r.Tags {
		sub := &c.dict.Themes[tag.Theme].SubThemes[tag.SubTheme]
		matches := make([]RecordMatch, len(tag.Matches))
		for j, m := range tag.Matches {
			matches[j] = newRecordMatch(&sub.Keywords[m.Keyword], text, m)
		}
		rec.Themes[i] = RecordTheme{ID: sub.ID, Score: tag.Score, Matches: matches}
	}
	if len(rec.Themes) > 0 {
		rec.Primary = &rec.Themes[0].ID
		rec.Doubt = c.Doubt(r.Tags)
	}
	return rec
}

func newRecordMatch(k *dict.Keyword, text []byte, m Match) RecordMatch {
	weight, _ := millionths(k.Weight) // New has checked it
	return RecordMatch{keywordText(k), m.Start, m.End, string(text[m.Start:m.End]), Score(weight)}
}

// AppendJSON appends the record to dst as one line of JSON, ended by a newline. It
// is valid JSON whatever the text is. Unlike json.Marshal, it does not escape <, >
// and &.
func (rec *Record) AppendJSON(dst []byte) []byte {
	return appendJSON(dst, rec)
}

// appendJSON appends v, which must not fail to marshal, and a newline.
func appendJSON(dst []byte, v any) []byte {
	b := bytes.NewBuffer(dst)
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("classifier: a record that is no JSON: " + err.Error())
	}
	return b.Bytes()
}
