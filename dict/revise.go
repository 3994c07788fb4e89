package dict

import (
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// errUnrevised says that a file cannot be changed in place to say what a theme says.
var errUnrevised = phrase.New("revise theme: the file cannot be changed in place")

// Revise returns a theme file changed so that it says what t says, in the layout of
// [Format]: keywords with other weights or options are written anew in their places,
// those that t lacks are left out, and new ones stand at the end of their sub-themes
// under note, a comment of one line without its #. Comments of src are kept, except those
// behind keywords that are left out, and so are keywords that have not changed.
//
// It is for a theme with the keywords of src in the order of src, and new ones behind
// them; new sub-themes come last. The error is that of Format, or says that t differs
// from src in something else.
func Revise(src []byte, t *Theme, note string) ([]byte, error) {
	f, err := readFormatted(src)
	if err != nil {
		return nil, err
	}
	root := f.attach()
	i := slices.IndexFunc(root.items, func(n *piece) bool { return n.key == "subthemes" })
	if i < 0 || len(t.SubThemes) < len(f.theme.SubThemes) {
		return nil, errUnrevised
	}
	subs := root.items[i]
	for j := range t.SubThemes {
		if j >= len(f.theme.SubThemes) {
			subs.items = append(subs.items, subThemePiece(t, &t.SubThemes[j]))
			continue
		}
		at := slices.IndexFunc(subs.items[j].items, func(n *piece) bool { return n.key == "keywords" })
		if at < 0 {
			return nil, errUnrevised
		}
		reviseKeywords(subs.items[j].items[at], f.theme.SubThemes[j].Keywords, t.SubThemes[j].Keywords, note)
	}
	out := layout(root)
	after, err := readFormatted(out)
	if err != nil {
		return nil, phrase.Errorf("%w: %w", errUnrevised, err)
	}
	says := []Theme{after.theme}
	fillNames(says)
	if !sameTheme(&says[0], t) {
		return nil, errUnrevised
	}
	return out, nil
}

// reviseKeywords changes the list of keywords of a sub-theme.
func reviseKeywords(list *piece, before, after []Keyword, note string) {
	same := func(a, b *Keyword) bool {
		return a.Word == b.Word && a.Within == b.Within && slices.Equal(a.All, b.All)
	}
	var items []*piece
	var head []string // the comments above keywords that are left out
	next := 0
	for i, item := range list.items {
		if next == len(after) || !same(&before[i], &after[next]) {
			head = append(head, item.head...)
			continue
		}
		if !sameKeyword(before[i], after[next]) {
			changed := keywordPiece(&after[next])
			changed.head, changed.tail = item.head, item.tail
			item = changed
		}
		item.head = append(head, item.head...)
		head = nil
		items = append(items, item)
		next++
	}
	for i := range after[next:] {
		item := keywordPiece(&after[next+i])
		if i == 0 {
			item.head = slices.Concat(head, []string{"# " + note})
			head = nil
		}
		items = append(items, item)
	}
	list.items = items
	list.foot = append(head, list.foot...)
}
