package workbench

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// Difference is what changed from dictionary A to dictionary B.
type Difference struct {
	A         string            `json:"a"` // versions
	B         string            `json:"b"`
	Themes    []ThemeChange     `json:"themes,omitempty"` // in the order of A, then new ones
	SubThemes []SubThemeChange  `json:"subthemes"`        // in the order of A, then new ones
	Corpus    *CorpusDifference `json:"corpus,omitempty"`
}

// ThemeChange is what changed in a theme besides its sub-themes. Themes without
// such a change are left out.
type ThemeChange struct {
	ID                 string     `json:"id"`
	RelativeThresholds [2]float64 `json:"relative_thresholds"` // before and after; 0 where the theme does not exist
	ThresholdLengths   [2]int     `json:"threshold_lengths"`   // likewise
	TitleWeights       [2]int     `json:"title_weights"`       // before and after; 0 where there is none
}

// SubThemeChange is what changed in one sub-theme; those without a change are
// left out.
type SubThemeChange struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"` // added, removed or changed
	Thresholds *[2]float64     `json:"thresholds,omitempty"`
	Aspects    *[2]string      `json:"aspects,omitempty"` // before and after; counts by aspect depend on it
	Keywords   []KeywordChange `json:"keywords"`          // sorted by keyword
}

// KeywordChange is a change of one keyword.
type KeywordChange struct {
	Keyword string  `json:"keyword"`
	Kind    string  `json:"kind"` // added, removed, reweighted, or changed: its options
	From    float64 `json:"from"` // weights; 0 where the keyword does not exist
	To      float64 `json:"to"`
}

// Kinds of changes.
const (
	Added      = "added"
	Removed    = "removed"
	Changed    = "changed"
	Reweighted = "reweighted"
)

// CompareDictionaries returns what changed from a to b. Sub-themes are compared by
// their id, keywords by their normal form (rules by their words in any order).
// Names and examples do not affect counts and are not compared.
func CompareDictionaries(a, b *dict.Dictionary) *Difference {
	d := &Difference{A: a.Version(), B: b.Version(), SubThemes: []SubThemeChange{}}
	d.Themes = compareThemes(a, b)
	before, after := subThemesOf(a), subThemesOf(b)
	eachSubTheme(a, func(_, _ int, s *dict.SubTheme) {
		t := after[s.ID]
		if c := compareSubThemes(s.ID, s, t); c != nil {
			d.SubThemes = append(d.SubThemes, *c)
		}
	})
	eachSubTheme(b, func(_, _ int, s *dict.SubTheme) {
		if before[s.ID] == nil {
			d.SubThemes = append(d.SubThemes, *compareSubThemes(s.ID, nil, s))
		}
	})
	return d
}

// compareThemes returns the themes of which a key of the theme itself changed.
func compareThemes(a, b *dict.Dictionary) []ThemeChange {
	var ids []string
	changes := map[string]*ThemeChange{}
	for side, d := range []*dict.Dictionary{a, b} {
		for i := range d.Themes {
			t := &d.Themes[i]
			if changes[t.ID] == nil {
				ids = append(ids, t.ID)
				changes[t.ID] = &ThemeChange{ID: t.ID}
			}
			c := changes[t.ID]
			c.RelativeThresholds[side], c.ThresholdLengths[side], c.TitleWeights[side] = t.RelativeThreshold, t.ThresholdLength, t.TitleWeight
		}
	}
	var out []ThemeChange
	for _, id := range ids {
		c := changes[id]
		if c.RelativeThresholds[0] != c.RelativeThresholds[1] || c.ThresholdLengths[0] != c.ThresholdLengths[1] || c.TitleWeights[0] != c.TitleWeights[1] {
			out = append(out, *c)
		}
	}
	return out
}

func subThemesOf(d *dict.Dictionary) map[string]*dict.SubTheme {
	out := map[string]*dict.SubTheme{}
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) { out[s.ID] = s })
	return out
}

// compareSubThemes returns nil if nothing changed. One of a and b may be nil.
func compareSubThemes(id string, a, b *dict.SubTheme) *SubThemeChange {
	c := &SubThemeChange{ID: id, Kind: Changed, Keywords: []KeywordChange{}}
	var before, after []dict.Keyword
	switch {
	case a == nil:
		c.Kind, after = Added, b.Keywords
	case b == nil:
		c.Kind, before = Removed, a.Keywords
	default:
		before, after = a.Keywords, b.Keywords
		if a.Threshold != b.Threshold {
			c.Thresholds = &[2]float64{a.Threshold, b.Threshold}
		}
		if a.Aspect != b.Aspect {
			c.Aspects = &[2]string{a.Aspect, b.Aspect}
		}
	}
	old, now := keywordsByKey(before), keywordsByKey(after)
	for key, k := range old {
		if change := compareKeywords(k, now[key]); change != nil {
			c.Keywords = append(c.Keywords, *change)
		}
	}
	for key, k := range now {
		if old[key] == nil {
			c.Keywords = append(c.Keywords, *compareKeywords(nil, k))
		}
	}
	slices.SortFunc(c.Keywords, func(x, y KeywordChange) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Keyword, y.Keyword))
	})
	if c.Kind == Changed && c.Thresholds == nil && c.Aspects == nil && len(c.Keywords) == 0 {
		return nil
	}
	return c
}

func compareKeywords(a, b *dict.Keyword) *KeywordChange {
	switch {
	case a == nil:
		return &KeywordChange{keywordName(b), Added, 0, b.Weight}
	case b == nil:
		return &KeywordChange{keywordName(a), Removed, a.Weight, 0}
	case a.Weight != b.Weight:
		return &KeywordChange{keywordName(b), Reweighted, a.Weight, b.Weight}
	case a.Whole != b.Whole || a.Token != b.Token || a.Within != b.Within || !slices.Equal(normalForms(a.Unless), normalForms(b.Unless)):
		return &KeywordChange{keywordName(b), Changed, a.Weight, b.Weight}
	}
	return nil
}

func keywordsByKey(words []dict.Keyword) map[string]*dict.Keyword {
	out := map[string]*dict.Keyword{}
	for i := range words {
		out[keywordKey(&words[i])] = &words[i]
	}
	return out
}

// keywordKey is equal for keywords that match the same: for a word its normal form,
// for a rule the sorted normal forms of its words and its reach.
func keywordKey(k *dict.Keyword) string {
	if len(k.All) == 0 {
		return classifier.Normalize(k.Word)
	}
	return strings.Join(normalForms(k.All), "\x00") + fmt.Sprintf("\x00\x00%d", k.Within)
}

func normalForms(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = classifier.Normalize(w)
	}
	sort.Strings(out)
	return out
}
