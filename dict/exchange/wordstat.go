package exchange

import (
	"path/filepath"
	"regexp"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// ReadWordStat reads a dictionary of WordStat (.cat): a category or an entry in each
// line, indented by a tab for each category around it. An entry ends with its weight
// in brackets; a _ in it is a space.
//
//	民生
//		教育
//			学校 (1)
//			house_price* (2)
//
// The outermost category is the theme, and the ones below, joined by " / ", are the
// sub-theme, as in ReadQuanteda. Rules (@…) are listed in the notes.
func ReadWordStat(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	data, fault := utf8Text(data, name, in)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	f := newForeign(name, in)
	root := &wordStat{}
	path := []*wordStat{root} // the categories around the next line
	for i, line := range strings.Split(string(data), "\n") {
		text := strings.TrimSpace(line)
		if text == "" {
			continue
		}
		n := &wordStat{text: text, at: dict.Position{File: name, Line: i + 1, Column: 1}}
		indent, _, _ := strings.Cut(line, text)
		depth := min(strings.Count(indent, "\t"), len(path)-1)
		path = path[:depth+1]
		if m := wordStatEntry.FindStringSubmatch(text); m != nil {
			n.text, n.weight = m[1], m[2]
			path[depth].entries = append(path[depth].entries, n)
			continue
		}
		if strings.HasPrefix(text, "@") {
			f.note(n.at, text, noteRule)
			continue
		}
		path[depth].below = append(path[depth].below, n)
		path = append(path, n)
	}
	if len(root.entries) > 0 {
		f.b.fail(root.entries[0].at, f.b.say("put it below the line of a category, with a tab before it"), f.b.say("an entry outside of all categories"))
		f.b.broken = true
	}
	file := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	for _, c := range root.below {
		if len(c.below) == 0 {
			f.wordStat(file, c.text, c)
		} else {
			f.wordStat(c.text, "", c)
		}
	}
	return f.finish()
}

// wordStat is a category, or an entry, of which only text, weight and at are set.
type wordStat struct {
	text    string
	weight  string
	at      dict.Position
	entries []*wordStat
	below   []*wordStat
}

var wordStatEntry = regexp.MustCompile(`^(.*\S)\s*\(\s*(-?[0-9.]+)\s*\)$`)

// wordStat adds the entries of a category to a sub-theme, and those of the categories
// below it to theirs. An empty name is that of the theme itself.
func (f *foreign) wordStat(theme, sub string, c *wordStat) {
	if len(c.entries) > 0 || len(c.below) == 0 {
		label := sub
		if label == "" {
			label = theme
		}
		s := f.subTheme(theme, label, c.at)
		for _, e := range c.entries {
			f.wordStatEntry(s, e)
		}
	}
	for _, b := range c.below {
		label := b.text
		if sub != "" {
			label = sub + " / " + b.text
		}
		f.wordStat(theme, label, b)
	}
}

func (f *foreign) wordStatEntry(s *subTheme, e *wordStat) {
	weight, ok := parseWeight(e.weight)
	switch {
	case strings.HasPrefix(e.text, "@"):
		f.note(e.at, e.text, noteRule)
	case !ok:
		f.note(e.at, e.text, noteWeight)
	default:
		f.weighted(s, strings.ReplaceAll(e.text, "_", " "), weight, e.at)
	}
}
