package pipeline

import "github.com/minyi/minyi/dict"

// ThemeTree is what a reader of counts needs to know about a dictionary: its ids in
// order, and their names. It is stored beside the counts, so that a reader needs no
// dictionary.
type ThemeTree []TreeTheme

// TreeTheme is a theme of a [ThemeTree].
type TreeTheme struct {
	ID        string         `json:"id"`
	Zh        string         `json:"zh,omitempty"`
	En        string         `json:"en,omitempty"`
	SubThemes []TreeSubTheme `json:"subthemes"`
}

// TreeSubTheme is a sub-theme of a [ThemeTree].
type TreeSubTheme struct {
	ID     string `json:"id"`
	Zh     string `json:"zh,omitempty"`
	En     string `json:"en,omitempty"`
	Aspect string `json:"aspect,omitempty"`
}

// NewThemeTree returns the tree of d.
func NewThemeTree(d *dict.Dictionary) ThemeTree {
	o := make(ThemeTree, 0, len(d.Themes))
	for _, t := range d.Themes {
		ot := TreeTheme{ID: t.ID, Zh: t.Name.Zh, En: t.Name.En, SubThemes: make([]TreeSubTheme, 0, len(t.SubThemes))}
		for _, s := range t.SubThemes {
			ot.SubThemes = append(ot.SubThemes, TreeSubTheme{ID: s.ID, Zh: s.Name.Zh, En: s.Name.En, Aspect: s.Aspect})
		}
		o = append(o, ot)
	}
	return o
}

// Themes returns the counts in the order of the tree. Ids that have no cell count
// zero.
func (o ThemeTree) Themes(t *Totals) []ThemeCount {
	out := make([]ThemeCount, 0, len(o))
	for _, th := range o {
		n := t.sum(KindTheme, th.ID)
		tc := ThemeCount{ID: th.ID, Primary: n.Primary, Any: n.Any, SubThemes: make([]SubThemeCount, 0, len(th.SubThemes))}
		for _, s := range th.SubThemes {
			n := t.sum(KindSubTheme, s.ID)
			tc.SubThemes = append(tc.SubThemes, SubThemeCount{ID: s.ID, Primary: n.Primary, Any: n.Any})
		}
		out = append(out, tc)
	}
	return out
}
