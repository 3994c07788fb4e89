package main

import (
	"bytes"
	"encoding/csv"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// What is not said by minyi in what its commands print: names of streams, headers, programs
// and processes, and the JSON of a spec. A dictionary as a workbook or CSV is bilingual, and
// the columns of counts have the same names in every language.
var (
	logKeys    = regexp.MustCompile(`(?m)(^|\s)[a-z_.]+=(INFO|WARN|ERROR|DEBUG)?|\d\d:\d\d:\d\d\.\d+Z`)
	namesShown = regexp.MustCompile(`(?s)\{"version":.*?"\]\}|[\w-]+-\d+-[0-9a-f]{4}\b|(\bminyi-)?\b[0-9a-f]{12,}\b|\b[0-9a-f]{8}\b|\b[A-Z]+(_[A-Z]+)+\b|\bCOUNTS\b|Nats-Msg-Id|` +
		`nats-server\S*|sync_interval\S*|grep|\bdf\b|nats server request jetstream|\blimits\b|\d(ms|µs|ns|s)\b|\d kB`)
	htmlParts = regexp.MustCompile(`(?s)<style.*?</style>|<[^>]*>`)
)

// TestVerbsInChinese runs what an analyst and an operator do in a day, with refusals, and
// looks for English in what they see: terminal, log, workbooks, CSV and HTML.
func TestVerbsInChinese(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, text := range map[string]string{
		"in.ndjson":    `{"id":"1","text":"学校旁边的医院"}` + "\n" + `{"id":"2"}` + "\n" + `{"id":"3","text":"路上有一个坑"}` + "\n" + `{"id":"4","text":` + "\n",
		"texts.ndjson": `{"id":"1","text":"学校旁边的医院"}` + "\n" + `{"id":"3","text":"路上有一个坑"}` + "\n",
		"labels.csv":   "编号,正文,子主题,标注人\n1,学校旁边的医院,学校,李\n1,学校旁边的医院,life/health,王\n2,路上有一个坑,无,李\n3,孩子的学校,学效,李\n4,没有读过,,李\n",
		"good.csv":     "编号,正文,子主题,标注人\n1,学校旁边的医院,学校,李\n1,学校旁边的医院,life/health,王\n2,路上有一个坑,无,李\n4,没有读过,,李\n",
		"words.csv":    "子主题,关键词,阈值\na/b,学校,2\na/c,医院,\n", "nowords.csv": "甲,乙\n1,2\n",
		"broken/a.yaml":  "theme: a\nsubthemes: 7\n",
		"failing/a.yaml": "theme: life\nname: {zh: 生活}\nsubthemes:\n  - id: school\n    name: {zh: 学校}\n    threshold: 9\n    keywords: [学校, 校]\n    examples:\n      - {text: 医院很好, expect: [life/school]}\n",
		"table.csv":      "编号,内容,时间\nK1,学校太远,昨天\nK1,学校太小,2022-04-15\n",
	} {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words := namesOfCommands()
	for _, w := range strings.Fields("li test life school health nosuch invalid contained hidden unreached threshold subthemes csv ndjson utf Cohen Noreen sha Sheet QQ unknown keywords always") {
		words[w] = true
	}
	mine := at("mine")
	server := "--server=" + r.nats
	for _, line := range []struct {
		code int
		args []string
	}{
		{exitDone, []string{"dict", "fetch", "current", "--out", mine, server}},
		{exitDone, []string{"dict", "list", server}},
		{exitDone, []string{"dict", "show", "--dict", mine}},
		{exitDone, []string{"dict", "show", "life/school", "--dict", mine}},
		{exitUsage, []string{"dict", "show", "学效", "--dict", mine}},
		{exitDone, []string{"dict", "lint", "--all", "--dict", mine}},
		{exitCheck, []string{"dict", "lint", at("in.ndjson"), "--dict", at("broken")}},
		{exitDone, []string{"dict", "lint", at("good.csv"), "--all", "--dict", at("failing")}},
		{exitCheck, []string{"dict", "test", "--dict", at("failing")}},
		{exitDone, []string{"dict", "test", "--dict", mine}},
		{exitDone, []string{"dict", "coverage", at("texts.ndjson"), "--dict", mine}},
		{exitDone, []string{"dict", "untagged", at("texts.ndjson"), "--dict", mine, "--out", at("untagged.csv")}},
		{exitDone, []string{"dict", "kwic", "学校", at("texts.ndjson"), "--dict", mine}},
		{exitDone, []string{"dict", "keyness", at("texts.ndjson"), "--dict", mine}},
		{exitDone, []string{"dict", "diff", mine, at("failing")}},
		{exitDone, []string{"dict", "diff", mine, at("failing"), at("texts.ndjson")}},
		{exitDone, []string{"dict", "export", "--dict", mine, "--xlsx", at("words.xlsx")}},
		{exitDone, []string{"dict", "export", "--dict", mine, "--csv", at("export.csv")}},
		{exitDone, []string{"dict", "import", at("words.csv"), "--out", at("imported")}},
		{exitUsage, []string{"dict", "import", at("nowords.csv"), "--out", at("imported2")}},
		{exitUsage, []string{"dict", "import", at("words.csv"), "--out", at("imported")}},
		{exitDone, []string{"dict", "new", at("begun"), "--words", "life/school=学校,老师", "--corpus", at("texts.ndjson")}},
		{exitDone, []string{"dict", "review", at("texts.ndjson"), "--dict", mine, "--out", at("review.xlsx")}},
		{exitDone, []string{"dict", "review", "broker:", "--dict", mine, "--out", at("review2.xlsx"), server}},
		{exitDone, []string{"dict", "eval", at("good.csv"), "--dict", mine}},
		{exitDone, []string{"dict", "eval", at("good.csv"), "--dict", mine, "--html", at("eval.html")}},
		{exitDone, []string{"dict", "eval", at("labels.csv"), "--dict", mine}},
		{exitDone, []string{"dict", "eval", at("good.csv"), "--dict", mine, "--save", "--by", "li"}},
		{exitUsage, []string{"dict", "gold", mine, "--add", at("labels.csv")}},
		{exitDone, []string{"dict", "gold", mine, "--add", at("good.csv")}},
		{exitDone, []string{"dict", "suggest", at("good.csv"), "--dict", mine, "--min-messages", "1"}},
		{exitUsage, []string{"dict", "learn", "--labels", at("labels.csv"), "--prior", mine, "--out", at("learned")}},
		{exitCheck, []string{"dict", "learn", "--labels", at("good.csv"), "--prior", mine, "--out", at("learned")}},
		{exitDone, []string{"dict", "publish", mine, "--by", "li", server}},
		{exitCheck, []string{"dict", "publish", at("failing"), "--by", "li", server}},
		{exitUsage, []string{"dict", "publish", at("broken"), "--by", "li", server}},
		{exitDone, []string{"dict", "publish", at("failing"), "--force", "--reason", "赶时间", "--by", "li", server}},
		{exitDone, []string{"classify", "--dict", mine, "学校旁边的医院"}},
		{exitDone, []string{"classify", "--dict", mine, "--explain", "学校旁边的医院"}},
		{exitCheck, []string{"classify", "--dict", mine, at("in.ndjson"), "--out", at("classified.xlsx")}},
		{exitCheck, []string{"classify", "--dict", mine, "--file", at("in.ndjson")}},
		{exitCheck, []string{"send", "--check", at("table.csv")}},
		{exitCheck, []string{"send", at("table.csv"), server}},
		{exitUsage, []string{"send", at("nowords.csv"), at("in.ndjson"), server}},
		{exitDone, []string{"counts", server}},
		{exitDone, []string{"counts", "--by", "day,source", server}},
		{exitDone, []string{"counts", "--xlsx", at("counts.xlsx"), server}},
		{exitDone, []string{"counts", "--compare", "2022-04-15..2022-04-15", "--from", "2022-04-16", "--to", "2022-04-16", server}},
		{exitDone, []string{"ledger", server}},
		{exitDone, []string{"ledger", "--recount", "--dict", mine, server}},
		{exitDone, []string{"rejects", server}},
		{exitDone, []string{"erase", "3", "--by", "li", "--reason", "本人要求", server}},
		{exitDone, []string{"tally", "list", "--all", server}},
		{exitDone, []string{"tally", "show", r.a, server}},
		{exitDone, []string{"tally", "diff", r.a, r.b, "--messages", "5", server}},
		{exitCheck, []string{"tally", "show", "nosuch", server}},
		{exitCheck, []string{"tally", "promote", r.b, "--by", "li", "--reason", "试", server}},
		{exitDone, []string{"tally", "promote", r.b, "--by", "li", "--force", "--reason", "试", server}},
		{exitDone, []string{"tally", "rollback", "--by", "li", "--reason", "回", server}},
		{exitCheck, []string{"tally", "retire", r.a, "--by", "li", "--reason", "停", server}},
		{exitDone, []string{"tally", "retire", r.b, "--by", "li", "--reason", "停", server}},
		{exitDone, []string{"tally", "history", server}},
		{exitDone, []string{"report", "--out", at("report.html"), "--dict", mine, server}},
		{exitUsage, []string{"report", "verify", at("report.html"), "--dict", mine, server}},
		{exitDone, []string{"report", "--out", at("report.docx"), "--dict", mine, server}},
		{exitDone, []string{"report", "verify", at("report.docx"), "--dict", mine, server}},
		{exitDone, []string{"backup", at("backup"), server}},
		{exitUsage, []string{"backup", at("backup"), server}},
		{exitUsage, []string{"restore", at("backup"), server}},
		{exitDone, []string{"doctor", server}},
		{exitDone, []string{"up", "--once", "--dict", mine, at("in.ndjson")}},
	} {
		seen, code := inChinese(t, line.args...)
		seen = strings.ReplaceAll(strings.ReplaceAll(seen, dir, "/d"), r.nats, "nats://n")
		if code != line.code {
			t.Errorf("minyi %s: exit code %d, want %d:\n%s", strings.Join(line.args, " "), code, line.code, seen)
		}
		seen = namesShown.ReplaceAllString(logKeys.ReplaceAllString(seen, " "), " ")
		if found := english(seen, words); len(found) > 0 {
			t.Errorf("minyi %s has English words %q:\n%s", strings.Join(line.args, " "), found, seen)
		}
	}
	for _, name := range []string{"untagged.csv", "review.xlsx", "review2.xlsx", "eval.html", "classified.xlsx", "report.html"} {
		seen := seenIn(t, at(name))
		if found := english(strings.ReplaceAll(seen, dir, "/d"), words); len(found) > 0 {
			t.Errorf("%s has English words %q:\n%.2000s", name, found, seen)
		}
	}
}

// seenIn is what a person sees in a file: all cells and names of sheets, or text.
func seenIn(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return ""
	}
	var out strings.Builder
	switch filepath.Ext(path) {
	case ".html":
		return html.UnescapeString(htmlParts.ReplaceAllString(string(b), "\n"))
	case ".csv":
		rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		if err != nil {
			t.Error(path, err)
		}
		for _, row := range rows {
			out.WriteString(strings.Join(row, "\n") + "\n")
		}
	case ".xlsx":
		f, err := excelize.OpenReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(path, err)
		}
		defer f.Close()
		for _, sheet := range f.GetSheetList() {
			out.WriteString(sheet + "\n")
			rows, err := f.GetRows(sheet)
			if err != nil {
				t.Error(path, err)
			}
			for _, row := range rows {
				out.WriteString(strings.Join(row, "\n") + "\n")
			}
		}
	}
	return out.String()
}
