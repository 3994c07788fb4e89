package workbench

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
)

// What a dictionary has that is learned from nothing. Thresholds are 1, so that a
// weight of 1 is enough in a short text, and rise with the length of a text, because
// a long one mentions what it is not about.
const (
	learnedLength   = 20
	learnedRelative = 0.6
)

// extend makes base: the prior, or nothing, and a sub-theme without keywords for each
// label that it lacks. It returns the id of each label's sub-theme.
//
// A label is a sub-theme of the prior if it is its id or its Chinese name. Otherwise
// themes must be written theme/sub-theme, and a plain label becomes a sub-theme of
// the theme learned.
func (l *learner) extend(said map[string]bool) (map[string]string, error) {
	base := &dict.Dictionary{}
	if l.Prior != nil {
		base.Themes = slices.Clone(l.Prior.Themes)
		for i := range base.Themes {
			base.Themes[i].SubThemes = slices.Clone(base.Themes[i].SubThemes)
		}
	}
	names := idsByName(base)
	idOf := map[string]string{}
	known := 0
	for i, label := range slices.Sorted(maps.Keys(said)) {
		_, _, is := base.Lookup(label)
		id, named := names[label]
		switch {
		case is:
			id = label
			known++
		case named:
			known++
		case !l.single && !subThemeID.MatchString(label):
			return nil, fmt.Errorf("learn: %q is not theme/sub-theme; %s", label, meant(nearestSubTheme(base, label))+"minyi dict show lists the sub-themes")
		case !l.single:
			id = label
			addSubTheme(base, id, dict.Name{})
		default:
			id = fmt.Sprintf("learned/label_%d", i+1)
			if plainID.MatchString(label) && !strings.HasPrefix(label, "label_") {
				id = "learned/" + label
			}
			addSubTheme(base, id, dict.Name{Zh: label, En: label})
		}
		idOf[label] = id
	}
	if l.Prior != nil && known == 0 {
		return nil, fmt.Errorf("learn: the prior has no sub-theme for any of the labels, neither by id nor by name")
	}
	l.base = base
	return idOf, nil
}

// addSubTheme adds a sub-theme without keywords, and its theme if there is none.
func addSubTheme(d *dict.Dictionary, id string, name dict.Name) {
	themeID, sub := splitID(id)
	if name == (dict.Name{}) {
		name = dict.Name{Zh: sub, En: sub}
	}
	i := slices.IndexFunc(d.Themes, func(t dict.Theme) bool { return t.ID == themeID })
	if i < 0 {
		i = len(d.Themes)
		t := dict.Theme{
			ID: themeID, Name: dict.Name{Zh: themeID, En: themeID}, File: themeID + ".yaml",
			RelativeThreshold: learnedRelative, ThresholdLength: learnedLength,
		}
		if themeID == "learned" {
			t.Name = dict.Name{Zh: "学得", En: "Learned"}
		}
		d.Themes = append(d.Themes, t)
	}
	d.Themes[i].SubThemes = append(d.Themes[i].SubThemes, dict.SubTheme{ID: id, Name: name, Threshold: 1})
}
