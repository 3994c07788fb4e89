package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// makeBook returns a workbook with the given cells, by sheet and cell.
func makeBook(t *testing.T, cells map[string]map[string]any) []byte {
	t.Helper()
	book := excelize.NewFile()
	t.Cleanup(func() { _ = book.Close() })
	for sheet, values := range cells {
		if _, err := book.NewSheet(sheet); err != nil {
			t.Fatal(err)
		}
		for cell, value := range values {
			var err error
			if formula, ok := value.(formula); ok {
				err = book.SetCellFormula(sheet, cell, string(formula))
			} else {
				err = book.SetCellValue(sheet, cell, value)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	var out bytes.Buffer
	if _, err := book.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

type formula string

// messages returns the faults in err, one line each.
func messages(t *testing.T, err error) []string {
	t.Helper()
	var faults dict.Errors
	if !errors.As(err, &faults) {
		t.Fatalf("%v, want dict.Errors", err)
	}
	return strings.Split(faults.Error(), "\n")
}

func TestEveryFaultOfAWorkbookWithItsCell(t *testing.T) {
	book := makeBook(t, map[string]map[string]any{
		"子主题": {
			"A1": "subtheme 子主题", "B1": "zh", "C1": "theme_zh", "D1": "aspect", "E1": "threshold",
			"A2": "livelihood/education", "B2": "教育", "C2": "民生", "D2": "livelyhood", "E2": 0.5,
			"A3": "livelihood/housing", "C3": "民主", "E3": "一",
		},
		"民生": {
			"A1": "subtheme", "B1": "keyword", "C1": "weight", "D1": "match", "E1": "all", "F1": "within", "G1": "token",
			"A2": "livelihood/education", "B2": 7,
			"A3": "livelihood/education", "B3": time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC),
			"A4": "livelihood/education", "B4": formula("SUM(A1)"),
			"A5": "livelihood/education", "B5": true,
			"A6": "livelihood/education", "B6": "学校", "C6": "heavy",
			"A7": "livelihood/education", "B7": "教师", "D7": "part",
			"A8": "livelihood/education", "E8": "幼儿园\n收费",
			"A9": "livelihood/education", "C9": 2,
			"B10": "没有主题",
			"A11": "livelihood/education", "B11": " 空格", "G11": true,
			"A12": "livelihood/education", "B12": "考试", "C12": 0.25,
		},
	})
	_, _, err := Read(bytes.NewReader(book), "words.xlsx", phrase.English)
	got := strings.Join(messages(t, err), "\n")
	want := strings.Join([]string{
		`words.xlsx 民生!B2: to Excel the cell of keyword is a number or a date (shown as 7), not text`,
		`words.xlsx 民生!B3: to Excel the cell of keyword is a number or a date (shown as Jan-22), not text`,
		`words.xlsx 民生!B4: to Excel the cell of keyword is a formula (=SUM(A1)), not text`,
		`words.xlsx 民生!B5: to Excel the cell of keyword is a truth value (shown as TRUE), not text`,
		`words.xlsx 民生!C6: weight must be a number, not "heavy"`,
		`words.xlsx 民生!D7: match must be whole or empty, not "part"`,
		`words.xlsx 民生!F8: a rule without within`,
		`words.xlsx 民生!B9: a row with neither keyword nor all`,
		`words.xlsx 民生!A10: no sub-theme in this row`,
		`words.xlsx 子主题!C3: the theme is called "民主" here and "民生" further up`,
		`words.xlsx 子主题!E3: threshold must be a number, not "一"`,
	}, "\n")
	sortedWant := strings.Split(want, "\n")
	for _, line := range sortedWant {
		if !strings.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
	}
	if n := len(strings.Split(got, "\n")); n != len(sortedWant) {
		t.Errorf("%d faults, want %d:\n%s", n, len(sortedWant), got)
	}
}

// TestFaultsOfTheDictionary has faults that package dict finds in the dictionary
// that was read.
func TestFaultsOfTheDictionary(t *testing.T) {
	book := makeBook(t, map[string]map[string]any{
		"词": {
			"A1": "subtheme", "B1": "keyword", "C1": "weight", "D1": "aspect",
			"A2": "a/b", "B2": "学校",
			"A3": "a/b", "B3": "学校",
			"A4": "a/b", "B4": " 空格",
			"A5": "a/b", "B5": "零", "C5": 0,
		},
	})
	_, _, err := Read(bytes.NewReader(book), "words.xlsx", phrase.English)
	want := []string{
		`words.xlsx 词!B3: the word "学校" is in this sub-theme already, at words.xlsx 词!B2`,
		`words.xlsx 词!B4: a space at an end of the word " 空格"`,
		`words.xlsx 词!B5: weight 0: the keyword would never count`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Error(diff)
	}
}

// TestThresholdLengthOfATable: a threshold_length belongs to a theme, like a
// relative threshold.
func TestThresholdLengthOfATable(t *testing.T) {
	read := func(rows string) (*dict.Dictionary, error) {
		d, _, err := Read(strings.NewReader("kind,subtheme,threshold_length\n"+rows), "words.csv", phrase.English)
		return d, err
	}
	d, err := read("subtheme,a/b,\nsubtheme,a/c,16\nsubtheme,a/d,16\n")
	if err != nil || d.Themes[0].ThresholdLength != 16 {
		t.Errorf("%v, %v", d, err)
	}
	_, err = read("subtheme,a/b,16\nsubtheme,a/c,0\nsubtheme,a/d,1.5\nsubtheme,a/e,-1\nsubtheme,a/f,1000001\n")
	want := []string{
		`words.csv:3:14: the threshold_length of a is 0 here and 16 further up`,
		`words.csv:4:14: threshold_length must be a whole number from 0 to 1,000,000, not 1.5`,
		`words.csv:5:14: threshold_length must be a whole number from 0 to 1,000,000, not -1`,
		`words.csv:6:14: threshold_length must be a whole number from 0 to 1,000,000, not 1000001`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Error(diff)
	}
}

// TestTitleWeightOfATable: so does a title_weight.
func TestTitleWeightOfATable(t *testing.T) {
	read := func(rows string) (*dict.Dictionary, error) {
		d, _, err := Read(strings.NewReader("kind,subtheme,title_weight\n"+rows), "words.csv", phrase.English)
		return d, err
	}
	for want, rows := range map[int]string{2: "subtheme,a/b,\nsubtheme,a/c,2\nsubtheme,a/d,2\n", 0: "subtheme,a/b,1\n"} {
		if d, err := read(rows); err != nil || d.Themes[0].TitleWeight != want {
			t.Errorf("%v, %v", d, err)
		}
	}
	_, err := read("subtheme,a/b,2\nsubtheme,a/c,1\nsubtheme,a/d,1.5\nsubtheme,a/e,0\nsubtheme,a/f,10\n")
	want := []string{
		`words.csv:3:14: the title_weight of a is 1 here and 2 further up`,
		`words.csv:4:14: title_weight must be a whole number from 1 to 9, not 1.5`,
		`words.csv:5:14: title_weight must be a whole number from 1 to 9, not 0`,
		`words.csv:6:14: title_weight must be a whole number from 1 to 9, not 10`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Error(diff)
	}
}

// TestRelativeThresholdOfATable: a relative threshold belongs to a theme, but rows
// describe sub-themes.
func TestRelativeThresholdOfATable(t *testing.T) {
	read := func(cells ...any) (*dict.Dictionary, error) {
		sheet := map[string]any{"A1": "subtheme 子主题", "B1": "相对阈值"}
		for i, cell := range cells {
			sheet[fmt.Sprintf("A%d", i+2)] = fmt.Sprintf("a/s%d", i)
			if cell != nil {
				sheet[fmt.Sprintf("B%d", i+2)] = cell
			}
		}
		d, _, err := Read(bytes.NewReader(makeBook(t, map[string]map[string]any{"表": sheet})), "words.xlsx", phrase.English)
		return d, err
	}
	for _, c := range []struct {
		cells []any
		want  float64
	}{
		{[]any{nil, nil}, 0}, {[]any{nil, 0.4, nil}, 0.4}, {[]any{0.4, 0.4}, 0.4}, {[]any{0, nil}, 0}, {[]any{1}, 1},
	} {
		d, err := read(c.cells...)
		if err != nil {
			t.Errorf("%v: %v", c.cells, err)
		} else if got := d.Themes[0].RelativeThreshold; got != c.want {
			t.Errorf("%v: %v, want %v", c.cells, got, c.want)
		}
	}
	_, err := read(0, 0.4, 1.5, -0.1, 0.0000004, "少", 0)
	want := []string{
		`words.xlsx 表!B3: the relative_threshold of a is 0.4 here and 0 further up`,
		`words.xlsx 表!B4: relative_threshold must lie between 0 and 1, in whole millionths, not 1.5`,
		`words.xlsx 表!B5: relative_threshold must lie between 0 and 1, in whole millionths, not -0.1`,
		`words.xlsx 表!B6: relative_threshold must lie between 0 and 1, in whole millionths, not 0.0000004`,
		`words.xlsx 表!B7: relative_threshold must be a number, not "少"`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Error(diff)
	}
}

func TestAnAnalystsOwnWorkbook(t *testing.T) {
	book := makeBook(t, map[string]map[string]any{
		"#草稿": {"A1": "随便写"},
		"我的关键词": {
			"B2": "关键词", "A2": "子主题", "C2": "token", "D2": "备注", "E2": "权重", "F2": "unless",
			"A3": "livelihood/education", "B3": "007", "C3": true, "D3": formula("NOW()"), "E3": 0.6, "F3": "甲\n\n乙",
			"A5": " livelihood/education ", "B5": "1.10", "E5": "1e-1",
		},
	})
	d, _, err := Read(bytes.NewReader(book), "mine.xlsx", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	want := []dict.Keyword{
		{Word: "007", Weight: 0.6, Token: true, Unless: []string{"甲", "乙"}, Pos: dict.Position{File: "mine.xlsx 我的关键词!B3"}},
		{Word: "1.10", Weight: 0.1, Pos: dict.Position{File: "mine.xlsx 我的关键词!B5"}},
	}
	if diff := cmp.Diff(want, d.Themes[0].SubThemes[0].Keywords); diff != "" {
		t.Error(diff)
	}
}

// TestMergedCells: a merged cell of sub-themes applies to all of its rows, and empty
// rows among them are ignored.
func TestMergedCells(t *testing.T) {
	data := makeBook(t, map[string]map[string]any{"词": {
		"A1": "subtheme", "B1": "keyword", "C1": "weight",
		"A2": "livelihood/education", "B2": "学校", "B3": "老师", "C3": 0.5, "B5": "双减",
		"A6": "livelihood/transport", "B6": "公交",
	}})
	book, err := excelize.OpenReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := book.MergeCell("词", "A2", "A5"); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := book.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	d, _, err := ReadXLSX(&out, "w.xlsx", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range d.Themes[0].SubThemes {
		for _, k := range s.Keywords {
			got = append(got, fmt.Sprint(s.ID, " ", k.Word, " ", k.Weight))
		}
	}
	want := []string{"livelihood/education 学校 1", "livelihood/education 老师 0.5", "livelihood/education 双减 1", "livelihood/transport 公交 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSheetsThatAreNoTables(t *testing.T) {
	for name, sheet := range map[string]map[string]any{
		"no header":      {"A1": "学校"},
		"unknown column": {"A1": "subtheme", "B1": "keyword", "C1": "wieght", "A2": "a/b", "B2": "x"},
		"twice":          {"A1": "subtheme", "B1": "keyword", "C1": "keyword", "A2": "a/b", "B2": "x"},
		"empty":          {},
	} {
		_, _, err := Read(bytes.NewReader(makeBook(t, map[string]map[string]any{"Sheet1": sheet})), "x.xlsx", phrase.English)
		if lines := messages(t, err); len(lines) != 1 {
			t.Errorf("%s: %q, want one fault", name, lines)
		}
	}
	if _, _, err := ReadXLSX(strings.NewReader("no zip"), "x.xlsx", phrase.English); err == nil {
		t.Error("a text read as a workbook")
	}
	if _, _, err := Read(strings.NewReader(""), "x.docx", phrase.English); !errors.Is(err, ErrUnknownFormat) {
		t.Errorf("%v, want ErrUnknownFormat", err)
	}
}

func TestWorkbookHelpsTheAnalyst(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteXLSX(&out, d); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	want := []string{guideSheet, subThemesSheet, "民生", "党的建设", "国家治理", examplesSheet}
	if diff := cmp.Diff(want, book.GetSheetList()); diff != "" {
		t.Fatal(diff)
	}
	for _, sheet := range want[1:] {
		panes, err := book.GetPanes(sheet)
		if err != nil || !panes.Freeze || panes.YSplit != 1 {
			t.Errorf("%s: the header is not frozen: %+v, %v", sheet, panes, err)
		}
		header, err := book.GetCols(sheet)
		if err != nil {
			t.Fatal(err)
		}
		comments, err := book.GetComments(sheet)
		if err != nil || len(comments) != len(header) {
			t.Errorf("%s: %d notes for %d columns: %v", sheet, len(comments), len(header), err)
		}
		for _, c := range comments {
			text := ""
			for _, p := range c.Paragraph {
				text += p.Text
			}
			if !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }) || !strings.Contains(text, " ") {
				t.Errorf("%s!%s: a note that is not in both languages: %q", sheet, c.Cell, text)
			}
		}
	}
	validations, err := book.GetDataValidations("民生")
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{}
	for _, v := range validations {
		lists[v.Sqref] = v.Formula1
	}
	for sqref, list := range map[string]string{
		"A2:A1048576": "'" + subThemesSheet + "'!$A$2:$A$11", "D2:D1048576": `"whole"`, "E2:E1048576": `"true"`,
	} {
		if lists[sqref] != list {
			t.Errorf("list of %s is %s, want %s", sqref, lists[sqref], list)
		}
	}
	for _, cell := range []string{"B2", "B50000"} { // also in rows that the analyst will add
		id, err := book.GetCellStyle("民生", cell)
		if err != nil {
			t.Fatal(err)
		}
		style, err := book.GetStyle(id)
		if err != nil || style.NumFmt != textNumFmt {
			t.Errorf("%s is not formatted as text: %+v, %v", cell, style, err)
		}
	}
}

func TestTextsThatNoCellHolds(t *testing.T) {
	for _, text := range []string{strings.Repeat("长", maxCellUnits+1), strings.Repeat("😀", maxCellUnits/2+1), "\xff"} {
		d, err := dict.New([]dict.Theme{{ID: "a", SubThemes: []dict.SubTheme{{
			ID: "a/b", Threshold: 1, Examples: []dict.Example{{Text: text, Expect: []string{}}},
		}}}})
		if err != nil {
			continue // New refuses it, so there is nothing to write
		}
		var out bytes.Buffer
		if err := WriteXLSX(&out, d); err == nil || out.Len() > 0 {
			t.Errorf("%d bytes for a text of %d: %v", out.Len(), len(text), err)
		}
	}
}

func TestEveryFaultOfACSVWithItsPlace(t *testing.T) {
	file := "\ufeffkind,subtheme,keyword,weight,text,expect\r\n" +
		"keyword,a/b,学校,heavy,,\r\n" +
		"keyword,a/b,\"两\n行\",,,\r\n" +
		"\r\n" +
		"word,a/b,x,,,\r\n" +
		"keyword,AB,x,,,\r\n" +
		"keyword,a/b,x,1,,,extra\r\n"
	_, _, err := ReadCSV(strings.NewReader(file), "words.csv", phrase.English)
	want := []string{
		`words.csv:2:16: weight must be a number, not "heavy"`,
		`words.csv:6:1: unknown kind of row "word"`,
		`words.csv:7:9: bad sub-theme id "AB"`,
		`words.csv:8:19: a cell beyond the last column`,
	}
	if diff := cmp.Diff(want, messages(t, err)); diff != "" {
		t.Error(diff)
	}
	for _, c := range [][2]string{
		{"", "words.csv: the file is empty"},
		{"a,b\n", `words.csv:1:1: unknown column "a"`},
		{"kind,subtheme,keyword\nkeyword,a/b,\"x\n", "words.csv:2:13: this quote is never closed"},
		{"kind,subtheme,keyword\nkeyword,a/b,\"x\"y\n", "words.csv:2:16: text behind a closing quote"},
		{"kind,subtheme,keyword\nkeyword,a/b,\xbd\xcc\xd3\xfd\n", "words.csv:2:1: the file is not UTF-8, but perhaps GBK"},
		{"\xff\xfek\x00", "words.csv: the file is UTF-16, not UTF-8"},
	} {
		_, _, err := ReadCSV(strings.NewReader(c[0]), "words.csv", phrase.English)
		if got := messages(t, err); got[0] != c[1] {
			t.Errorf("%q: %q, want %q", c[0], got, c[1])
		}
	}
}

func TestCSVAsOthersSaveIt(t *testing.T) {
	for _, file := range []string{
		"kind;subtheme;keyword;unless\r\nkeyword;a/b;x,y;\"甲\n乙\"\r\n",
		"sep=;\r\nkind;subtheme;keyword;unless\r\nkeyword;a/b;x,y;\"甲\r\n乙\"\r\n",
		"kind\tsubtheme\tkeyword\tunless\nkeyword\ta/b\tx,y\t\"甲\n乙\"",
	} {
		d, _, err := ReadCSV(strings.NewReader(file), "words.csv", phrase.English)
		if err != nil {
			t.Errorf("%q: %v", file, err)
			continue
		}
		k := d.Themes[0].SubThemes[0].Keywords[0]
		if k.Word != "x,y" || !cmp.Equal(k.Unless, []string{"甲", "乙"}) {
			t.Errorf("%q: %+v", file, k)
		}
	}
}

// TestCSVRunsNothing: no cell begins with a text that a spreadsheet would run, or
// would take for a number or a date.
func TestCSVRunsNothing(t *testing.T) {
	d := manyKeywords(t, 500)
	s := &d.Themes[0].SubThemes[0]
	for _, w := range hostileWords() {
		s.Keywords = append(s.Keywords, dict.Keyword{Word: w, Weight: 1})
	}
	var out bytes.Buffer
	if err := WriteCSV(&out, d); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("\ufeff")) {
		t.Error("no byte order mark")
	}
	records, fault := scanCSV(strings.TrimPrefix(out.String(), "\ufeff"), "x.csv")
	if fault != nil {
		t.Fatal(fault)
	}
	cells := 0
	for _, rec := range records[1:] {
		for c, f := range rec {
			if !column(c).isText() || f.text == "" {
				continue
			}
			cells++
			if strings.ContainsRune("=+-@\t\r＝＋－＠0123456789", []rune(f.text)[0]) || f.text == "TRUE" {
				t.Errorf("%s: %q", f.pos, f.text)
			}
		}
	}
	if cells < 1000 {
		t.Errorf("%d cells looked at", cells)
	}
}

// TestEmptiedSubThemes: without the sheet of sub-themes their names and thresholds would be
// gone, and nothing would say so.
func TestEmptiedSubThemes(t *testing.T) {
	book := makeBook(t, map[string]map[string]any{
		subThemesSheet: {},
		"民生":           {"A1": "subtheme", "B1": "keyword", "A2": "life/road", "B2": "公交"},
	})
	_, _, err := Read(bytes.NewReader(book), "words.xlsx", phrase.English)
	if want := "words.xlsx " + subThemesSheet + "!A1: the sheet has no column subtheme"; err == nil || !strings.HasPrefix(messages(t, err)[0], want) {
		t.Errorf("got %v, want %s", err, want)
	}
}
