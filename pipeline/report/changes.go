package report

import (
	"cmp"
	"slices"

	"github.com/minyi/minyi/pipeline"
)

// changes is the chapter of what changed against the earlier period.
func (b *builder) changes() {
	b.heading(1, "变化情况", "Changes")
	switch {
	case b.none != "":
		b.say(sentence{"对比时期（{period}）没有收到留言，因此不作比较。", "No messages were received in the earlier period ({period}), so nothing is compared."}, args{"period": b.none})
		return
	case b.before == nil:
		b.say(sentence{"本报告没有指定对比的时期。", "This report is not compared with an earlier period."}, nil)
		return
	}
	x, tagged := pair{b.now, b.before}, cell{by: ofTagged}
	b.say(sentence{
		"对比时期为{period}，共收到留言{total}条，按本报告所用词典重新统计（可比口径），其中已归类{tagged}条。",
		"The earlier period is {period}, with {total|message|messages}, counted again with the dictionary of this report (same basis); {tagged} were assigned to a theme.",
	}, args{"period": b.period(b.before.bounds()), "total": b.before.number(cell{by: ofTotal}), "tagged": b.before.number(tagged)})
	if b.now.total == 0 {
		return
	}
	ids := b.subThemeIDs()
	b.extremes(x, ids)
	t := Table{ID: "changes", Title: b.of("各子主题变化情况（可比口径）", "Changes by sub-theme (same basis)"), Columns: []Column{
		words(b.of("子主题", "Sub-theme")), figures(b.of("本期", "Now")), figures(b.of("占比", "Share")), figures(b.of("上期", "Before")),
		figures(b.of("占比", "Share")), figures(b.of("增减", "Change")), figures(b.of("增幅", "Growth")), figures(b.of("百分点", "Points")),
	}}
	chart := Chart{
		ID: "changes", Title: b.of("各子主题占比的变化（可比口径）", "Share of each sub-theme, now and before"), Bars: true,
		Series: []Series{{Name: b.of("本期占比", "Now")}, {Name: b.of("上期占比", "Before")}},
	}
	for _, id := range order(b.now, pipeline.BySubTheme, ids) {
		c := cell{pipeline.BySubTheme, id}
		now, before := b.now.share(c, tagged), b.before.share(c, tagged)
		t.Rows = append(t.Rows, Row{Cells: []Span{
			text(b.name(id)), figure(b.now.number(c)), figure(now), figure(b.before.number(c)), figure(before),
			figure(x.change(c)), figure(x.growth(c)), figure(x.points(c, tagged)),
		}})
		chart.Categories = append(chart.Categories, b.name(id))
		chart.Series[0].Figures = append(chart.Series[0].Figures, now)
		chart.Series[1].Figures = append(chart.Series[1].Figures, before)
	}
	b.add(chart)
	b.add(t)
	b.both()
}

// extremes says which share rose most and which fell most.
func (b *builder) extremes(x pair, ids []string) {
	tagged := cell{by: ofTagged}
	shown := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return x.points(cell{pipeline.BySubTheme, id}, tagged).Hidden })
	points := func(id string) Figure { return x.points(cell{pipeline.BySubTheme, id}, tagged) }
	if len(shown) < 2 {
		return
	}
	by := func(i, j string) int { return cmp.Compare(points(i).Value, points(j).Value) }
	most, least := slices.MaxFunc(shown, by), slices.MinFunc(shown, by)
	if points(most).Value <= 0 || points(least).Value >= 0 {
		return
	}
	b.say(sentence{
		"占比上升最多的是“{most}”，上升{up}个百分点；下降最多的是“{least}”，下降{down}个百分点。",
		"The share that rose most is that of {most}, by {up} percentage points; the one that fell most is that of {least}, by {down}.",
	}, args{"most": b.name(most), "up": points(most).unsigned(), "least": b.name(least), "down": points(least).unsigned()})
}

// both is the table of the earlier period as it was counted then, beside today's
// dictionary.
func (b *builder) both() {
	if b.then == nil {
		return
	}
	b.heading(2, "当时口径与可比口径", "As counted then, and on the same basis")
	then := b.Earlier.Then
	b.say(sentence{
		"对比时期当时所用的词典（版本{old}）与本报告的词典（版本{new}）不同，下表并列两种口径的数字。",
		"The earlier period was counted with another dictionary then (version {old}; this report: {new}). The table shows both.",
	}, args{"old": short(then.Dict), "new": short(b.Counts.Dict)})
	if then.Frontier == b.Earlier.Counts.Frontier && then.Missing == b.Earlier.Counts.Missing {
		b.say(sentence{"差异只来自词典，留言没有变化。", "They differ because of the dictionaries only: the messages are the same."}, nil)
	} else {
		b.say(sentence{
			"差异来自词典，也来自留言：当时统计至第{then}条消息，可比口径统计至第{now}条，其间到达或删除的留言只在一种口径中。",
			"They differ because of the dictionaries, and of the messages: those of then go up to message {then}, the others up to {now}; what came or was erased in between is in one of them only.",
		}, args{"then": numberOf("frontier then", then.Frontier), "now": numberOf("frontier before", b.Earlier.Counts.Frontier)})
	}
	b.differences(then.Info.Themes)
	ids := b.subThemeIDs()
	for _, t := range then.Info.Themes {
		for _, s := range t.SubThemes {
			if !slices.Contains(ids, s.ID) {
				ids = append(ids, s.ID)
			}
		}
	}
	x := pair{b.before, b.then}
	t := Table{ID: "both", Title: b.of("对比时期的两种口径", "The earlier period on both bases"), Columns: []Column{
		words(b.of("子主题", "Sub-theme")), figures(b.of("当时口径", "As counted then")), figures(b.of("占比", "Share")),
		figures(b.of("可比口径", "Same basis")), figures(b.of("占比", "Share")), figures(b.of("相差", "Difference")),
	}}
	row := func(name string, c cell, sum bool) {
		t.Rows = append(t.Rows, Row{Sum: sum, Cells: []Span{
			text(name), figure(b.then.number(c)), figure(b.then.share(c, cell{by: ofTagged})),
			figure(b.before.number(c)), figure(b.before.share(c, cell{by: ofTagged})), figure(x.change(c)),
		}})
	}
	for _, id := range ids {
		row(b.nameThen(id, then.Info.Themes), cell{pipeline.BySubTheme, id}, false)
	}
	row(b.of("已归类", "Assigned"), cell{by: ofTagged}, true)
	b.add(t)
}

// differences names the sub-themes that only one of the dictionaries has.
func (b *builder) differences(old pipeline.ThemeTree) {
	ids := func(tree pipeline.ThemeTree) (all []string) {
		for _, t := range tree {
			for _, s := range t.SubThemes {
				all = append(all, s.ID)
			}
		}
		return all
	}
	was, is := ids(old), ids(b.tree)
	added := slices.DeleteFunc(slices.Clone(is), func(id string) bool { return slices.Contains(was, id) })
	gone := slices.DeleteFunc(slices.Clone(was), func(id string) bool { return slices.Contains(is, id) })
	if len(added) == 0 && len(gone) == 0 {
		b.say(sentence{"两部词典的子主题相同，差异在关键词、权重或阈值。", "Both dictionaries have the same sub-themes; they differ in keywords, weights or thresholds."}, nil)
		return
	}
	if len(added) > 0 {
		b.say(sentence{"新增的子主题：{ids}。", "Sub-themes that are new: {ids}."}, args{"ids": b.list(added)})
	}
	if len(gone) > 0 {
		names := ""
		for i, id := range gone {
			if i > 0 {
				names += b.of("、", ", ")
			}
			names += b.nameThen(id, old)
		}
		b.say(sentence{"取消的子主题：{ids}。", "Sub-themes that are gone: {ids}."}, args{"ids": names})
	}
}

// nameThen is the name of a sub-theme of either dictionary.
func (b *builder) nameThen(id string, old pipeline.ThemeTree) string {
	if name := b.name(id); name != id {
		return name
	}
	for _, t := range old {
		for _, s := range t.SubThemes {
			if s.ID == id {
				return cmp.Or(b.Lang.of(s.Zh, s.En), id)
			}
		}
	}
	return id
}

// short is the beginning of a version, as people quote it.
func short(version string) string { return version[:min(len(version), 12)] }
