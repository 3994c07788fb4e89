package main

// opinion is what people ask for, and how it changes.
func opinion() board {
	return board{
		id: "minyi-opinion", from: "30d",
		title: text{"民意 · 公众意见", "minyi · public opinion"},
		about: text{
			"主题、细项、占比、未归类和来源随时间的变化。横轴是消息被统计的时间，不是建议写明的日期：补录的旧建议会算在补录那天。按日期统计请看 minyi 的页面。",
			"Themes, sub-themes, shares, untagged and sources over time. Time is when a message was counted, not the day that it names: old suggestions that are sent later appear when they were sent. For days see minyi's own page.",
		},
		variables:   []variable{windowVariable, themeVariable},
		annotations: []annotation{promotions},
		rows: []row{
			{text{"总数", "Totals"}, totalPanels()},
			{text{"主题", "Themes"}, themePanels()},
			{text{"细项", "Sub-themes"}, subThemePanels()},
			{text{"未归类与近似", "Untagged and close"}, sharePanels()},
			{text{"来源", "Sources"}, sourcePanels()},
		},
	}
}

// recent is what was added to a total of the current tally within the window: the largest
// over processes, as each exports the same total. A tally that has been replaced meanwhile
// is left out.
func recent(by, metric, filter string) string {
	return `clamp_min(max by (` + by + `) (delta(` + metric + `{job="$job"` + filter + `}[$window])
  and on (job, instance, tally) minyi_tally_frontier_sequence{job="$job"}), 0)`
}

const (
	byTheme    = "minyi_tally_theme_suggestions"
	bySubTheme = "minyi_tally_subtheme_suggestions"
	byState    = "minyi_tally_messages"
	bySource   = "minyi_tally_source_messages"
	primary    = `, count="primary"`
	chosen     = `, count="primary", theme=~"$theme"`
	suggested  = `, state=~"tagged|untagged"`
)

func totalPanels() []panel {
	one := func(title, about, unit text, expr string) panel {
		return panel{kind: number, width: 6, title: title, about: about, unit: unit, queries: []query{{expr: expr}}}
	}
	return []panel{
		one(text{"已统计的建议", "Suggestions counted"}, text{"已归类和未归类的建议总数。", "All suggestions, tagged and untagged."},
			of(count), `sum(max by (state) (minyi_tally_messages{job="$job"`+suggested+`}))`),
		one(text{"时段内新增", "New in the window"}, text{"所选统计时段内统计的建议数。", "Suggestions that were counted within the window."},
			of(count), `sum(`+recent("state", byState, suggested)+`)`),
		one(text{"未归类占比", "Untagged share"}, text{"没有命中任何细项的建议占全部建议的比例。", "The share of all suggestions that have no sub-theme."},
			of(share), `max(minyi_tally_messages{job="$job", state="untagged"}) / sum(max by (state) (minyi_tally_messages{job="$job"`+suggested+`}))`),
		one(text{"词典启用时间", "Shown since"}, text{"从什么时候起按现在的词典显示。紫线标出每次启用。", "Since when the dictionary of today is shown. Purple lines mark each promotion."},
			of(moment), `max(minyi_tally_promoted_timestamp_seconds{job="$job"}) * 1000`),
	}
}

func themePanels() []panel {
	legend := text{"{{theme}}", "{{theme}}"}
	return []panel{
		{
			kind: bars, width: 8, unit: of(count), title: text{"各主题的建议", "Suggestions by theme"},
			about:   text{"每条建议只按最突出的细项计一次，各项相加等于已归类的建议数。", "Each suggestion once, under its strongest sub-theme, so that they add up to the tagged ones."},
			queries: []query{{expr: `sort_desc(max by (theme) (minyi_tally_theme_suggestions{job="$job", count="primary"}))`, legend: legend}},
		},
		{
			kind: stack, width: 16, unit: of(count), title: text{"各主题的新增建议", "New suggestions by theme"},
			about:   text{"每一点是此前一个统计时段内统计的建议数。", "Each point is what was counted within the window before it."},
			queries: []query{{expr: recent("theme", byTheme, primary), legend: legend}},
		},
		{
			kind: lines, width: 24, unit: of(share), title: text{"各主题的占比", "Shares of themes"},
			about:   text{"此前一个统计时段内，各主题占已归类建议的比例。刚启用另一部词典时，从启用时算起。", "The share of each theme among the tagged suggestions of the window before. After a promotion the window begins with it."},
			queries: []query{{expr: recent("theme", byTheme, primary) + "\n  / ignoring (theme) group_left () sum(" + recent("theme", byTheme, primary) + ")", legend: legend}},
		},
	}
}

func subThemePanels() []panel {
	legend := text{"{{subtheme}}", "{{subtheme}}"}
	return []panel{
		{
			kind: bars, width: 12, unit: of(count), title: text{"建议最多的细项", "Largest sub-themes"},
			about:   text{"所选主题中建议最多的十个细项，从开始统计起。", "The ten sub-themes of the chosen themes with the most suggestions, of all that is counted."},
			queries: []query{{expr: `topk(10, max by (subtheme) (minyi_tally_subtheme_suggestions{job="$job"` + chosen + `}))`, legend: legend}},
		},
		{
			kind: bars, width: 12, unit: of(count), title: text{"时段内最多的细项", "Largest sub-themes in the window"},
			about:   text{"所选统计时段内新增建议最多的十个细项。", "The ten sub-themes with the most suggestions that were counted within the window."},
			queries: []query{{expr: `topk(10, ` + recent("subtheme", bySubTheme, chosen) + `)`, legend: legend}},
		},
		{
			kind: lines, width: 24, unit: of(share), title: text{"各细项的占比", "Shares of sub-themes"},
			about:   text{"此前一个统计时段内，所选主题的各细项占全部已归类建议的比例。", "The share of each sub-theme of the chosen themes among all tagged suggestions of the window before."},
			queries: []query{{expr: recent("subtheme", bySubTheme, chosen) + "\n  / ignoring (subtheme) group_left () sum(" + recent("theme", byTheme, primary) + ")", legend: legend}},
		},
	}
}

func sharePanels() []panel {
	of := func(title, about text, total, window string) panel {
		return panel{kind: lines, width: 12, unit: of(share), title: title, about: about, queries: []query{
			{expr: window, legend: text{"统计时段内", "of the window"}},
			{expr: total, legend: text{"全部", "of all"}},
		}}
	}
	all := `sum(max by (state) (minyi_tally_messages{job="$job"` + suggested + `}))`
	return []panel{
		of(text{"未归类占比", "Untagged share"}, text{"上升说明人们谈到了词典还没有的事，或者有平台发来了别的内容。", "If it rises, people write about what the dictionary does not know, or a platform sends something else."},
			`max(minyi_tally_messages{job="$job", state="untagged"}) / `+all,
			`sum(`+recent("state", byState, `, state="untagged"`)+`) / sum(`+recent("state", byState, suggested)+`)`),
		of(text{"近似占比", "Share of close calls"}, text{"第二个细项的得分达到第一个的一半，主要细项不够确定的建议占已归类建议的比例。", "Tagged suggestions whose second sub-theme has half of the first one's score or more: their primary is uncertain."},
			`max(minyi_tally_close_suggestions{job="$job"}) / max(minyi_tally_messages{job="$job", state="tagged"})`,
			`sum(`+recent("job", "minyi_tally_close_suggestions", "")+`) / sum(`+recent("state", byState, `, state="tagged"`)+`)`),
	}
}

func sourcePanels() []panel {
	legend := text{"{{source}}", "{{source}}"}
	return []panel{
		{
			kind: bars, width: 8, unit: of(count), title: text{"各来源的消息", "Messages by source"},
			about:   text{"从开始统计起各来源的消息数，最多的十个。", "Messages of all that is counted, of the ten largest sources."},
			queries: []query{{expr: `topk(10, max by (source) (minyi_tally_source_messages{job="$job"}))`, legend: legend}},
		},
		{
			kind: stack, width: 16, unit: of(count), title: text{"各来源的新增消息", "New messages by source"},
			about:   text{"每一点是此前一个统计时段内统计的消息数。某个来源归零，说明它停了。", "Each point is what was counted within the window before it. A source at zero has stopped."},
			queries: []query{{expr: recent("source", bySource, ""), legend: legend}},
		},
	}
}
