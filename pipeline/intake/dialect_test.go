package intake

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// dialect writes the same table as one program or another would.
type dialect struct {
	*rand.Rand
	traditional bool
}

// said is a row of the table as it must be read.
type said struct{ ID, Title, Text, Day string }

func pick[T any](d dialect, of ...T) T { return of[d.IntN(len(of))] }

func (d dialect) text(i int) string {
	words := []string{"小学三点半放学没有人接孩子", "医院挂号太难了", "希望增加公交车的班次", "老人看病不方便", "建议加装电梯", "空气不好，河水也不干净", "工资总是拖着不发", "他说\"好\"就是不做", "多;少,都一样", "第一行\n第二行"}
	if d.traditional {
		words = []string{"小學下午三點半放學沒有人接孩子", "醫院掛號太難了", "希望增加公車的班次", "老人看病不方便", "建議加裝電梯", "空氣不好，河水也不乾淨", "說了\"好\"就是不做", "第一行\n第二行"}
	}
	return fmt.Sprintf("%s%s%d", pick(d, words...), pick(d, words...), i)
}

// times are spellings of a time on the day, in the zone of the reader.
func (d dialect) time(day time.Time) string {
	at := day.Add(time.Duration(d.IntN(86400)) * time.Second)
	half := "上午"
	if at.Hour() >= 12 {
		half = "下午"
	}
	return pick(d, at.Format("2006-01-02"), at.Format("2006/1/2 15:04"), at.Format("2006-01-02 15:04:05"), at.Format(time.RFC3339),
		at.Format("2006-01-02T15:04:05"), at.Format("2006-01-02T15:04:05-0700"), at.Format("2006年1月2日"), at.Format("2006年1月2日 15:04"),
		at.Format("2006/1/2 ")+half+at.Format(" 03:04"), fmt.Sprint(at.Unix()), fmt.Sprint(at.UnixMilli()), at.Format("20060102"), at.Format("20060102150405"))
}

// table returns rows of cells, what must be read of them, and how many of the rows
// are empty and how many the header again.
func (d dialect) table() (rows [][]string, want []said, empty, headers int) {
	fields := []string{"id", "title", "text", "time", "other"}
	d.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	names := map[string]string{
		"id": pick(d, "编号", "id", "工单编号", "ID"), "title": pick(d, "标题", "Title", "主题"), "other": pick(d, "电话", "姓名", "备注", "x"),
		"text": pick(d, "内容", "留言内容", "诉求内容", "意见", "TEXT", "comment", "内容（必填）", "2、您的建议"), "time": pick(d, "时间", "提交时间", "日期", "submitted_at"),
	}
	header := make([]string, len(fields))
	for i, f := range fields {
		header[i] = names[f]
	}
	if d.IntN(3) == 0 {
		rows = append(rows, []string{"四月汇总表", "", "", "", ""})
	}
	rows = append(rows, header)
	running := d.IntN(2) == 0
	n := 3 + d.IntN(5)
	for i := range n {
		if i > 0 && d.IntN(4) == 0 {
			rows = append(rows, make([]string, len(fields)))
			empty++
		}
		if i > 0 && d.IntN(8) == 0 {
			rows = append(rows, header)
			headers++
		}
		day := time.Date(2022, time.Month(1+d.IntN(12)), 1+d.IntN(28), 0, 0, 0, 0, beijing())
		w := said{ID: fmt.Sprintf("WZ%06d", i), Title: pick(d, "", "好题目"), Text: d.text(i), Day: day.Format(time.DateOnly)}
		if running {
			w.ID = fmt.Sprint(i + 1)
		}
		cells := map[string]string{"id": w.ID, "title": w.Title, "text": w.Text, "time": d.time(day), "other": pick(d, "", "13800000000", "某")}
		row := make([]string, len(fields))
		for j, f := range fields {
			row[j] = cells[f]
		}
		rows = append(rows, row)
		want = append(want, w)
	}
	return rows, want, empty, headers
}

// csv writes rows as some program would.
func (d dialect) csv(t testing.TB, rows [][]string) []byte {
	delim := pick(d, ",", ";", "\t", "|")
	end := pick(d, "\n", "\r\n", "\r")
	quoteAll := d.IntN(2) == 0
	var b strings.Builder
	if delim != "|" && d.IntN(5) == 0 {
		b.WriteString("sep=" + delim + end)
	}
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteString(delim)
			}
			if quoteAll || strings.ContainsAny(cell, delim+"\"\r\n") {
				cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
			}
			b.WriteString(cell)
		}
		b.WriteString(end)
	}
	codes := []encoding.Encoding{
		unicode.UTF8, unicode.UTF8BOM, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	}
	if d.traditional {
		codes = append(codes, traditionalchinese.Big5, traditionalchinese.Big5)
	} else {
		codes = append(codes, simplifiedchinese.GBK, simplifiedchinese.GB18030)
	}
	text := b.String()
	if d.traditional {
		text = strings.NewReplacer("编号", "編號", "标题", "標題", "内容", "內容", "时间", "時間", "诉求", "訴求", "意见", "意見", "建议", "建議",
			"主题", "主題", "提交", "提交", "工单", "工單", "电话", "電話", "备注", "備註", "四月汇总表", "四月彙總表", "好题目", "好題目").Replace(text)
	}
	out, err := pick(d, codes...).NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// workbook writes rows into a sheet between others.
func (d dialect) workbook(t testing.TB, path string, rows [][]string) {
	book := excelize.NewFile()
	defer book.Close()
	sheet := "Sheet1"
	if d.IntN(2) == 0 {
		if err := book.SetCellStr(sheet, "A1", "说明"); err != nil {
			t.Fatal(err)
		}
		sheet = "数据"
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range rows {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil && cell != "" {
				err = book.SetCellStr(sheet, name, cell)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
}

// FuzzDialects writes a table as some program would and reads it back: every
// suggestion with its id, title and day, and the balance adds up to the rows.
func FuzzDialects(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := dialect{Rand: rand.New(rand.NewPCG(seed, 1)), traditional: seed%3 == 0}
		rows, want, empty, headers := d.table()
		path := filepath.Join(t.TempDir(), "a.xlsx")
		if d.IntN(4) > 0 {
			path = write(t, "a.csv", d.csv(t, rows))
		} else {
			d.workbook(t, path, rows)
		}
		records, refused, err := readAll(t, path, Options{})
		if err != nil || refused != nil {
			t.Fatal(err, refused)
		}
		var got []said
		for _, r := range records {
			var m struct {
				ID, Title, Text string
				At              string `json:"submitted_at"`
			}
			if err := json.Unmarshal(r.Payload, &m); err != nil {
				t.Fatal(err)
			}
			got = append(got, said{m.ID, m.Title, strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(m.Text), m.At[:min(10, len(m.At))]})
		}
		fold := func(s string) string { // what the writer of traditional characters changed
			return strings.NewReplacer("題", "题").Replace(s)
		}
		for i := range got {
			got[i].Title = fold(got[i].Title)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		b, _, err := Check(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !b.Holds() || !b.Complete || b.Sent != len(want) || b.Empty != empty || b.Headers != headers || b.Undated != 0 || b.NoID != 0 {
			t.Errorf("%d records, %d empty, %d headers: balance %+v", len(want), empty, headers, *b)
		}
	})
}

// BenchmarkTable reads rows that cost a quadratic reader minutes.
func BenchmarkTable(b *testing.B) {
	for name, content := range map[string]string{
		"rows":          "编号,内容,时间\n" + strings.Repeat("K1,小学三点半放学没有人接孩子,2022-04-15\n", 20_000),
		"row of commas": "id,text\n1" + strings.Repeat(",a", 512<<10) + "\n",
		"open quotes":   "text,id\n" + strings.Repeat("x,\"\" a \n", 128<<10),
		"bare returns":  "text,id\r" + strings.Repeat("x,1\r", 256<<10),
	} {
		b.Run(name, func(b *testing.B) {
			path := write(b, "a.csv", []byte(content))
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if _, _, err := Check(path, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
