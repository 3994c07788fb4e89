package workbench

import (
	"strings"
	"unicode/utf8"
)

// functionCharacters are characters that carry grammar and no topic when they are
// words. A pair with one, such as 的电梯, says no more than its other word.
const functionCharacters = "的了着过得地是在和与及或就都也还又很太更最我你他她它您们这那其之为被把让向从到对于以而且但并则吗呢吧啊呀个" +
	"有无不没未将会能可要想应该须等所每各某几多少一二三四五六七八九十百千万亿两半第次来去上下中里内外前后时年月日号"

// functionWords are words that carry grammar, quantity, time or politeness, and words
// that any message to an authority may contain, whatever it is about. No program
// proposes them as keywords. They are words in general use, not words of one corpus.
var functionWords = func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(functionWordList) {
		words[w] = true
	}
	return words
}()

const functionWordList = `
我们 你们 他们 她们 它们 咱们 自己 本人 大家 别人 他人 人家 我家 我市 我国 我县 我区 我院 我校 本市 本县 本区 本地 当地 贵市 贵局
这个 那个 这些 那些 这里 那里 这样 那样 这种 那种 这次 那么 这么 这是 那是 此事 此次 此处 此外 如此 其中 其他 其它 其余 其实 各个 各种 各类 各级 各地 各位
什么 怎么 怎样 怎么办 怎么样 为什么 为何 如何 多少 几个 哪些 哪里 哪个 何时 是否 能否 可否 有没有 是不是 能不能 可不可以
一个 一些 一种 一次 一下 一点 一直 一样 一般 一定 一起 一年 一天 一条 一位 一名 一家 一方面 另一方面 两个 两次 三个 四个 几年 几天 几次 多次 多年 许多 很多 大量 大部分 不少 部分 所有 全部 每个 每天 每年 每月 每次 任何 有些 有的 有人 某些 第一 第二 第三 首先 其次 再次 最后 一是 二是 三是
因为 所以 由于 因此 因而 但是 可是 不过 然而 虽然 尽管 即使 如果 假如 要是 只要 只有 除非 无论 不管 不论 而且 并且 以及 或者 还是 不仅 不但 甚至 于是 然后 从而 以便 以免 以致 导致 造成 致使 为了 关于 对于 至于 根据 按照 依照 依据 通过 经过 随着 除了 针对 基于 鉴于 为此 对此 据此 与此同时 总之 否则 反而 何况 况且
已经 曾经 正在 将要 将会 可以 可能 能够 应该 应当 必须 需要 不能 不会 不要 不是 不得 不同 没有 没人 没法 无法 未能 尚未 一再 仍然 仍旧 依然 至今 目前 现在 如今 近期 近日 近年 近年来 最近 以前 以后 之前 之后 以来 当时 同时 随后 马上 立即 尽快 尽早 及时 时候 时间 时期 期间 长期 经常 常常 总是 往往 有时 偶尔 再次 又是 也是 就是 都是 还有 还要 只是 只能 真的 真是 确实 实在 非常 特别 十分 比较 相当 更加 越来越 进一步 逐步 不断 充分 尤其 尤其是 大约 左右 以上 以下 之间 之一 以内 以外 等等 来说 而言 的话
上午 下午 晚上 早上 中午 凌晨 今天 昨天 明天 今年 去年 明年 前年 年初 年底 月份 星期 周末 白天 夜里 半夜
进行 开展 加强 加大 推进 推动 促进 实现 提高 提升 完善 落实 强化 加快 做好 抓好 搞好 实施 采取 予以 给予 作出 做出 开始 继续 成为 作为 具有 存在 出现 发现 发生 产生 引起 看到 听到 知道 认为 觉得 感到 以为 表示 说明 反映 希望 请求 请问 恳请 恳求 盼望 期望 建议 要求 咨询 询问 求助 投诉 举报 回复 答复 谢谢 感谢 您好 你好 领导 尊敬 敬爱 书记 省长 市长 县长 区长 镇长 乡长 厅长 局长 部长 处长 科长 主任 部门 相关 有关 相关部门 有关部门 政府 问题 情况 事情 原因 结果 方面 方式 办法 措施 解决 处理 事项 内容 方案 意见 提案 议案 提案人 委员 案由 审议 事由 主题 标题 题目 内容 说法 理由 地方 地区 位置 小区 城区 市区 县城 全市 全县 全区 附近 旁边 对面 里面 外面 上面 下面 前面 后面 中间
严重 重要 主要 重大 重点 基本 具体 明显 实际 真正 完全 根本 正常 合理 必要 有效 积极 认真 切实 广大 众多 一系列 相应 相对 这么多 那么多 越来 起来 出来 下来 过来 过去 下去 上去 进来 出去 回来 不到 得到 达到 受到 收到 遇到 拿到 找到 想要 不想 不好 不了 看看 说是 据说 听说 所谓 例如 比如 譬如 包括 其间 此时 此刻 个人 人们 人员 同志 先生 女士 朋友 网友 市民 居民 群众 老百姓 百姓 民众 人民 公民 国人 本报 记者 图片 全文 下列 以下简称 关于进一步 应予 得以 何以 何处 何种 该处 该市 该县 乃至 以至 藉由 并未 亦可 倘若 惟恐 俾利 俾使 爰此 建请 敬请 惠请 研议 研拟 建议案 质询 质询事项 口头 专案 民国 相关单位 主管机关 市府 本席 议员 议会 局处 贵府
`

// isFunctionWord reports whether a token, in its normal form, is no topic.
func isFunctionWord(token string) bool {
	if utf8.RuneCountInString(token) == 1 {
		return strings.Contains(functionCharacters, token)
	}
	return functionWords[token] || isQuantity(token)
}

// isQuantity reports whether a token is a numeral and a measure: 四次, 第三期, 八点. 三农
// and 五险 are none.
func isQuantity(token string) bool {
	last, size := utf8.DecodeLastRuneInString(token)
	number := token[:len(token)-size]
	return number != "" && strings.ContainsRune(measures, last) &&
		strings.Trim(number, "第零一二两三四五六七八九十百千万亿几数半多") == ""
}

const measures = "次个年天月日点号条位名人户家岁楼层米元块辆台间栋幢期批份页遍回趟倍种类项级斤亩吨张只段"
