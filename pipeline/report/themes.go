package report

import (
	"slices"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// themes is the chapter of what the suggestions are about.
func (b *builder) themes() {
	b.heading(1, "分类情况", "Themes")
	p := b.now
	if p.tagged == 0 {
		b.say(sentence{"统计期内没有已归类的意见建议。", "No suggestion of the period was assigned to a theme."}, nil)
		return
	}
	tagged := cell{by: ofTagged}
	themes := order(p, pipeline.ByTheme, b.themeIDs())
	top := cell{pipeline.ByTheme, themes[0]}
	b.say(sentence{
		"已归类的意见建议{tagged}条，分属{themes}个主题。“{theme}”最多，{n}条，占{share}。",
		"{tagged|suggestion was|suggestions were} assigned to {themes} themes. The largest is {theme}: {n} ({share}).",
	}, args{
		"tagged": p.number(tagged), "themes": numberOf("themes", uint64(len(themes))), "theme": b.name(themes[0]),
		"n": p.number(top), "share": p.share(top, tagged),
	})
	b.sayInterval(top)
	b.allThemes(themes)
	b.ranking()
	b.livelihood(themes)
	b.aspects()
}

// allThemes is the table of themes with their sub-themes.
func (b *builder) allThemes(themes []string) {
	b.heading(2, "主题和子主题", "Themes and sub-themes")
	p, tagged := b.now, cell{by: ofTagged}
	t := Table{ID: "themes", Title: b.of("各主题意见建议数量", "Suggestions by theme"), Columns: []Column{
		words(b.of("主题", "Theme")), figures(b.of("数量", "Suggestions")), figures(b.of("占已归类", "Share")),
		figures(b.of("占本主题", "Of theme")), figures(b.of("涉及", "Mentions")),
	}}
	b.intervalColumns(&t)
	for _, id := range themes {
		c := cell{pipeline.ByTheme, id}
		t.Rows = append(t.Rows, b.withInterval(c, Row{Sum: true, Cells: []Span{
			text(b.name(id)), figure(p.number(c)), figure(p.share(c, tagged)), text(""), figure(p.any(c)),
		}}))
		for _, sub := range order(p, pipeline.BySubTheme, b.subThemesOf(id)) {
			s := cell{pipeline.BySubTheme, sub}
			t.Rows = append(t.Rows, b.withInterval(s, Row{Level: 1, Cells: []Span{
				text(b.name(sub)), figure(p.number(s)), figure(p.share(s, tagged)), figure(p.share(s, c)), figure(p.any(s)),
			}}))
		}
	}
	t.Rows = append(t.Rows, b.withInterval(tagged, Row{Sum: true, Cells: []Span{
		text(b.of("合计", "Total")), figure(p.number(tagged)), figure(p.share(tagged, tagged)), text(""), text(""),
	}}))
	b.add(t)
}

func (b *builder) subThemesOf(theme string) (ids []string) {
	for _, t := range b.tree {
		if t.ID == theme {
			for _, s := range t.SubThemes {
				ids = append(ids, s.ID)
			}
		}
	}
	return ids
}

// ranking is the sub-themes of all themes, the largest first.
func (b *builder) ranking() {
	b.heading(2, "子主题排名", "Ranking of sub-themes")
	p, tagged := b.now, cell{by: ofTagged}
	ids := order(p, pipeline.BySubTheme, b.subThemeIDs())
	t := Table{ID: "ranking", Title: b.of("子主题排名", "Ranking of sub-themes"), Columns: []Column{
		figures(b.of("位次", "Rank")), words(b.of("子主题", "Sub-theme")), figures(b.of("数量", "Suggestions")), figures(b.of("占已归类", "Share")),
	}}
	chart := Chart{ID: "ranking", Title: b.of("各子主题占已归类意见建议的比重", "Share of each sub-theme"), Bars: true, Series: []Series{{Name: b.of("占已归类", "Share")}}}
	for i, id := range ids {
		c := cell{pipeline.BySubTheme, id}
		rank := p.hiding(numberOf("rank "+p.at(c), b.rank(ids, i)), c)
		t.Rows = append(t.Rows, Row{Cells: []Span{figure(rank), text(b.name(id)), figure(p.number(c)), figure(p.share(c, tagged))}})
		chart.Categories = append(chart.Categories, b.name(id))
		chart.Series[0].Figures = append(chart.Series[0].Figures, p.share(c, tagged))
	}
	b.add(chart)
	b.add(t)
}

// rank is the place of an id in descending order; equal counts have the same.
func (b *builder) rank(ids []string, i int) uint64 {
	n := func(i int) uint64 { return b.now.count(cell{pipeline.BySubTheme, ids[i]}).Primary }
	for i > 0 && n(i-1) == n(i) {
		i--
	}
	return uint64(i + 1)
}

// livelihood is the section of the six areas.
func (b *builder) livelihood(themes []string) {
	p, tagged, theme := b.now, cell{by: ofTagged}, cell{pipeline.ByTheme, pipeline.Livelihood}
	known := b.subThemesOf(pipeline.Livelihood)
	ids := slices.DeleteFunc(pipeline.LivelihoodAreas(), func(id string) bool { return !slices.Contains(known, id) })
	if len(ids) == 0 {
		return
	}
	b.heading(2, "民生六领域", "Six areas of livelihood")
	b.say(sentence{
		"“{theme}”{n}条，占已归类意见建议的{share}，占全部意见建议的{whole}，在各主题中居第{rank}位，主要涉及{areas}等领域。",
		"{theme}: {n|suggestion|suggestions}, {share} of those assigned and {whole} of all suggestions, number {rank} among the themes; mainly about {areas}.",
	}, args{
		"theme": b.name(pipeline.Livelihood), "n": p.number(theme), "share": p.share(theme, tagged), "whole": p.share(theme, cell{by: ofValid}),
		"rank":  p.hiding(numberOf("rank "+p.at(theme), uint64(slices.Index(themes, pipeline.Livelihood)+1)), theme),
		"areas": b.list(ids),
	})
	b.sayInterval(theme)
	t := Table{ID: "areas", Title: b.of("民生六领域意见建议数量", "Suggestions in six areas of livelihood"), Columns: []Column{
		words(b.of("领域", "Area")), figures(b.of("数量", "Suggestions")), figures(b.of("占已归类", "Share")),
		figures(b.of("占民生", "Of livelihood")), figures(b.of("涉及", "Mentions")),
	}}
	b.intervalColumns(&t)
	for _, id := range ids {
		c := cell{pipeline.BySubTheme, id}
		t.Rows = append(t.Rows, b.withInterval(c, Row{Cells: []Span{
			text(b.name(id)), figure(p.number(c)), figure(p.share(c, tagged)), figure(p.share(c, theme)), figure(p.any(c)),
		}}))
	}
	b.add(t)
}

// list joins names, as a sentence has them.
func (b *builder) list(ids []string) string {
	s := ""
	for i, id := range ids {
		switch {
		case i == 0:
		case i == len(ids)-1:
			s += b.of("、", " and ")
		default:
			s += b.of("、", ", ")
		}
		s += b.name(id)
	}
	return s
}

// aspects is the section of the nine headings under which suggestions were invited.
func (b *builder) aspects() {
	p, tagged := b.now, cell{by: ofTagged}
	if !slices.ContainsFunc(b.tree, func(t pipeline.TreeTheme) bool {
		return slices.ContainsFunc(t.SubThemes, func(s pipeline.TreeSubTheme) bool { return s.Aspect != "" })
	}) {
		return
	}
	b.heading(2, "九个方面", "Nine headings")
	t := Table{ID: "aspects", Title: b.of("九个方面意见建议数量", "Suggestions by heading of the consultation"), Columns: []Column{
		words(b.of("方面", "Heading")), figures(b.of("数量", "Suggestions")), figures(b.of("占已归类", "Share")),
	}}
	mentions := b.MinCell < 2 // else all of them are hidden
	if mentions {
		t.Columns = append(t.Columns, figures(b.of("涉及", "Mentions")))
	}
	for _, a := range dict.Aspects() {
		c := cell{pipeline.ByAspect, a.ID}
		row := Row{Cells: []Span{text(b.aspectName(a)), figure(p.number(c)), figure(p.share(c, tagged))}}
		if mentions {
			row.Cells = append(row.Cells, figure(p.any(c)))
		}
		t.Rows = append(t.Rows, row)
	}
	b.add(t)
}

// aspectName is the name of an aspect, whose id may be that of a theme too.
func (b *builder) aspectName(a dict.Aspect) string { return b.Lang.of(a.Name.Zh, a.Name.En) }
