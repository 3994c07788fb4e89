package exchange

import (
	"errors"
	"math"
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
	name string
	b    *builder

	themeIDs map[string]string            // by the theme's name in the file
	subIDs   map[[2]string]string         // by theme id and the sub-theme's name in the file
	words    map[string]map[string]string // by sub-theme and folded word: the pattern that it came from
}

func newForeign(name string, in phrase.Language) *foreign {
	return &foreign{
		name: name, b: newBuilder(name, in),
		themeIDs: map[string]string{}, subIDs: map[[2]string]string{}, words: map[string]map[string]string{},
	}
}

// note counts an entry under a note.
func (f *foreign) note(at dict.Position, entry string, kind noteKind) {
	f.b.notes.add(kind, f.b.notes.line(at, entry))
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
	if strings.ContainsFunc(theme+sub, func(r rune) bool { return r > unicode.MaxASCII }) {
		f.note(at, sub+" = "+full, noteIDs)
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

// The same as in package dict.
const (
	maxWordRunes = 64
	maxWeight    = 1000
)

// pattern adds a glob pattern to a sub-theme as a keyword of weight 1.
func (f *foreign) pattern(s *subTheme, pattern string, at dict.Position) {
	f.weighted(s, pattern, 1, at)
}

// weighted adds a glob pattern to a sub-theme as a keyword.
func (f *foreign) weighted(s *subTheme, pattern string, weight float64, at dict.Position) {
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
	case weight == 0 || math.Abs(weight) > maxWeight:
		f.note(at, pattern, noteWeight)
		return
	}
	if joined := joinHan(inner); joined != inner {
		f.note(at, pattern, noteJoined)
		inner = joined
	}
	k := dict.Keyword{Word: strings.TrimSpace(inner), Weight: weight, Whole: han && !open, Pos: at}
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
	notes := f.b.notes.all()
	d, err := f.b.dictionary(f.name, func(string) int { return 0 })
	var faults dict.Errors
	if err != nil && !errors.As(err, &faults) {
		return nil, notes, phrase.Errorf("import %s: %w", f.name, err)
	}
	return d, notes, err
}
