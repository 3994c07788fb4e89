package intake

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// readAll returns the records and the errors of the records passed over.
func readAll(t testing.TB, path string, opts Options) (records []Record, refused []string, final error) {
	t.Helper()
	r, err := Open(path, opts)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	for {
		rec, err := r.Next()
		var re *RecordError
		switch {
		case err == nil:
			records = append(records, rec)
		case errors.As(err, &re):
			refused = append(refused, strings.ReplaceAll(err.Error(), path, "F"))
		case errors.Is(err, io.EOF):
			return records, refused, nil
		default:
			return records, refused, err
		}
	}
}

func brief(records []Record) []string {
	var out []string
	for _, r := range records {
		id := r.ID
		if len(id) > 32 {
			id = "hash" + id[32:]
		}
		out = append(out, fmt.Sprintf("%d %s %q %s", r.Line, id, r.Source, r.Payload))
	}
	return out
}

func TestTextFormats(t *testing.T) {
	utf16 := func(s string, e unicode.Endianness, bom unicode.BOMPolicy) []byte {
		b, err := unicode.UTF16(e, bom).NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	gbk := func(s string) []byte {
		b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	zipped := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write([]byte(s))
		z.Close()
		return b.Bytes()
	}
	long := strings.Repeat("长", 40)
	tests := []struct {
		name, file string
		content    []byte
		limit      int
		want       []string
		refused    []string
	}{
		{"lines", "a.ndjson", []byte("\xEF\xBB\xBF{\"id\":\"a\",\"source\":\"cctv\"}\r\n \t\r\n{\"id\":7}\n{broken\n\xff\xfe\n[1]\n{\"id\":1.50}"), 0, []string{
			`1 a "cctv" {"id":"a","source":"cctv"}`, `3 7 "" {"id":7}`, `4 hash.1 "" {broken`,
			"5 hash.1 \"\" \xff\xfe", `6 hash.1 "" [1]`, `7 hash.1 "" {"id":1.50}`,
		}, nil},
		{"same words are counted apart", "a.ndjson", []byte("{\"text\":\"好\"}\n{\"text\":\"坏\"}\n{\"text\":\"好\"}\n"), 0, []string{
			`1 hash.1 "" {"text":"好"}`, `2 hash.1 "" {"text":"坏"}`, `3 hash.2 "" {"text":"好"}`,
		}, nil},
		{"id and source of the first level only, last wins, escapes", "a.jsonl", []byte(
			`{"x":{"id":"no"},"id":"1","\u0069d":"\u4e00\n","ID":"no","source":3}` + "\n" +
				`{"id":null,"source":"a"}` + "\n" + `{"id":"\ud800"}` + "\n" + `{"id":["x"], "y":[{"source":"no"}] }`), 0, []string{
			"1 一\n \"\" " + `{"x":{"id":"no"},"id":"1","\u0069d":"\u4e00\n","ID":"no","source":3}`,
			`2 hash.1 "a" {"id":null,"source":"a"}`, `3 \ud800 "" {"id":"\ud800"}`, `4 hash.1 "" {"id":["x"], "y":[{"source":"no"}] }`,
		}, nil},
		{"a line that is too long is named, the rest is read", "a.ndjson", []byte("{\"id\":1}\n" + long + "\n{\"id\":2}\n"), 100, []string{
			`1 1 "" {"id":1}`, `3 2 "" {"id":2}`,
		}, []string{"F:2: record too long: the line has more than 100 bytes; shorten it and send the file again"}},
		{"exactly the limit is not too long", "a.ndjson", []byte(long[:99] + "a\r\n" + long[:99] + "ab"), 100, []string{
			`1 hash.1 "" ` + long[:99] + "a",
		}, []string{"F:2: record too long: the line has more than 100 bytes; shorten it and send the file again"}},
		{"UTF-16 with mark", "a.ndjson", utf16("{\"id\":\"一\"}\n", unicode.LittleEndian, unicode.UseBOM), 0, []string{`1 一 "" {"id":"一"}`}, nil},
		{"UTF-16 without mark", "a.ndjson", utf16("{\"id\":\"一\"}\n", unicode.BigEndian, unicode.IgnoreBOM), 0, []string{`1 一 "" {"id":"一"}`}, nil},
		{"packed", "a.ndjson.gz", zipped("{\"id\":1}\n"), 0, []string{`1 1 "" {"id":1}`}, nil},
		{"array", "a.json", []byte("\n[\n {\"id\":\"a\",\n\"t\":\"],\\\"\"} , 5,\n{bad},{\"id\":2}\n]\n"), 0, []string{
			"3 a \"\" {\"id\":\"a\",\n\"t\":\"],\\\"\"}", `4 hash.1 "" 5`, `5 hash.1 "" {bad}`, `5 2 "" {"id":2}`,
		}, nil},
		{
			"array that is cut short", "a.json", []byte("[{\"id\":1},{\"id\""), 0,
			[]string{`1 1 "" {"id":1}`, `1 hash.1 "" {"id"`},
			[]string{"F:1: malformed record: the array or the object is not closed, so the file may be cut short"},
		},
		{
			"text behind the array", "a.json", []byte("[1]\nx"), 0,
			[]string{`1 hash.1 "" 1`},
			[]string{"F:2: malformed record: there is text behind the end of the array; put it into the array, or use one object a line"},
		},
		{"a .json of lines", "a.json", []byte("\n{\"id\":1}\n[2]\n"), 0, []string{`2 1 "" {"id":1}`, `3 hash.1 "" [2]`}, nil},
		{"an array in a .ndjson is a line", "a.ndjson", []byte("[1,2]\n"), 0, []string{`1 hash.1 "" [1,2]`}, nil},

		{"table", "a.csv", []byte("\xEF\xBB\xBFID,Title,TEXT,source,submitted_at,extra\r\n" +
			"a1,题,\"多行\r\n\"\"引\"\"，完\", cctv ,2022-04-15 08:30:00,x\r\n,,,,,\r\n\r\na2,,=SUM(1),,2022/4/5\r\na3\r\n"), 0, []string{
			"2 a1 \"cctv\" " + `{"text":"多行\r\n\"引\"，完","title":"题","source":"cctv","submitted_at":"2022-04-15T08:30:00+08:00","id":"a1"}`,
			"6 a2 \"\" " + `{"text":"=SUM(1)","submitted_at":"2022-04-05T00:00:00+08:00","id":"a2"}`,
			"7 a3 \"\" " + `{"text":"","id":"a3"}`,
		}, nil},
		{"GBK, Chinese names, semicolons", "a.csv", gbk("编号;来源;留言 ;时间\n一;人民网;办好学校,好吗;2022年4月15日 8时5分\n"), 0, []string{
			"2 一 \"人民网\" " + `{"text":"办好学校,好吗","source":"人民网","submitted_at":"2022-04-15T08:05:00+08:00","id":"一"}`,
		}, nil},
		{"UTF-8 with some broken bytes is not GBK", "a.csv", []byte("text\n建议\xff加强\n"), 0, []string{"2 hash.1 \"\" {\"text\":\"建议\xff加强\"}"}, nil},
		{"sep line, UTF-16, tabs", "a.txt", utf16("sep=\t\n内容\t编号\n好\t1\n", unicode.LittleEndian, unicode.UseBOM), 0, []string{`3 1 "" {"text":"好","id":"1"}`}, nil},
		{
			"a last column of text holds no delimiter", "a.csv", []byte("id,text\n1,a,b,,c,,\n2,\"x\",,\n"), 0,
			[]string{`3 2 "" {"text":"x","id":"2"}`},
			[]string{"F:2:5: malformed record: the row has a cell in column C, and the header ends with B; put quotes around a cell with the delimiter, or name the column"},
		},
		{
			"too many cells", "a.csv", []byte("text,id\n一,二,三\n好,1\n"), 0,
			[]string{`3 1 "" {"text":"好","id":"1"}`},
			[]string{"F:2:5: malformed record: the row has a cell in column C, and the header ends with B; put quotes around a cell with the delimiter, or name the column"},
		},
		{"quotes inside quotes", "a.csv", []byte("text,id\n\"他说\"好\"吧\",1\n说\"好\",2\n"), 0, []string{
			`2 1 "" {"text":"他说\"好\"吧","id":"1"}`, `3 2 "" {"text":"说\"好\"","id":"2"}`,
		}, nil},
		{"an open quote costs its line only", "a.csv", []byte("id,text\n1,\"开\n2,好\n3,坏\n"), 0, []string{
			`3 2 "" {"text":"好","id":"2"}`, `4 3 "" {"text":"坏","id":"3"}`,
		}, []string{"F:2:3: malformed record: the quote that opens here is never closed; close it, or double the quotes inside"}},
		{"an open quote does not swallow up to the next quoted cell", "a.csv", []byte("id,text\n1,\"开\n2,好\n3,\"坏\n又\"\n4,完\n"), 0, []string{
			`3 2 "" {"text":"好","id":"2"}`, `4 3 "" {"text":"坏\n又","id":"3"}`, `6 4 "" {"text":"完","id":"4"}`,
		}, []string{"F:2:3: malformed record: the quote that opens here is never closed; close it, or double the quotes inside"}},
		{"an open quote before a line that is too long", "a.csv", []byte("id,text\n1,\"开\n2,好\n3," + long + "\n4,完\n"), 100, []string{
			`3 2 "" {"text":"好","id":"2"}`, `5 4 "" {"text":"完","id":"4"}`,
		}, []string{
			"F:2:3: malformed record: the quote that opens here is never closed; close it, or double the quotes inside",
			"F:4: record too long: the line has more than 100 bytes; shorten it and send the file again",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			records, refused, err := readAll(t, write(t, tt.file, tt.content), Options{MaxRecordBytes: tt.limit})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, brief(records)); d != "" {
				t.Errorf("records (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.refused, refused); d != "" {
				t.Errorf("refused (-want +got):\n%s", d)
			}
		})
	}
}

func TestIDsDoNotDependOnFormOfTheFile(t *testing.T) {
	ids := func(name string, content []byte) string {
		records, _, err := readAll(t, write(t, name, content), Options{})
		if err != nil || len(records) != 2 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		return records[0].ID + " " + records[1].ID
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("{\"text\":1}\n{\"text\":2}\n"))
	z.Close()
	plain := ids("a.ndjson", []byte("{\"text\":1}\n{\"text\":2}\n"))
	for name, got := range map[string]string{
		"line ends": ids("a.ndjson", []byte("\xEF\xBB\xBF{\"text\":1}\r\n\r\n{\"text\":2}")),
		"packed":    ids("a.ndjson.gz", packed.Bytes()),
	} {
		if got != plain {
			t.Errorf("%s: %s, want %s", name, got, plain)
		}
	}
	if other := ids("b.ndjson", []byte("{\"text\":1}\n{\"text\":2}\n")); other == plain {
		t.Error("another file has the same ids")
	}
}

func TestOpenErrors(t *testing.T) {
	gz := func(b []byte) []byte {
		var out bytes.Buffer
		z := gzip.NewWriter(&out)
		z.Write(b)
		z.Close()
		return out.Bytes()
	}
	random := make([]byte, 4096)
	for i := range random {
		random[i] = byte(i*i>>3 ^ i)
	}
	cut := gz(append([]byte("{\"id\":1}\n"), random...))
	for _, tt := range []struct {
		file    string
		content []byte
		want    string
	}{
		{"a.xls", nil, "save the old .xls workbook as .xlsx or .csv"},
		{"a.pdf", nil, "use .ndjson"},
		{"a.csv", []byte("name,phone\n1,2\n"), "F: no column of text: none of the first rows names one as text, 正文, 内容, 建议, 留言 or 诉求: name it with --text NAME or a letter such as --text C; --header-row 0 says that there is no header"},
		{"a.csv", []byte("\n" + strings.Repeat("民", 30) + ",1\n"), "; long texts stand in A (30 characters on average)"},
		{"a.csv", nil, "the file is empty"},
		{"a.xlsx", []byte("no zip"), "there is no workbook in it; if it is text, name it .csv"},
		{"a.csv", []byte("PK\x03\x04 more"), "name it .xlsx if it is one"},
		{"a.ndjson.gz", []byte("no gzip"), "not a gzip file"},
		{"a.ndjson.gz", cut[:len(cut)-12], "the compressed file is cut short"},
	} {
		path := write(t, tt.file, tt.content)
		_, _, err := readAll(t, path, Options{})
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), path, "F"), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.file, err, tt.want)
		}
	}
	if _, err := Open(t.TempDir()+"/none.csv", Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestStdinAndReadErrors(t *testing.T) {
	records, _, err := readAll(t, "-", Options{Stdin: iotest.OneByteReader(strings.NewReader("{\"id\":1}\n{\"id\":2}"))})
	if err != nil || len(records) != 2 {
		t.Errorf("%d records, %v", len(records), err)
	}
	broken := io.MultiReader(strings.NewReader("{\"id\":1}\n{\"id\":2"), iotest.ErrReader(errors.New("cable")))
	records, _, err = readAll(t, "-", Options{Stdin: broken})
	if len(records) != 1 || err == nil || err.Error() != "read -:2: cable" {
		t.Errorf("half a line: %d records, %v", len(records), err)
	}
}

func TestPosition(t *testing.T) {
	content := []byte(strings.Repeat("{\"id\":1}\n", 100_000))
	r, err := Open(write(t, "a.ndjson", content), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var last int64
	for {
		if _, err := r.Next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		done, total := r.Position()
		if done < last || done > total || total != int64(len(content)) {
			t.Fatalf("position %d of %d after %d", done, total, last)
		}
		last = done
	}
	if last != int64(len(content)) {
		t.Errorf("ends at %d of %d", last, len(content))
	}
}

func TestSourceToken(t *testing.T) {
	long := strings.Repeat("人民", 40)
	for in, want := range map[string]string{
		"": "unknown", " \u3000": "unknown", "people_daily": "people_daily", "a.b*c>": "a=2Eb=2Ac=3E",
		"网": "=E7=BD=91", "a=": "a=3D", " a\x00\n\tb ": "a=00=0A=09b",
	} {
		if got := SourceToken(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	a, b := SourceToken(long+"a"), SourceToken(long+"b")
	if a == b || len(a) > maxTokenBytes || strings.Trim(a, "=0123456789ABCDEFabcdef") != "" {
		t.Errorf("long sources: %s and %s", a, b)
	}
}

// book writes a workbook whose first sheet is a cover without a table.
func book(t *testing.T, date1904 bool) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &date1904}))
	must(f.SetCellStr("Sheet1", "A1", "说明"))
	if _, err := f.NewSheet("数据"); err != nil {
		t.Fatal(err)
	}
	style := func(code string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
		must(err)
		return id
	}
	short, padded := style("m/d"), style("000000")
	must(f.SetSheetRow("数据", "A1", &[]any{"网民建言汇总表"}))
	must(f.SetSheetRow("数据", "A3", &[]any{"编号", "来源", "内容", "提交时间", "备注"}))
	at := time.Date(2022, 4, 15, 8, 30, 59, 0, time.UTC)
	must(f.SetSheetRow("数据", "A4", &[]any{7, "cctv", "第一行\n第二行", at, "x"}))
	must(f.SetCellStyle("数据", "A4", "A4", padded))
	must(f.SetCellStyle("数据", "D4", "D4", short)) // shows neither year nor time
	must(f.SetSheetRow("数据", "A6", &[]any{123456789012345678, nil, "=SUM(A1)", "2022/4/16 9:00"}))
	must(f.SetSheetRow("数据", "A7", &[]any{"x", "cctv", 12.5, 20220417}))
	must(f.SetSheetRow("数据", "A8", &[]any{"y", "cctv", "好", 2022}))
	path := filepath.Join(t.TempDir(), "a.xlsx")
	must(f.SaveAs(path))
	return path
}

func TestSheet(t *testing.T) {
	for _, date1904 := range []bool{false, true} {
		records, refused, err := readAll(t, book(t, date1904), Options{})
		if err != nil || refused != nil {
			t.Fatal(err, refused)
		}
		want := []string{
			`4 000007 "cctv" {"text":"第一行\n第二行","source":"cctv","submitted_at":"2022-04-15T08:30:59+08:00","id":"000007"}`,
			`6 123456789012345678 "" {"text":"=SUM(A1)","submitted_at":"2022-04-16T09:00:00+08:00","id":"123456789012345678"}`,
			`7 x "cctv" {"text":"12.5","source":"cctv","submitted_at":"2022-04-17T00:00:00+08:00","id":"x"}`,
			`8 y "cctv" {"text":"好","source":"cctv","submitted_at":"2022","id":"y"}`,
		}
		if d := cmp.Diff(want, brief(records)); d != "" {
			t.Errorf("1904 %v (-want +got):\n%s", date1904, d)
		}
	}
}

// TestRoundTrip writes the same suggestions in every format and wants the same
// records back.
func TestRoundTrip(t *testing.T) {
	texts := []string{
		"建议放学后开展课后服务", "带,逗号;分号\t制表", "带\"引号\"", "\"", "多\n行\n", "=SUM(A1:A9)", "全角　空格１２３", "繁體", "'单引号", "a\"\n\"b",
	}
	var ndjson, csv bytes.Buffer
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetRow("Sheet1", "A1", &[]any{"id", "text", "source"}); err != nil {
		t.Fatal(err)
	}
	csv.WriteString("id,text,source\n")
	var want []string
	for i, text := range texts {
		id := fmt.Sprint("n", i)
		line, err := json.Marshal(map[string]string{"id": id, "text": text, "source": "网"})
		if err != nil {
			t.Fatal(err)
		}
		ndjson.Write(append(line, '\n'))
		fmt.Fprintf(&csv, "%s,\"%s\",网\n", id, strings.ReplaceAll(text, `"`, `""`))
		if err := f.SetSheetRow("Sheet1", fmt.Sprint("A", i+2), &[]any{id, text, "网"}); err != nil {
			t.Fatal(err)
		}
		want = append(want, id+" 网 "+text)
	}
	gbk, err := simplifiedchinese.GB18030.NewEncoder().Bytes(csv.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	sheet := filepath.Join(t.TempDir(), "a.xlsx")
	if err := f.SaveAs(sheet); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"ndjson": write(t, "a.ndjson", ndjson.Bytes()), "csv": write(t, "a.csv", csv.Bytes()), "gbk": write(t, "a.csv", gbk),
		"bom": write(t, "a.csv", append([]byte("\xEF\xBB\xBF"), csv.Bytes()...)), "xlsx": sheet,
	} {
		records, refused, err := readAll(t, path, Options{})
		if err != nil || refused != nil {
			t.Fatal(name, err, refused)
		}
		var got []string
		for _, r := range records {
			var m struct{ ID, Text, Source string }
			if err := json.Unmarshal(r.Payload, &m); err != nil {
				t.Fatal(err)
			}
			got = append(got, m.ID+" "+m.Source+" "+m.Text)
			if r.ID != m.ID || r.Source != m.Source {
				t.Errorf("%s: record says %s %s, payload %s %s", name, r.ID, r.Source, m.ID, m.Source)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}
