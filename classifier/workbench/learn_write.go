package workbench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
)

// dictionary makes a dictionary of the learned words. It also returns the id of each
// class.
func (l *learner) dictionary(words []learned, thresholds []float64) (*dict.Dictionary, []string, error) {
	ids := l.ids()
	var themes []dict.Theme
	for k, label := range l.labels {
		themeID, _ := splitID(ids[k])
		i := slices.IndexFunc(themes, func(t dict.Theme) bool { return t.ID == themeID })
		if i < 0 {
			i = len(themes)
			themes = append(themes, dict.Theme{ID: themeID, Name: l.themeName(themeID), RelativeThreshold: l.priorTheme(themeID).RelativeThreshold})
		}
		s := dict.SubTheme{ID: ids[k], Threshold: thresholds[k], Keywords: keywordsOf(words, k)}
		if l.single {
			s.Name = dict.Name{Zh: label, En: label}
		}
		if p := l.priorOf(label); p != nil {
			s.Name, s.Aspect, s.Examples = p.Name, p.Aspect, p.Examples
		}
		if len(s.Keywords) == 0 {
			return nil, nil, fmt.Errorf("learn: no word marks %s; it has %d messages", label, l.support[k])
		}
		themes[i].SubThemes = append(themes[i].SubThemes, s)
	}
	for i := range themes {
		themes[i].File = themes[i].ID + ".yaml"
		dropForeignExamples(&themes[i], ids)
	}
	d, err := dict.New(themes)
	return d, ids, err
}

// dropForeignExamples keeps only those of the prior's examples whose sub-themes all
// exist in the new dictionary.
func dropForeignExamples(t *dict.Theme, ids []string) {
	for i := range t.SubThemes {
		s := &t.SubThemes[i]
		s.Examples = slices.DeleteFunc(slices.Clone(s.Examples), func(e dict.Example) bool {
			for _, id := range slices.Concat(e.Expect, e.Forbid) {
				if !slices.Contains(ids, id) {
					return true
				}
			}
			return false
		})
	}
}

// ids returns the full id of each class. A theme is its own id. A label gets the id
// of the prior's sub-theme of this name; or learned/label, if the label is valid in
// an id; or learned/label_n, where n is its rank among the sorted labels.
func (l *learner) ids() []string {
	out := make([]string, len(l.labels))
	for k, label := range l.labels {
		switch p := l.priorOf(label); {
		case !l.single:
			out[k] = label
		case p != nil && !slices.Contains(out, p.ID):
			out[k] = p.ID
		case plainID.MatchString(label) && !strings.HasPrefix(label, "label_"):
			out[k] = "learned/" + label
		default:
			out[k] = fmt.Sprintf("learned/label_%d", k+1)
		}
	}
	return out
}

func (l *learner) themeName(id string) dict.Name {
	if t := l.priorTheme(id); t.ID == id {
		return t.Name
	}
	if l.single && id == "learned" {
		return dict.Name{Zh: "学得", En: "Learned"}
	}
	return dict.Name{Zh: id, En: id}
}

// priorTheme returns the prior's theme with this id, or the zero Theme.
func (l *learner) priorTheme(id string) dict.Theme {
	if l.Prior != nil {
		for _, t := range l.Prior.Themes {
			if t.ID == id {
				return t
			}
		}
	}
	return dict.Theme{}
}

// keywordsOf returns the keywords of a class, sorted by descending weight.
func keywordsOf(words []learned, class int) []dict.Keyword {
	var out []dict.Keyword
	for _, w := range words {
		if w.class == class {
			k := w.Keyword
			k.Weight = w.weight
			k.Pos = dict.Position{}
			out = append(out, k)
		}
	}
	slices.SortStableFunc(out, func(a, b dict.Keyword) int {
		return cmp.Or(-cmp.Compare(a.Weight, b.Weight), cmp.Compare(a.Word, b.Word))
	})
	return out
}
