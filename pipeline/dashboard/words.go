package dashboard

import (
	"fmt"
	"strings"

	"github.com/minyi/minyi/internal/textfmt"
)

// words are the texts of the page in one language. Those that end in F are
// formats for one or more numbers or names, already formatted as strings; those that have
// a | have a form for one thing before it, and one for any other number behind it.
type words struct {
	HTMLLang, Title, Brand, Heading, Skip string
	Languages                             string // name of the switch
	OtherName, OtherLang                  string // the other language, in itself

	Counted, Waiting, LastKnown                         string
	AllCounted, ToCountF, FrontierF                     string
	AsOf, Dictionary, Tally                             string
	Promoted                                            string
	WhoCounts, WhoCountsNote, Workers                   string
	Current, Beside, RefusedF, CountedTo, ToGo          string
	History, Colon, Open, Close, Stop                   string
	Moves                                               map[string]string // how a tally became current
	Differ, DifferLink, DifferBy, Points, Candidate     string
	DifferAtF, DifferOverF                              string
	DifferNone, DifferShown, DifferFailed               string
	RateF, Live, NotLive                                string
	Read, LedgerOfPart, AllDays                         string
	OnlyF, Comma, ShowAll                               string
	SinceF, UntilF, BetweenF                            string
	BadFilter                                           string
	Choose, From, To, AllSources                        string
	Apply, Path                                         string
	IntervalF, FewLabels, NoTell, IntervalsF            string // F: of numbers in percent
	CloseCalls, NextClose, NextMeasure                  string
	WhatNext, NextUntagged                              string
	NextRejected, NextUndated                           string
	Ledger                                              string
	Tagged, Untagged, Rejected                          string
	Missing, Stored                                     string
	TaggedNote, UntaggedNote                            string
	RejectedNote, MissingNote                           string
	LedgerHolds, LedgerBrokenF                          string
	UndatedF                                            string
	Reasons                                             map[string]string
	Themes, ThemesNote, ThemesTable                     string
	Theme, SubTheme, SubThemes, SubThemesF              string
	Primary, Any, OfTheme, OfTagged                     string
	Areas, AreasNote, Area, OfLivelihood                string
	Aspects, AspectsNote, Aspect                        string
	Sources, Source, Messages, Share                    string
	MoreSourcesF, ManyCellsF, WithheldF, LedgerWithheld string
	Days, Months, Years                                 string
	Day, Month, Year                                    string
	PeakF, ChartF, TableByDay                           string

	EmptyHeading, EmptyText, EmptyNext string
	AwayHeading                        string
	AwayBefore, AwayAfter              string // around a time
	StaleBefore, StaleAfter            string // around a time
	AwayNever, NotRunning, Uncounted   string

	RefreshOn, RefreshOff, RefreshNote string
	Privacy, Machines                  string
	NotFound, NotFoundText, Home       string
}

// wordsIn returns the texts in a language: zh or en.
func wordsIn(lang string) *words {
	if lang == zh {
		return &chinese
	}
	return &english
}

// form returns the form of a text for a number.
func form(n uint64, text string) string {
	one, many, ok := strings.Cut(text, "|")
	if ok && n != 1 {
		return many
	}
	return one
}

// count says a number of things.
func count(n uint64, text string) string { return fmt.Sprintf(form(n, text), textfmt.Count(n)) }

var chinese = words{
	HTMLLang: "zh-CN", Title: "公众建议统计 · 民意", Brand: "民意", Heading: "公众建议统计", Skip: "跳到统计结果",
	Languages: "语言", OtherName: "English", OtherLang: "en",

	Counted: "已统计的建议",
	Waiting: "等待第一条建议", LastKnown: "上次读到的进度", AllCounted: "已全部统计", ToCountF: "还有 %s 条待统计", FrontierF: "统计至消息流第 %s 条",
	Read: "读到的消息", LedgerOfPart: "三项相加，等于所选范围内读到的消息数", AllDays: "每日消息",
	OnlyF: "只看：%s", Comma: "，", ShowAll: "查看全部", BadFilter: "所选范围有误", SinceF: "%s 起", UntilF: "截至 %s", BetweenF: "%s 至 %s",
	Choose: "选择范围", From: "起始日期", To: "截止日期", AllSources: "全部来源", Apply: "查看", Path: "所在位置",
	WhatNext:     "这些数字可以怎么处理",
	NextUntagged: "未归类：看看建议里有哪些词典还没有的说法", NextRejected: "不计入：逐条查看原因", NextUndated: "时间无法识别：检查时间字段",
	NextClose: "难分：第二个细项的得分达到第一个的一半，挑出来请人看", NextMeasure: "占比的区间：用随机抽取、已标注的留言测量词典",
	IntervalF: "扣除词典误差后是 %s%%，95%% 的把握在 %s%% 至 %s%% 之间", FewLabels: "已标注的留言太少，说不出区间", NoTell: "按已标注的留言，词典分不清它和别的主题，说不出区间",
	IntervalsF: "占比下面的小字是 95%% 区间：扣除词典的误差以后，占比在这个范围里。误差由 %s 条已标注的留言（%s）测得；– 表示标注太少，或者说不出来。",
	CloseCalls: "难分",
	RateF:      "每秒 %s 条", Live: "实时更新", NotLive: "连接中断，正在重新连接",
	AsOf: "数据时间", Dictionary: "词典版本", Tally: "统计编号", Promoted: "启用时间",
	WhoCounts: "统计进程", WhoCountsNote: "每部词典各统计一遍，本页显示其中一遍。", Workers: "进程数",
	Current: "正在显示", Beside: "同时统计，不显示", RefusedF: "%s 个进程无法统计", CountedTo: "统计至", ToGo: "待统计",
	History: "启用记录", Colon: "：", Open: "（", Close: "）", Stop: "。",
	Moves: map[string]string{
		"promoted": "启用", "rolled_back": "退回", "recreated": "流已重建", "put_back": "指针补回", "moved": "由其他程序改动",
	},
	Differ: "换一部词典，统计怎么变", DifferLink: "对比", DifferBy: "增减", Points: "百分点", Candidate: "候选",
	DifferAtF: "两边都统计至第 %s 条；各主题按主要计数。", DifferOverF: "两边进度不同，只比较留言相同的 %s 天，另有 %s 天未比较；各主题按主要计数。",
	DifferNone: "这个计票还没有统计任何留言，过一会儿再看。", DifferShown: "这个计票现在就是正在显示的，没有可对比的。", DifferFailed: "暂时无法对比，请稍后刷新本页；原因见日志。",
	UndatedF: "其中 %s 条写明的时间无法识别，计入存入当天。",
	Ledger:   "数目核对", Tagged: "已归类", Untagged: "未归类", Rejected: "不计入", Missing: "缺失", Stored: "收到的消息",
	TaggedNote: "至少归入一个细项", UntaggedNote: "没有命中任何细项", RejectedNote: "不是有效的建议", MissingNote: "读取前已删除或过期",
	LedgerHolds: "四项相加，等于收到的消息数", LedgerBrokenF: "四项相加为 %s，与收到的消息数不符，请运行 minyi ledger 检查",
	Reasons: map[string]string{
		"not_json": "不是 JSON", "not_object": "不是对象", "no_text": "没有正文", "blank": "正文空白", "too_large": "超过大小上限", "undecodable": "无法解码", "server_message": "服务器自身的消息",
	},
	Themes: "主题", ThemesNote: "“主要”只按每条建议最突出的细项计一次，各项相加正好等于已归类的建议数；“涉及”把一条建议谈到的每个细项都计入，因此合计更大。",
	ThemesTable: "各主题的建议数，按主要计数从多到少",
	Theme:       "主题", SubTheme: "细项", SubThemes: "各细项", SubThemesF: "%s：各细项的建议数，按主要计数从多到少",
	Primary: "主要", Any: "涉及", OfTheme: "占本主题", OfTagged: "占已归类",
	Areas: "民生六领域", AreasNote: "征求意见的报告单独列出的六个民生领域。", Area: "领域", OfLivelihood: "占民生",
	Aspects: "九个方面", AspectsNote: "按征求意见时列出的九个方面重新归并各细项。", Aspect: "方面",
	Sources: "来源", Source: "来源", Messages: "消息", Share: "占比", MoreSourcesF: "其余 %s 个来源",
	WithheldF: "* 未公布：不足 %s 条，或者由它可以推算出这样的数。数字按固定时间公布。", LedgerWithheld: "有的数未公布，所列各项不能相加",
	ManyCellsF: "有 %s 个来源、%s 个日期各自计数，多于预期：请检查消息的来源字段和时间字段，或用 --cell-sources、--cell-days 限定；minyi doctor 有说明。",
	Days:       "每日消息", Months: "每月消息", Years: "每年消息", Day: "日期", Month: "月份", Year: "年份",
	PeakF: "最多：%s，%s 条", ChartF: "柱状图：%s 至 %s 的消息数。%s。", TableByDay: "以表格查看",

	EmptyHeading: "还没有收到建议", EmptyText: "服务已经就绪。用下面的命令发送一个 NDJSON、CSV 或 XLSX 文件，再刷新本页就能看到统计：",
	EmptyNext:   "发送可以重复执行：带编号的建议不会重复计数。",
	AwayHeading: "暂时读不到最新统计", AwayBefore: "自 ", AwayAfter: " 起，消息服务没有应答。",
	StaleBefore: "下面是 ", StaleAfter: " 读到的统计。",
	AwayNever: "启动以来还没有读到过统计。消息服务恢复后，刷新本页即可看到。", NotRunning: "统计程序尚未运行，下面的数字暂不更新。", Uncounted: "目前没有程序按这部词典统计，下面的数字停在原处；请管理员查看。",

	RefreshOn: "每 10 秒自动刷新", RefreshOff: "停止自动刷新", RefreshNote: "本页每 10 秒自动刷新。",
	Privacy: "本页只有统计数字，不含任何建议的原文。", Machines: "机器可读：",
	NotFound: "没有这个页面", NotFoundText: "地址可能有误，或页面已经移走。", Home: "回到统计首页",
}

var english = words{
	HTMLLang: "en", Title: "Public suggestions, counted · minyi", Brand: "minyi", Heading: "Public suggestions, counted", Skip: "Skip to the counts",
	Languages: "Language", OtherName: "中文", OtherLang: "zh-CN",

	Counted: "Suggestions counted so far",
	Waiting: "Waiting for the first suggestion", LastKnown: "When last read:", AllCounted: "All counted", ToCountF: "%s still to count", FrontierF: "up to message %s of the stream",
	Read: "Messages read", LedgerOfPart: "The three add up to the messages read in this selection", AllDays: "Messages by day",
	OnlyF: "Only: %s", Comma: ", ", ShowAll: "Show all", BadFilter: "This selection cannot be shown", SinceF: "from %s on", UntilF: "until %s", BetweenF: "%s to %s",
	Choose: "Choose", From: "First day", To: "Last day", AllSources: "All sources", Apply: "Show", Path: "You are here",
	WhatNext:     "What can be done about these",
	NextUntagged: "Untagged: see which words the dictionary lacks", NextRejected: "Rejected: look at them and the reasons", NextUndated: "Times that cannot be read: check the field of the time",
	NextClose: "Close calls: the second sub-theme has half of the first one's score or more; have people look at some", NextMeasure: "Intervals of shares: measure the dictionary on messages that were drawn at random and labelled",
	IntervalF: "%s%% once the dictionary's errors are taken off; with 95%% confidence from %s%% to %s%%", FewLabels: "too few labelled messages for an interval", NoTell: "by the labelled messages the dictionary does not tell it from others, so there is no interval",
	IntervalsF: "The small numbers below a share are its 95%% interval: between what it is once the errors of the dictionary are taken off. They were measured on %s labelled messages (%s); – means that those are too few, or cannot tell.",
	CloseCalls: "Close calls",
	RateF:      "%s a second", Live: "Live", NotLive: "Connection lost, trying again",
	AsOf: "As of", Dictionary: "Dictionary", Tally: "Tally", Promoted: "Shown since",
	WhoCounts: "Who counts", WhoCountsNote: "Each dictionary has a tally of its own; this page shows one of them.", Workers: "Workers",
	Current: "Shown", Beside: "Counted beside it", RefusedF: "%s worker cannot count it|%s workers cannot count it", CountedTo: "Counted up to", ToGo: "Still to count",
	History: "History of promotions", Colon: ": ", Open: " (", Close: ")", Stop: ". ",
	Moves: map[string]string{
		"promoted": "promoted", "rolled_back": "rolled back", "recreated": "stream made anew", "put_back": "put back", "moved": "moved",
	},
	Differ: "What another dictionary changes", DifferLink: "Compare", DifferBy: "Change", Points: "Points", Candidate: "Candidate",
	DifferAtF: "Both up to message %s of the stream; themes by primary count.", DifferOverF: "They are not equally far. Days of which both have the same messages are compared: %s; days left out: %s. Themes by primary count.",
	DifferNone: "Nothing of this tally is counted yet; look again in a moment.", DifferShown: "This is the tally that is shown now: there is nothing to compare it with.", DifferFailed: "The two cannot be compared at the moment. Reload this page later; the log says why.",
	UndatedF: "Of these, %s gives a time that cannot be read, and is counted on the day on which it was stored.|Of these, %s give a time that cannot be read, and are counted on the day on which they were stored.",
	Ledger:   "How it adds up", Tagged: "Tagged", Untagged: "Untagged", Rejected: "Rejected", Missing: "Missing", Stored: "Messages stored",
	TaggedNote: "at least one sub-theme", UntaggedNote: "no sub-theme matched", RejectedNote: "not a suggestion", MissingNote: "deleted or expired before it was read",
	LedgerHolds: "The four add up to the messages stored", LedgerBrokenF: "The four add up to %s, not to the messages stored: run minyi ledger",
	Reasons: map[string]string{
		"not_json": "not JSON", "not_object": "not an object", "no_text": "no text", "blank": "blank text", "too_large": "too large", "undecodable": "cannot be decoded", "server_message": "written by the server itself",
	},
	Themes: "Themes", ThemesNote: "Primary counts each suggestion once, under its strongest sub-theme, so the column adds up to all tagged suggestions. Any counts it under every sub-theme that it touches, so it adds up to more.",
	ThemesTable: "Suggestions by theme, largest primary count first",
	Theme:       "Theme", SubTheme: "Sub-theme", SubThemes: "Sub-themes", SubThemesF: "%s: suggestions by sub-theme, largest primary count first",
	Primary: "Primary", Any: "Any", OfTheme: "of theme", OfTagged: "of tagged",
	Areas: "Six areas of livelihood", AreasNote: "The six areas of livelihood that the report on the consultation names.", Area: "Area", OfLivelihood: "of livelihood",
	Aspects: "Nine aspects", AspectsNote: "The same sub-themes, regrouped under the nine headings of the consultation.", Aspect: "Aspect",
	Sources: "Sources", Source: "Source", Messages: "Messages", Share: "Share", MoreSourcesF: "%s more source|%s more sources",
	WithheldF: "* withheld: fewer than %s, or such a number would follow from it. Numbers are published at fixed times.", LedgerWithheld: "Some numbers are withheld, so that what is shown does not add up",
	ManyCellsF: "%s sources and %s days are counted on their own, more than is usual: check the fields of the source and of the time, or bound them with --cell-sources and --cell-days; minyi doctor says more.",
	Days:       "Messages by day", Months: "Messages by month", Years: "Messages by year", Day: "Day", Month: "Month", Year: "Year",
	PeakF: "Most: %s, %s message|Most: %s, %s messages", ChartF: "Column chart: messages from %s to %s. %s.", TableByDay: "View as a table",

	EmptyHeading: "No suggestions yet", EmptyText: "The service is ready. Send an NDJSON, CSV or XLSX file with this command, then reload this page:",
	EmptyNext:   "Sending again is safe: suggestions that have an id are not counted twice.",
	AwayHeading: "The latest counts cannot be read", AwayBefore: "The broker has not answered since ", AwayAfter: ".",
	StaleBefore: "These counts were read at ", StaleAfter: ".",
	AwayNever: "No counts were read since this service started. Reload this page once the broker answers.", NotRunning: "The worker does not run yet: these numbers do not move.", Uncounted: "Nobody counts by this dictionary at the moment: these numbers stand still. The operator has to look.",

	RefreshOn: "Refresh every 10 seconds", RefreshOff: "Stop refreshing", RefreshNote: "This page reloads every 10 seconds.",
	Privacy: "This page shows counts only, never the text of a suggestion.", Machines: "For machines:",
	NotFound: "No such page", NotFoundText: "The address may be wrong, or the page has moved.", Home: "Back to the counts",
}
