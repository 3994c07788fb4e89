package phrase

// labelling are the phrases about labelled messages: how they were chosen, how they come
// to be used, and what is learned from them.
var labelling = map[string]string{
	// How messages were chosen.
	"drawn is %s": "“取样”一列写的是 %s",
	"write random (随机) or picked (挑选) as minyi dict review did, or leave it empty":                                                                                                           "照 minyi dict review 写的，填随机（random）或挑选（picked），或留空",
	"none of the labelled messages was drawn at random, so they do not say how good a dictionary is on others; label the rows of minyi dict review whose column drawn (取样) says random (随机)": "已标注的留言没有一条是随机抽取的，说明不了词典在其他留言上有多准；请标注 minyi dict review 里“取样”（drawn）一列为随机（random）的行",
	"note: labels of %s: %v": "注意：%s 的标注：%v",
	"note: the labels do not say which messages were drawn at random; if they were chosen in another way, the figures do not hold for others. The column drawn (取样) of minyi dict review says it": "注意：标注没有说明哪些留言是随机抽取的；如果是用别的办法挑的，这些数字不适用于其他留言。minyi dict review 的“取样”（drawn）一列说明这一点",

	// minyi dict review.
	"\n%s rows to label: %s of %s distinct texts in doubt, and %s drawn at random\n":                                                                  "\n待标注 %s 行：存疑的不同正文 %[3]s 条中的 %[2]s 条，随机抽取 %[4]s 条\n",
	"Those in doubt tell most, the first ones first; those drawn at random say how good\na dictionary is on all messages: label both as they come.\n": "存疑的最有用，越靠前的越有用；随机抽取的说明词典在全部留言上有多准：\n请依次都标。\n",
	"drawn at random: no doubt": "随机抽取：没有疑点",

	// minyi dict eval.
	"macro-F1, drawn at random": "宏平均 F1（随机抽取）",
	"micro-F1, drawn at random": "微平均 F1（随机抽取）",
	"None of the messages was drawn at random: they are harder than others, and no\nfigure holds for all.\n":           "没有一条是随机抽取的：它们比其他留言难，这些数字都不适用于全部留言。\n",
	"%s messages were drawn at random: their figures hold for all; the others were\npicked because they are harder.\n": "其中 %s 条是随机抽取的，它们的数字适用于全部留言；其余的是因为难而挑选的。\n",

	"%w: the shift of %s is %v": "%w：%s 的偏移是 %v",

	// minyi dict learn.
	"\non the %s messages that were drawn at random, left out %d parts in turn:\n":                                                 "\n在随机抽取的 %s 条留言上（%d 折交叉验证）：\n",
	"\non messages that were left out, %d parts in turn; none was drawn at random, and\nthe picked ones are harder than others:\n": "\n在留出的留言上（%d 折交叉验证）；没有一条是随机抽取的，\n挑选出来的比其他留言难：\n",
	"note: labels of %s: %s more have no label and were skipped":                                                                   "说明：%s 中另有 %s 条没有标签，已跳过",
	"micro-F1 gains %+.4f, and with a confidence of 95 %% at least %+.4f\n":                                                        "微平均 F1 提高 %+.4f，在 95%% 的把握下至少 %+.4f\n",
	"%s is not written: %w": "没有写入 %s：%w",
	"%s is not written: on messages that were left out, no change is better than %s (micro-F1: %s %s, learned %s); label more messages, or change keywords by hand":                                                                  "没有写入 %s：在留出的留言上，没有一种改动比 %s 更好（微平均 F1：%s %s，学得的 %s）；再标一些留言，或自己改关键词",
	"%s is not written: on messages that were left out it may as well be worse than %s (micro-F1: %s %s, learned %s, a gain of %+.4f, which at 95 %% confidence is at least %+.4f); label more messages, or change keywords by hand": "没有写入 %s：在留出的留言上，它也可能比 %s 差（微平均 F1：%s %s，学得的 %s，提高 %+.4f，在 95%% 的把握下至少 %+.4f）；再标一些留言，或自己改关键词",
}
