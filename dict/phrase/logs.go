package phrase

// logs are the messages of the log, which [Language.LogHandler] says.
var logs = map[string]string{
	// Workers.
	"drained":      "已收尾",
	"trying again": "会再试",
	"stopped: going on could only make it worse":                                                                                         "已停止：继续只会更糟",
	"stopped: what is counted could not be kept":                                                                                         "已停止：统计的结果无法保存",
	"promoted: readers are shown this tally":                                                                                             "已启用：读者看到的是这个计票",
	"replaced: readers are shown another tally; this one is counted on":                                                                  "已替换：读者看到的是另一个计票；这个继续统计",
	"shadow: counted beside the current tally, and not shown":                                                                            "并行：在当前计票旁边统计，不显示",
	"the broker lost the pointer to the current tally; it is there again":                                                                "服务器丢失了当前计票的指向；已放回",
	"not promoted: it was current before, and another one was promoted since; minyi tally promote brings it back":                        "没有启用：它以前当过当前计票，后来启用了另一个；minyi tally promote 可以换回",
	"dropped: no worker of this tally wrote it, but an older release or somebody else; its range is worked again, and counts stay right": "已丢弃：不是这个计票的计数进程写的，而是旧版本或别人；它的区间会重新统计，计数不受影响",
	"worked again: the broker has lost the task or the delta of a range; counts stay right":                                              "重新统计：服务器丢失了一个区间的任务或增量；计数不受影响",
	"made anew: the stream was removed under a running worker, and nothing is lost by it":                                                "已重建：数据流在计数进程运行时被删除，没有因此丢失什么",
	"the current tally is counted again":                                                                                                 "当前计票又有人统计了",
	"archive":                                                                                                                            "存档",
	"service":                                                                                                                            "服务",
	"marks of the stream":                                                                                                                "数据流的标记",
	"read counts":                                                                                                                        "读取计数",
	"nothing newer is published":                                                                                                         "没有发布更新的内容",
	"read measures of dictionaries: shares have no intervals, or old ones":                                                               "读取词典的测量结果：占比没有区间，或是旧的",
	"NATS: connected again":                                                                                                              "NATS：已重新连接",
	"systemd: the watchdog's time in WATCHDOG_USEC cannot be read":                                                                       "systemd：读不出 WATCHDOG_USEC 里看门狗的时间",
	"systemd could not be told; look at NOTIFY_SOCKET":                                                                                   "无法通知 systemd；请查看 NOTIFY_SOCKET",

	// Wanted tallies.
	"load tally; trying again": "载入计票；会再试",
	"refused: this process cannot count the tally, and leaves it to others": "已拒绝：本进程统计不了这个计票，留给别的进程",
	"say what is counted":                    "报告在统计什么",
	"add to the history":                     "记入历史",
	"look which tally is current":            "查看当前计票是哪个",
	"retired: this tally is counted no more": "已停用：这个计票不再统计",
	"retired: this process was started with a tally that is counted no more; minyi dict publish brings it back": "已停用：本进程启动时指定的计票不再统计；minyi dict publish 可以恢复",
	"cannot read what is wanted of this tally; it is counted as the flags say":                                  "读不出对这个计票的要求；按命令行选项统计",
	"cannot say that this tally is wanted; it is counted as the flags say":                                      "无法登记要统计这个计票；按命令行选项统计",
	"cannot read which tallies are wanted; trying again":                                                        "读不出要统计哪些计票；会再试",
	"cannot free what is stored of a retired tally; minyi tally retire does, by a user who may":                 "无法释放停用的计票占用的存储；由有权限的用户运行 minyi tally retire 可以释放",

	// The page and the metrics.
	"list tallies for the dashboard":     "为页面列出计票",
	"compare tallies for the dashboard":  "为页面对比计票",
	"read counts for the dashboard":      "为页面读取计数",
	"read the history for the dashboard": "为页面读取历史",
	"counts can be read again":           "又能读到计数了",
	"render event":                       "生成更新",
	"answer a request":                   "应答请求",
	"scrape of metrics":                  "读取指标",
	"read counts for metrics":            "为指标读取计数",
}
