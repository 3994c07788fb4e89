package intake

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// field is what a column of a table means.
type field int

const (
	fieldText field = iota
	fieldTitle
	fieldSource
	fieldTime
	fieldID
	fieldCount

	fieldOther field = -1 // a name that is known, of a column that is not read
	fieldNone  field = -2
)

// fieldNames are the fields as flags and JSON have them.
var fieldNames = [fieldCount]string{"text", "title", "source", "time", "id"}

// aliases are the names of the columns, the preferred first. 序号 is left out
// of the ids on purpose: a running number is the same in every file.
var aliases = [fieldCount][]string{
	fieldText: {
		"text", "正文", "内容", "建议内容", "留言内容", "诉求内容", "意见内容", "问题内容", "建言内容", "反映内容", "投诉内容",
		"咨询内容", "信件内容", "来信内容", "工单内容", "事项内容", "评论内容", "提问内容", "反馈内容", "详细内容", "具体内容", "主要内容",
		"留言详情", "诉求详情", "问题详情", "留言正文", "问题描述", "诉求描述", "事项描述", "情况描述", "详细描述",
		"您的建议", "您的意见", "您的意见建议", "您的意见和建议", "意见建议", "意见和建议", "意见与建议", "意见或建议",
		"建议", "意见", "留言", "诉求", "建言", "评论", "反馈", "反馈意见", "描述", "文本", "原文",
		"content", "suggestion", "suggestions", "message", "body", "comment", "comments", "feedback", "description", "opinion",
	},
	fieldTitle: {
		"title", "标题", "主题", "题目", "留言标题", "留言主题", "建议标题", "诉求标题", "信件标题", "工单标题", "问题标题", "事项标题", "subject",
	},
	fieldSource: {"source", "来源", "平台", "来源平台", "渠道", "来源渠道", "诉求来源", "信息来源", "受理渠道", "platform", "channel"},
	fieldTime: {
		"submitted_at", "时间", "日期", "提交时间", "提交日期", "留言时间", "留言日期", "发布时间", "发布日期", "发表时间", "建言时间", "来电时间",
		"来信时间", "来信日期", "反映时间", "诉求时间", "诉求日期", "提问时间", "评论时间", "受理时间", "受理日期", "登记时间", "登记日期", "创建时间",
		"填写时间", "提交答卷时间", "date", "time", "datetime", "timestamp", "created_at", "created", "create_time", "submit_time",
		"submit_date", "post_time", "publish_time",
	},
	fieldID: {
		"id", "编号", "留言编号", "建议编号", "唯一标识", "工单编号", "工单号", "诉求编号", "信件编号", "受理编号", "事项编号", "问题编号", "留言id",
		"流水号", "单号", "uuid", "message_id",
	},
}

// others are names of columns that are not read. They show that a row is a header.
var others = strings.Fields(`序号 姓名 名字 网名 昵称 用户名 用户 留言人 诉求人 来电人 电话 手机 手机号 联系电话 联系方式 邮箱 地址 地区 区域 省份 城市 区县 街道
	性别 年龄 职业 学历 状态 类别 类型 分类 标签 单位 部门 办理单位 承办单位 责任单位 办理结果 处理结果 回复 回复内容 答复 答复内容 回复时间 办结时间
	满意度 评价 备注 附件 子主题 主要子主题 no number name user phone email address city status type category label themes primary reply remark note ip`)

// known maps a name as [columnName] returns it to what it means.
var known = func() map[string]field {
	m := map[string]field{}
	for _, name := range others {
		m[name] = fieldOther
	}
	for f := fieldCount - 1; f >= 0; f-- {
		for _, alias := range aliases[f] {
			m[alias] = f
		}
	}
	return m
}()

var (
	// numbering is what forms put before a question: 3、 or Q3.
	numbering = regexp.MustCompile(`^(?:[qQ]?\d{1,3}[、.．:_)）]|[(（]\d{1,3}[)）]|第\d{1,3}题)[_ ]*`)
	// bracketed is what they put behind it: （必填） or [单选题].
	bracketed = regexp.MustCompile(`(?:\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】)$`)

	underscores = strings.NewReplacer(" ", "_", "-", "_", "\n", "", "\r", "")

	simplify = strings.NewReplacer(
		"內", "内", "標", "标", "題", "题", "來", "来", "時", "时", "間", "间", "編", "编", "號", "号", "議", "议", "訴", "诉",
		"問", "问", "見", "见", "臺", "台", "發", "发", "佈", "布", "評", "评", "論", "论", "詳", "详", "細", "细", "說", "说",
		"電", "电", "話", "话", "類", "类", "別", "别", "單", "单", "辦", "办", "復", "复", "覆", "复", "處", "处", "結", "结",
		"備", "备", "註", "注", "體", "体", "應", "应", "饋", "馈", "與", "与", "聯", "联", "繫", "系", "區", "区", "狀", "状",
		"態", "态", "業", "业", "郵", "邮", "創", "创", "諮", "咨", "詢", "询", "項", "项", "寫", "写", "遞", "递", "說", "说",
	)
)

// columnName makes the ways to write a name equal: case, width, spaces,
// traditional characters, and what forms put around it.
func columnName(s string) string {
	s = strings.ToLower(strings.TrimSpace(width.Fold.String(s)))
	s = strings.Trim(s, "*:\ufeff'\"")
	for {
		short := strings.TrimRight(bracketed.ReplaceAllString(s, ""), " *:")
		if short == s || short == "" {
			break
		}
		s = short
	}
	s = numbering.ReplaceAllString(s, "")
	return simplify.Replace(underscores.Replace(strings.Trim(s, " *:?。")))
}

// longestName is how many characters the name of a column has at most.
const longestName = 40

// meaning tells what the name of a column means. fuzzy: the name is none of those
// that are known, but may be one of a column of text.
func meaning(name string) (f field, fuzzy bool) {
	if len(name) > 8*longestName || utf8.RuneCountInString(name) > longestName {
		return fieldNone, false
	}
	n := columnName(name)
	if n == "" {
		return fieldNone, false
	}
	if f, ok := known[n]; ok {
		return f, false
	}
	if containsAny(n, aboutText) && !containsAny(n, aboutOther) {
		return fieldText, true
	}
	return fieldNone, false
}

var (
	aboutText = []string{
		"内容", "意见", "建议", "诉求", "留言", "描述", "详情", "正文", "建言", "评论", "反馈", "反映", "问题", "想法", "期待", "愿望", "心声",
		"comment", "content", "suggest", "feedback", "opinion", "message",
	}
	aboutOther = []string{
		"回复", "答复", "办理", "处理", "处置", "批示", "审核", "结果", "单位", "部门", "状态", "时间", "日期", "编号", "编码", "类", "人", "者", "标题", "主题",
		"数", "量", "来源", "渠道", "是否", "电话", "地址", "满意", "标签", "等级", "级别", "性质", "附件", "名称", "领域", "区域",
		"id", "time", "date", "type", "reply", "answer", "count", "status", "title", "name", "url", "label", "category",
	}
)

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// letter names a column as a spreadsheet does, from 0: A, B, … Z, AA.
func letter(column int) string {
	var out []byte
	for n := column + 1; n > 0; n = (n - 1) / 26 {
		out = append([]byte{byte('A' + (n-1)%26)}, out...)
	}
	return string(out)
}

// columnOfLetter is the inverse of letter; -1 for what is no letter of a column.
func columnOfLetter(s string) int {
	n := 0
	for _, c := range strings.ToUpper(s) {
		if c < 'A' || c > 'Z' || len(s) > 3 {
			return -1
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1
}
