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

// A table is at most this many columns wide, and its bars take what the names
// and numbers leave, up to barWidth.
const (
	tableWidth = 80
	barWidth   = 20
)

// writeCounts prints a snapshot as a table of at most 80 columns: themes and
// their sub-themes with the suggestions of which they are the primary, the
// share of these among all tagged ones and within the theme, and the
// suggestions that mention them at all; below it the sum that must hold.
func (a *app) writeCounts(s *pipeline.Snapshot, o pipeline.ThemeTree) {
	w := tableWords[a.lang]
	t := barTable{headers: []string{w.theme, w.primary, w.share, w.ofTheme, w.any}}
	for i := range s.Themes {
		theme := &s.Themes[i]
		t.row(theme.Primary, a.name(o, theme.ID), count(theme.Primary), percent(theme.Primary, s.Tagged), "", count(theme.Any))
		for _, sub := range theme.SubThemes {
			t.row(sub.Primary, "  "+a.name(o, sub.ID), count(sub.Primary), percent(sub.Primary, s.Tagged),
				percent(sub.Primary, theme.Primary), count(sub.Any))
		}
	}
	a.writeTable(&t)
	fmt.Fprintf(a.stdout, "\n%s %s + %s %s + %s %s + %s %s = %s %s\n",
		w.tagged, count(s.Tagged), w.untagged, count(s.Untagged), w.rejected, count(s.Rejected),
		w.missing, count(s.Missing), w.stored, count(s.Stored))
}

// writeRows prints one row a group, the largest first where order says nothing.
func (a *app) writeRows(rows []pipeline.Row, by string, tree pipeline.ThemeTree) {
	w := tableWords[a.lang]
	if pipeline.Dimension(by) != pipeline.ByDay {
		slices.SortStableFunc(rows, func(x, y pipeline.Row) int { return cmp.Compare(y.Primary, x.Primary) })
	}
	t := barTable{headers: []string{by, w.primary, w.any}}
	for _, r := range rows {
		t.row(r.Primary, a.rowName(tree, by, r.ID), count(r.Primary), count(r.Any))
	}
	a.writeTable(&t)
}

// barTable is a table without lines: names on the left, numbers on the right of
// their columns, and a bar behind each row.
type barTable struct {
	headers []string
	rows    [][]string
	bars    []uint64
}

func (t *barTable) row(n uint64, cells ...string) {
	t.rows = append(t.rows, cells)
	t.bars = append(t.bars, n)
}

// render returns the table with bars of at most width columns, 0 for none.
func (t *barTable) render(width int) string {
	left := lipgloss.NewStyle()
	right := left.AlignHorizontal(lipgloss.Right).PaddingLeft(2)
	out := table.New().
		Border(lipgloss.HiddenBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).
		BorderColumn(false).BorderHeader(false).
		Headers(append(slices.Clone(t.headers), "")...).
		StyleFunc(func(_, col int) lipgloss.Style {
			switch col {
			case 0:
				return left
			case len(t.headers):
				return left.PaddingLeft(2)
			default:
				return right
			}
		})
	largest := uint64(1)
	for _, n := range t.bars {
		largest = max(largest, n)
	}
	for i, cells := range t.rows {
		out.Row(append(slices.Clone(cells), bar(t.bars[i], largest, width))...)
	}
	return out.Render()
}

// writeTable prints a table without the space that pads its last column.
func (a *app) writeTable(t *barTable) {
	bare := lipgloss.Width(t.render(0))
	for _, line := range strings.Split(t.render(min(barWidth, max(tableWidth-bare, 0))), "\n") {
		fmt.Fprintln(a.stdout, strings.TrimRight(line, " "))
	}
}

// name is what a theme or sub-theme is called in the chosen language; its id
// where the tree does not know it.
func (a *app) name(o pipeline.ThemeTree, id string) string {
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
func bar(n, largest uint64, width int) string {
	eighths := int(n * uint64(width) * 8 / largest)
	s := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		s += string([]rune("▏▎▍▌▋▊▉")[rest-1])
	}
	return s
}
