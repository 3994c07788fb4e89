package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/intake"
)

// writeTables prints what is read of a file, before it is counted: sheets, header
// rows, and which column is taken for what. Every line has at most 80 columns.
func (a *app) writeTables(w io.Writer, b *intake.Balance) {
	fmt.Fprintf(w, "%s (%s, %s)\n", b.File, b.Format, b.Encoding)
	if b.Format != "csv" && b.Format != "xlsx" {
		return
	}
	for _, t := range b.Tables {
		a.writeTableRead(w, t)
	}
}

func (a *app) writeTableRead(w io.Writer, t *intake.Table) {
	if b := t.Skipped; b != "" {
		rows := ""
		if t.Rows > 0 {
			rows = a.say(" (%s rows)", textfmt.Count(t.Rows))
		}
		fmt.Fprintf(w, "  %s%s\n", a.say("sheet %s: not counted, %s", t.Sheet, a.skipped(b)), rows)
		return
	}
	var parts []string
	if t.Sheet != "" {
		parts = append(parts, a.inLanguage("工作表 ", "sheet ")+t.Sheet)
	}
	switch len(t.Header) {
	case 0:
		parts = append(parts, a.inLanguage("无表头", "no header"))
	case 1:
		parts = append(parts, a.say("header in row %d", t.Header[0]))
	default:
		parts = append(parts, a.say("header in rows %d-%d", t.Header[0], t.Header[len(t.Header)-1]))
	}
	if t.Rows > 0 {
		parts = append(parts, a.say("data to row %d: %s rows", t.Last, textfmt.Count(t.Rows)))
	}
	fmt.Fprintf(w, "  %s\n", strings.Join(parts, a.inLanguage("，", ", ")))
	columns := textfmt.Table{Columns: make([]textfmt.Column, 3)}
	columns.Columns[1].MinWidth = 12
	for _, field := range []string{"text", "title", "source", "time", "id"} {
		var at []string
		how := ""
		for _, c := range t.Columns {
			if c.Field == field {
				at = append(at, c.Letter+" "+c.Name)
				how = a.how(t, c)
			}
		}
		if field == "id" && how == "" && len(at) > 0 && t.IDs != intake.IDsOwn {
			how = a.idsWorth(t.IDs)
		}
		if len(at) == 0 {
			if field == "title" || field == "source" {
				continue
			}
			at, how = []string{"-"}, a.without(field)
		}
		columns.Row("    "+a.fieldName(field), strings.Join(at, " + "), how)
	}
	if len(t.Columns) > 0 {
		fmt.Fprint(w, columns.String())
	}
}

// how says how certain the choice of a column was.
func (a *app) how(t *intake.Table, c intake.Column) string {
	var others []string
	for _, o := range t.Others {
		if o.Field == c.Field {
			others = append(others, o.Letter+" "+o.Name)
		}
	}
	switch {
	case c.How == intake.ByFlag:
		return a.inLanguage("按指定", "as told")
	case len(others) > 0:
		return a.say("or %s: choose with --%s", strings.Join(others, ", "), c.Field)
	case c.How == intake.ByContent && c.Field == "time":
		return a.inLanguage("日期与时间合并", "date and time of day together")
	case c.How == intake.ByContent:
		return a.say("by what is in it: --%s chooses another", c.Field)
	}
	return ""
}

func (a *app) idsWorth(ids intake.IDs) string {
	if ids == intake.IDsRunning {
		return a.inLanguage("顺序号，只在本文件内有效", "numbers of rows, of this file only")
	}
	return a.inLanguage("没有可用的编号，按内容识别", "none is usable: known by their content")
}

func (a *app) without(field string) string {
	switch field {
	case "time":
		return a.inLanguage("没有时间，计入存入当天", "no time: counted on the day they are stored")
	case "id":
		return a.inLanguage("没有编号，按文件名和内容识别", "no ids: known by file name and content")
	}
	return ""
}

func (a *app) fieldName(field string) string {
	zh := map[string]string{"text": "正文", "title": "标题", "source": "来源", "time": "时间", "id": "编号"}
	return a.inLanguage(zh[field], field)
}

func (a *app) skipped(s intake.Skipped) string {
	zh := map[intake.Skipped]string{
		intake.SkippedEmpty: "空表", intake.SkippedNoText: "没有正文列", intake.SkippedHidden: "是隐藏的（--sheet 可指定）", intake.SkippedByChoice: "未选",
	}
	en := map[intake.Skipped]string{
		intake.SkippedEmpty: "it is empty", intake.SkippedNoText: "no column of text", intake.SkippedHidden: "hidden (--sheet chooses it)", intake.SkippedByChoice: "not chosen",
	}
	return a.inLanguage(zh[s], en[s])
}

// writeBalance prints what became of the rows of a file: the sum, and what should
// be known of the rows in it.
func (a *app) writeBalance(w io.Writer, b *intake.Balance) {
	verb := a.inLanguage(" 已发送", " sent")
	if b.Check {
		verb = a.inLanguage(" 待发送", " to send")
	}
	a.writeSum(w, b, verb)
	for _, n := range []struct {
		zh, en string
		rows   func(t *intake.Table) *intake.RowSet
	}{
		{"时间无法识别，计入存入当天", "time cannot be read: counted on the day it is stored", func(t *intake.Table) *intake.RowSet { return &t.Undated }},
		{"没有时间，计入存入当天", "no time: counted on the day it is stored", func(t *intake.Table) *intake.RowSet { return &t.NoTime }},
		{"编号不可用，按内容识别", "id names nothing: known by its content", func(t *intake.Table) *intake.RowSet { return &t.NoID }},
		{"与前面的行相同", "the same as a row above", func(t *intake.Table) *intake.RowSet { return &t.Again }},
	} {
		a.writeRows80(w, b, a.inLanguage(n.zh, n.en), n.rows)
	}
}

// writeClassified is writeBalance for rows that are tagged and not counted: when
// they were written, and who is who, does not matter.
func (a *app) writeClassified(w io.Writer, b *intake.Balance) {
	if b.Refused+b.Empty+b.Headers+b.Hidden+b.Garbled == 0 { // rows without a text are named one by one
		return
	}
	b.Settle(b.Rows-b.Refused-b.Empty-b.Headers, 0)
	a.writeSum(w, b, a.inLanguage(" 已读", " read"))
}

// writeSum prints the sum, and of which rows it should be known how they were read.
func (a *app) writeSum(w io.Writer, b *intake.Balance, verb string) {
	sum := []string{textfmt.Count(b.Sent) + verb}
	for _, part := range []struct {
		n      int
		zh, en string
	}{
		{b.Already, " 已存在", " already there"}, {b.Refused, " 未接收", " refused"}, {b.Empty, " 空行", " empty"}, {b.Headers, " 重复表头", " headers again"},
	} {
		if part.n > 0 {
			sum = append(sum, textfmt.Count(part.n)+a.inLanguage(part.zh, part.en))
		}
	}
	sign := "="
	if !b.Complete {
		sign = a.inLanguage("已读，其中", "read, of them") // ended early: the sum is not one
	}
	fmt.Fprintf(w, "  %s %s %s\n", textfmt.Count(b.Rows)+a.inLanguage(" 行", " rows"), sign, strings.Join(sum, " + "))
	for _, r := range b.Reasons() {
		a.writeRows80(w, b, a.reason(r), func(t *intake.Table) *intake.RowSet { return t.Refused[r] })
	}
	for _, n := range []struct {
		zh, en string
		rows   func(t *intake.Table) *intake.RowSet
	}{
		{"没有正文，不计入", "no text: a rejected message", func(t *intake.Table) *intake.RowSet { return &t.NoText }},
		{"在隐藏行中，已计入", "in hidden rows, taken like the others", func(t *intake.Table) *intake.RowSet { return &t.Hidden }},
		{"有无法识别的字节", "bytes that are no characters", func(t *intake.Table) *intake.RowSet { return &t.Garbled }},
		{"表头重复出现", "the header again", func(t *intake.Table) *intake.RowSet { return &t.Headers }},
	} {
		a.writeRows80(w, b, a.inLanguage(n.zh, n.en), n.rows)
	}
}

// writeRows80 prints how many rows there are of one kind and which, in lines of at
// most 80 columns. Where every row is of the kind they are not listed.
func (a *app) writeRows80(w io.Writer, b *intake.Balance, what string, rows func(t *intake.Table) *intake.RowSet) {
	total := 0
	var places []string
	for _, t := range b.Tables {
		s := rows(t)
		if s == nil || s.Count == 0 {
			continue
		}
		total += s.Count
		list := s.String()
		if t.Sheet != "" && len(b.Tables) > 1 {
			list = t.Sheet + "!" + list
		}
		places = append(places, strings.Split(list, ", ")...)
	}
	if total == 0 {
		return
	}
	const indent = "      "
	line := fmt.Sprintf("    %s %s", textfmt.Count(total), what)
	if total == b.Rows-b.Empty-b.Headers {
		fmt.Fprintln(w, line+a.inLanguage("（全部）", " (all)"))
		return
	}
	line += a.inLanguage("：第 ", ": row ")
	for i, p := range places {
		if i > 0 {
			line += ","
			if textfmt.Width(line)+1+textfmt.Width(p) > textfmt.Columns-2 {
				fmt.Fprintln(w, line)
				line = indent
			} else {
				line += " "
			}
		}
		line += p
	}
	fmt.Fprintln(w, line+a.inLanguage(" 行", ""))
}

// reason says why rows were refused.
func (a *app) reason(r intake.Reason) string {
	zh := map[intake.Reason]string{
		intake.ReasonTooLong: "太长", intake.ReasonOpenQuote: "引号未闭合", intake.ReasonSurplus: "单元格多于表头",
		intake.ReasonNoValue: "正文是公式，文件中没有结果", intake.ReasonErrorValue: "正文是错误值", intake.ReasonEncoding: "编码与文件不同",
		intake.ReasonOtherID: "编号相同而内容不同", intake.ReasonStructure: "JSON 结构不完整",
	}
	en := map[intake.Reason]string{
		intake.ReasonTooLong: "too long", intake.ReasonOpenQuote: "a quote that is never closed", intake.ReasonSurplus: "more cells than the header",
		intake.ReasonNoValue: "the text is a formula without a value", intake.ReasonErrorValue: "the text is an error value",
		intake.ReasonEncoding: "in another encoding than the file", intake.ReasonOtherID: "same id, other content", intake.ReasonStructure: "broken JSON structure",
	}
	return a.inLanguage("未接收："+zh[r], "refused: "+en[r])
}

// notable tells whether a balance says more than that all records were sent.
func notable(b *intake.Balance) bool {
	return b.Refused+b.Empty+b.Headers+b.Undated+b.NoText+b.NoID+b.Hidden+b.Garbled > 0
}
