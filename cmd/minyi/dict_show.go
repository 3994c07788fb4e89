package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// showWords are what minyi dict show says, by language.
type showWords struct {
	theme, id, keywords, examples, threshold string
	keyword, weight, remarks                 string
	whole, token, unless, within             string
	summary, subSummary, relative            string
}

var showWordsOf = map[string]showWords{
	"en": {
		theme: "theme", id: "id", keywords: "keywords", examples: "examples", threshold: "threshold",
		keyword: "keyword", weight: "weight", remarks: "remarks",
		whole: "whole words only", token: "one token", unless: "not in %s", within: "within %d characters",
		summary:    "version %s: %s keywords in %d sub-themes of %d themes",
		subSummary: "%s (%s): %s keywords, %s examples, tagged from %s",
		relative:   "%s of top",
	},
	"zh": {
		theme: "主题", id: "编号", keywords: "关键词", examples: "示例", threshold: "阈值",
		keyword: "关键词", weight: "权重", remarks: "说明",
		whole: "只匹配整词", token: "作为一个词", unless: "不在%s中", within: "相距不超过%d字",
		summary:    "版本 %s：%[5]d 个主题，%[4]d 个子主题，%[3]s 个关键词",
		subSummary: "%s（%s）：%s 个关键词，%s 个示例，得分达到 %s 即归入",
		relative:   "最高分的 %s",
	},
}

func (a *app) dictShowCommand() *cobra.Command {
	var (
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "show [ID]",
		Short: "Show the themes of a dictionary, or the keywords of a sub-theme",
		Long: `Show the themes and sub-themes of a dictionary with the number of their
keywords and examples; with ID, which may be a Chinese name, the keywords of that
sub-theme, the heaviest first.`,
		Example: `  minyi dict show
  minyi dict show livelihood/education --dict mine`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			d, err := loadDict(dir)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.showThemes(d, d.Themes, asJSON)
			}
			for i, t := range d.Themes {
				if t.ID == args[0] || t.Name.Zh == args[0] {
					return a.showThemes(d, d.Themes[i:i+1], asJSON)
				}
			}
			if err := findSubTheme(d, &args[0]); err != nil {
				return err
			}
			t, s, _ := d.Lookup(args[0])
			return a.showKeywords(d.Version(), &d.Themes[t], &d.Themes[t].SubThemes[s], asJSON)
		},
	}
	dictFlag(cmd, &dir)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// nameOf is the name of a theme or sub-theme in the chosen language.
func (a *app) nameOf(n dict.Name) string { return a.inLanguage(n.Zh, n.En) }

// nameJSON is a name as JSON has it.
type nameJSON struct {
	Zh string `json:"zh"`
	En string `json:"en"`
}

// themeJSON is a theme in `minyi dict show --json`.
type themeJSON struct {
	ID        string         `json:"id"`
	Name      nameJSON       `json:"name"`
	Relative  float64        `json:"relative_threshold,omitempty"`
	Length    int            `json:"threshold_length,omitempty"`
	Title     int            `json:"title_weight,omitempty"`
	SubThemes []subThemeJSON `json:"subthemes"`
}

type subThemeJSON struct {
	ID        string   `json:"id"`
	Name      nameJSON `json:"name"`
	Aspect    string   `json:"aspect,omitempty"`
	Threshold float64  `json:"threshold"`
	Keywords  int      `json:"keywords"`
	Examples  int      `json:"examples"`
}

func newSubThemeJSON(s *dict.SubTheme) subThemeJSON {
	return subThemeJSON{s.ID, nameJSON(s.Name), s.Aspect, s.Threshold, len(s.Keywords), len(s.Examples)}
}

// share is a relative threshold in words, "" where there is none.
func (w showWords) share(relative float64) string {
	if relative == 0 {
		return ""
	}
	return fmt.Sprintf(w.relative, textfmt.Weight(relative))
}

// shortName is how many columns of a name are left where a table is too wide.
const shortName = 16

// showThemes prints themes of d with their sub-themes.
func (a *app) showThemes(d *dict.Dictionary, themes []dict.Theme, asJSON bool) error {
	if asJSON {
		out := struct {
			Version string      `json:"version"`
			Themes  []themeJSON `json:"themes"`
		}{Version: d.Version()}
		for _, t := range themes {
			tj := themeJSON{ID: t.ID, Name: nameJSON(t.Name), Relative: t.RelativeThreshold, Length: t.ThresholdLength, Title: t.TitleWeight}
			for i := range t.SubThemes {
				tj.SubThemes = append(tj.SubThemes, newSubThemeJSON(&t.SubThemes[i]))
			}
			out.Themes = append(out.Themes, tj)
		}
		return a.writeStamped(out, pipeline.Stamp{Dict: d.Version()})
	}
	w := showWordsOf[a.lang]
	table := textfmt.Table{Columns: []textfmt.Column{
		{Title: w.theme, MinWidth: shortName},
		{Title: w.id},
		{Title: w.keywords, Right: true},
		{Title: w.examples, Right: true},
		{Title: w.threshold, Right: true},
	}}
	keywords, subs := 0, 0
	for _, t := range themes {
		n, examples := 0, 0
		for _, s := range t.SubThemes {
			n += len(s.Keywords)
			examples += len(s.Examples)
		}
		keywords += n
		subs += len(t.SubThemes)
		table.Row(a.nameOf(t.Name), t.ID, textfmt.Count(n), textfmt.Count(examples), w.share(t.RelativeThreshold))
		for _, s := range t.SubThemes {
			table.Row("  "+a.nameOf(s.Name), s.ID, textfmt.Count(len(s.Keywords)), textfmt.Count(len(s.Examples)), textfmt.Weight(s.Threshold))
		}
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n"+w.summary+"\n", table.String(), d.Version(), textfmt.Count(keywords), subs, len(themes))
	return err
}

// keywordJSON is a keyword in `minyi dict show ID --json`.
type keywordJSON struct {
	Keyword string   `json:"keyword"`
	All     []string `json:"all,omitempty"`
	Within  int      `json:"within,omitempty"`
	Weight  float64  `json:"weight"`
	Whole   bool     `json:"whole,omitempty"`
	Token   bool     `json:"token,omitempty"`
	Unless  []string `json:"unless,omitempty"`
	File    string   `json:"file,omitempty"`
	Line    int      `json:"line,omitempty"`
	Column  int      `json:"column,omitempty"`
}

// showKeywords prints the keywords of sub-theme s of t, the heaviest first.
func (a *app) showKeywords(version string, t *dict.Theme, s *dict.SubTheme, asJSON bool) error {
	sorted := slices.Clone(s.Keywords)
	slices.SortStableFunc(sorted, func(x, y dict.Keyword) int { return cmp.Compare(y.Weight, x.Weight) })
	if asJSON {
		out := struct {
			subThemeJSON
			Relative float64       `json:"relative_threshold,omitempty"`
			Length   int           `json:"threshold_length,omitempty"`
			Title    int           `json:"title_weight,omitempty"`
			List     []keywordJSON `json:"list"`
		}{subThemeJSON: newSubThemeJSON(s), Relative: t.RelativeThreshold, Length: t.ThresholdLength, Title: t.TitleWeight, List: []keywordJSON{}}
		for i := range sorted {
			k := &sorted[i]
			out.List = append(out.List, keywordJSON{
				keywordText(k), k.All, k.Within, k.Weight, k.Whole, k.Token, k.Unless, k.Pos.File, k.Pos.Line, k.Pos.Column,
			})
		}
		return a.writeStamped(out, pipeline.Stamp{Dict: version})
	}
	w := showWordsOf[a.lang]
	table := textfmt.Table{Columns: []textfmt.Column{{Title: w.keyword}, {Title: w.weight, Right: true}, {Title: w.remarks}}}
	for i := range sorted {
		k := &sorted[i]
		table.Row(keywordText(k), textfmt.Weight(k.Weight), keywordRemarks(k, w))
	}
	from := textfmt.Weight(s.Threshold)
	if t.ThresholdLength != 0 {
		from += a.say(" (to %d characters)", t.ThresholdLength)
	}
	if t.RelativeThreshold != 0 {
		from += a.inLanguage("，且达到", " and ") + w.share(t.RelativeThreshold)
	}
	title := ""
	if t.TitleWeight > 1 {
		title = a.say("; keywords in a title count %d times", t.TitleWeight)
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n%s\n", table.String(), filled(fmt.Sprintf(w.subSummary+"%s", a.nameOf(s.Name), s.ID,
		textfmt.Count(len(s.Keywords)), textfmt.Count(len(s.Examples)), from, title)))
	return err
}

// keywordRemarks says what else a keyword asks for.
func keywordRemarks(k *dict.Keyword, w showWords) string {
	var remarks []string
	if len(k.All) > 0 {
		remarks = append(remarks, fmt.Sprintf(w.within, k.Within))
	}
	if k.Whole {
		remarks = append(remarks, w.whole)
	}
	if k.Token {
		remarks = append(remarks, w.token)
	}
	if len(k.Unless) > 0 {
		remarks = append(remarks, fmt.Sprintf(w.unless, strings.Join(k.Unless, " ")))
	}
	return strings.Join(remarks, "; ")
}
