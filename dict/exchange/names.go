package exchange

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"

	"github.com/minyi/minyi/dict"
)

// Sub-themes are counted under ids of a-z, 0-9 and _. Files of other programs, and
// tables that people make, have names instead. An id is made of a name alone, so that
// the same name has the same id in every file and on every machine: 社会保障 is
// shehuibaozhang.

// maxSlug leaves room for a number at the end of an id.
const maxSlug = 56

// slug returns the characters of a name that an id can have, with the reading of
// Chinese characters in their place. It may be empty.
func slug(name string) string {
	var b strings.Builder
	args := pinyin.NewArgs()
	for _, r := range name {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Han, r):
			if readings := pinyin.SinglePinyin(r, args); len(readings) > 0 {
				b.WriteString(readings[0])
			}
		case r <= unicode.MaxASCII || unicode.IsPunct(r) || unicode.IsSpace(r):
			b.WriteByte('_')
		}
	}
	return strings.Join(strings.FieldsFunc(cut(b.String(), maxSlug), func(r rune) bool { return r == '_' }), "_")
}

// id returns an id for a name that is not yet taken, and marks it as taken. If
// nothing of the name can be in an id, it is word with a number.
func id(name, word string, taken map[string]bool) string {
	s := slug(name)
	unique := cmp.Or(s, word+"1")
	for n := 2; taken[unique]; n++ {
		unique = fmt.Sprintf("%s_%d", s, n)
		if s == "" {
			unique = fmt.Sprintf("%s%d", word, n)
		}
	}
	taken[unique] = true
	return unique
}

// names knows which id stands for which name in one table.
type names struct {
	themes map[string]string    // theme ids by name
	subs   map[[2]string]string // local ids of sub-themes by theme id and name
}

// isName reports whether a cell of the column subtheme has a name in place of an id.
// In a table of this program that is one with other letters than those of ids, so that
// a mistyped id stays a fault.
func (b *builder) isName(cell string) bool {
	return b.plain && !fullID.MatchString(cell) || strings.ContainsFunc(cell, func(r rune) bool { return r > unicode.MaxASCII && unicode.IsLetter(r) })
}

// splitName returns the names of theme and sub-theme in a cell such as 民生/教育. Where
// it has no theme, that is the one of the row, or else it is called like the file.
func (b *builder) splitName(r *row, cell string) (theme, sub string) {
	if i := strings.IndexAny(cell, "/／"); i > 0 {
		rest := strings.TrimLeft(cell[i:], "/／ ")
		if theme = strings.TrimSpace(cell[:i]); rest != "" {
			return theme, rest
		}
	}
	theme = strings.TrimSpace(cmp.Or(r.cells[colThemeZh], r.cells[colThemeEn]))
	return cmp.Or(theme, strings.TrimSuffix(filepath.Base(b.file), filepath.Ext(b.file))), cell
}

// named returns the id of the sub-theme with a name. The first time it makes one, and
// notes that.
func (b *builder) named(r *row, cell string) string {
	theme, sub := b.splitName(r, cell)
	themeID, ok := b.names.themes[theme]
	if !ok {
		taken := map[string]bool{}
		for i := range b.themes {
			if t := &b.themes[i]; t.Name.Zh == theme || t.Name.En == theme || t.ID == theme {
				themeID = t.ID
			}
			taken[b.themes[i].ID] = true
		}
		if themeID == "" {
			themeID = id(theme, "theme", taken)
		}
		b.names.themes[theme] = themeID
	}
	key := [2]string{themeID, sub}
	local, ok := b.names.subs[key]
	if ok {
		return themeID + "/" + local
	}
	taken := map[string]bool{}
	for _, s := range b.order {
		if s.theme == themeID {
			taken[strings.TrimPrefix(s.ID, themeID+"/")] = true
		}
	}
	for k, used := range b.names.subs {
		if k[0] == themeID {
			taken[used] = true
		}
	}
	local = id(sub, "sub", taken)
	b.names.subs[key] = local
	full := themeID + "/" + local
	b.nameOf[full] = dict.Name{Zh: printable(sub)}
	if t := b.theme(themeID); t.Name.Zh == "" && t.Name.En == "" {
		t.Name.Zh = printable(theme)
	}
	b.notes.add(noteIDs, b.notes.place(r.at(colSubTheme), cell+" = "+full))
	return full
}

// known returns the sub-theme that a cell names, or nil: by a name that only one has,
// or by 主题/子主题.
func (b *builder) known(cell string) *subTheme {
	var found *subTheme
	theme, sub, both := strings.Cut(strings.ReplaceAll(cell, "／", "/"), "/")
	for _, s := range b.order {
		t := b.theme(s.theme)
		same := s.Name.Zh == cell || s.Name.En == cell
		if both {
			same = same || (s.Name.Zh == sub || s.Name.En == sub) && (t.Name.Zh == theme || t.Name.En == theme || t.ID == theme)
		}
		if same && found != nil {
			return nil
		}
		if same {
			found = s
		}
	}
	return found
}
