package intake

import (
	"fmt"
	"strings"
	"time"
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
)

// aliases are the names of the columns, the preferred first. 序号 is left out
// of the ids on purpose: a running number is the same in every file, so it
// would make suggestions of different files into one.
var aliases = [fieldCount][]string{
	fieldText: {
		"text", "正文", "内容", "建议", "留言", "建议内容", "留言内容", "留言详情", "留言正文",
		"建言", "建言内容", "诉求", "诉求内容", "文本", "content", "suggestion", "message", "body",
	},
	fieldTitle:  {"title", "标题", "主题", "留言标题", "留言主题", "建议标题", "subject"},
	fieldSource: {"source", "来源", "平台", "来源平台", "渠道", "platform"},
	fieldTime: {
		"submitted_at", "时间", "日期", "提交时间", "提交日期", "留言时间", "留言日期", "发布时间", "发表时间",
		"date", "time", "created_at",
	},
	fieldID: {"id", "编号", "留言编号", "建议编号", "唯一标识"},
}

// columns maps fields to the columns of a table; -1 where there is none.
type columns struct {
	at    [fieldCount]int
	width int // columns of the header

	labelled bool // labels are wanted
	labels   [labelCount]int
}

// findColumns reads a header row; ok is false without a column of text.
func findColumns(header []string) (c columns, ok bool) {
	names := make(map[string]int, len(header))
	for i := len(header) - 1; i >= 0; i-- { // so that the first of two equal names stays
		names[columnName(header[i])] = i
	}
	c.width = len(header)
	for f := range fieldCount {
		c.at[f] = -1
		for _, alias := range aliases[f] {
			if i, found := names[alias]; found {
				c.at[f] = i
				break
			}
		}
	}
	return c, c.at[fieldText] >= 0
}

// columnName makes the ways to write a name equal: case, width, spaces.
func columnName(s string) string {
	s = strings.ToLower(strings.TrimSpace(width.Fold.String(s)))
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.Trim(s, "*:\ufeff"))
}

// listColumns names the columns of a header for an error. A file without a
// header has a citizen's words there, so long names are not shown.
func listColumns(header []string) string {
	const most, longest = 20, 16
	shown := make([]string, 0, min(len(header), most)+1)
	for i, name := range header {
		if i == most {
			shown = append(shown, fmt.Sprintf("and %d more", len(header)-most))
			break
		}
		name = strings.TrimSpace(name)
		if n := utf8.RuneCountInString(name); n > longest {
			name = fmt.Sprintf("(%d characters)", n)
		}
		shown = append(shown, fmt.Sprintf("%q", name))
	}
	return strings.Join(shown, ", ")
}

func noTextColumn(where string, header []string) error {
	return fmt.Errorf("%s: %w: name one of the columns text, 正文, 内容, 建议 or 留言; found %s",
		where, ErrNoTextColumn, listColumns(header))
}

// row makes an entry of the cells of a row, or ok false where all are blank.
// Text and title are kept as they are, the others lose the space around them;
// empty ones are left out, but for the text, whose absence the pipeline counts.
func (c columns) row(line int, cells []string, loc *time.Location) (e entry, ok bool) {
	blank := true
	for _, cell := range cells {
		blank = blank && strings.TrimSpace(cell) == ""
	}
	if blank {
		return entry{}, false
	}
	var v [fieldCount]string
	for f, i := range c.at {
		if i >= 0 && i < len(cells) {
			v[f] = cells[i]
		}
		if field(f) != fieldText && field(f) != fieldTitle {
			v[f] = strings.TrimSpace(v[f])
		}
	}
	e = entry{line: line, source: v[fieldSource], id: v[fieldID]}
	e.content = []byte(strings.Join(v[:fieldID], "\x00"))

	p := make([]byte, 0, len(e.content)+len(e.id)+64)
	add := func(key, value string) {
		if len(p) > 0 {
			p = append(p, ',')
		}
		p = append(p, '"')
		p = append(p, key...)
		p = append(p, `":`...)
		p = appendJSON(p, value)
	}
	add("text", v[fieldText])
	for _, o := range [...]struct{ key, value string }{
		{"title", v[fieldTitle]},
		{"source", v[fieldSource]},
		{"submitted_at", normalTime(v[fieldTime], loc)},
		{"id", v[fieldID]},
	} {
		if o.value != "" {
			add(o.key, o.value)
		}
	}
	p = c.addLabels(p, cells)
	e.payload = append(append([]byte{'{'}, p...), '}')
	return e, true
}

// appendJSON appends s as a JSON string. Bytes that are not UTF-8 stay as they
// are, for the pipeline to count; encoding/json would hide them.
func appendJSON(p []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	p = append(p, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			p = append(p, '\\', c)
		case c == '\n':
			p = append(p, '\\', 'n')
		case c == '\r':
			p = append(p, '\\', 'r')
		case c == '\t':
			p = append(p, '\\', 't')
		case c < ' ':
			p = append(p, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			p = append(p, c)
		}
	}
	return append(p, '"')
}
