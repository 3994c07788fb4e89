package intake

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// secret stands in every text of these tests, and in no error.
const secret = "秘密"

// told is a balance in one line: what was read, and what became of it.
func told(b *Balance) string {
	var out []string
	for _, t := range b.Tables {
		if t.Sheet != "" {
			out = append(out, t.Sheet+":")
		}
		if t.Skipped != "" {
			out = append(out, string(t.Skipped))
			continue
		}
		if t.Header != nil {
			out = append(out, fmt.Sprint("header", t.Header))
		}
		for _, c := range t.Columns {
			mark := map[How]string{ByContent: "?", ByFlag: "!"}[c.How]
			out = append(out, c.Field+"="+c.Letter+mark)
		}
		if b.Format == "csv" || b.Format == "xlsx" {
			out = append(out, "ids="+string(t.IDs))
		}
	}
	sum := fmt.Sprintf("%d=%d+%d+%d+%d+%d", b.Rows, b.Sent, b.Already, b.Refused, b.Empty, b.Headers)
	if !b.Holds() || !b.Complete {
		sum += " WRONG"
	}
	out = append(out, sum)
	for _, r := range b.Reasons() {
		for _, t := range b.Tables {
			if s := t.Refused[r]; s != nil {
				out = append(out, fmt.Sprintf("%s[%s]", r, s))
			}
		}
	}
	for _, t := range b.Tables {
		for i, s := range []*RowSet{&t.Undated, &t.NoText, &t.Hidden, &t.Garbled} {
			name := []string{"undated", "no_text", "hidden", "garbled"}[i]
			if s.Count > 0 {
				out = append(out, fmt.Sprintf("%s[%s]", name, s))
			}
		}
	}
	return strings.Join(out, " ")
}

// TestKinds has a file of each kind that office programs and people make, and what
// is said of it, or the error.
func TestKinds(t *testing.T) {
	gbk := func(s string) string {
		b, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const (
		a = "小学三点半放学没有人接孩子" + secret
		b = "医院挂号太难了排队两个小时" + secret
		c = "公交车等了四十分钟还没有来" + secret
	)
	lines := func(s ...string) string { return strings.Join(s, "\n") + "\n" }
	zero, three := 0, 3
	for _, k := range []struct {
		name, file, content string
		opts                Options
		want                string // what is told, or ...
		err                 error
		says                string // part of the error
	}{
		{name: "plain", file: "a.csv", content: lines("id,text", "K1,"+a, "K2,"+b), want: "header[1] text=B id=A ids=own 2=2+0+0+0+0"},
		{name: "title row", file: "a.csv", content: lines("四月留言汇总表,,", "编号,标题,内容", "K1,x,"+a), want: "header[2] text=C title=B id=A ids=own 1=1+0+0+0+0"},
		{name: "row of groups", file: "a.csv", content: lines("基本信息,,留言,,办理,", "编号,姓名,标题,内容,单位,回复内容", "K1,某,x,"+a+",y,z"), want: "header[2] text=D title=C id=A ids=own 1=1+0+0+0+0"},
		{name: "header over two rows", file: "a.csv", content: lines("编号,留言,,时间", ",标题,内容,", "K1,x,"+a+",2022-04-15"), want: "header[1 2] text=C title=B time=D id=A ids=own 1=1+0+0+0+0"},
		{name: "header in two languages", file: "a.csv", content: lines("id,content", "编号,内容", "K1,"+a), want: "header[1 2] text=B id=A ids=own 1=1+0+0+0+0"},
		{name: "header again", file: "a.csv", content: lines("编号,内容", "K1,"+a, "编号,内容", "K2,"+b), want: "header[1] text=B id=A ids=own 3=2+0+0+0+1"},
		{name: "traditional", file: "a.csv", content: lines("編號,標題,內容,提交時間", "K1,x,"+a+",2022-04-15"), want: "header[1] text=C title=B time=D id=A ids=own 1=1+0+0+0+0"},
		{name: "a form", file: "a.csv", content: lines("序号,提交答卷时间,来源,\"3、您对本市的意见和建议（必填）\"", "1,2022/4/15 21:03:11,微信,"+a), want: "header[1] text=D? source=C time=B ids=none 1=1+0+0+0+0"},
		{name: "required", file: "a.csv", content: lines("编号*,内容（必填）", "K1,"+a), want: "header[1] text=B id=A ids=own 1=1+0+0+0+0"},
		{name: "a kind and a text", file: "a.csv", content: lines("编号,诉求,诉求内容", "K1,咨询,"+a, "K2,投诉,"+b), want: "header[1] text=C? id=A ids=own 2=2+0+0+0+0"},
		{name: "the text under the general name", file: "a.csv", content: lines("编号,诉求,诉求内容", "K1,"+a+",", "K2,"+b+",无"), want: "header[1] text=B? id=A ids=own 2=2+0+0+0+0"},
		{name: "two texts", file: "a.csv", content: lines("编号,留言,建议", "K1,"+a+","+b, "K2,"+b+","+c), err: ErrDoubt, says: "--text B"},
		{name: "two texts, told", file: "a.csv", content: lines("编号,留言,建议", "K1,"+a+","+b), opts: Options{Columns: ColumnChoice{Text: "建议", Title: "B"}}, want: "header[1] text=C! title=B! id=A ids=own 1=1+0+0+0+0"},
		{name: "two columns of one name", file: "a.csv", content: lines("内容,编号,内容", a+",K1,"+b), err: ErrDoubt, says: "column A"},
		{name: "short text beside a long unknown", file: "a.csv", content: lines("编号,建议,x", "K1,有,"+a, "K2,有,"+b, "K3,有,"+c), err: ErrDoubt, says: "--text C"},
		{name: "no header", file: "a.csv", content: lines("K1,"+a+",某", "K2,"+b+",某"), err: ErrNoTextColumn, says: "long texts stand in B"},
		{name: "no header, told", file: "a.csv", content: lines("K1,"+a+",某", "K2,"+b+",某"), opts: Options{HeaderRow: &zero, Columns: ColumnChoice{Text: "B", ID: "A"}}, want: "text=B! id=A! ids=own 2=2+0+0+0+0"},
		{name: "header told", file: "a.csv", content: lines("内容", "x", "编号,来信", "K1,"+a), opts: Options{HeaderRow: &three, Columns: ColumnChoice{Text: "来信"}}, want: "header[3] text=B! id=A ids=own 1=1+0+0+0+0"},
		{name: "a column that is not there", file: "a.csv", content: lines("编号,内容", "K1,"+a), opts: Options{Columns: ColumnChoice{Time: "日期"}}, err: ErrNoSuchColumn, says: "--time names none"},
		{name: "date and time of day", file: "a.csv", content: lines("编号,日期,时间,内容", "K1,2022-04-15,21:03,"+a, "K2,2022/4/16,下午 3:20,"+b), want: "header[1] text=D time=B? time=C? id=A ids=own 2=2+0+0+0+0"},
		{name: "date and time of day, told", file: "a.csv", content: lines("编号,哪天,几点,内容", "K1,2022-04-15,21:03,"+a), opts: Options{Columns: ColumnChoice{Time: "哪天+几点"}}, want: "header[1] text=D time=B! time=C! id=A ids=own 1=1+0+0+0+0"},
		{name: "times that cannot be", file: "a.csv", content: lines("编号,时间,内容", "K1,昨天,"+a, "K2,1899-01-01,"+b, "K3,2999-01-01,"+c), want: "header[1] text=C time=B id=A ids=own 3=3+0+0+0+0 undated[2-4]"},
		{name: "numbers of rows", file: "a.csv", content: lines("编号,内容", "1,"+a, "2,"+b, "2,"+c, "1,"+a), want: "header[1] text=B id=A ids=running 4=2+1+1+0+0 same_id_other_content[4]"},
		{name: "same id, other content", file: "a.csv", content: lines("编号,内容", "K1,"+a, "K1,"+b, "K1, "+a+" "), want: "header[1] text=B id=A ids=own 3=1+1+1+0+0 same_id_other_content[3]"},
		{name: "no ids", file: "a.csv", content: lines("编号,内容", "1.10101E+17,"+a, "#N/A,"+b, "N/A,"+c, "-,"+a+"1", "2022-04-15,"+b+"1", "1.5,"+c+"1", ","+a), want: "header[1] text=B id=A ids=none 7=7+0+0+0+0"},
		{name: "surplus cells", file: "a.csv", content: lines("编号,内容", "K1,"+a+","+b, "K2,"+b+",,"), want: "header[1] text=B id=A ids=own 2=1+0+1+0+0 surplus_cells[2]"},
		{name: "blank rows", file: "a.csv", content: lines("编号,内容", "", "K1,"+a, ",", "", "K2,"+b, "", ","), want: "header[1] text=B id=A ids=own 5=2+0+0+3+0"},
		{name: "no text", file: "a.csv", content: lines("编号,内容", "K1,", "K2,"+b), want: "header[1] text=B id=A ids=own 2=2+0+0+0+0 no_text[2]"},
		{name: "old Macintosh", file: "a.csv", content: "编号,内容\rK1," + a + "\rK2," + b + "\r", want: "header[1] text=B id=A ids=own 2=2+0+0+0+0"},
		{name: "mixed line ends", file: "a.csv", content: "编号,内容\r\nK1," + a + "\rK2," + b + "\nK3," + c, want: "header[1] text=B id=A ids=own 3=3+0+0+0+0"},
		{name: "UTF-8, then GBK", file: "a.csv", content: lines("编号,内容", "K1,"+a, "K2,"+b, "K3,"+c) + gbk(lines("K4,"+a)), want: "header[1] text=B id=A ids=own 4=3+0+1+0+0 mixed_encoding[5]"},
		{name: "GBK, then UTF-8", file: "a.csv", content: gbk(lines("编号,内容", "K1,"+a, "K2,"+b, "K3,"+c)) + lines("K4,"+a), want: "header[1] text=B id=A ids=own 4=3+0+1+0+0 mixed_encoding[5]"},
		{name: "broken bytes", file: "a.csv", content: lines("编号,内容", "K1,"+a+"\xff"), want: "header[1] text=B id=A ids=own 1=1+0+0+0+0 garbled[2]"},
		{name: "header only", file: "a.csv", content: lines("编号,内容"), want: "header[1] text=B id=A ids=own 0=0+0+0+0+0"},

		{name: "NDJSON", file: "a.ndjson", content: lines(`{"id":"1","text":"`+a+`"}`, "", `{"id":"1","text":"`+b+`"}`, `{"id":"1","text":"`+a+`"}`), want: "4=1+1+1+1+0 same_id_other_content[3]"},
		{name: "other members", file: "a.ndjson", content: lines(`{"key":"1","content":"` + a + `","at":1650027791}`), opts: Options{Columns: ColumnChoice{Text: "content", ID: "key", Time: "at"}}, want: "1=1+0+0+0+0"},
		{name: "a list inside", file: "a.json", content: `{"n":1,"comments":[{"text":"` + a + `"}]}`, err: ErrListInside, says: "jq -c '.comments[]'"},
		{name: "a list inside, over lines", file: "a.ndjson", content: "{\n\"data\":{\"rows\":[\n{\"text\":\"" + a + "\"}]}}\n", err: ErrListInside, says: ".data.rows[]"},
		{name: "objects over lines", file: "a.json", content: "{\n\"text\":\"" + a + "\"\n}\n{\n\"text\":\"" + b + "\"\n}\n", want: "2=2+0+0+0+0"},
		{name: "an object over lines, cut", file: "a.json", content: "{\n\"text\":\"" + a + "\"\n}\n{\n\"te", want: "3=2+0+1+0+0 structure[3] no_text[2]"},
	} {
		t.Run(k.name, func(t *testing.T) {
			bal, refusals, err := Check(write(t, k.file, []byte(k.content)), k.opts)
			for _, e := range append(refusals, err) {
				if e != nil && (strings.Contains(e.Error(), secret) || strings.Contains(e.Error(), a[:9])) {
					t.Errorf("an error shows a text: %v", e)
				}
			}
			if k.err != nil {
				if !errors.Is(err, k.err) || !strings.Contains(err.Error(), k.says) {
					t.Errorf("error %v, want %v with %q", err, k.err, k.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := told(bal); got != k.want {
				t.Errorf("told\n  %s\nwant\n  %s", got, k.want)
			}
		})
	}
}

// TestSheets: every sheet is counted or named, hidden rows are said, and a formula
// without its result is no text.
func TestSheets(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	set := func(sheet string, rows ...[]any) {
		t.Helper()
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := book.SetSheetRow(sheet, fmt.Sprint("A", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
	set("说明", []any{"请逐条填写"})
	set("一月", []any{"编号", "内容"}, []any{"1", "甲" + secret}, []any{"2", "乙" + secret}, []any{"3", nil})
	set("二月", []any{"编号", "内容"}, []any{"1", "丙" + secret}, []any{"2", "乙" + secret, nil, "备注"})
	set("旧表", []any{"编号", "内容"}, []any{"9", "丁" + secret})
	err := errors.Join(book.SetCellFormula("一月", "B4", `A2&"x"`), book.SetRowVisible("一月", 3, false), book.SetSheetVisible("旧表", false))
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err = errors.Join(err, book.SaveAs(path)); err != nil {
		t.Fatal(err)
	}
	for sheet, want := range map[string]string{
		"": "Sheet1: empty 说明: no_text 一月: header[1] text=B id=A ids=running 二月: header[1] text=B id=A ids=running 旧表: hidden " +
			"5=3+0+2+0+0 formula_without_value[4] surplus_cells[3] hidden[3]",
		"旧表": "Sheet1: not_chosen 说明: not_chosen 一月: not_chosen 二月: not_chosen 旧表: header[1] text=B id=A ids=running 1=1+0+0+0+0",
	} {
		bal, refusals, err := Check(path, Options{Sheet: sheet})
		if err != nil {
			t.Fatal(err)
		}
		if got := told(bal); got != want {
			t.Errorf("told\n  %s\nwant\n  %s", got, want)
		}
		for _, e := range refusals {
			if strings.Contains(e.Error(), secret) || !strings.Contains(e.Error(), `月", row `) {
				t.Errorf("refused as %v", e)
			}
		}
	}
	if _, _, err := Check(path, Options{Sheet: "三月"}); !errors.Is(err, ErrNoSuchColumn) || !strings.Contains(err.Error(), `"一月", "二月"`) {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

// TestSameRowSameDay: NDJSON, CSV and a workbook give the same time for the same text.
func TestSameRowSameDay(t *testing.T) {
	for _, at := range []string{"2022-04-15", "2022-04-15 21:03:11", "2022/4/15", "1650027791", "2022-04-15T21:03:11+0800", "2022年4月15日 下午 09:03", "昨天"} {
		book := excelize.NewFile()
		for cell, v := range map[string]string{"A1": "text", "B1": "time", "A2": "x", "B2": at} {
			if err := book.SetCellStr("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "a.xlsx")
		if err := errors.Join(book.SaveAs(path), book.Close()); err != nil {
			t.Fatal(err)
		}
		var got [][]byte
		for _, file := range []string{path, write(t, "a.csv", []byte("text,time\nx,"+at+"\n")), write(t, "a.ndjson", []byte(`{"text":"x","submitted_at":"`+at+`"}`))} {
			records, _, err := readAll(t, file, Options{})
			if err != nil || len(records) != 1 {
				t.Fatal(records, err)
			}
			got = append(got, records[0].Payload)
		}
		if !bytes.Equal(got[0], got[1]) || !bytes.Equal(got[1], got[2]) {
			t.Errorf("%s: %s", at, got)
		}
	}
}
