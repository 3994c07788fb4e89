package workbench

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
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
	lent := base // whose names labels may use
	if l.Prior == nil && l.Names != nil {
		lent = l.Names
	}
	names := idsByName(lent)
	idOf := map[string]string{}
	known := 0
	var foreign, unclear []string
	for i, label := range slices.Sorted(maps.Keys(said)) {
		_, _, is := base.Lookup(label)
		id, named := names[label]
		switch {
		case is:
			id = label
			known++
		case named && l.Prior != nil:
			known++
		case named && !l.single:
			l.addNamed(base, lent, id)
		case !l.single && !subThemeID.MatchString(label):
			unclear = append(unclear, label)
		case l.Prior != nil && !l.NewSubThemes:
			foreign = append(foreign, label)
		case !l.single:
			id = label
			l.addNamed(base, lent, id)
		default:
			id = fmt.Sprintf("learned/label_%d", i+1)
			if plainID.MatchString(label) && !strings.HasPrefix(label, "label_") {
				id = "learned/" + label
			}
			l.addSubTheme(base, id, dict.Name{Zh: label, En: label})
		}
		idOf[label] = id
	}
	if len(unclear) > 0 {
		return nil, phrase.Errorf("learn: neither theme/sub-theme nor the name of one: %s; minyi dict show lists the sub-themes", l.list(unclear, lent))
	}
	if l.Prior != nil && known == 0 {
		return nil, phrase.Errorf("learn: the prior has no sub-theme for any of the labels, neither by id nor by name")
	}
	if len(foreign) > 0 {
		return nil, phrase.Errorf("%w: %s", ErrUnknownLabels, l.list(foreign, l.Prior))
	}
	l.base = base
	return idOf, nil
}

// list lists labels that are no sub-theme of d, and where they are. A label that is like a
// sub-theme is asked about.
func (l *learner) list(labels []string, d *dict.Dictionary) phrase.Text {
	const shown = 10
	messages, line := map[string]int{}, map[string]int{}
	for _, s := range l.samples {
		for _, label := range s.said {
			if messages[label]++; messages[label] == 1 {
				line[label] = s.line
			}
		}
	}
	var list phrase.Text
	for i, label := range labels[:min(shown, len(labels))] {
		said := phrase.Textf("%s (%d times, first in line %d)", label, messages[label], line[label])
		if like := nearestSubTheme(d, label); like != "" {
			said = phrase.Textf("%s, did you mean %s?", said, like)
		}
		if list = phrase.Textf("%s; %s", list, said); i == 0 {
			list = said
		}
	}
	if more := len(labels) - shown; more > 0 {
		list = phrase.Textf("%s; and %d more", list, more)
	}
	return list
}

// ErrUnknownLabels says that messages have labels for which the prior has no sub-theme,
// neither by id nor by name.
var ErrUnknownLabels = phrase.New("the dictionary has no sub-theme for")

// addNamed adds a sub-theme if it is not there, with the names that the other dictionary
// has for it and its theme, or its id.
func (l *learner) addNamed(d, names *dict.Dictionary, id string) {
	if _, _, is := d.Lookup(id); is {
		return
	}
	theme, sub, ok := names.Lookup(id)
	if !ok {
		l.addSubTheme(d, id, dict.Name{})
		return
	}
	at := len(d.Themes)
	l.addSubTheme(d, id, names.Themes[theme].SubThemes[sub].Name)
	if len(d.Themes) > at {
		d.Themes[at].Name = names.Themes[theme].Name
	}
}

// addSubTheme adds a sub-theme without keywords, and its theme if there is none. Its
// threshold is that of its theme.
func (l *learner) addSubTheme(d *dict.Dictionary, id string, name dict.Name) {
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
	if l.Prior != nil {
		l.added = append(l.added, id)
	}
	d.Themes[i].SubThemes = append(d.Themes[i].SubThemes, dict.SubTheme{ID: id, Name: name, Threshold: d.Themes[i].UsualThreshold()})
}
