package dict

import (
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// New returns a dictionary of themes that a program made. It checks everything that
// Parse checks, but sets only absent names: weights and thresholds must be set. The
// themes are copied. The error is an Errors.
func New(themes []Theme) (*Dictionary, error) {
	c := newChecker()
	if len(themes) == 0 {
		c.fail(NewError(Position{}, phrase.Textf("a dictionary without themes"), phrase.Text{}))
		return c.dictionary()
	}
	c.themes = cloneThemes(themes)
	return c.dictionary()
}

func cloneThemes(themes []Theme) []Theme {
	themes = slices.Clone(themes)
	for i := range themes {
		subs := slices.Clone(themes[i].SubThemes)
		themes[i].SubThemes = subs
		for j := range subs {
			subs[j].Keywords = slices.Clone(subs[j].Keywords)
			for k := range subs[j].Keywords {
				w := &subs[j].Keywords[k]
				w.All, w.Unless = slices.Clone(w.All), slices.Clone(w.Unless)
			}
			subs[j].Examples = slices.Clone(subs[j].Examples)
			for k := range subs[j].Examples {
				e := &subs[j].Examples[k]
				e.Expect, e.Forbid = slices.Clone(e.Expect), slices.Clone(e.Forbid)
			}
		}
	}
	return themes
}
