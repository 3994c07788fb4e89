package workbench

import (
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// NearestSubTheme returns the id of the sub-theme that someone who wrote said probably
// meant, or "".
func NearestSubTheme(d *dict.Dictionary, said string) string { return nearestSubTheme(d, said) }

// nearestSubTheme returns the id of the sub-theme that someone who wrote said probably
// meant, or "".
func nearestSubTheme(d *dict.Dictionary, said string) string {
	var ids, names []string
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		ids = append(ids, s.ID)
		names = append(names, s.Name.Zh)
	})
	if id := dict.Suggest(said, ids); id != "" {
		return id
	}
	name := nearest(said, names)
	for i := range names {
		if name != "" && names[i] == name {
			return ids[i]
		}
	}
	return ""
}

// nearest returns the name that shares most characters with said, at least half of both
// by Dice's coefficient, 2 |A and B| / (|A| + |B|) (Dice, 1945), or "". Edits tell less
// of Chinese names, which are short. Of equally near names it is the first.
func nearest(said string, names []string) (best string) {
	const least = 0.5
	top := 0.0
	for _, name := range names {
		rest, common := []rune(name), 0
		for _, r := range said {
			for i, x := range rest {
				if x == r {
					rest[i] = -1
					common++
					break
				}
			}
		}
		share := 2 * float64(common) / float64(len(rest)+len([]rune(said)))
		if common > 0 && share >= least && share > top {
			best, top = name, share
		}
	}
	return best
}

// meant is a hint, with a blank behind it, that asks whether name was meant; "" has none.
func meant(name string) phrase.Text {
	if strings.TrimSpace(name) == "" {
		return phrase.Text{}
	}
	return phrase.Textf("did you mean %s? ", name)
}
