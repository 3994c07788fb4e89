package exchange

import (
	"strconv"
	"strings"

	"github.com/minyi/minyi/dict"
)

// subThemeRow, keywordRow and exampleRow write a part of a dictionary to cells.
// Default values are left empty. Every sub-theme has its threshold, so that one without is
// new, also where somebody changes that of another.

func subThemeRow(t *dict.Theme, s *dict.SubTheme) (r row) {
	r.cells[colKind] = kindSubTheme
	r.cells[colSubTheme] = s.ID
	r.cells[colZh], r.cells[colEn] = s.Name.Zh, s.Name.En
	r.cells[colThemeZh], r.cells[colThemeEn] = t.Name.Zh, t.Name.En
	if t.RelativeThreshold != 0 {
		r.cells[colRelative] = decimal(t.RelativeThreshold)
	}
	if t.ThresholdLength != 0 {
		r.cells[colLength] = strconv.Itoa(t.ThresholdLength)
	}
	if t.TitleWeight > 1 {
		r.cells[colTitle] = strconv.Itoa(t.TitleWeight)
	}
	r.cells[colAspect] = s.Aspect
	r.cells[colThreshold] = decimal(s.Threshold)
	return r
}

func keywordRow(s *dict.SubTheme, k *dict.Keyword) (r row) {
	r.cells[colKind] = kindKeyword
	r.cells[colSubTheme] = s.ID
	r.cells[colKeyword] = k.Word
	if k.Weight != 1 {
		r.cells[colWeight] = decimal(k.Weight)
	}
	if k.Whole {
		r.cells[colMatch] = "whole"
	}
	if k.Token {
		r.cells[colToken] = "true"
	}
	r.cells[colUnless] = strings.Join(k.Unless, "\n")
	if len(k.All) > 0 {
		r.cells[colAll] = strings.Join(k.All, "\n")
		r.cells[colWithin] = strconv.Itoa(k.Within)
	}
	return r
}

func exampleRow(s *dict.SubTheme, e *dict.Example) (r row) {
	r.cells[colKind] = kindExample
	r.cells[colSubTheme] = s.ID
	r.cells[colText] = e.Text
	r.cells[colExpect] = strings.Join(e.Expect, "\n")
	if e.Untagged() {
		r.cells[colExpect] = none
	}
	r.cells[colForbid] = strings.Join(e.Forbid, "\n")
	return r
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
