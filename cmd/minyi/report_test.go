package main

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/report"
)

// The report of the example consultation, as an office writes it.
func TestReport(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	file := filepath.Join(t.TempDir(), "r.md")
	if _, stderr, code := r.minyi(t, "report", "--lang", "zh", "--out", file, "--from", "2022-05-01", "--compare", "previous"); code != 0 {
		t.Fatal(code, stderr)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"（2022年5月1日至2022年5月16日）", "共收到留言336条", "对比时期为2022年4月15日至2022年4月30日，共收到留言314条", "## 五、典型留言", "## 六、口径说明", "统计至第650条消息",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %q in\n%s", want, b)
		}
	}
	// A period without messages is said, and nothing is set beside it.
	out, stderr, code := r.minyi(t, "report", "--lang", "zh", "--from", "2022-05-01", "--compare", "2020-05-01..2020-05-16", "--samples", "0")
	if code != exitDone || !strings.Contains(stderr, "2020-05-01..2020-05-16 没有留言；数据流里的留言在 2022-04-15..2022-05-16") || !strings.Contains(out, "没有收到留言，因此不作比较") || strings.Contains(out, "可比口径") {
		t.Errorf("exit code %d\n%s%s", code, stderr, out)
	}
	if out, stderr, code = r.minyi(t, "report", "--lang", "zh", "--from", "2030-05-01"); code != exitDone || !strings.Contains(stderr, "2030-05-01.. 没有留言") || !strings.Contains(out, "统计期内没有收到留言") {
		t.Errorf("exit code %d\n%s%s", code, stderr, out)
	}
	full := filepath.Join(t.TempDir(), "folder.docx")
	if err := os.MkdirAll(filepath.Join(full, "kept"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := r.minyi(t, "report", "--lang", "zh", "--out", full); code != exitUsage || !strings.Contains(stderr, "它是文件夹") || absent(filepath.Join(full, "kept")) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	names := filepath.Join(t.TempDir(), "names.yaml")
	if err := os.WriteFile(names, []byte("source:\n  xinhua: {zh: 新华社}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code := r.minyi(t, "report", "--lang", "zh", "--names", names); code != exitUsage || !strings.Contains(stderr, "第 1 行：没有 source 这个字段；应是这样的文件") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	for _, wrong := range [][]string{
		{"--samples", "99"}, {"--compare", "a b"}, {"--compare", "S:2022-04-01"}, {"--out", "r.txt"}, {"--from", "1.5."}, {"--compare", "2022-04-01"}, {"--compare", "2022-04-02..2022-04-01"}, {"--names", "nowhere"},
	} {
		if _, stderr, code := r.minyi(t, append([]string{"report"}, wrong...)...); code != exitUsage || !strings.Contains(stderr, wrong[1]) {
			t.Errorf("%v: exit code %d, %s", wrong, code, stderr)
		}
	}
}

// A report is checked against the stream: unchanged, with a number edited, and after a
// message that it counted was erased.
func TestReportVerify(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/suggestions.ndjson")
	dir := t.TempDir()
	file := filepath.Join(dir, "r.docx")
	must := func(args ...string) string {
		t.Helper()
		out, stderr, code := r.minyi(t, args...)
		if code != exitDone {
			t.Fatalf("%v: exit code %d\n%s%s", args, code, out, stderr)
		}
		return out
	}
	must("report", "--lang", "zh", "--out", file, "--compare", "2022-04-15..2022-04-30", "--from", "2022-05-01")
	if out := must("report", "verify", file, "--lang", "zh"); !strings.Contains(out, "：0 处不符") {
		t.Error(out)
	}
	again := filepath.Join(dir, "again.docx")
	must("report", "--lang", "zh", "--out", again, "--compare", "2022-04-15..2022-04-30", "--from", "2022-05-01")
	one, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := report.Open(one)
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(again)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, two) {
		t.Error("two reports of the same counts are different files")
	}
	edited := filepath.Join(dir, "edited.docx")
	if err := os.WriteFile(edited, editPart(t, one, "word/document.xml", ">336<", ">363<"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := r.minyi(t, "report", "verify", edited, "--lang", "zh")
	if code != exitCheck || !strings.Contains(out, "数字被改") || !strings.Contains(out, "363") || !strings.Contains(stderr, "处与统计不符") {
		t.Errorf("exit code %d\n%s%s", code, out, stderr)
	}
	must("erase", "500", "--reason", "request of a citizen")
	out, _, code = r.minyi(t, "report", "verify", file, "--lang", "zh")
	if code != exitDone || !strings.Contains(out, "第 500 条已删除") || !strings.Contains(out, "数据流中没有：500") || !strings.Contains(out, "无法再统计出来") || strings.Contains(out, "不是本程序所写") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	if out, _, code = r.minyi(t, "report", "verify", edited, "--lang", "zh"); code != exitCheck || !strings.Contains(out, "数字被改") || strings.Contains(out, "另有") {
		t.Errorf("exit code %d\n%s", code, out)
	}
	other := filepath.Join(dir, "other.docx") // its stream is not the one of this broker
	generation := f.Manifest.Counts.Spec.Generation
	if err := os.WriteFile(other, editPart(t, one, "docProps/custom.xml", generation, strings.Repeat("0", len(generation))), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, stderr, code = r.minyi(t, "report", "verify", other, "--lang", "en"); code != exitUsage || !strings.Contains(stderr, "not the stream of the report") || strings.Contains(stderr, "--promote") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	for name, want := range map[string]string{"r.md": "# 报告", "r.html": "<!DOCTYPE html>", "r.xlsx": workbookOf(t), "r.doc": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "cut.docx": string(one[:2000]), "none.docx": ""} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		is := map[string]string{"r.md": "是纯文本", "r.html": "是网页", "r.xlsx": "是工作簿", "r.doc": "是 Word 97-2003 的文件", "cut.docx": "文件已损坏", "none.docx": "文件是空的"}[name]
		if _, stderr, code = r.minyi(t, "report", "verify", path, "--lang", "zh"); code != exitUsage || !strings.Contains(stderr, "：不是本程序写的报告：不是 Word 文件："+is) {
			t.Errorf("exit code %d\n%s", code, stderr)
		}
	}
}

// workbookOf is a workbook.
func workbookOf(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.New(report.Input{Counts: pipeline.Counts{Totals: pipeline.NewTotals(nil)}, Lang: report.English}).Xlsx(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// editPart replaces a text in a part of an archive.
func editPart(t *testing.T, b []byte, name, from, to string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == name {
			if !bytes.Contains(data, []byte(from)) {
				t.Fatalf("%s has no %s", name, from)
			}
			data = bytes.ReplaceAll(data, []byte(from), []byte(to))
		}
		to, err := w.Create(f.Name)
		if err == nil {
			_, err = to.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
