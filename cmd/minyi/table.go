package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"

	"github.com/minyi/minyi/pipeline"
)

// writeJSON writes v as one line on standard output, Chinese as it is.
func (a *app) writeJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// words are what a table says, by language.
type words struct {
	theme, primary, share, ofTheme, any         string
	tagged, untagged, rejected, missing, stored string
}

var tableWords = map[string]words{
	"en": {
		theme: "theme", primary: "primary", share: "share", ofTheme: "of theme", any: "any",
		tagged: "tagged", untagged: "untagged", rejected: "rejected", missing: "missing", stored: "stored",
	},
	"zh": {
		theme: "主题", primary: "主要", share: "占已归类", ofTheme: "占本主题", any: "涉及",
		tagged: "已归类", untagged: "未归类", rejected: "不计入", missing: "缺失", stored: "收到",
	},
}

// barWidth is the width of the widest bar, in columns.
const barWidth = 20

// writeCounts prints a snapshot as a table of at most 80 columns: themes and
// their sub-themes with the suggestions of which they are the primary, the
// share of these among all tagged ones and within the theme, and the
// suggestions that mention them at all; below it the sum that must hold.
func (a *app) writeCounts(s *pipeline.Snapshot, o pipeline.Outline) {
	w := tableWords[a.lang]
	t := newTable(w.theme, w.primary, w.share, w.ofTheme, w.any, "")
	largest := uint64(1)
	for i := range s.Themes {
		largest = max(largest, s.Themes[i].Primary)
	}
	for i := range s.Themes {
		theme := &s.Themes[i]
		t.Row(a.name(o, theme.ID), count(theme.Primary), percent(theme.Primary, s.Tagged), "", count(theme.Any), bar(theme.Primary, largest))
		for _, sub := range theme.SubThemes {
			t.Row("  "+a.name(o, sub.ID), count(sub.Primary), percent(sub.Primary, s.Tagged),
				percent(sub.Primary, theme.Primary), count(sub.Any), bar(sub.Primary, largest))
		}
	}
	a.writeTable(t)
	fmt.Fprintf(a.stdout, "\n%s %s + %s %s + %s %s + %s %s = %s %s\n",
		w.tagged, count(s.Tagged), w.untagged, count(s.Untagged), w.rejected, count(s.Rejected),
		w.missing, count(s.Missing), w.stored, count(s.Stored))
}

// writeRows prints one row a group, the largest first where order says nothing.
func (a *app) writeRows(rows []pipeline.Row, by string, outline pipeline.Outline) {
	w := tableWords[a.lang]
	if pipeline.Dimension(by) != pipeline.ByDay {
		slices.SortStableFunc(rows, func(x, y pipeline.Row) int { return cmp.Compare(y.Primary, x.Primary) })
	}
	t := newTable(by, w.primary, w.any, "")
	largest := uint64(1)
	for _, r := range rows {
		largest = max(largest, r.Primary)
	}
	for _, r := range rows {
		t.Row(a.rowName(outline, by, r.ID), count(r.Primary), count(r.Any), bar(r.Primary, largest))
	}
	a.writeTable(t)
}

// newTable returns a table without lines: names on the left, numbers on the
// right of their columns, bars last.
func newTable(headers ...string) *table.Table {
	left := lipgloss.NewStyle()
	right := left.AlignHorizontal(lipgloss.Right).PaddingLeft(2)
	return table.New().
		Border(lipgloss.HiddenBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).
		Headers(headers...).
		StyleFunc(func(_, col int) lipgloss.Style {
			switch col {
			case 0:
				return left
			case len(headers) - 1:
				return left.PaddingLeft(2)
			default:
				return right
			}
		})
}

// writeTable prints a table without the space that pads its last column.
func (a *app) writeTable(t *table.Table) {
	for _, line := range strings.Split(t.Render(), "\n") {
		fmt.Fprintln(a.stdout, strings.TrimRight(line, " "))
	}
}

// name is what a theme or sub-theme is called in the chosen language; its id
// where the outline does not know it.
func (a *app) name(o pipeline.Outline, id string) string {
	for _, t := range o {
		if t.ID == id {
			return a.inLanguage(t.Zh, t.En)
		}
		for _, s := range t.SubThemes {
			if s.ID == id {
				return a.inLanguage(s.Zh, s.En)
			}
		}
	}
	return id
}

func (a *app) inLanguage(zh, en string) string {
	if a.lang == "zh" {
		return zh
	}
	return en
}

// count writes a number with its thousands apart: 8,542,000.
func count(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent is the share of n in all with one digit: 33.4%.
func percent(n, all uint64) string {
	if all == 0 {
		return "–"
	}
	return strconv.FormatFloat(100*float64(n)/float64(all), 'f', 1, 64) + "%"
}

// bar draws n of largest in eighths of a column.
func bar(n, largest uint64) string {
	eighths := int(n * barWidth * 8 / largest)
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}
