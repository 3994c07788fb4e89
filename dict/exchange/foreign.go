package exchange

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// foreign makes a dictionary of one from another program: names become ids, patterns
// become keywords.
type foreign struct {
	name  string
	b     *builder
	notes []*Note

	themeIDs map[string]string            // by the theme's name in the file
	subIDs   map[[2]string]string         // by theme id and the sub-theme's name in the file
	words    map[string]map[string]string // by sub-theme and folded word: the pattern that it came from
}

func newForeign(name string) *foreign {
	return &foreign{
		name: name, b: newBuilder(phrase.English),
		themeIDs: map[string]string{}, subIDs: map[[2]string]string{}, words: map[string]map[string]string{},
	}
}

const noteExamples = 5

// note counts an entry under a note.
func (f *foreign) note(at dict.Position, entry, msg string) {
	i := slices.IndexFunc(f.notes, func(n *Note) bool { return n.Msg == msg })
	if i < 0 {
		i = len(f.notes)
		f.notes = append(f.notes, &Note{Msg: msg})
	}
	n := f.notes[i]
	n.Count++
	if len(n.Examples) < noteExamples && entry != "" {
		n.Examples = append(n.Examples, fmt.Sprintf("%s in line %d", entry, at.Line))
	}
}

// id returns an id for a name that is not yet taken, and marks it as taken. It
// consists of those characters of the name that an id can have. If there are none,
// as in a Chinese name, it is word with a number.
func id(name, word string, taken map[string]bool) string {
	slug := strings.Map(func(r rune) rune {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r > unicode.MaxASCII:
			return -1
		}
		return '_'
	}, name)
	slug = strings.Join(strings.FieldsFunc(cut(slug, 56), func(r rune) bool { return r == '_' }), "_")
	unique := cmp.Or(slug, word+"1")
	for n := 2; taken[unique]; n++ {
		unique = fmt.Sprintf("%s_%d", slug, n)
		if slug == "" {
			unique = fmt.Sprintf("%s%d", word, n)
		}
	}
	taken[unique] = true
	return unique
}

// subTheme returns the sub-theme for the names of a theme and a sub-theme, and makes
// it if it does not exist.
func (f *foreign) subTheme(theme, sub string, at dict.Position) *subTheme {
	themeID, ok := f.themeIDs[theme]
	if !ok {
		taken := map[string]bool{}
		for _, used := range f.themeIDs {
			taken[used] = true
		}
		themeID = id(theme, "theme", taken)
		f.themeIDs[theme] = themeID
	}
	key := [2]string{themeID, sub}
	subID, ok := f.subIDs[key]
	if !ok {
		taken := map[string]bool{}
		for k, used := range f.subIDs {
			if k[0] == themeID {
				taken[used] = true
			}
		}
		subID = id(sub, "sub", taken)
		f.subIDs[key] = subID
	}
	full := themeID + "/" + subID
	if s := f.b.subs[full]; s != nil {
		return s
	}
	s := f.b.add(full, at)
	s.Name = dict.Name{Zh: printable(sub), En: printable(sub)}
	f.b.theme(themeID).Name = dict.Name{Zh: printable(theme), En: printable(theme)}
	f.words[full] = map[string]string{}
	return s
}

// printable returns a name without the characters that names cannot have.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, name)
	return cut(strings.TrimSpace(name), 200)
}

const (
	noteInner   = "a wildcard within a word, or ?: minyi has none, so these entries are left out; write the forms out"
	noteLatin   = "* after or before a Latin word: minyi finds such words only whole, so that these match the bare word; add the other forms"
	noteHan     = "* after or before a Chinese word: taken over as a keyword that also matches inside longer words"
	noteWhole   = "a Chinese word without *: taken over with match: whole, so that it does not match inside longer words"
	noteJoined  = "several Chinese words with spaces between them: written without the spaces, as Chinese text is"
	noteTwice   = "the same keyword in one sub-theme again once its wildcards are off: kept once"
	noteNothing = "nothing to search for: left out"
	noteTooLong = "longer than a keyword can be: left out"
)

const maxWordRunes = 64 // the same as in package dict

// pattern adds a glob pattern to a sub-theme as a keyword.
func (f *foreign) pattern(s *subTheme, pattern string, at dict.Position) {
	word := strings.Join(strings.Fields(pattern), " ")
	inner := strings.Trim(word, "*")
	open := inner != word
	han := strings.ContainsFunc(inner, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	switch {
	case strings.TrimSpace(inner) == "" || !strings.ContainsFunc(inner, unicode.IsGraphic):
		f.note(at, pattern, noteNothing)
		return
	case strings.ContainsAny(inner, "*?"):
		f.note(at, pattern, noteInner)
		return
	case utf8.RuneCountInString(inner) > maxWordRunes:
		f.note(at, "", noteTooLong)
		return
	}
	if joined := joinHan(inner); joined != inner {
		f.note(at, pattern, noteJoined)
		inner = joined
	}
	k := dict.Keyword{Word: strings.TrimSpace(inner), Weight: 1, Whole: han && !open, Pos: at}
	folded := strings.ToLower(k.Word)
	if _, twice := f.words[s.ID][folded]; twice {
		f.note(at, pattern, noteTwice)
		if i := slices.IndexFunc(s.Keywords, func(o dict.Keyword) bool { return strings.ToLower(o.Word) == folded }); open && i >= 0 {
			s.Keywords[i].Whole = false // match like the wider of the two
		}
		return
	}
	f.words[s.ID][folded] = pattern
	switch {
	case open && han:
		f.note(at, pattern, noteHan)
	case open:
		f.note(at, pattern, noteLatin)
	case han:
		f.note(at, pattern, noteWhole)
	}
	s.Keywords = append(s.Keywords, k)
}

// joinHan removes the spaces next to a Chinese character.
func joinHan(s string) string {
	runes := []rune(s)
	out := make([]rune, 0, len(runes))
	isHan := func(i int) bool { return i >= 0 && i < len(runes) && unicode.Is(unicode.Han, runes[i]) }
	for i, r := range runes {
		if r != ' ' || !isHan(i-1) && !isHan(i+1) {
			out = append(out, r)
		}
	}
	return string(out)
}

// finish checks the whole dictionary. It keeps sub-themes without a keyword, because
// they are in the file. It returns the notes even if there is an error.
func (f *foreign) finish() (*dict.Dictionary, []Note, error) {
	notes := make([]Note, len(f.notes))
	for i, n := range f.notes {
		notes[i] = *n
	}
	d, err := f.b.dictionary(f.name, func(string) int { return 0 })
	var faults dict.Errors
	if err != nil && !errors.As(err, &faults) {
		return nil, notes, fmt.Errorf("import %s: %w", f.name, err)
	}
	return d, notes, err
}
