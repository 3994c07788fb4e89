package exchange

import (
	"path/filepath"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// ReadLexicoder reads a dictionary of Lexicoder (.lc3): lines with the name of a
// category behind a +, each followed by the lines of its entries.
//
//	+教育
//	学校
//	school*
//
// The theme is called like the file.
func ReadLexicoder(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	data, fault := utf8Text(data, name, in)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	f := newForeign(name, in)
	theme := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
	var s *subTheme
	for i, line := range strings.Split(string(data), "\n") {
		at := dict.Position{File: name, Line: i + 1, Column: 1}
		text := strings.TrimSpace(line)
		category, isCategory := strings.CutPrefix(text, "+")
		switch {
		case text == "":
		case isCategory && strings.TrimSpace(category) != "":
			s = f.subTheme(theme, strings.TrimSpace(category), at)
		case s == nil:
			f.b.fail(at, f.b.say("begin with a line such as +education"), f.b.say("an entry outside of all categories"))
			f.b.broken = true
			return f.finish()
		default:
			f.pattern(s, text, at)
		}
	}
	return f.finish()
}
