package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExitCodes runs commands without a broker to each of their exit codes. Those that end
// with 1 have to be in the table of docs/formats.md.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for name, content := range map[string]string{
		"good/a.yaml":    "theme: a\nsubthemes:\n  - id: b\n    keywords: [学校]\n    examples:\n      - {text: 学校很好, expect: [a/b]}\n",
		"failing/a.yaml": "theme: a\nsubthemes:\n  - id: b\n    keywords: [学校]\n    examples:\n      - {text: 医院很好, expect: [a/b]}\n",
		"untidy/a.yaml":  "theme: a\nsubthemes: [{id: b, keywords: [学校]}]\n",
		"broken/a.yaml":  "theme: a\nsubthemes: 7\n",
		"good.ndjson":    `{"id":"1","text":"学校很好"}` + "\n",
		"bad.ndjson":     `{"id":"1"}` + "\n",
		"torn.ndjson":    `{"id":"1","text":` + "\n",
		"picked.ndjson":  `{"text":"学校很好","themes":["a/b"],"drawn":"picked"}` + "\n" + `{"text":"天气","themes":[],"drawn":"picked"}` + "\n",
		"labels.ndjson":  `{"text":"学校很好","themes":["a/b"]}` + "\n" + `{"text":"天气","themes":[]}` + "\n",
		"odd.ndjson":     `{"text":"学校很好","themes":["a/b"],"drawn":"somehow"}` + "\n",
		"words.csv":      "subtheme,keyword\na/b,学校\n",
	} {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	paper, err := os.ReadFile(filepath.Join("..", "..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(paper), "| command | 1 means |")
	table, _, _ = strings.Cut(table, "\n\n")
	away := []string{"--server", "nats://127.0.0.1:1"}
	for _, c := range []struct {
		code int
		args []string
	}{
		{exitDone, []string{"classify", "--dict", at("good"), "学校"}},
		{exitCheck, []string{"classify", "--dict", at("good"), "--file", at("bad.ndjson")}},
		{exitUsage, []string{"classify", "--dict", at("none"), "学校"}},
		{exitDone, []string{"send", "--check", at("good.ndjson")}},
		{exitCheck, []string{"send", "--check", at("torn.ndjson")}},
		{exitUsage, []string{"send", "--check", at("none.csv")}},
		{exitEnvironment, append([]string{"send", at("good.ndjson")}, away...)},
		{exitDone, []string{"dict", "test", "--dict", at("good")}},
		{exitCheck, []string{"dict", "test", "--dict", at("failing")}},
		{exitUsage, []string{"dict", "test", "--dict", at("broken")}},
		{exitDone, []string{"dict", "lint", "--dict", at("good")}},
		{exitCheck, []string{"dict", "lint", "--dict", at("broken")}},
		{exitCheck, []string{"dict", "fmt", "--check", at("untidy/a.yaml")}},
		{exitCheck, []string{"dict", "gold", at("good")}},
		{exitUsage, []string{"dict", "gold", at("none")}},
		{exitDone, []string{"dict", "eval", at("labels.ndjson"), "--dict", at("good")}},
		{exitUsage, []string{"dict", "eval", at("good.ndjson"), "--dict", at("good")}},
		{exitUsage, []string{"dict", "eval", at("odd.ndjson"), "--dict", at("good")}},
		{exitUsage, []string{"dict", "eval", at("picked.ndjson"), "--dict", at("good"), "--save", "--by", "li"}},
		{exitCheck, []string{"dict", "learn", "--labels", at("picked.ndjson"), "--prior", at("good"), "--out", at("learned")}},
		{exitUsage, []string{"dict", "learn", "--labels", at("labels.ndjson"), "--prior", at("good"), "--out", at("good")}},
		{exitDone, []string{"dict", "import", at("words.csv"), "--out", at("imported")}},
		{exitUsage, []string{"dict", "import", at("good.ndjson"), "--out", at("again")}},
		{exitUsage, []string{"dict", "show", "a/c", "--dict", at("good")}},
		{exitUsage, []string{"counts", "--by", "colour"}},
		{exitEnvironment, append([]string{"counts"}, away...)},
		{exitEnvironment, append([]string{"ledger"}, away...)},
		{exitEnvironment, append([]string{"rejects"}, away...)},
		{exitEnvironment, append([]string{"tally", "list"}, away...)},
		{exitEnvironment, append([]string{"dict", "publish", at("good"), "--by", "li"}, away...)},
		{exitUsage, []string{"no-such-verb"}},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), c.args, nil, nil, &stdout, &stderr); code != c.code {
			t.Errorf("minyi %s: exit code %d, want %d\n%s%s", strings.Join(c.args, " "), code, c.code, &stdout, &stderr)
		}
		verb := c.args[0]
		if verb == "dict" {
			verb = c.args[1]
		}
		if c.code == exitCheck && !strings.Contains(table, verb) {
			t.Errorf("docs/formats.md does not say when minyi %s ends with 1", verb)
		}
	}
}
