package classifier_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"
	"testing/fstest"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// small is a dictionary of one theme.
func small() *dict.Dictionary {
	d, err := dict.Parse(fstest.MapFS{"livelihood.yaml": &fstest.MapFile{Data: []byte(`
theme: livelihood
name: {zh: 民生, en: Livelihood}
subthemes:
  - id: education
    name: {zh: 教育, en: Education}
    keywords:
      - {word: 双减, weight: 2}
      - {word: 教育, weight: 0.5}
      - {all: [幼儿园, 收费], within: 12, weight: 1.5}
  - id: healthcare
    name: {zh: 医疗, en: Healthcare}
    keywords:
      - 医疗
`)}})
	if err != nil {
		log.Fatal(err)
	}
	return d
}

// newSmall returns a classifier of that dictionary. All examples share one, since it
// is safe for concurrent use; it reads gse's dictionary from the cache of minyi.
var newSmall = sync.OnceValue(func() *classifier.Classifier {
	cache, err := os.UserCacheDir()
	if err != nil {
		log.Fatal(err)
	}
	c, err := classifier.New(small(), classifier.Options{CacheDir: filepath.Join(cache, "minyi")})
	if err != nil {
		log.Fatal(err)
	}
	return c
})

// The shortest way from a text to its tags.
func ExampleClassifier_Tags() {
	c := newSmall() // classifier.New(d, classifier.Options{})
	for _, tag := range c.Tags("落实双减，公开幼儿园的收费，医疗") {
		fmt.Println(tag.ID, tag.Score)
	}
	// Output:
	// livelihood/education 3.5
	// livelihood/healthcare 1
}

// With a folder for gse's prepared dictionary, each New but the first is fast.
func ExampleNew() {
	cache, err := os.MkdirTemp("", "cache") // a real program uses a permanent folder
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(cache) }()
	c, err := classifier.New(small(), classifier.Options{CacheDir: cache})
	if err != nil {
		log.Panic(err)
	}
	fmt.Println(c.Tags("落实双减"))
	// Output: [{livelihood/education 2}]
}

// With Share, a classifier of another dictionary needs no loading at all.
func ExampleOptions() {
	c := newSmall()
	other, err := classifier.New(small(), classifier.Options{Share: c})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(other.Tags("看医疗"))
	// Output: [{livelihood/healthcare 1}]
}

// Many texts reuse one Result, which also says where the keywords matched.
func ExampleClassifier_Classify() {
	c := newSmall()
	text := []byte("落實雙減，公開幼兒園的收費")
	var r classifier.Result // reuse it for every text
	c.Classify(&r, text)
	for _, tag := range r.Tags {
		sub := c.Dictionary().Themes[tag.Theme].SubThemes[tag.SubTheme]
		fmt.Println(sub.ID, tag.Score)
		for _, m := range tag.Matches {
			fmt.Printf("  %s at %d, %s\n", text[m.Start:m.End], m.Start, m.Relation)
		}
	}
	// Output:
	// livelihood/education 3.5
	//   雙減 at 6, whole
	//   幼兒園的收費 at 21, whole
}

func ExampleClassifier_NewRecord() {
	c := newSmall()
	var r classifier.Result
	for _, text := range []string{"落实双减", "天气很好"} {
		c.Classify(&r, []byte(text))
		record := c.NewRecord("x", []byte(text), &r)
		record.Dict = "…" // the version changes with every change of the example
		fmt.Printf("%s", record.AppendJSON(nil))
	}
	// Output:
	// {"id":"x","primary":"livelihood/education","themes":[{"id":"livelihood/education","score":2,"matches":[{"keyword":"双减","start":6,"end":12,"text":"双减","weight":2}]}],"margin":1,"dict":"…","schema":1}
	// {"id":"x","primary":null,"themes":[],"dict":"…","schema":1}
}

func ExampleClassifier_Explain() {
	c := newSmall()
	if err := c.Explain([]byte("教育部落实双减，看医疗")).WriteText(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// text
	//   教育部|落实|双|减|，|看|医疗
	//
	// livelihood/education 教育                          2.5  tagged, threshold 1
	//   + 双减                      weight 2
	//       whole       at 6     双减
	//   + 教育                      weight 0.5
	//       inside      at 1     教育
	//
	// livelihood/healthcare 医疗                           1  tagged, threshold 1
	//   + 医疗                      weight 1
	//       whole       at 10    医疗
	//
	// livelihood/education has the highest score: 2.5, before livelihood/healthcare
	// with 1
}

func ExampleNormalize() {
	fmt.Println(classifier.Normalize("ＡＰＰ 醫療"))
	fmt.Println(classifier.Normalize("App\u200b 医疗"))
	// Output:
	// app 医疗
	// app 医疗
}

func ExampleScore() {
	s := classifier.Score(2_500_000)
	fmt.Println(s, s.Float64())
	// Output: 2.5 2.5
}
