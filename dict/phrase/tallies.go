package phrase

// tallies are the phrases of two tallies beside each other: the guards of a promotion.
var tallies = map[string]string{
	"counted up to %s, and the current tally up to %s":                            "已统计到 %s，当前计票统计到 %s",
	"counted up to %s, which is %s behind %s: wait, or promote with --when-ready": "已统计到 %s，落后 %s 条，未到 %s：请等待，或用 --when-ready",
	"%s in both":        "两边都是 %s",
	"up to sequence %s": "在序号 %s 以前",
	"in [%s,%s], of which nothing is stored any more": "在 [%s,%s] 内，那里已经什么也没有保存",
	"the candidate could not read %s messages that the current tally has counted, %s: promoting it would take them out of the counts": "候选计票读不到当前计票已经计入的 %s 条留言（%s）：启用它，这些留言就会从数字里消失",
	"the current tally has %s missing and the candidate %s: they did not count the same messages; see minyi ledger of both":           "当前计票缺 %s 条，候选计票缺 %s 条：两边统计的不是同样的留言；请对两边运行 minyi ledger",
	"%s and %s, at different frontiers: try again":                                      "%s 和 %s，两边统计到的位置不同：请再试一次",
	"the same but for the dictionary":                                                   "除词典外相同",
	"not only the dictionary differs: %s":                                               "不只是词典不同：%s",
	"tally %s does not hold, in %d places: %s; see minyi ledger --tally %s":             "计票 %s 的账不平，有 %d 处：%s；请看 minyi ledger --tally %s",
	"holds for both: stored = tagged + untagged + rejected + missing":                   "两边的账都平：收到 = 已归类 + 未归类 + 不计入 + 缺失",
	"%d of %d examples fail: %s":                                                        "%[2]d 个例句中 %[1]d 个不通过：%[3]s",
	"the dictionary has no examples":                                                    "词典没有例句",
	"%d examples pass":                                                                  "%d 个例句全部通过",
	"no messages that both have counted":                                                "没有两边都统计过的留言",
	"%s suggestions in one and %s in the other: not the same messages":                  "一边 %s 条建议，另一边 %s 条：不是同样的留言",
	"of the same %s suggestions; a complete count, so exact and without sampling error": "同样的 %s 条建议；是全数统计，数字准确，没有抽样误差",
	"%s, limit %s points; %s":                                                           "%s，上限 %s 个百分点；%s",
	"the dictionaries have no themes":                                                   "词典没有主题",
	"%s moved most: %s, limit %s points; share of the tagged, %s":                       "变化最大的是 %s：%s，上限 %s 个百分点；占已归类的比例，%s",

	"no labelled messages": "没有带标注的留言",
	"micro-F1 %s -> %s (%s) on %s labelled messages; chance of this loss or more by luck %s (approximate randomization, Noreen 1989); at worst %s (paired bootstrap, 95%%)": "微平均 F1 %s -> %s（%s），%s 条带标注的留言；只因偶然而差这么多或更多的概率 %s（随机置换检验，Noreen 1989）；最坏 %s（配对自助法，95%%）",
	"%s; too few labels to rule out a loss of %s: label more": "%s；标注太少，排除不了 %s 的下降：请多标一些",
	"nobody has judged: minyi tally judge":                    "还没有人评判：minyi tally judge",
	"of %s judged of %s on which they differ: %s for the candidate, %s for the current one, %s for neither; the candidate wins %s to %s of them (95%%, at any time; betting, Waudby-Smith and Ramdas 2024)": "已评判 %s 条，两边不同的共 %s 条：候选对 %s 条，当前对 %s 条，不分 %s 条；候选胜出的比例在 %s 到 %s 之间（95%%，随时可看；下注法，Waudby-Smith 与 Ramdas 2024）",
	"%s; not decided: judge more": "%s；尚未分出：请继续评判",
}
