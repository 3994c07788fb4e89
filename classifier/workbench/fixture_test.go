package workbench

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// checkGolden compares got with a file of testdata.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (rewrite with -update):\n%s", path, d)
	}
}

// rendered returns what a renderer writes.
func rendered(t *testing.T, write func(*bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// inChinese returns a Reader in Chinese that knows the names of the fixture's
// sub-themes.
func inChinese(t *testing.T) Reader {
	return Reader{phrase.Chinese, []*dict.Dictionary{fixtureDictionary(t)}}
}

const fixtureTheme = `theme: life
name: {zh: 民生, en: Life}
subthemes:
  - id: school
    name: {zh: 教育, en: Education}
    keywords:
      - {word: 学校, weight: 1.5}
      - 双减
      - {word: 老师, weight: 0.5}
      - {word: 驾校, weight: -2}
      - 校车安全员
  - id: road
    name: {zh: 交通, en: Roads}
    keywords:
      - 公交
      - 堵车
      - {all: [学校, 门口], within: 8, weight: 1.2}
  - id: care
    name: {zh: 养老, en: Care}
    keywords: [养老院]
`

func fixtureDictionary(t *testing.T) *dict.Dictionary { return lintDictionary(t, fixtureTheme) }

// testTables are the options for the classifiers of tests: all share one set of
// gse's tables, which is read once, from the cache that minyi has for its user. To make
// them takes the race detector ten seconds.
var testTables = sync.OnceValue(func() classifier.Options {
	cache, err := os.UserCacheDir()
	if err != nil {
		panic(err)
	}
	c, err := classifier.New(
		&dict.Dictionary{Themes: []dict.Theme{{ID: "none", SubThemes: []dict.SubTheme{{ID: "none/none", Threshold: 1}}}}},
		classifier.Options{CacheDir: filepath.Join(cache, "minyi")})
	if err != nil {
		panic(err)
	}
	return sharing(c)
})

func classifierFor(t *testing.T, d *dict.Dictionary) *classifier.Classifier {
	t.Helper()
	c, err := classifier.New(d, testTables())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// themed returns a corpus of messages given as "text | theme,theme | primary".
func themed(lines ...string) Corpus {
	var b strings.Builder
	for i, line := range lines {
		parts := strings.Split(line, "|")
		ids := []string{}
		for id := range strings.SplitSeq(strings.TrimSpace(parts[1]), ",") {
			if id != "" {
				ids = append(ids, fmt.Sprintf("%q", id))
			}
		}
		primary := "null"
		if p := strings.TrimSpace(parts[2]); p != "" {
			primary = fmt.Sprintf("%q", p)
		}
		fmt.Fprintf(&b, `{"id":"m%d","text":%q,"themes":[%s],"primary":%s}`+"\n", i+1, strings.TrimSpace(parts[0]), strings.Join(ids, ","), primary)
	}
	return Bytes("themed.ndjson", []byte(b.String()))
}

// labelledCorpus returns a corpus of messages given as "text | label".
func labelledCorpus(lines ...string) Corpus {
	var b strings.Builder
	for i, line := range lines {
		text, label, _ := strings.Cut(line, "|")
		fmt.Fprintf(&b, `{"id":"m%d","text":%q,"label":%q}`+"\n", i+1, strings.TrimSpace(text), strings.TrimSpace(label))
	}
	return Bytes("labelled.ndjson", []byte(b.String()))
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func newSource(seed uint64) rand.Source { return rand.NewPCG(seed, 0) }
