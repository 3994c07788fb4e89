package intake

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// TestLabels reads a labelled table as CSV and as a workbook, with and without
// its labels.
func TestLabels(t *testing.T) {
	rows := [][]string{
		{"编号", "内容", "标签", "子主题", "主要子主题", "种类"},
		{"a", "学校太远", "教育文体", "", "", "投诉"},
		{"b", "路灯不亮", "", "livelihood/urban、livelihood/transport", "livelihood/urban", ""},
		{"c", "你好", "", "none", "", ""},
		{"d", "还没看", "", "", "", ""},
	}
	want := []string{
		`{"text":"学校太远","id":"a","label":"教育文体","kind":"投诉"}`,
		`{"text":"路灯不亮","id":"b","themes":["livelihood/urban","livelihood/transport"],"primary":"livelihood/urban"}`,
		`{"text":"你好","id":"c","themes":[]}`,
		`{"text":"还没看","id":"d"}`,
	}
	plain := []string{`{"text":"学校太远","id":"a"}`, `{"text":"路灯不亮","id":"b"}`, `{"text":"你好","id":"c"}`, `{"text":"还没看","id":"d"}`}

	table := ""
	book := excelize.NewFile()
	for i, row := range rows {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := book.SetCellStr("Sheet1", name, cell); err != nil {
				t.Fatal(err)
			}
			if j > 0 {
				table += ","
			}
			table += cell
		}
		table += "\n"
	}
	dir := t.TempDir()
	csvFile, xlsxFile := filepath.Join(dir, "a.csv"), filepath.Join(dir, "a.xlsx")
	if err := os.WriteFile(csvFile, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := book.SaveAs(xlsxFile); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{csvFile, xlsxFile} {
		for _, labels := range []bool{true, false} {
			r, err := Open(file, Options{Labels: labels})
			if err != nil {
				t.Fatal(err)
			}
			got := make([]string, 0, len(want))
			for range len(rows) - 1 {
				rec, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(rec.Payload))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(map[bool][]string{true: want, false: plain}[labels], got); diff != "" {
				t.Errorf("%s with Labels %t:\n%s", filepath.Base(file), labels, diff)
			}
		}
	}
}
