package workbench

import (
	"io"
	"maps"
	"slices"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
)

// Agreement says how far people who labelled the same texts agree. Each decision is
// whether a sub-theme is right for a text: there is one for each text and sub-theme that
// somebody named for any text.
type Agreement struct {
	Texts     int              `json:"texts"`  // distinct ones
	Common    int              `json:"common"` // that two people or more labelled
	Labellers []Labeller       `json:"labellers"`
	Pairs     []LabellerPair   `json:"pairs"`           // with texts in common
	Alpha     *float64         `json:"alpha,omitempty"` // over all decisions; nil where nothing varies
	SubThemes []SubThemeAgreed `json:"subthemes"`       // that somebody named for a common text
}

// Labeller is somebody who labelled texts.
type Labeller struct {
	By    string `json:"by"`
	Texts int    `json:"texts"`
}

// LabellerPair compares two people on the texts that both labelled.
type LabellerPair struct {
	A     string `json:"a"`
	B     string `json:"b"`
	Texts int    `json:"texts"`
	// MicroF1 is 2 x what both named / what either named, summed: the F1 of one against
	// the other, whichever is taken for right.
	MicroF1 float64 `json:"micro_f1"`
	// Kappa is Cohen's: (po - pe) / (1 - pe), where po is the share of decisions that
	// are equal, and pe what it would be by chance, if each said yes as often as they
	// do (Cohen, A Coefficient of Agreement for Nominal Scales, Educational and
	// Psychological Measurement 20(1), 1960). Nil where neither varies.
	Kappa *float64 `json:"kappa,omitempty"`
}

// SubThemeAgreed is the agreement about one sub-theme.
type SubThemeAgreed struct {
	ID    string   `json:"id"`
	Named int      `json:"named"` // common texts for which somebody named it
	All   int      `json:"all"`   // of those, texts for which all who labelled them did
	Alpha *float64 `json:"alpha,omitempty"`
	// Kappa is the mean of Cohen's kappa over the pairs of labellers for whom it is
	// defined (Light, Measures of Response Agreement for Qualitative Data, Psychological
	// Bulletin 76(5), 1971); nil where it is for none.
	Kappa *float64 `json:"kappa,omitempty"`
}

// LeastAlpha is below what labels are too uncertain to judge a dictionary by: the lowest
// limit for tentative conclusions of Krippendorff, Content Analysis, 2nd edition 2004,
// section 11.4.2.
const LeastAlpha = 0.667

// FewestCommon is how many texts two people must both have labelled before their
// agreement is judged.
const FewestCommon = 20

// TooLow reports whether the agreement is shown to be too low to judge a dictionary by.
func (a *Agreement) TooLow() bool {
	return a != nil && a.Common >= FewestCommon && a.Alpha != nil && *a.Alpha < LeastAlpha
}

// decisions counts the values of one yes-or-no question over units, as Krippendorff's
// alpha needs them.
type decisions struct{ yes, no, unequal float64 }

// add adds a unit that yes of n people answer with yes, n >= 2.
func (d *decisions) add(yes, n int) {
	d.yes += float64(yes)
	d.no += float64(n - yes)
	d.unequal += float64(yes*(n-yes)) / float64(n-1)
}

// alpha is Krippendorff's alpha for two nominal values, where not everybody answered
// each unit: 1 - (n-1) o01 / (n0 n1), with o01 from the coincidence matrix (Krippendorff,
// 2004, section 11.3). It is nil where all answers are the same.
func (d *decisions) alpha() *float64 {
	if d.yes == 0 || d.no == 0 {
		return nil
	}
	x := 1 - (d.yes+d.no-1)*d.unequal/(d.yes*d.no)
	return &x
}

// agreement is nil where no text has two labellers.
func agreement(d *dict.Dictionary, labels []GoldLabel) *Agreement {
	a := &Agreement{Pairs: []LabellerPair{}, SubThemes: []SubThemeAgreed{}}
	texts := map[string]int{}
	named := map[string]bool{}
	var common [][]GoldLabel
	for _, of := range byText(labels) {
		a.Texts++
		for _, l := range of {
			if l.By != "" {
				texts[l.By]++
			}
			for _, id := range l.Themes {
				named[id] = true
			}
		}
		if len(of) > 1 {
			common = append(common, of)
		}
	}
	if a.Common = len(common); a.Common == 0 {
		return nil
	}
	for _, by := range slices.Sorted(maps.Keys(texts)) {
		a.Labellers = append(a.Labellers, Labeller{by, texts[by]})
	}
	ids := orderedIDs(d, named)
	var all decisions
	for _, id := range ids {
		var of decisions
		s := SubThemeAgreed{ID: id}
		for _, labels := range common {
			yes := 0
			for _, l := range labels {
				if slices.Contains(l.Themes, id) {
					yes++
				}
			}
			of.add(yes, len(labels))
			all.add(yes, len(labels))
			if yes > 0 {
				s.Named++
			}
			if yes == len(labels) {
				s.All++
			}
		}
		if s.Alpha = of.alpha(); s.Named > 0 {
			a.SubThemes = append(a.SubThemes, s)
		}
	}
	a.Alpha = all.alpha()
	a.pairs(common, len(ids))
	return a
}

// orderedIDs returns ids in the order of the dictionary, then those that it lacks.
func orderedIDs(d *dict.Dictionary, named map[string]bool) (ids []string) {
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		if named[s.ID] {
			ids = append(ids, s.ID)
		}
	})
	for _, id := range slices.Sorted(maps.Keys(named)) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// pairs compares every two labellers on the texts that both labelled. Each text has so
// many decisions.
func (a *Agreement) pairs(common [][]GoldLabel, decisionsOfText int) {
	for i := range a.Labellers {
		for j := i + 1; j < len(a.Labellers); j++ {
			p := LabellerPair{A: a.Labellers[i].By, B: a.Labellers[j].By}
			both, yesA, yesB := 0, 0, 0
			eachBoth(common, p.A, p.B, func(x, y []string) {
				p.Texts++
				yesA += len(x)
				yesB += len(y)
				for _, id := range x {
					if slices.Contains(y, id) {
						both++
					}
				}
			})
			if p.Texts == 0 {
				continue
			}
			if p.MicroF1 = 1; yesA+yesB > 0 {
				p.MicroF1 = ratio(2*both, yesA+yesB)
			}
			p.Kappa = kappa(both, yesA, yesB, p.Texts*decisionsOfText)
			a.Pairs = append(a.Pairs, p)
		}
	}
	for i := range a.SubThemes {
		a.SubThemes[i].Kappa = a.meanKappa(common, a.SubThemes[i].ID)
	}
}

// eachBoth calls visit with the sub-themes that two people gave each text that both labelled.
func eachBoth(common [][]GoldLabel, a, b string, visit func(x, y []string)) {
	for _, labels := range common {
		x := slices.IndexFunc(labels, func(l GoldLabel) bool { return l.By == a })
		y := slices.IndexFunc(labels, func(l GoldLabel) bool { return l.By == b })
		if x >= 0 && y >= 0 {
			visit(labels[x].Themes, labels[y].Themes)
		}
	}
}

// meanKappa is the mean kappa of the pairs about one sub-theme.
func (a *Agreement) meanKappa(common [][]GoldLabel, id string) *float64 {
	sum, n := 0.0, 0
	for _, p := range a.Pairs {
		texts, both, yesA, yesB := 0, 0, 0, 0
		eachBoth(common, p.A, p.B, func(x, y []string) {
			texts++
			inX, inY := slices.Contains(x, id), slices.Contains(y, id)
			if inX {
				yesA++
			}
			if inY {
				yesB++
			}
			if inX && inY {
				both++
			}
		})
		if k := kappa(both, yesA, yesB, texts); k != nil {
			sum, n = sum+*k, n+1
		}
	}
	if n == 0 {
		return nil
	}
	mean := sum / float64(n)
	return &mean
}

// kappa is Cohen's kappa of n decisions, of which a and b are yes for the one and the
// other, and both for both.
func kappa(both, a, b, n int) *float64 {
	if n == 0 {
		return nil
	}
	observed := ratio(n-a-b+2*both, n)
	chance := ratio(a, n)*ratio(b, n) + ratio(n-a, n)*ratio(n-b, n)
	if chance == 1 {
		return nil
	}
	x := (observed - chance) / (1 - chance)
	return &x
}

// Text writes the agreement for a terminal of 80 columns.
func (a *Agreement) Text(w io.Writer, r Reader) error {
	p := page{Reader: r}
	a.text(&p)
	_, err := io.WriteString(w, p.String())
	return err
}

// text writes the agreement for a terminal of 80 columns.
func (a *Agreement) text(p *page) {
	p.writef("\nAgreement of the labellers, on %s of %s texts\n", textfmt.Count(a.Common), textfmt.Count(a.Texts))
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("labellers"), MinWidth: shortName}, {Title: p.say("texts"), Right: true}, {Title: p.say("micro-F1"), Right: true}, {Title: "kappa", Right: true},
	}}
	for _, x := range a.Pairs {
		t.Row(x.A+" + "+x.B, textfmt.Count(x.Texts), textfmt.Score(x.MicroF1), scoreOr(x.Kappa))
	}
	p.WriteString(t.String())
	p.WriteByte('\n')
	t = textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("sub-theme"), MinWidth: shortName}, {Title: p.say("named"), Right: true}, {Title: p.say("by all"), Right: true}, {Title: "kappa", Right: true}, {Title: "alpha", Right: true},
	}}
	for _, s := range a.SubThemes {
		t.Row(p.name(s.ID), textfmt.Count(s.Named), textfmt.Count(s.All), scoreOr(s.Kappa), scoreOr(s.Alpha))
	}
	t.Row(p.say("all sub-themes"), "", "", "", scoreOr(a.Alpha))
	p.WriteString(t.String())
	p.writef("kappa: Cohen 1960; alpha: Krippendorff 2004, below %s too low to judge by\n", textfmt.Score(LeastAlpha))
}

func scoreOr(x *float64) string {
	if x == nil {
		return "–"
	}
	return textfmt.Score(*x)
}
