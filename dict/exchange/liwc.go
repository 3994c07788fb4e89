package exchange

import (
	"strings"
	"unicode"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// ReadLIWC reads a .dic file. It begins with the categories, between two lines of %:
// each line has a number and a name, and in the files of 2015 it is indented by tabs
// below the category that it is part of. Then follow the words, each with the
// numbers of its categories. A * at the end of a word stands for any ending.
//
//	%
//	1	affect	(Affect)
//		2	posemo	(Positive emotion)
//	10	work
//	%
//	happ*	1 2
//	job	10
//
// A top category that has others below it is a theme, and also the first sub-theme
// of that theme. In a file without such categories, all categories are sub-themes of
// the theme liwc. Features that minyi does not have, such as conditions in brackets,
// are listed in the notes.
func ReadLIWC(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	data, fault := utf8Text(data, name, in)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	l := &liwc{foreign: newForeign(name, in), categories: map[string]*category{}}
	if l.read(strings.Split(string(data), "\n")) {
		return l.finish()
	}
	l.b.broken = true
	return l.finish()
}

type liwc struct {
	*foreign
	categories map[string]*category // by number
}

type category struct {
	name  string
	depth int // tabs before its number
	at    dict.Position
	sub   *subTheme
}

// read reads the lines of a file. It returns false if they do not have the format.
func (l *liwc) read(lines []string) bool {
	section := 0
	var header []*category
	for i, line := range lines {
		at := dict.Position{File: l.name, Line: i + 1, Column: 1}
		text := strings.TrimSpace(line)
		switch {
		case text == "":
		case text == "%":
			if section++; section == 2 {
				l.place(header)
			}
		case section == 1:
			if c := l.category(line, at); c != nil {
				header = append(header, c)
			}
		case section >= 2:
			l.word(text, at)
		default:
			l.b.fail(at, l.b.say("a .dic file begins with a line of %% and the categories"), l.b.say("text before the first %%"))
			return false
		}
	}
	if section < 2 {
		l.b.fail(dict.Position{File: l.name, Line: len(lines), Column: 1}, l.b.say("put the categories between two lines of %%"), l.b.say("%d lines of %% in the file, not two", section))
		return false
	}
	return true
}

// category reads a line of the header: number, name and, in some files, a
// description in brackets, which is ignored.
func (l *liwc) category(line string, at dict.Position) *category {
	text := strings.TrimLeft(line, "\t ")
	depth := strings.Count(line[:len(line)-len(text)], "\t")
	number, name := cutSpace(text)
	if !isNumber(number) || name == "" {
		l.b.fail(at, l.b.say("write number, tab, name"), l.b.say("not a category: %q", strings.TrimSpace(line)))
		return nil
	}
	if i := strings.IndexByte(name, '('); i > 0 && strings.HasSuffix(name, ")") {
		name = strings.TrimSpace(name[:i])
	}
	c := &category{name: name, depth: depth, at: at}
	number = strings.TrimLeft(number, "0")
	if first := l.categories[number]; first != nil {
		l.b.fail(at, l.b.say("give one of them another number"), l.b.say("category %s is there already, in line %d", number, first.at.Line))
		return nil
	}
	l.categories[number] = c
	return c
}

// place makes the sub-themes, in the order of the header.
func (l *liwc) place(header []*category) {
	theme := "liwc"
	nested := false
	for _, c := range header {
		nested = nested || c.depth > 0
	}
	for i, c := range header {
		if nested && c.depth == 0 {
			theme = "liwc"
			if i+1 < len(header) && header[i+1].depth > 0 {
				theme = c.name
			}
		}
		c.sub = l.subTheme(theme, c.name, c.at)
	}
}

// word reads a word and the numbers of its categories.
func (l *liwc) word(text string, at dict.Position) {
	word, numbers := l.cutNumbers(text)
	switch {
	case strings.ContainsAny(numbers, "<>()/") || conditional(word):
		l.note(at, word, noteCondition)
		return
	case numbers == "":
		l.note(at, word, noteAlone)
		return
	}
	for _, number := range strings.Fields(numbers) {
		c := l.categories[strings.TrimLeft(number, "0")]
		if c == nil {
			l.note(at, word+" "+number, noteUndefined)
			continue
		}
		l.pattern(c.sub, word, at)
	}
}

// conditional reports whether an entry has a condition on the words around it: (02
// 134)like, kind <of>. An emoticon, such as :), has none.
func conditional(word string) bool {
	return strings.ContainsAny(word, "<>()") && strings.ContainsFunc(word, unicode.IsLetter)
}

// cutNumbers splits a line into word and categories: at the first tab, as the format
// defines, or else before the numbers at its end.
func (l *liwc) cutNumbers(text string) (word, numbers string) {
	if word, numbers, ok := strings.Cut(text, "\t"); ok {
		return strings.TrimSpace(word), strings.TrimSpace(numbers)
	}
	fields := strings.Fields(text)
	i := len(fields)
	for i > 1 && isNumber(fields[i-1]) {
		i--
	}
	return strings.Join(fields[:i], " "), strings.Join(fields[i:], " ")
}

// cutSpace splits a text at its first white space.
func cutSpace(s string) (head, rest string) {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return strings.TrimSpace(s), ""
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
