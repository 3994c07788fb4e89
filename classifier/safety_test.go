package classifier

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/minyi/minyi/dict"
)

// mixedTexts returns texts of every kind, for tests that just need some texts.
func mixedTexts(d *dict.Dictionary, n int) [][]byte { return textsOf(newHostile(d, 17), n) }

func textsOf(h *hostile, n int) [][]byte {
	out := make([][]byte, 0, n)
	for range n {
		out = append(out, append(h.message(), h.message()...))
	}
	return out
}

// TestClassifyAllocates fails if a text that was seen before allocates, also one
// whose characters compose.
func TestClassifyAllocates(t *testing.T) {
	d := bigDictionary(gseBase().words, true)
	d.Themes[0].TitleWeight = 2
	e := testClassifier(t, d).engine
	var r Result
	keys := newHostile(d, 1).keys
	texts := make([][]byte, 0, len(keys)+1)
	texts = append(texts, []byte("建议加强中国企业的教育质量，学校收费要公开。５Ｇ网络 5G，醫療保險。\u200b😀"))
	texts = append(texts, []byte("e\u0301教育か\u3099学校"+strings.Repeat("\u0323\u0301", 60)+"教育")) // composes
	for _, k := range keys {
		texts = append(texts, []byte(k+"的\n"+k+"，"+k))
	}
	classifyAll := func() {
		for _, text := range texts {
			e.classify(&r, text)
		}
	}
	classifyAll()
	if n := testing.AllocsPerRun(3, classifyAll); n != 0 {
		t.Errorf("%v allocations for %d texts", n, len(texts))
	}
}

// defaultWords are the keywords of the default dictionary, as words. The race detector
// needs ten seconds for those of gse.
var defaultWords = sync.OnceValue(func() (out []word) {
	d, err := dict.Default()
	if err != nil {
		panic(err)
	}
	for _, theme := range d.Themes {
		for _, sub := range theme.SubThemes {
			for _, k := range sub.Keywords {
				if k.Word != "" {
					out = append(out, word{k.Word, 100})
				}
			}
		}
	}
	return out
})

// TestConcurrentClassify has many goroutines share a classifier. Each reuses its own
// Result. The test is for -race.
func TestConcurrentClassify(t *testing.T) {
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(bigDictionary(defaultWords(), false), Options{CacheDir: filepath.Join(cache, "minyi")})
	if err != nil {
		t.Fatal(err)
	}
	texts := textsOf(hostileOf(c.dict, defaultWords(), 17), 300)
	want := make([]string, len(texts))
	var r Result
	for i, text := range texts {
		c.Classify(&r, text)
		want[i] = render(c.dict, r.Tags)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			var r Result
			for i := range texts {
				at := (i*7 + g*41) % len(texts)
				c.Classify(&r, texts[at])
				if got := render(c.dict, r.Tags); got != want[at] {
					t.Errorf("%q: %s, alone %s", texts[at], got, want[at])
					return
				}
				if got := c.Tags(string(texts[at])); len(got) != len(r.Tags) || len(got) > 0 && got[0].Score != r.Tags[0].Score {
					t.Errorf("%q: Tags has %v, Classify %d tags", texts[at], got, len(r.Tags))
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestResultMovesBetweenClassifiers: a Result may be used with one classifier and
// then with another that has more sub-themes, keywords and rules, or fewer.
func TestResultMovesBetweenClassifiers(t *testing.T) {
	big := testClassifier(t, bigDictionary(gseBase().words, false))
	small := testClassifier(t, explainDict())
	var shared Result
	for _, text := range mixedTexts(big.dict, 300) {
		for _, c := range []*Classifier{small, big, small} {
			var own Result
			c.Classify(&own, text)
			c.Classify(&shared, text)
			if len(own.Tags)+len(shared.Tags) > 0 && !reflect.DeepEqual(own.Tags, shared.Tags) {
				t.Fatalf("%q: %s, with a result of its own %s", text, render(c.dict, shared.Tags), render(c.dict, own.Tags))
			}
		}
	}
}

// TestTagsAreThoseOfClassify: this holds whatever texts Tags was called with before.
func TestTagsAreThoseOfClassify(t *testing.T) {
	c := testClassifier(t, explainDict())
	var r Result
	tagged := 0
	for _, text := range mixedTexts(c.dict, 300) {
		c.Classify(&r, text)
		got := c.Tags(string(text))
		if len(got) != len(r.Tags) {
			t.Fatalf("%q: %d tags, want %d", text, len(got), len(r.Tags))
		}
		for i, tag := range r.Tags {
			tagged++
			if want := (NamedTag{c.dict.Themes[tag.Theme].SubThemes[tag.SubTheme].ID, tag.Score}); got[i] != want {
				t.Fatalf("%q: tag %d is %v, want %v", text, i, got[i], want)
			}
		}
	}
	if tagged == 0 {
		t.Error("nothing was tagged")
	}
}

// TestClassifyLeavesText: Classify does not write to the text.
func TestClassifyLeavesText(t *testing.T) {
	c := testClassifier(t, explainDict())
	text := []byte("ＡＢＣ 學校\u200b收费 É\xff")
	before := string(text)
	var r Result
	c.Classify(&r, text)
	c.Explain(text)
	if string(text) != before {
		t.Errorf("the text became %q", text)
	}
}
