package report

import "github.com/minyi/minyi/pipeline"

// overview is the chapter of totals: how many, when, from where.
func (b *builder) overview() {
	b.heading(1, "总体情况", "Overview")
	p := b.now
	total, valid := cell{by: ofTotal}, cell{by: ofValid}
	if p.total == 0 {
		b.say(sentence{"统计期内没有收到留言。", "No messages were received in the period."}, nil)
		return
	}
	a := args{
		"period": b.period(p.bounds()), "total": p.number(total), "wan": wanOf(p.at(total), p.total),
		"mean": p.hiding(meanOf(p.at(total), p.total, p.days()), total),
	}
	switch {
	case p.total >= 10_000 && b.Lang == Chinese:
		b.say(sentence{zh: "{period}，共收到留言{total}条（{wan}万条），平均每天{mean}条。"}, a)
	default:
		b.say(sentence{
			"{period}，共收到留言{total}条，平均每天{mean}条。",
			"From {period}, {total|message was|messages were} received, {mean} a day on average.",
		}, a)
	}
	b.say(sentence{
		"其中意见建议{valid}条，不计入的{rejected}条。意见建议中，已归类{tagged}条，占{share}；未归类{untagged}条，占{rest}。",
		"Of these, {valid|is a suggestion|are suggestions}, and {rejected} could not be counted. Of the suggestions, {tagged} ({share}) were assigned to a theme, and {untagged} ({rest}) were not.",
	}, args{
		"valid": p.number(valid), "rejected": p.number(cell{by: ofRejected}), "tagged": p.number(cell{by: ofTagged}),
		"share": p.share(cell{by: ofTagged}, valid), "untagged": p.number(cell{by: ofUntagged}), "rest": p.share(cell{by: ofUntagged}, valid),
	})
	if b.before != nil {
		x := pair{p, b.before}
		b.say(sentence{
			"与{period}相比，留言总数{change}条（{growth}），已归类的占比{points}个百分点。",
			"Compared with {period}, the number of messages {change} ({growth}), and the assigned share {points} percentage points.",
		}, args{
			"period": b.period(b.before.bounds()), "change": b.Lang.moved(x.change(total), more, less), "growth": x.growth(total),
			"points": b.Lang.moved(x.points(cell{by: ofTagged}, valid), up, down),
		})
	}
	b.outcomes()
	b.days()
	b.sources()
	b.sameTexts()
}

// outcomes is the table of what became of the messages.
func (b *builder) outcomes() {
	t := Table{ID: "outcomes", Title: b.of("留言总体情况", "Messages by outcome"), Columns: []Column{
		words(b.of("类别", "Outcome")), figures(b.of("数量", "Messages")), figures(b.of("占比", "Share")),
	}}
	if b.before != nil {
		t.Columns = append(t.Columns, figures(b.of("上期数量", "Before")), figures(b.of("增减", "Change")), figures(b.of("百分点", "Points")))
	}
	row := func(name string, c cell, level int, sum bool) {
		of := cell{by: ofTotal}
		r := Row{Cells: []Span{text(name), figure(b.now.number(c)), figure(b.now.share(c, of))}, Level: level, Sum: sum}
		if b.before != nil {
			x := pair{b.now, b.before}
			r.Cells = append(r.Cells, figure(b.before.number(c)), figure(x.change(c)), figure(x.points(c, of)))
		}
		t.Rows = append(t.Rows, r)
	}
	row(b.of("已归类", "assigned to a theme"), cell{by: ofTagged}, 0, false)
	row(b.of("未归类", "not assigned"), cell{by: ofUntagged}, 0, false)
	row(b.of("不计入", "not counted"), cell{by: ofRejected}, 0, false)
	for _, g := range b.now.byReason {
		row(b.reason(g.ID), cell{pipeline.ByReason, g.ID}, 1, false)
	}
	row(b.of("合计", "Total"), cell{by: ofTotal}, 0, true)
	b.add(t)
}

// mostDays is how many days have a row each; of more than that, months have one.
const mostDays = 62

// days is the section of messages by day.
func (b *builder) days() {
	p := b.now
	if len(p.byDay) < 2 {
		return
	}
	b.heading(2, "时间分布", "By day")
	peak := p.peak()
	b.say(sentence{"收到留言最多的一天是{day}，{n}条，占{share}。", "The day with the most messages was {day}: {n} ({share})."}, args{
		"day": b.day(peak.Day), "n": p.number(cell{pipeline.ByDay, peak.Day}), "share": p.share(cell{pipeline.ByDay, peak.Day}, cell{by: ofTotal}),
	})
	by, title := pipeline.ByDay, b.of("每日留言数量", "Messages by day")
	ids := keys(p.byDay, by)
	if !p.listsDays() {
		by, title = byMonth, b.of("每月留言数量", "Messages by month")
		ids = keys(p.byMonth, by)
	}
	t := Table{ID: string(by), Title: title, Columns: []Column{
		words(b.of("日期", "Date")), figures(b.of("数量", "Messages")), figures(b.of("占比", "Share")),
	}}
	chart := Chart{ID: string(by), Title: title, Series: []Series{{Name: b.of("数量", "Messages")}}}
	for _, id := range ids {
		c := cell{by, id}
		t.Rows = append(t.Rows, Row{Cells: []Span{text(b.shortDay(id)), figure(p.number(c)), figure(p.share(c, cell{by: ofTotal}))}})
		chart.Categories = append(chart.Categories, b.shortDay(id))
		chart.Series[0].Figures = append(chart.Series[0].Figures, p.number(c))
	}
	b.add(chart)
	b.add(t)
}

func keys(rows []pipeline.Group, by pipeline.Dimension) []string {
	var ids []string
	for _, g := range rows {
		ids = append(ids, keyOf(g, by))
	}
	return ids
}

// shortDay is a day or a month as it stands in a table.
func (b *builder) shortDay(id string) string {
	if id == pipeline.DayBefore || id == pipeline.DayAfter {
		return b.day(id)
	}
	return id
}

// mostSources is how many sources have a row each.
const mostSources = 20

// sources is the section of messages by source.
func (b *builder) sources() {
	p := b.now
	if len(p.bySource) < 2 {
		return
	}
	b.heading(2, "来源分布", "By source")
	ids := order(p, pipeline.BySource, keys(p.bySource, pipeline.BySource))
	first := cell{pipeline.BySource, ids[0]}
	b.say(sentence{
		"留言来自{sources}个来源，其中{source}最多，{n}条，占{share}。",
		"Messages came from {sources} sources. Most came from {source}: {n} ({share}).",
	}, args{
		"sources": numberOf("sources "+p.name, uint64(len(ids))), "source": b.source(ids[0]),
		"n": p.number(first), "share": p.share(first, cell{by: ofTotal}),
	})
	t := Table{ID: "source", Title: b.of("各来源留言数量", "Messages by source"), Columns: []Column{
		words(b.of("来源", "Source")), figures(b.of("数量", "Messages")), figures(b.of("占比", "Share")),
	}}
	if b.before != nil {
		t.Columns = append(t.Columns, figures(b.of("上期数量", "Before")), figures(b.of("增减", "Change")), figures(b.of("百分点", "Points")))
	}
	for _, id := range ids[:min(len(ids), mostSources)] {
		c := cell{pipeline.BySource, id}
		r := Row{Cells: []Span{text(b.source(id)), figure(p.number(c)), figure(p.share(c, cell{by: ofTotal}))}}
		if b.before != nil {
			x := pair{p, b.before}
			r.Cells = append(r.Cells, figure(b.before.number(c)), figure(x.change(c)), figure(x.points(c, cell{by: ofTotal})))
		}
		t.Rows = append(t.Rows, r)
	}
	if n := len(ids) - mostSources; n > 0 {
		t.Note = b.of("只列出数量最多的20个来源。", "Only the 20 largest sources are listed.")
	}
	b.add(t)
}
