package report

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// twoThemes is a classifier of two sub-themes. There is one, as its tables may take
// seconds.
var twoThemes = sync.OnceValue(func() *classifier.Classifier {
	d, err := dict.Parse(fstest.MapFS{"a.yaml": {Data: []byte(`
theme: city
name: {zh: 城市, en: City}
subthemes:
  - id: traffic
    name: {zh: 交通, en: Traffic}
    keywords: [单车, 公交]
  - id: school
    name: {zh: 学校, en: School}
    keywords: [学校]
`)}})
	if err != nil {
		panic(err)
	}
	cache, err := os.UserCacheDir() // that of minyi for its user
	if err != nil {
		panic(err)
	}
	c, err := classifier.New(d, classifier.Options{CacheDir: filepath.Join(cache, "minyi")})
	if err != nil {
		panic(err)
	}
	return c
})

// message is one of a stream that is read twice.
type message struct {
	seq               uint64
	day, source, text string
}

// stream is a month of messages: school and roads all the time, shared bicycles in its last
// week, and a text that many send.
func stream(rng *rand.Rand, n int) []message {
	start := time.Date(2022, 4, 1, 0, 0, 0, 0, time.UTC)
	var out []message
	for i := range n {
		d := rng.IntN(28)
		text := []string{"学校门口", "马路旁边", "医院大厅"}[rng.IntN(3)] + []string{"垃圾", "噪音", "灰尘", "积水"}[rng.IntN(4)] + "太多，第" + strings.Repeat("很", i%50+1) + string(rune('一'+i)) + "次反映。"
		switch {
		case d >= 21 && rng.IntN(5) == 0:
			text = "共享单车乱放，" + text
		case d >= 21 && rng.IntN(20) == 0:
			text = "联系微信zhangsan_sisi，" + text // a name of letters is no word
		case rng.IntN(25) == 0:
			text = []string{"请保留公交线路！", "請保留公交線路", "请保留公交　线路。"}[rng.IntN(3)]
		case rng.IntN(100) == 0:
			text = "只有两三个人这样写"
		}
		out = append(out, message{uint64(i + 1), start.AddDate(0, 0, d).Format(time.DateOnly), []string{"a", "b", "c"}[rng.IntN(3)], text})
	}
	return out
}

// read reads messages by several goroutines' worth of readers, in any order.
func read(t *TextCounter, all []message, rng *rand.Rand, readers int) *Texts {
	var seen []pipeline.Seen
	for range readers {
		seen = append(seen, t.Seen())
	}
	var x pipeline.Suggestion
	for _, i := range rng.Perm(len(all)) {
		x = pipeline.Suggestion{Text: []byte(all[i].text), Day: all[i].day, Source: all[i].source}
		seen[rng.IntN(readers)](&pipeline.Message{Seq: all[i].seq}, &x, nil)
	}
	t.Between()
	var again []func(*pipeline.Message, *pipeline.Suggestion)
	for range readers {
		again = append(again, t.SeenAgain())
	}
	for _, i := range rng.Perm(len(all)) {
		x = pipeline.Suggestion{Text: []byte(all[i].text), Day: all[i].day, Source: all[i].source}
		again[rng.IntN(readers)](&pipeline.Message{Seq: all[i].seq}, &x)
	}
	text := func(seq uint64) (string, bool) { return all[seq-1].text, true }
	if t.Patterns(text) {
		var third []func(*pipeline.Message, *pipeline.Suggestion)
		for range readers {
			third = append(third, t.SeenNear())
		}
		for _, i := range rng.Perm(len(all)) {
			x = pipeline.Suggestion{Text: []byte(all[i].text), Day: all[i].day, Source: all[i].source}
			third[rng.IntN(readers)](&pipeline.Message{Seq: all[i].seq}, &x)
		}
	}
	return t.Texts(text)
}

// What is found is what a list of all texts and a map of all words have, whoever read what.
func TestTextsAreCountedExactly(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	all := stream(rng, 4000)
	days := Days{"2022-04-02", "2022-04-28"}
	words := TextDays{Days{"2022-04-22", "2022-04-28"}, Days{"2022-04-15", "2022-04-21"}}
	got := read(NewTextCounter(twoThemes(), days, words, 10), all, rng, 1)
	if diff := cmp.Diff(got, read(NewTextCounter(twoThemes(), days, words, 10), all, rng, 4)); diff != "" {
		t.Fatalf("it depends on who read what:\n%s", diff)
	}
	texts := map[string]uint64{}
	find, recent, prior := workbench.NewWords(twoThemes()), map[string]uint64{}, map[string]uint64{}
	var want Texts
	for _, m := range all {
		if days.has(m.day) {
			texts[plainText(m.text)]++
			want.Read++
		}
		for _, w := range find.Of(workbench.Mask(m.text)) {
			switch {
			case words.Recent.has(m.day):
				recent[w]++
			case words.Prior.has(m.day):
				prior[w]++
			}
		}
	}
	largest := uint64(0)
	for _, n := range texts {
		want.Distinct++
		if n > 1 {
			want.Groups++
			want.Repeated += n
			largest = max(largest, n)
		}
	}
	tested := 0
	for w := range recent {
		if recent[w]+prior[w] >= got.Least {
			tested++
		}
	}
	for w := range prior {
		if recent[w] == 0 && prior[w] >= got.Least {
			tested++
		}
	}
	for _, x := range []struct {
		what      string
		got, want any
	}{
		{"read", got.Read, want.Read},
		{"distinct", got.Distinct, want.Distinct},
		{"repeated", got.Repeated, want.Repeated},
		{"groups", got.Groups, want.Groups},
		{"largest", got.Largest[0].Count, largest},
		{"sources", len(got.Largest[0].Sources), 3},
		{"text", plainText(got.Largest[0].Text), "请保留公交线路"},
		{"tested", got.Tested, tested},
		{"least", got.Least, uint64(10)},
	} {
		if x.got != x.want {
			t.Errorf("%s: %v, want %v", x.what, x.got, x.want)
		}
	}
	top := got.Words[0]
	if !slices.Contains([]string{"共享单车", "共享", "单车", "乱放", "单车乱放", "共享单车乱放"}, top.Word) || top.SubTheme != "city/traffic" || top.Prior != 0 {
		t.Errorf("%+v", top)
	}
	for _, w := range got.Words {
		if w.Recent != recent[w.Word] || w.Prior != prior[w.Word] {
			t.Errorf("%+v: %d and %d", w, recent[w.Word], prior[w.Word])
		}
		if strings.Contains(w.Word, "sisi") || strings.Contains(w.Word, "学校") || strings.Contains(w.Word, "垃圾") {
			t.Errorf("%s is no word that rises", w.Word)
		}
	}
	for _, s := range got.Largest {
		if s.Count < 10 {
			t.Errorf("%d messages have %s", s.Count, s.Text)
		}
	}
}

// Where nothing changed, nothing rises: of 10 months about one has a word.
func TestNoWordRisesByChance(t *testing.T) {
	found := 0
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 7))
		all := stream(rng, 800)
		for i := range all {
			all[i].text = strings.NewReplacer("共享单车乱放，", "", "联系微信zhangsan_sisi，", "").Replace(all[i].text)
		}
		words := TextDays{Days{"2022-04-22", "2022-04-28"}, Days{"2022-04-15", "2022-04-21"}}
		if got := read(NewTextCounter(twoThemes(), Days{}, words, 0), all, rng, 1); len(got.Words) > 0 {
			found++
		}
	}
	if found > 3 {
		t.Errorf("in %d of 10 months without a change a word rises", found)
	}
}

func TestOverlaps(t *testing.T) {
	for _, x := range []struct {
		a, b string
		want bool
	}{
		{"停放堵住", "堵住", true}, {"停放堵住", "乱停放", true}, {"单车乱", "乱停放", false}, {"学校", "校车", false}, {"公交", "地铁", false},
	} {
		if got := (HotWord{Word: x.a, Recent: 1}).overlaps(HotWord{Word: x.b, Recent: 2}); got != x.want {
			t.Errorf("%s, %s: %v", x.a, x.b, got)
		}
	}
	if !(HotWord{Word: "单车乱", Recent: 2}).overlaps(HotWord{Word: "乱停放", Recent: 2}) {
		t.Error("as many suggestions have both")
	}
}

// What would show a few people is not shown.
func TestTextsHideSmallNumbers(t *testing.T) {
	c := counts(t, 1, 5000, 30)
	valid := newPeriod("", c.Totals, Days{}).count(cell{by: ofValid}).Primary
	for name, x := range map[string]struct {
		texts Texts
		shown bool
	}{
		"few repeated":       {Texts{Distinct: valid - 3, Repeated: 6, Groups: 3}, false},
		"few beyond a group": {Texts{Distinct: valid - 50, Repeated: 55, Groups: 3, Largest: []SameText{{Count: 51, Seq: 7}}}, false},
		"many":               {Texts{Distinct: valid - 50, Repeated: 80, Groups: 30, Largest: []SameText{{Count: 51, Seq: 7}}}, true},
	} {
		x.texts.Read = valid
		x.texts.TextDays = TextDaysOf(c, Days{})
		x.texts.Words = []HotWord{{Word: "公交", Recent: 20, Prior: 3, Ratio: 6}, {Word: "学校", Recent: 30, Prior: 10, Ratio: 3}}
		r := New(Input{Counts: c, Lang: English, MinCell: 10, Texts: &x.texts})
		texts := map[string]string{}
		for f := range r.Figures {
			texts[f.Cell] = f.Text
		}
		if hidden := texts["n texts repeated now"] == HiddenText && texts["n texts distinct now"] == HiddenText; hidden == x.shown {
			t.Errorf("%s: %v", name, texts)
		}
		for cell, want := range map[string]string{"n word:公交 prior": "*", "ratio word:公交": "*", "n word:学校 prior": "10", "ratio word:学校": "3.0", "n texts read now": fmt.Sprintf("%d,%03d", valid/1000, valid%1000)} {
			if texts[cell] != want {
				t.Errorf("%s: %s, not %s", cell, texts[cell], want)
			}
		}
	}
}
