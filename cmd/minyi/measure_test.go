package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/internal/measure"
)

// measuredDict is a dictionary in a folder, and labelled messages: those with one word of
// it are labelled right, those with two words are a close call that is right every second
// time.
type measuredDict struct {
	dir, words, labels string
}

func newMeasuredDict(t *testing.T) measuredDict {
	t.Helper()
	m := measuredDict{dir: t.TempDir()}
	m.words, m.labels = filepath.Join(m.dir, "mine"), filepath.Join(m.dir, "gold.ndjson")
	m.write(t, "mine/a.yaml", "theme: livelihood\nname: {zh: 民生, en: Livelihood}\nsubthemes:\n  - id: education\n    name: {zh: 教育, en: Education}\n"+
		"    keywords: [学校, 老师]\n    examples: [{text: 学校太远, expect: [livelihood/education]}]\n"+
		"  - id: transport\n    name: {zh: 交通出行, en: Transport}\n    keywords: [{word: 公交, weight: 1.1}]\n")
	var labels strings.Builder
	for i := range 240 {
		text, theme := fmt.Sprintf("学校太远，第%d次说", i), "livelihood/education"
		switch {
		case i == 0:
			text = "学校太远" // an example of the dictionary
		case i%4 == 1:
			text, theme = fmt.Sprintf("公交太少，第%d次说", i), "livelihood/transport"
		case i%8 == 2:
			text, theme = fmt.Sprintf("学校门口的公交，第%d次说", i), "livelihood/transport"
		case i%8 == 6:
			text = fmt.Sprintf("学校门口的公交，第%d次说", i)
		}
		fmt.Fprintf(&labels, `{"id":"%d","text":"%s","themes":["%s"]}`+"\n", i, text, theme)
	}
	m.write(t, "gold.ndjson", labels.String())
	return m
}

func (m measuredDict) write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// do runs a command in this process.
func do(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	if code := run(t.Context(), args, nil, nil, &out, &said); code != want {
		t.Fatalf("%v: exit code %d\n%s%s", args, code, &out, &said)
	}
	return out.String(), said.String()
}

// TestMeasureIsUsed measures a dictionary, and sees the chance of each tag wherever texts are
// tagged; a measure of another version is said and not used.
func TestMeasureIsUsed(t *testing.T) {
	t.Parallel()
	m := newMeasuredDict(t)
	_, stderr := do(t, exitDone, "dict", "eval", m.labels, "--dict", m.words, "--save", "--by", "li")
	for _, want := range []string{"240 labelled texts of gold.ndjson", "1 of them are examples", "too good if the dictionary was tuned"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in %s", want, stderr)
		}
	}
	b, err := os.ReadFile(filepath.Join(m.words, measure.File))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := measure.Parse(b)
	if err != nil || stored.By != "li" || stored.Labels.Texts != 240 || stored.Measured.IsZero() {
		t.Errorf("%v: %+v", err, stored)
	}
	out, _ := do(t, exitDone, "dict", "eval", m.labels, "--dict", m.words, "--lang", "zh")
	if !strings.Contains(out, "标签有几成把握") {
		t.Errorf("no diagram in %s", out)
	}

	var rec classifier.Record
	out, _ = do(t, exitDone, "classify", "学校门口的公交", "--dict", m.words, "--json")
	if err := json.Unmarshal([]byte(out), &rec); err != nil || len(rec.Themes) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	for _, tag := range rec.Themes {
		if tag.Chance < 0.35 || tag.Chance > 0.65 {
			t.Errorf("a close call, right every second time: %s %.2f", tag.ID, tag.Chance)
		}
	}
	if out, _ = do(t, exitDone, "classify", "公交太少", "--dict", m.words, "--lang", "zh"); !strings.Contains(out, "把握 99%") {
		t.Errorf("%s", out)
	}
	if out, _ = do(t, exitDone, "classify", "公交太少", "--dict", m.words); !strings.Contains(out, "99% sure") {
		t.Errorf("%s", out)
	}
	for lang, want := range map[string]string{"en": "right in 99% of cases", "zh": "把握 99%"} {
		if out, _ = do(t, exitDone, "classify", "公交太少", "--dict", m.words, "--explain", "--lang", lang); !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	if out, _ = do(t, exitDone, "classify", "公交太少", "--dict", m.words, "--explain", "--json"); strings.Count(out, `"chance":0.99`) != 1 {
		t.Errorf("%s", out)
	}
	if _, stderr = do(t, exitDone, "dict", "lint", "--dict", m.words); strings.Contains(stderr, measure.File) {
		t.Errorf("the measure is of this version: %s", stderr)
	}
	table := filepath.Join(m.dir, "out.csv")
	messages := m.write(t, "messages.csv", "编号,内容\na,学校太远\nb,天气很好\nc,学校门口的公交\nd,学校旁边的公交\ne,公交太少\n")
	do(t, exitDone, "classify", messages, "--out", table, "--dict", m.words)
	if got, err := os.ReadFile(table); err != nil || !strings.Contains(string(got), "close,chance,remark") || !strings.Contains(string(got), ",0.99") {
		t.Errorf("%v: %s", err, got)
	}
	do(t, exitDone, "dict", "review", messages, "--dict", m.words, "--out", table+".csv")
	got, err := os.ReadFile(table + ".csv")
	table = string(got)
	// Of what was picked, a close call comes before what rests on one keyword and is sure.
	if at := strings.Index(table, "\nc,"); err != nil || !strings.Contains(table, ",same doubt,chance\r\n") || at < 0 || at > strings.Index(table, "\ne,") || at > strings.Index(table, "\na,") {
		t.Errorf("%v: %s", err, got)
	}

	m.write(t, "mine/b.yaml", "theme: other\nsubthemes: [{id: x, keywords: [天气]}]\n")
	out, stderr = do(t, exitDone, "classify", "公交太少", "--dict", m.words)
	if strings.Contains(out, "sure") || !strings.Contains(stderr, stored.Dict[:12]) || !strings.Contains(stderr, "--save") {
		t.Errorf("a measure of another version: %s%s", out, stderr)
	}
	if _, stderr = do(t, exitDone, "dict", "lint", "--dict", m.words); !strings.Contains(stderr, stored.Dict[:12]) || !strings.Contains(stderr, measure.File) {
		t.Errorf("lint is silent about a measure of another version: %s", stderr)
	}
	m.write(t, "mine/"+measure.File, "{}")
	if _, stderr = do(t, exitUsage, "classify", "公交太少", "--dict", m.words); !strings.Contains(stderr, measure.File+": not a measure") {
		t.Errorf("no measure: %s", stderr)
	}
	for _, args := range [][]string{
		{"dict", "eval", m.labels, "--save"},
		{"dict", "eval", m.labels, "--save", "--dict", m.words, "--stored", "current"},
		{"dict", "eval", m.labels, "--save", "--dict", m.words, "--map", m.labels},
		{"dict", "eval", m.write(t, "named.ndjson", `{"text":"学校","label":"教育"}`+"\n"), "--save", "--dict", m.words},
	} {
		if _, stderr := do(t, exitUsage, args...); !strings.Contains(stderr, "--save") && !strings.Contains(stderr, "--stored") {
			t.Errorf("%v: %s", args, stderr)
		}
	}
}
