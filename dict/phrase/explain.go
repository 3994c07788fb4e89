package phrase

// explanations are the phrases of minyi classify --explain.
var explanations = map[string]string{
	"text\n":                                      "文本\n",
	"not tagged, threshold %s":                    "未归入，阈值 %s",
	", right in %.0f%% of cases":                  "，把握 %.0f%%",
	"tagged, threshold %s":                        "归入，阈值 %s",
	", %s times the dictionary's for this length": "（按文本长度乘以 %s）",
	"weight %s, none counted":                     "权重 %s，没有计入",
	"weight %s":                                   "权重 %s",
	"weight %s x (1 + ln %d) = %s":                "权重 %s × (1 + ln %d) = %s",
	"at %d":                                       "第 %d 字",
	"whole":                                       "整词",
	"inside":                                      "词内",
	"straddling":                                  "跨词",
	"  refused: a token border falls inside it": "  不计：有词的边界落在它中间",
	"  in the title: counts %d times":           "  在标题里：算 %d 次",
	"  refused: unless %s":                      "  不计：unless %s",
	"  refused: overlap %s":                     "  不计：与 %s 重叠",
	"  refused: %s":                             "  不计：%s",

	"\nnot shown: %d with only keywords that weigh against them\n":                                  "\n未列出：%d 个只有反证关键词的子主题\n",
	"no keyword that occurs in the text speaks for a sub-theme":                                     "文中的关键词没有一个支持任何子主题",
	"no keyword of the dictionary occurs in the text":                                               "文中没有词典里的关键词",
	"no sub-theme reaches its threshold; nearest is %s with %s of %s":                               "没有子主题达到阈值；最接近的是 %s，得分 %s，阈值 %s",
	"%s and %s both score %s; the first is earlier in the dictionary":                               "%s 与 %s 得分都是 %s；前者在词典中排在前面",
	"%s has the highest score: %s, before %s with %s":                                               "%s 得分最高：%s，其次是 %s，得分 %s",
	"%s has the highest score: %s; beside it the others that reach their thresholds are too little": "%s 得分最高：%s；其他达到阈值的与它相比太低",
	"%s is the only sub-theme to reach its threshold: %s of %s":                                     "只有 %s 达到阈值：得分 %s，阈值 %s",
	"a close call: %s has the same score":                                                           "难分：%s 得分相同",
	"a close call: %s is behind by %s of the highest score":                                         "难分：%s 只落后最高分的 %s",
	"Two ways to segment were nearly equal; gse's own sums from the start of the text decided.":     "两种分词几乎相等，以 gse 从文首算起的和为准。",
}
