package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestReviewComesBack lists what is in doubt, labels a part of it in the workbook as an
// analyst would, and measures the dictionary by it, in both languages.
func TestReviewComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	words := filepath.Join(dir, "mine")
	write("mine/a.yaml", "theme: livelihood\nsubthemes:\n  - id: education\n    name: {zh: 教育, en: Education}\n    keywords: [学校, 老师]\n"+
		"  - id: transport\n    name: {zh: 交通出行, en: Transport}\n    keywords: [公交]\n")
	corpus := write("messages.csv", "编号,内容\na,学校的老师很好\nb,=路灯不亮\nc,学校太远\nd,学校太小，打 13912345678\ne,学校太远\nf,学校门口的公交\ng,公交太少\n")
	do := func(want int, args ...string) (string, string) {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, nil, nil, &stdout, &stderr); code != want {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, &stdout, &stderr)
		}
		return stdout.String(), stderr.String()
	}
	for _, lang := range []struct{ name, themes, primary, none, transport, skipped, unread, drawn string }{
		{"en", "themes", "primary", "none", "livelihood/transport", "3 more have no label and were skipped", "no label", "None of the messages was drawn at random"},
		{"zh", "子主题", "主要子主题", "无", "交通出行", "另有 3 条没有标签，已跳过", "没有标注", "没有一条是随机抽取的"},
	} {
		book := filepath.Join(dir, lang.name+".xlsx")
		do(exitDone, "dict", "review", corpus, "--dict", words, "--out", book, "--lang", lang.name)
		do(exitUsage, "dict", "review", corpus, "--dict", words, "--out", book, "--lang", lang.name)
		if _, stderr := do(exitUsage, "dict", "eval", book, "--dict", words, "--lang", lang.name); !strings.Contains(stderr, lang.unread) {
			t.Errorf("an unread review: %s", stderr)
		}
		f, err := excelize.OpenFile(book)
		if err != nil {
			t.Fatal(err)
		}
		sheet := f.GetSheetName(0)
		rows, err := f.GetRows(sheet)
		if err != nil || len(rows) != 7 || strings.Contains(fmt.Sprint(rows), "13912345678") {
			t.Fatalf("%q, %v", rows, err)
		}
		set := func(id, column, value string) {
			row := slices.IndexFunc(rows, func(r []string) bool { return r[0] == id })
			at, err := excelize.CoordinatesToCellName(slices.Index(rows[0], column)+1, row+1)
			if err == nil {
				err = f.SetCellStr(sheet, at, value)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		set("b", lang.themes, lang.none)
		set("c", lang.primary, "livelihood/education")
		set("f", lang.themes, "livelihood/education "+lang.transport)
		if err := f.Save(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if out, _ := do(exitDone, "dict", "eval", book, "--dict", words, "--lang", lang.name); !strings.Contains(out, lang.skipped) || !strings.Contains(out, lang.drawn) {
			t.Errorf("no %q or %q in:\n%s", lang.skipped, lang.drawn, out)
		}
		out, _ := do(exitDone, "dict", "eval", book, "--dict", words, "--json")
		if !strings.HasPrefix(out, `{"rows":3,"unlabelled":3,`) || !strings.Contains(out, `"draws":{"random":0,"picked":3,"unknown":0}`) || !strings.Contains(out, `"micro_f1":1,`) {
			t.Errorf("%s", out)
		}
		// What was picked only neither measures a dictionary nor judges what is learned.
		if _, stderr := do(exitUsage, "dict", "eval", book, "--dict", words, "--save", "--by", "li"); !strings.Contains(stderr, "none of the labelled messages was drawn at random") {
			t.Errorf("a measure of picked messages: %s", stderr)
		}
		if _, stderr := do(exitCheck, "dict", "learn", "--labels", book, "--prior", words, "--out", filepath.Join(dir, "learned")); !strings.Contains(stderr, "none of the labelled messages was drawn at random") {
			t.Errorf("learned from picked messages: %s", stderr)
		}
		table := filepath.Join(dir, lang.name+".csv")
		do(exitDone, "dict", "review", corpus, "--dict", words, "--out", table, "--lang", lang.name, "--limit", "2")
		if _, stderr := do(exitUsage, "dict", "eval", table, "--dict", words, "--lang", lang.name); !strings.Contains(stderr, lang.unread) {
			t.Errorf("an unread table: %s", stderr)
		}
	}
}
