package phrase

// pages are the phrases of the dashboard's API, of reports, of measures and of judgements.
var pages = map[string]string{
	// The API of the dashboard.
	"parameter %q: there are %s, each once":                                                  "参数 %q：可用的有 %s，每个只能写一次",
	"counts cannot be read: %w":                                                              "读不出计数：%w",
	"tallies cannot be listed: %w":                                                           "列不出计票：%w",
	"tally %s is not followed here: %w":                                                      "这里没有跟随计票 %s：%w",
	"format: %q is none of json, csv, xlsx":                                                  "format：%q 不是 json、csv、xlsx 之一",
	"intervals: %q is neither 0 nor 1":                                                       "intervals：%q 不是 0 或 1",
	"close: %q is neither 0 nor 1":                                                           "close：%q 不是 0 或 1",
	"close calls go with by=subtheme: they are counted by sub-theme":                         "close 只能与 by=subtheme 同用：难分的留言按子主题统计",
	"close: this tally has no close calls, or they are not published (--min-cell)":           "close：这个计票没有难分的留言，或不公布（--min-cell）",
	"intervals go with the dimensions theme and subtheme: only those were measured":          "intervals 只能与维度 theme 和 subtheme 同用：只有它们测量过",
	"theme goes with the dimensions theme, subtheme, day and source":                         "theme 只能与维度 theme、subtheme、day 和 source 同用",
	"tally %q is not counted beside the current one; /api/v1/tallies lists those that are":   "没有与当前计票并行统计的计票 %q；/api/v1/tallies 列出有哪些",
	"nothing of it is counted yet":                                                           "它还没有统计任何内容",
	"this page takes and shows no text (--private); minyi classify tags one at the terminal": "本页不接收也不显示原文（--private）；minyi classify 可在终端归类",
	"the text is longer than %d bytes":                                                       "文本超过 %d 字节",
	"read the text: %w":                                                                      "读取文本：%w",
	"too many readers follow the page":                                                       "同时看本页的人太多",
	"no page of this address":                                                                "没有这个地址的页面",
	"make page %s: %w":                                                                       "生成页面 %s：%w",
	"make fragment %s: %w":                                                                   "生成片段 %s：%w",
	"serve http: %w":                                                                         "提供 HTTP 服务：%w",
	"drain http: %w":                                                                         "结束 HTTP 服务：%w",
	"dashboard: Config.Board is nil":                                                         "页面：没有给出 Config.Board",
	"dashboard: Config.Engine is nil":                                                        "页面：没有给出 Config.Engine",
	"dashboard: %s: %q is no origin such as https://example.org":                             "页面：%s：%q 不是 https://example.org 这样的来源",

	// Reports.
	"%w: its schema is %d, and this minyi knows %d": "%w：它的格式版本是 %d，本程序只认 %d",
	"chart %s: no column of %s has its figures":     "图表 %s：%s 里没有哪一列是它的数字",
	"workbook of %s: %w":                            "%s 背后的工作簿：%w",
	"workbook of chart %d: %w":                      "第 %d 个图表背后的工作簿：%w",
	"%w: word/document.xml: %w":                     "%w：word/document.xml：%w",
	"%w: docProps/custom.xml: %w":                   "%w：docProps/custom.xml：%w",
	"%w: relations of %s: %w":                       "%w：%s 的关系文件：%w",
	"%s is larger than %d bytes":                    "%s 超过 %d 字节",

	// Measures.
	"not a measure": "不是测量结果",
	"%w: step %d of its chances is out of order": "%w：把握的第 %d 级顺序不对",
	"%w: something follows it":                   "%w：后面还有别的内容",
	"%w: it names no dictionary":                 "%w：没有指明词典",
	"%w: %s has a negative number of texts":      "%w：%s 的条数是负数",

	// Judgements.
	"not a judgement":                           "不是评判",
	"%w: it names no message":                   "%w：没有指明留言",
	"%w: it does not say who said it, and when": "%w：没有说明谁在何时评判",
	"%w: unknown origin %q":                     "%w：不认识的来处 %q",
	"%w: origin %s":                             "%w：来处 %s",
	"%w: it says nothing":                       "%w：什么也没有说",
	"%w: unknown answer %q":                     "%w：不认识的答案 %q",
	"%w: draw %d of %d":                         "%w：第 %d 次抽取，共 %d 条",
	"store a judgement in %s: %w":               "存入评判到 %s：%w",
	"%w: %w; what can be verified is the Word document (.docx) that minyi report wrote": "%w：%w；能核对的是 minyi report 写出的 Word 文档（.docx）",

	// Places of messages.
	"row %d":                   "第 %d 行",
	"message %d of the stream": "数据流里的第 %d 条",
	"in the stream":            "在数据流里",

	// Backups.
	"%w: %s; a backup is written into a new or an empty folder, so that it replaces no other: name one": "%w：%s；备份写进新的或空的文件夹，以免盖掉别的备份：请另指定一个",
}
