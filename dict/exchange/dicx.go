package exchange

import (
	"math"
	"strconv"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// ReadDICX reads a dictionary of LIWC-22: a table of comma-separated values with the
// entries in the first column and a column for each category. An X says that an entry
// is in a category; in a weighted dictionary, a number says with which weight.
//
//	DicTerm,affect,work
//	happ*,X,
//	job,,0.5
//
// All categories are sub-themes of the theme liwc. Entries are as in ReadLIWC.
func ReadDICX(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	data, fault := utf8Text(data, name, in)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	records, fault := scanCSV(string(data), name)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	f := newForeign(name, in)
	if len(records) == 0 || len(records[0]) < 2 || !strings.EqualFold(strings.TrimSpace(records[0][0].text), "DicTerm") {
		f.b.fail(dict.Position{File: name, Line: 1, Column: 1}, f.b.say("the first line is DicTerm and the names of the categories"), f.b.say("not a dictionary of LIWC-22"))
		f.b.broken = true
		return f.finish()
	}
	categories := make([]*subTheme, len(records[0]))
	for i, c := range records[0][1:] {
		if label := strings.TrimSpace(c.text); label != "" {
			categories[i+1] = f.subTheme("liwc", label, c.pos)
		}
	}
	for _, rec := range records[1:] {
		f.dicxEntry(rec, categories)
	}
	return f.finish()
}

// dicxEntry reads the line of one entry.
func (f *foreign) dicxEntry(rec record, categories []*subTheme) {
	word := strings.TrimSpace(rec[0].text)
	if conditional(word) {
		f.note(rec[0].pos, word, noteCondition)
		return
	}
	member := false
	for i, mark := range rec[1:] {
		text := strings.TrimSpace(mark.text)
		if text == "" {
			continue
		}
		member = true
		weight, isWeight := parseWeight(text)
		switch {
		case i+1 >= len(categories) || categories[i+1] == nil:
			f.note(mark.pos, word, noteUndefined)
		case strings.EqualFold(text, "x"):
			f.pattern(categories[i+1], word, mark.pos)
		case isWeight:
			f.weighted(categories[i+1], word, weight, mark.pos)
		default:
			f.note(mark.pos, word+" "+text, noteMark)
		}
	}
	if !member && word != "" {
		f.note(rec[0].pos, word, noteAlone)
	}
}

// parseWeight reads a weight, rounded to the millionths that a keyword can have.
func parseWeight(text string) (float64, bool) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(text, "xXpP_") {
		return 0, false
	}
	return math.Round(x*1e6) / 1e6, true
}
